#pragma once

#include <aistudio/error.hpp>

#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

/// A failed call as other languages get it: a `problem` whose codes are names.
namespace aistudio::bindings {

/// Which class of exception tells of it.
enum class failure_family { other, api, transport, timeout };

} // namespace aistudio::bindings

template <>
struct aistudio::enum_table<aistudio::bindings::failure_family> {
    using family = aistudio::bindings::failure_family;
    static constexpr std::pair<family, std::string_view> values[] = {
        {family::other, "other"},
        {family::api, "api"},
        {family::transport, "transport"},
        {family::timeout, "timeout"},
    };
};

namespace aistudio::bindings {

[[nodiscard]] constexpr failure_family family_of(errc code) noexcept {
    if (code >= errc::queue_timeout && code <= errc::deadline_exceeded)
        return failure_family::timeout;
    if (code >= errc::resolve_failed && code <= errc::malformed_response)
        return failure_family::transport;
    if (code >= errc::response_too_large && code <= errc::unexpected_answer)
        return failure_family::api;
    if (code == errc::checksum_mismatch || code == errc::incomplete_transfer)
        return failure_family::transport;
    return failure_family::other;
}

/// A failed call.
struct failure {
    /// Which class of exception tells of it.
    failure_family family = failure_family::other;
    /// What happened and what to do next, as a sentence.
    std::string message;
    /// Stable name of what went wrong.
    std::string code;
    /// HTTP status of the answer; 0: there was none.
    std::int32_t status = 0;
    /// The service's own `errorCode`; 0: there was none.
    std::int64_t service_code = 0;
    /// The service's `logId`; may be empty.
    std::string log_id;
    /// Where the call was.
    aistudio::phase phase = aistudio::phase::none;
    /// What the service may have done.
    aistudio::outcome outcome = aistudio::outcome::not_sent;
    /// Attempts made; 0: it was refused before the first.
    std::int32_t attempts = 0;
    /// Seconds the service asked to wait, where it did.
    std::optional<double> retry_after;

    friend bool operator==(const failure&, const failure&) = default;
};
BOOST_DESCRIBE_STRUCT(failure, (),
                      (family, message, code, status, service_code, log_id, phase, outcome,
                       attempts, retry_after))

[[nodiscard]] inline failure failure_of(const problem& p) {
    failure out{family_of(p.code),
                p.message(),
                std::string(info(p.code).name),
                p.status,
                p.service_code,
                p.log_id,
                p.phase,
                p.outcome,
                p.attempts,
                {}};
    if (p.retry_after)
        out.retry_after = std::chrono::duration<double>(*p.retry_after).count();
    return out;
}

} // namespace aistudio::bindings
