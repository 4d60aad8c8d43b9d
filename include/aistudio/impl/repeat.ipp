#pragma once

#include <aistudio/impl/call_machine.ipp>
#include <aistudio/impl/classify.ipp>
#include <aistudio/protocol/repeat.hpp>
#include <aistudio/protocol/service_codes.hpp>

namespace aistudio {

AISTUDIO_DECL bool may_repeat(const problem& p, bool idempotent) noexcept {
    if (p.status == 0)
        return detail::may_pass(p.code) && (idempotent || p.outcome == outcome::not_sent);
    const service_code_info* known =
        p.service_code != 0 ? find_service_code(p.service_code) : nullptr;
    const auto status = detail::find_status(p.status);
    const bool transient = known != nullptr ? detail::is_transient(known->meaning)
                                            : p.status >= 400 && status.transient;
    const bool not_executed = known != nullptr ? known->not_executed : status.not_executed;
    return transient && (idempotent || (not_executed && p.outcome != outcome::unknown));
}

AISTUDIO_DECL bool is_overload(const problem& p) noexcept {
    switch (p.code) {
    case errc::rate_limited:
    case errc::service_overloaded:
    case errc::overloaded:
    case errc::queue_timeout:
    case errc::connect_timeout:
    case errc::first_byte_timeout:
    case errc::body_timeout:
    case errc::deadline_exceeded:
        return true;
    default:
        return false;
    }
}

} // namespace aistudio
