#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/protocol/coalescer.hpp>
#include <aistudio/protocol/hedge_policy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace aistudio {

/// The order in which answers are handed out.
enum class bulk_order {
    input,   ///< that of the records; a slow one holds those after it back
    finished ///< as they come
};

/// How long calls took, from their first sending to their answer, pauses between attempts included.
/// All zero when no call succeeded.
struct latency_summary {
    std::chrono::nanoseconds p50{0};
    std::chrono::nanoseconds p90{0};
    std::chrono::nanoseconds p95{0};
    std::chrono::nanoseconds p99{0};
    std::chrono::nanoseconds p999{0};
    std::chrono::nanoseconds max{0};
};

/// How far many predictions are.
struct bulk_progress {
    /// Records finished, failed ones included.
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    /// Records in all, where the source knows.
    std::optional<std::uint64_t> total;
    /// Records finished a second since the last report.
    double per_second = 0;
    /// Calls in flight now, and how many may be.
    std::size_t in_flight = 0;
    std::size_t limit = 0;
    /// Of all calls so far that succeeded.
    latency_summary latency;
};

/// What came of many predictions.
struct bulk_summary {
    /// Records that were sent at least once.
    std::uint64_t sent = 0;
    std::uint64_t ok = 0;
    /// Records that failed, those that could not be written included.
    std::uint64_t failed = 0;
    /// Calls made: less than records where they were put together. Without retries and hedges.
    std::uint64_t calls = 0;
    /// Calls made once more after a failure that can pass.
    std::uint64_t retries = 0;
    /// Second copies sent, and how many of them answered first.
    std::uint64_t hedges = 0;
    std::uint64_t hedges_won = 0;
    std::chrono::nanoseconds elapsed{0};
    /// Of the calls that succeeded.
    latency_summary latency;
    /// Calls that might be in flight at the end.
    std::size_t limit = 0;
    /// What was wrong with the first record that failed.
    std::optional<problem> first_failure;
};

/// How many predictions are made. Every field has a usable default.
struct bulk_options {
    bulk_order order = bulk_order::input;
    /// Calls in flight at most; 0: as many as the client may have connections to the host. More
    /// than that wait for a connection.
    std::size_t max_in_flight = 0;
    /// Begins with one call in flight and finds out from the latencies, and from refusals, how many
    /// the service can work on; `max_in_flight` is then the bound. False: always `max_in_flight`.
    bool adaptive = true;
    /// Calls started a second, retries and second copies included; 0: no limit.
    double calls_per_second = 0;
    /// Calls that may start at once after a pause, under that limit; at least 1.
    double burst = 1;
    /// Records read and not yet handed out at most: sent, waiting to be sent again, or answered and
    /// waiting for a slower one before them. 0: four times what may be in flight.
    std::size_t window = 0;
    /// Second copies of slow calls; not set: none. Only for idempotent predictors.
    std::optional<hedge_options> hedge{};
    /// Several records in one call, for services that take arrays; not set: one each.
    std::optional<coalesce_options> coalesce{};
    /// After the first record that fails no more is sent. What is in flight is finished; records
    /// read but not sent end with errc::cancelled.
    bool stop_at_first_error = false;
    /// Of each record: the deadline counts from its first sending over all attempts.
    call_options call{};
    /// Called while it runs and once at the end.
    std::function<void(const bulk_progress&)> progress{};
    /// Shortest time between two calls of `progress`.
    std::chrono::milliseconds progress_interval{100};
};

} // namespace aistudio
