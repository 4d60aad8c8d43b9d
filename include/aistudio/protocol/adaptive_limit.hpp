#pragma once

#include <aistudio/detail/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aistudio {

/// How many calls may be in flight, found out from how long they take.
struct adaptive_limit_options {
    /// Never more than this, at least 1.
    std::size_t max = 64;
    /// Where it starts, at least 1. A low start measures the service while it is idle.
    std::size_t initial = 1;
    /// Waiting this short is not taken for a queue: what a busy machine adds by itself.
    std::chrono::nanoseconds free_delay = std::chrono::milliseconds{1};
};

/// Finds how many calls a service can work on at the same time.
///
/// As long as the service has room, a call takes as long as on an idle service, however many are in
/// flight. Beyond that calls wait for each other: of `limit` calls that take `latency` in place of
/// the idle service's `baseline`, `limit * (1 - baseline / latency)` wait. The limit grows while
/// few do, faster the longer this lasts, and shrinks to what the service had room for when many do.
/// Each step looks at the mean of a window of calls, outliers cut off, all of which began under the
/// present limit, so that noise and slow start-up of connections do not count. The baseline is the
/// smallest mean so far; now and then a window at half the limit measures it again, since services
/// change. Overload
/// answers cut the limit by a third, once for all calls that were in flight together.
///
/// @par Thread safety  One thread at a time.
class AISTUDIO_API adaptive_limit {
public:
    using duration = std::chrono::nanoseconds;
    /// A call, in the order of their starts.
    using ticket = std::uint64_t;

    /// How a call ended.
    enum class ending {
        answered,   ///< its latency counts
        overloaded, ///< the service had too much to do, or did not answer in time
        unrelated   ///< says nothing about load
    };

    AISTUDIO_DECL explicit adaptive_limit(adaptive_limit_options options);

    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
    [[nodiscard]] bool may_start() const noexcept { return in_flight_ < limit_; }
    /// A call starts.
    AISTUDIO_DECL ticket start() noexcept;
    /// A call ended after `latency`. Once for each that was started.
    AISTUDIO_DECL void finish(ticket which, ending how, duration latency);
    /// What a call takes on an idle service, as far as known; zero: not yet.
    [[nodiscard]] duration baseline() const noexcept {
        return duration(static_cast<duration::rep>(baseline_));
    }

private:
    /// Nanoseconds, and how far the mean of a window may be off.
    struct estimate {
        double mean;
        double error;
    };

    [[nodiscard]] AISTUDIO_DECL std::size_t window() const noexcept;
    [[nodiscard]] AISTUDIO_DECL estimate typical();
    AISTUDIO_DECL void judge();
    AISTUDIO_DECL void lower_baseline(estimate latency);
    AISTUDIO_DECL void follow(estimate latency, bool busy);
    AISTUDIO_DECL void grow();
    AISTUDIO_DECL void shrink(double room);
    AISTUDIO_DECL void begin_probe();
    AISTUDIO_DECL void end_probe(double latency);
    AISTUDIO_DECL void cut() noexcept;
    AISTUDIO_DECL void set_limit(double wanted) noexcept;

    adaptive_limit_options options_;
    std::size_t limit_;
    std::size_t in_flight_ = 0;
    std::size_t busiest_ = 0; // most in flight in this window
    ticket next_ = 0;
    ticket counts_from_ = 0; // calls before this one began under another limit
    ticket cut_from_ = 0;    // overload answers to calls before this one were reacted to
    std::vector<double> samples_;
    double baseline_ = 0; // nanoseconds
    std::size_t step_ = 1;
    std::size_t shrunk_ = 0;       // windows in a row
    std::size_t since_probe_ = 0;  // windows
    std::size_t careful_ = 0;      // windows in which growth stays slow after an overload
    std::size_t before_probe_ = 0; // 0: no probe
    double probed_ = 0;            // what the part of this probe before found; 0: none
    bool starting_ = true;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/adaptive_limit.ipp>
#endif
