#include "local/routes/api.hpp"

#include "local/http/envelope.hpp"
#include "local/http/work.hpp"

#include <aistudio/types/limits.hpp>

#include <boost/beast/core/string.hpp>

#include <optional>
#include <utility>

namespace aistudio::local::routes {
namespace asio = boost::asio;
namespace {

constexpr std::uint64_t json_body_limit = 8U << 20U;

bool creates_or_changes(http::verb method) {
    return method != http::verb::get && method != http::verb::head;
}

} // namespace

std::string_view token_of(std::string_view authorization) {
    for (const std::string_view word : {"token ", "bearer "})
        if (boost::beast::iequals(authorization.substr(0, word.size()), word))
            authorization.remove_prefix(word.size());
    const auto first = authorization.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return {};
    return authorization.substr(first, authorization.find_last_not_of(' ') + 1 - first);
}

http::response json_answer(unsigned status, std::string body) {
    http::response r;
    r.status = status;
    r.body = std::move(body);
    return r;
}

http::response json_failure(std::string_view log_id, std::int64_t code, std::string_view message) {
    return json_answer(http::status_of(code), http::failure(log_id, code, message));
}

class api::api_exchange : public http::exchange {
public:
    api_exchange(api& a, const http::request_head& head) : api_(a), log_id_(http::new_log_id()) {
        try {
            find_route(head);
        } catch (const refusal& r) {
            refused_ = r;
        }
    }

    [[nodiscard]] std::uint64_t body_limit() const override { return json_body_limit; }

    [[nodiscard]] std::optional<http::response> refuse_early() override {
        if (!refused_)
            return std::nullopt;
        auto r = failed(refused_->code(), refused_->message());
        if (!allowed_.empty())
            r.headers.emplace_back("Allow", allowed_);
        return r;
    }

    asio::awaitable<http::response> answer(std::string body) override {
        call_.body = std::move(body);
        std::optional<refusal> refused;
        try {
            const auto value = co_await result();
            co_return json_answer(200, http::success(log_id_, value));
        } catch (const refusal& r) {
            refused = r;
        } catch (const std::exception& e) {
            refused = refusal(service_code::internal,
                              std::string("The studio failed: ") + e.what() + ".");
        }
        co_return failed(refused->code(), refused->message());
    }

    [[nodiscard]] http::response failed(std::int64_t code, std::string message) override {
        auto r = json_failure(log_id_, code, message);
        if (route_ != nullptr && route_->status == status_rule::always_ok)
            r.status = 200;
        return r;
    }

private:
    void find_route(const http::request_head& head) {
        const http::target target(http::view(head.target()));
        const auto path = http::segments(target.path);
        if (!path)
            refuse_invalid("The path has a broken percent escape.");
        auto match = api_.routes_.find(head.method(), *path);
        allowed_ = match.allowed;
        if (match.action == nullptr && !allowed_.empty())
            throw refusal(service_code::method_not_allowed,
                          "This path does not know that method; it knows " + allowed_ + ".");
        if (match.action == nullptr)
            throw refusal(service_code::not_found,
                          "The studio has no such path; compare it with the list of calls.");
        route_ = match.action;
        call_.captured = std::move(match.captured);
        call_.query = http::parse_query(target.query);
        call_.answers = &api_.answers_;
        check_token(http::header(head, "Authorization"));
        read_idempotency_key(head, target.path);
    }

    void check_token(std::string_view authorization) {
        call_.authorized = api_.is_token(authorization);
        if (call_.authorized || route_->who == access::anyone)
            return;
        throw refusal(service_code::unauthorized,
                      authorization.empty()
                          ? "The access token is missing; send it in the header Authorization."
                          : "The access token is wrong; use the one of this studio.");
    }

    void read_idempotency_key(const http::request_head& head, std::string_view path) {
        const auto key = http::header(head, "Idempotency-Key");
        if (key.empty() || !creates_or_changes(head.method()))
            return;
        if (key.size() > limits::max_idempotency_key)
            refuse_invalid("The Idempotency-Key is longer than 128 characters.");
        call_.scope.append(api_.user_).append("\n").append(http::view(head.method_string()));
        call_.scope.append(" ").append(path).append("\n").append(key);
    }

    asio::awaitable<std::string> result() {
        if (route_->wait)
            co_return co_await route_->wait(call_);
        co_return co_await http::on_pool(api_.pool_, [this] {
            if (auto earlier = api_.answers_.find(call_.scope, call_.body))
                return std::move(*earlier);
            return route_->run(call_);
        });
    }

    api& api_;
    std::string log_id_;
    call call_;
    const api_route* route_ = nullptr;
    std::string allowed_;
    std::optional<refusal> refused_;
};

bool api::is_token(std::string_view authorization) const {
    return !token_.empty() && token_.equals(token_of(authorization));
}

std::unique_ptr<http::exchange> api::begin(const http::request_head& head) {
    return std::make_unique<api_exchange>(*this, head);
}

} // namespace aistudio::local::routes
