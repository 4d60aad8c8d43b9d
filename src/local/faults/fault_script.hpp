#pragma once

#include <aistudio/types/fault.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

namespace aistudio::local::faults {

/// What one call meets.
struct played_fault {
    fault_kind kind = fault_kind::unknown;
    std::int64_t bytes = 0;
    std::chrono::milliseconds delay{};
    /// `too_many_requests`: the client was told to wait and did not.
    bool blocked = false;
};

/// Refuses (10004) a fault that cannot be played; fills in what its kind has as a default.
[[nodiscard]] fault checked(fault f);

/// The value of `X-Local-Fault`, `KIND; bytes=N; delay_ms=N`; refuses (10004) anything else.
[[nodiscard]] played_fault parse_header(std::string_view value);

/// The faults a studio was told to play, and whose turn it is.
/// @par Thread safety  All members: safe.
class fault_script {
public:
    using clock = std::chrono::steady_clock;

    explicit fault_script(std::uint32_t seed = std::random_device{}()) : random_(seed) {}

    /// Refuses (10004) what cannot be played. Returns it with its id.
    fault add(fault f);
    /// Those for `service`; 0: all.
    [[nodiscard]] std::vector<fault> list(service_id service) const;
    /// Refuses (404) an id that is not there.
    void remove(fault_id id);
    void clear(service_id service);

    /// What a call to `service` with `key` meets at `now`; nullopt: nothing.
    [[nodiscard]] std::optional<played_fault> next(service_id service, std::string_view key,
                                                   clock::time_point now);
    /// True when a new connection that begins with TLS is to get no answer.
    [[nodiscard]] bool next_tls();

private:
    struct entry {
        fault what;
        std::int64_t met = 0;     // calls that fitted
        std::int64_t ignored = 0; // calls since then that did not wait
        clock::time_point told_to_wait_until{};
        clock::time_point blocked_until{};
    };
    [[nodiscard]] bool takes(entry& e);
    static played_fault play(entry& e, clock::time_point now);
    [[nodiscard]] static bool blocks(entry& e, clock::time_point now);
    [[nodiscard]] static bool fits(const entry& e, service_id service);

    mutable std::mutex mutex_;
    std::atomic<bool> empty_{true}; // the usual case costs calls no lock
    std::vector<entry> entries_;
    std::int64_t last_id_ = 0;
    std::minstd_rand random_;
};

} // namespace aistudio::local::faults
