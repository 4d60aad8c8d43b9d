#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/secret.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace aistudio {

/// What a local studio does to a prediction call in place of answering it well. All of these have
/// been seen from services in production.
enum class fault_kind {
    unknown,
    /// errorCode 10010 with HTTP 400; not executed.
    queue_full,
    /// errorCode 10010 with HTTP 503; not executed.
    queue_full_503,
    /// errorCode 12002; not executed.
    rate_limited,
    /// HTTP 429 with Retry-After. A client that goes on calling within that time (`patience`) is
    /// blocked: HTTP 403 for ten times as long. Not executed.
    too_many_requests,
    /// Text that tells of a failure, with HTTP 200.
    failure_text,
    /// A gateway's page in HTML, with HTTP 502.
    html_page,
    /// The call is executed and nothing is sent until the client hangs up.
    stall,
    /// The call is executed; the connection is reset within the answer.
    reset,
    /// The call is executed; the answer's body comes byte by byte.
    slow_body,
    /// The call is executed; Content-Length promises more than is sent, then the connection ends.
    wrong_length,
    /// The call is executed; the body is a gzip stream that breaks off.
    truncated_gzip,
    /// New connections that begin with TLS get no answer to it.
    tls_stall,
};

template <>
struct enum_table<fault_kind> {
    static constexpr std::pair<fault_kind, std::string_view> values[] = {
        {fault_kind::unknown, "unknown"},
        {fault_kind::queue_full, "queue_full"},
        {fault_kind::queue_full_503, "queue_full_503"},
        {fault_kind::rate_limited, "rate_limited"},
        {fault_kind::too_many_requests, "too_many_requests"},
        {fault_kind::failure_text, "failure_text"},
        {fault_kind::html_page, "html_page"},
        {fault_kind::stall, "stall"},
        {fault_kind::reset, "reset"},
        {fault_kind::slow_body, "slow_body"},
        {fault_kind::wrong_length, "wrong_length"},
        {fault_kind::truncated_gzip, "truncated_gzip"},
        {fault_kind::tls_stall, "tls_stall"},
    };
};

/// A fault that a local studio plays: what, to which calls, how often. Of several that fit a call,
/// the one that was added first is played. A call may also bring its own, for itself alone, in the
/// header `X-Local-Fault: KIND; bytes=N; delay_ms=N`.
struct fault {
    /// Given by the studio.
    fault_id id{};
    /// What happens.
    open_enum<fault_kind> kind{};
    /// Only calls to this service's address; 0: to any.
    service_id service{};
    /// Only calls with this key; empty: with any.
    secret api_key{};
    /// Calls that fit and are answered well before it begins.
    std::int64_t after = 0;
    /// Calls it is played to, then it is over; 0: without end.
    std::int64_t times = 0;
    /// Part of the calls it is played to, above 0 to 1, chosen at random.
    double share = 1.0;
    /// `reset`: bytes of the answer, its head included, that are sent before. `wrong_length`: bytes
    /// promised and not sent; 0: 1.
    std::int64_t bytes = 0;
    /// Milliseconds. `slow_body`: between two bytes; 0: 10. `too_many_requests`: the Retry-After,
    /// in whole seconds; 0: 1000.
    std::int64_t delay_ms = 0;
    /// `too_many_requests`: calls within the time to wait that are answered 429 before the client
    /// is blocked.
    std::int64_t patience = 64;
    /// Calls it was played to so far.
    std::int64_t played = 0;

    friend bool operator==(const fault&, const fault&) = default;
};
BOOST_DESCRIBE_STRUCT(fault, (),
                      (id, kind, service, api_key, after, times, share, bytes, delay_ms, patience,
                       played))

} // namespace aistudio
