#pragma once

#include "local/http/message.hpp"
#include "local/http/router.hpp"
#include "local/routes/call.hpp"

#include <aistudio/types/secret.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace aistudio::local::routes {

/// Who may call.
enum class access { token, anyone };
/// Public calls of the platform answer HTTP 200 whatever happened; our own use the status of the
/// code.
enum class status_rule { always_ok, by_code };

/// Answers with JSON, the envelope's `result`; refusals are thrown. Runs on the thread pool and may
/// block.
using handler = std::function<std::string(call&)>;
/// The same for handlers that wait; runs on the I/O thread and must not block.
using waiting_handler = std::function<boost::asio::awaitable<std::string>(call&)>;

struct api_route {
    status_rule status = status_rule::by_code;
    access who = access::token;
    handler run;
    waiting_handler wait;
};

/// All JSON calls: finds the route, checks the token, reads the body, puts the result into the
/// envelope.
class api {
public:
    api(boost::asio::thread_pool& pool, recorded_answers& answers, const secret& token,
        std::string user)
        : pool_(pool), answers_(answers), token_(token), user_(std::move(user)) {}

    /// A call of the platform's public format.
    void add_public(http::verb method, std::string_view pattern, handler h,
                    access who = access::token) {
        routes_.add(method, pattern, {status_rule::always_ok, who, std::move(h), {}});
    }
    /// A call of our own namespace; `pattern` is what follows `/api/local/v1`.
    void add(http::verb method, std::string_view pattern, handler h, access who = access::token) {
        routes_.add(method, own(pattern), {status_rule::by_code, who, std::move(h), {}});
    }
    /// A call of another namespace that answers with the status of its code.
    void add_elsewhere(http::verb method, std::string_view pattern, handler h) {
        routes_.add(method, pattern, {status_rule::by_code, access::token, std::move(h), {}});
    }
    void add_waiting(http::verb method, std::string_view pattern, waiting_handler h) {
        routes_.add(method, own(pattern), {status_rule::by_code, access::token, {}, std::move(h)});
    }

    [[nodiscard]] std::unique_ptr<http::exchange> begin(const http::request_head& head);

private:
    class api_exchange;
    static std::string own(std::string_view pattern) {
        return "/api/local/v1" + std::string(pattern);
    }
    [[nodiscard]] bool is_token(std::string_view authorization) const;

    boost::asio::thread_pool& pool_;
    recorded_answers& answers_;
    const secret& token_;
    std::string user_;
    http::router<api_route> routes_;
};

/// `t` of `t`, `token t` or `Bearer t`; the word's case does not matter.
[[nodiscard]] std::string_view token_of(std::string_view authorization);

/// An answer in the envelope.
[[nodiscard]] http::response json_answer(unsigned status, std::string body);
/// A failure in the envelope, with the status of its code.
[[nodiscard]] http::response json_failure(std::string_view log_id, std::int64_t code,
                                          std::string_view message);

} // namespace aistudio::local::routes
