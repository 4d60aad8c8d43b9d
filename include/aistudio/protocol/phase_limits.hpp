#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/error.hpp>

#include <chrono>

namespace aistudio::detail {

/// The limit that the options set for a phase; zero: none.
inline std::chrono::milliseconds limit_of(const time_limits& limits, phase p) {
    switch (p) {
    case phase::queue:
        return limits.queue;
    case phase::resolve:
        return limits.resolve;
    case phase::connect:
        return limits.connect;
    case phase::tls:
        return limits.tls;
    case phase::write:
        return limits.write;
    case phase::first_byte:
        return limits.first_byte;
    case phase::body:
        return limits.body;
    default:
        return std::chrono::milliseconds{0};
    }
}

/// How a phase ends whose own limit has passed.
inline errc timeout_of(phase p) {
    switch (p) {
    case phase::queue:
        return errc::queue_timeout;
    case phase::resolve:
        return errc::resolve_timeout;
    case phase::connect:
        return errc::connect_timeout;
    case phase::tls:
        return errc::tls_timeout;
    case phase::write:
        return errc::write_timeout;
    case phase::first_byte:
        return errc::first_byte_timeout;
    case phase::body:
        return errc::body_timeout;
    default:
        return errc::deadline_exceeded;
    }
}

} // namespace aistudio::detail
