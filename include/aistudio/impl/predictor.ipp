#pragma once

#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/resources/predictor.hpp>
#include <aistudio/transport/client_core.hpp>

namespace aistudio {

/// What every call of a predictor has in common.
struct detail::prediction_target {
    url address;       // the target has the key in it
    std::string shown; // without the key
    bool idempotent = true;
};

AISTUDIO_DECL std::string predictor::url() const { return target_->shown; }

AISTUDIO_DECL result<predictor> detail::make_predictor(std::shared_ptr<client_core> core,
                                                       std::string_view address, const secret& key,
                                                       predictor_options options) {
    if (key.empty())
        return make_problem(errc::credentials_missing, "The service's apiKey is empty.");
    auto parsed = parse_url(address);
    if (!parsed)
        return parsed.error();
    if (redact(parsed->target) != parsed->target || !parsed->user_info.empty())
        return make_problem(
            errc::invalid_argument,
            "The address has a key in it; pass the key by itself, so that it stays secret.");
    prediction_target target;
    target.shown = redact(address);
    target.address = std::move(*parsed);
    target.address.target +=
        target.address.target.find('?') == std::string::npos ? "?apiKey=" : "&apiKey=";
    target.address.target += uri_encode(key.reveal(), false);
    target.idempotent = options.idempotent;
    return predictor(std::move(core), std::make_shared<const prediction_target>(std::move(target)));
}

AISTUDIO_DECL void predictor::start_predict(std::shared_ptr<client_core> core,
                                            std::shared_ptr<const detail::prediction_target> target,
                                            result<std::string> body, call_options options,
                                            detail::handler<std::string> h) {
    const auto limit = core->options().deadline;
    auto run = [target = std::move(target), body = std::move(body)](
                   client_core& c,
                   operation& op) mutable -> boost::asio::awaitable<result<std::string>> {
        if (!body)
            co_return body.error();
        http_request request;
        request.method = "POST";
        request.address = target->address;
        request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
        request.body = std::move(*body);
        request.kind = answer_kind::prediction;
        request.repeatable = target->idempotent;
        request.max_response_bytes = c.options().max_response_bytes;
        auto answer = co_await c.call(op, std::move(request));
        if (!answer)
            co_return answer.error();
        co_return std::move(answer->body);
    };
    core->start<std::string>(std::move(options), limit, std::move(run), std::move(h));
}

} // namespace aistudio
