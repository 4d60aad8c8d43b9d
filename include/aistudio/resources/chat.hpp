#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/types/chat.hpp>

#include <boost/describe/class.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace aistudio {

/// Whom to ask, and how long to wait.
struct chat_options {
    /// Address of an OpenAI-compatible service, such as `http://127.0.0.1:8000/v1`; empty: the
    /// platform's own, `/llm/lmapi/v3` below the client's address.
    std::string base_url{};
    /// The service's key; empty: the access token for the platform's own address, none for another.
    secret api_key{};
    /// Longest wait for the answer to begin and between two pieces of it; one that is not streamed
    /// begins when it is complete. Zero: no limit.
    std::chrono::milliseconds piece_timeout{300000};
    /// Of the call; `call.deadline` bounds the whole answer, not set: no bound.
    call_options call{};
};
BOOST_DESCRIBE_STRUCT(chat_options, (), (base_url, api_key, piece_timeout, call))

/// Questions to language models: the platform's, a local studio's, or those of any service with
/// OpenAI-compatible chat completions.
///
/// A question is sent again only when the service says that it did not begin with it (429, or 503
/// with Retry-After).
/// Completion, cancellation and thread safety as in `datasets`.
class chat {
public:
    explicit chat(std::shared_ptr<client_core> core) : core_(std::move(core)) {}

    /// Asks, and waits for the whole answer.
    /// @par Errors  errc::invalid_argument, errc::encode_failed, errc::credentials_missing (no
    /// token for the platform), errc::unauthorized, errc::bad_request, errc::rate_limited,
    /// errc::service_failed, errc::unexpected_answer (no such service there).
    template <class Token = boost::asio::deferred_t>
    auto async_complete(chat_request request,
                        chat_options options = detail::defaults<chat_options>(),
                        Token&& token = Token{}) const {
        return detail::initiate<chat_answer>(core_, &start_complete, std::forward<Token>(token),
                                             std::move(request), std::move(options));
    }
    /// Asks, and hands the answer to `sink` piece by piece as the model makes it. `sink` is called
    /// on the client's executor, one call at a time. Cancelling closes the connection, by which the
    /// service learns that nobody listens. A service that does not stream hands out one piece.
    /// @return      The whole answer.
    /// @par Errors  As of `async_complete`. An answer that breaks off fails with outcome `unknown`
    /// and tells how much had come; errc::body_timeout: no piece came within
    /// `options.piece_timeout`.
    template <class Token = boost::asio::deferred_t>
    auto async_stream(chat_request request, std::function<void(const chat_delta&)> sink,
                      chat_options options = detail::defaults<chat_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<chat_answer>(core_, &start_stream, std::forward<Token>(token),
                                             std::move(request), std::move(sink),
                                             std::move(options));
    }

    // The same with a type-erased handler, for facades and bindings.
    AISTUDIO_DECL static void start_complete(std::shared_ptr<client_core>, chat_request,
                                             chat_options, detail::handler<chat_answer>);
    AISTUDIO_DECL static void start_stream(std::shared_ptr<client_core>, chat_request,
                                           std::function<void(const chat_delta&)>, chat_options,
                                           detail::handler<chat_answer>);

private:
    std::shared_ptr<client_core> core_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/chat.ipp>
#endif
