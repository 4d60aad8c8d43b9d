#pragma once

#include <aistudio/codec/chat_wire.hpp>
#include <aistudio/impl/resource_support.ipp>
#include <aistudio/protocol/chat_reader.hpp>
#include <aistudio/resources/chat.hpp>

#include <exception>

namespace aistudio {
namespace detail {

/// Puts an answer together while it arrives.
class chat_sink final : public body_sink {
public:
    chat_sink(std::size_t most, std::function<void(const chat_delta&)> say)
        : reader_(most, std::move(say)) {}

    /// Only once: nothing is asked again after an answer began.
    result<void> begin(const http_response&, std::int64_t) override { return {}; }
    result<void> write(std::string_view piece) override {
        auto taken = put(piece);
        if (!taken)
            failure_ = taken.error();
        return taken;
    }
    [[nodiscard]] bool satisfied() const override { return reader_.done(); }

    [[nodiscard]] result<chat_answer> end() { return told(reader_.end()); }
    /// Why the call failed: what the reader found says more than what the transport makes of it.
    [[nodiscard]] problem explain(problem p) const {
        if (failure_) {
            const int attempts = p.attempts;
            p = *failure_;
            p.attempts = attempts;
        }
        return with_progress(std::move(p));
    }

private:
    /// The listener is a function of the caller's.
    result<void> put(std::string_view piece) {
        try {
            return reader_.put(piece);
        } catch (const std::exception& e) {
            problem p = make_problem(
                errc::internal_error,
                std::string("What takes the pieces of the answer threw: ") + e.what(), phase::body);
            p.outcome = outcome::unknown;
            return p;
        }
    }
    [[nodiscard]] problem with_progress(problem p) const {
        if (const auto so_far = reader_.so_far(); !so_far.empty())
            p.detail += (p.detail.empty() ? "" : " ") + so_far;
        return p;
    }
    [[nodiscard]] result<chat_answer> told(result<chat_answer> answer) const {
        if (!answer)
            return with_progress(answer.error());
        return answer;
    }

    chat_reader reader_;
    std::optional<problem> failure_;
};

inline result<void> check_chat(const chat_request& request) {
    if (request.model.empty())
        return make_problem(errc::invalid_argument, "A question needs the name of a model, such as "
                                                    "`ernie-4.5-turbo-128k-preview`.");
    if (request.messages.empty())
        return make_problem(errc::invalid_argument, "A question needs at least one message.");
    for (const auto& m : request.messages)
        if (m.role.empty())
            return make_problem(errc::invalid_argument, "A message needs a role, such as `user`.");
    return {};
}

/// The platform's address with the client's token, or another with the key for it alone.
inline result<http_request> chat_address(const client_core& core, const chat_options& options) {
    http_request out;
    out.method = "POST";
    std::string base = options.base_url;
    const secret& key =
        options.api_key.empty() && base.empty() ? core.options().access_token : options.api_key;
    if (base.empty()) {
        if (key.empty())
            return make_problem(errc::credentials_missing, {});
        base = core.options().base_url + "/llm/lmapi/v3";
    }
    while (base.ends_with('/'))
        base.pop_back();
    auto address = parse_url(base + "/chat/completions");
    if (!address)
        return address.error();
    if (!address->user_info.empty() || address->target.find('?') != std::string::npos)
        return make_problem(errc::invalid_argument,
                            "The base URL must have neither a query nor a user name.");
    out.address = std::move(*address);
    if (!key.empty())
        out.headers.push_back({"Authorization", "Bearer " + std::string(key.reveal())});
    return out;
}

inline result<http_request> chat_call(const client_core& core, const chat_request& request,
                                      const chat_options& options, bool streams) {
    if (auto fine = check_chat(request); !fine)
        return fine.error();
    auto body = chat_question(request, streams);
    if (!body)
        return body.error();
    auto out = chat_address(core, options);
    if (!out)
        return out;
    out->headers.push_back({"Accept", streams ? "text/event-stream" : "application/json"});
    out->headers.push_back({"Content-Type", "application/json"});
    out->body = std::move(*body);
    out->kind = answer_kind::generation;
    out->max_response_bytes = core.options().max_response_bytes;
    out->answer_limit = options.piece_timeout;
    return out;
}

inline boost::asio::awaitable<result<chat_answer>>
ask_model(client_core& core, operation& op, chat_request request,
          std::function<void(const chat_delta&)> say, chat_options options, bool streams) {
    auto call = chat_call(core, request, options, streams);
    if (!call)
        co_return call.error();
    const auto sink =
        std::make_shared<chat_sink>(core.options().max_response_bytes, std::move(say));
    call->sink = sink;
    http_request asked; // `call` moves on
    asked.headers = call->headers;
    auto ended = co_await core.call(op, std::move(*call));
    result<chat_answer> answer =
        ended ? sink->end() : result<chat_answer>(sink->explain(ended.error()));
    if (answer)
        co_return answer;
    problem p = answer.error();
    if (ended) {
        p.status = ended->status;
        p.attempts = std::max(p.attempts, 1);
    }
    core.scrub(p, asked);
    co_return p;
}

} // namespace detail

AISTUDIO_DECL void chat::start_complete(std::shared_ptr<client_core> core, chat_request request,
                                        chat_options options, detail::handler<chat_answer> h) {
    auto call = options.call;
    auto body = [request = std::move(request), options = std::move(options)](client_core& c,
                                                                             operation& op) {
        return detail::ask_model(c, op, request, {}, options, false);
    };
    detail::start_transfer<chat_answer>(core, std::move(call), std::move(body), std::move(h));
}

AISTUDIO_DECL void chat::start_stream(std::shared_ptr<client_core> core, chat_request request,
                                      std::function<void(const chat_delta&)> sink,
                                      chat_options options, detail::handler<chat_answer> h) {
    auto call = options.call;
    auto body = [request = std::move(request), sink = std::move(sink),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::ask_model(c, op, request, sink, options, true);
    };
    detail::start_transfer<chat_answer>(core, std::move(call), std::move(body), std::move(h));
}

} // namespace aistudio
