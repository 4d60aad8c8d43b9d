#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace aistudio {

/// Token bucket: in any stretch of t seconds at most `burst + t * per_second` calls start. Keeps
/// one number: when the bucket would be full again.
///
/// @par Thread safety  One thread at a time.
class rate_limit {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    /// @param per_second  Calls a second over time; 0 or less: no limit.
    /// @param burst       Calls that may start at once after a pause, at least 1.
    explicit rate_limit(double per_second, double burst = 1) noexcept
        : interval_(per_second > 0
                        ? duration(static_cast<duration::rep>(std::ceil(ticks / per_second)))
                        : duration::zero()),
          slack_(duration(static_cast<duration::rep>(static_cast<double>(interval_.count()) *
                                                     (std::max(burst, 1.0) - 1)))) {}

    /// When the next call may start; `now` or earlier: at once.
    [[nodiscard]] time_point next() const noexcept {
        return full_ == time_point::min() ? full_ : full_ - slack_;
    }
    /// A call starts.
    void take(time_point now) noexcept { full_ = std::max(full_, now) + interval_; }

private:
    static constexpr double ticks =
        static_cast<double>(duration::period::den) / static_cast<double>(duration::period::num);
    duration interval_;
    duration slack_;
    time_point full_ = time_point::min();
};

} // namespace aistudio
