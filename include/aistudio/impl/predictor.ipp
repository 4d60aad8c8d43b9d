#pragma once

#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/protocol/proxy.hpp>
#include <aistudio/protocol/request_head.hpp>
#include <aistudio/resources/predictor.hpp>
#include <aistudio/transport/client_core.hpp>
#include <aistudio/transport/prediction_calls.hpp>

namespace aistudio {

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
    const auto proxy = find_proxy(core->options().proxy, core->env(), target.address);
    append_request_head(target.head, "POST", target.address,
                        proxy ? *proxy : std::nullopt); // what is wrong with it, the call will tell
    target.head += "Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: ";
    return predictor(std::move(core), std::make_shared<const prediction_target>(std::move(target)));
}

AISTUDIO_DECL void predictor::start_predict(std::shared_ptr<client_core>,
                                            detail::prediction_ticket ticket, call_options options,
                                            detail::handler<std::string> h) {
    start_call<std::string>{}(std::move(h), std::move(ticket), options);
}

} // namespace aistudio
