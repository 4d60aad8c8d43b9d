#pragma once

#include <aistudio/error.hpp>

#include <cstdint>

namespace aistudio {

/// Values of `errorCode` in the answer envelope that this project gives a meaning. The platform
/// documents none; 10003, 10004, 10010 and 12002 have been seen in public clients, the rest follow
/// HTTP (as PaddleX serving does). The local studio answers with these only, and the client maps
/// each to an `errc`.
namespace service_code {
inline constexpr std::int64_t ok = 0;
inline constexpr std::int64_t unauthorized = 401;
inline constexpr std::int64_t forbidden = 403;
inline constexpr std::int64_t not_found = 404;
inline constexpr std::int64_t method_not_allowed = 405;
inline constexpr std::int64_t conflict = 409;
inline constexpr std::int64_t payload_too_large = 413;
inline constexpr std::int64_t converter_failed = 422;
inline constexpr std::int64_t internal = 500;
inline constexpr std::int64_t worker_failed = 502;
inline constexpr std::int64_t not_running = 503;
inline constexpr std::int64_t worker_timeout = 504;
inline constexpr std::int64_t disk_full = 507;
inline constexpr std::int64_t parameter_missing = 10003;
inline constexpr std::int64_t parameter_invalid = 10004;
inline constexpr std::int64_t queue_full = 10010;
inline constexpr std::int64_t rate_limited = 12002;
} // namespace service_code

/// One row: what the client makes of an `errorCode` and with which HTTP status the local studio's
/// own routes send it.
struct service_code_info {
    std::int64_t code;
    errc meaning;
    int http_status;
    /// The service says it has not executed the call, so sending it again cannot repeat an effect.
    bool not_executed;
};

inline constexpr service_code_info service_code_table[] = {
    {service_code::unauthorized, errc::unauthorized, 401, true},
    {service_code::forbidden, errc::forbidden, 403, true},
    {service_code::not_found, errc::not_found, 404, true},
    {service_code::method_not_allowed, errc::bad_request, 405, true},
    {service_code::conflict, errc::conflict, 409, true},
    {service_code::payload_too_large, errc::payload_too_large, 413, true},
    {service_code::converter_failed, errc::service_failed, 422, false},
    {service_code::internal, errc::server_error, 500, false},
    {service_code::worker_failed, errc::service_failed, 502, false},
    {service_code::not_running, errc::service_not_running, 503, true},
    {service_code::worker_timeout, errc::service_failed, 504, false},
    {service_code::disk_full, errc::server_error, 507, true},
    {service_code::parameter_missing, errc::bad_request, 400, true},
    {service_code::parameter_invalid, errc::bad_request, 400, true},
    {service_code::queue_full, errc::service_overloaded, 503, true},
    {service_code::rate_limited, errc::rate_limited, 429, true},
};

/// The row of `code`; nullptr when this project gives it no meaning.
constexpr const service_code_info* find_service_code(std::int64_t code) noexcept {
    for (const auto& row : service_code_table)
        if (row.code == code)
            return &row;
    return nullptr;
}

} // namespace aistudio
