#pragma once

#include <aistudio/protocol/hedge_policy.hpp>

#include <algorithm>
#include <cmath>

namespace aistudio {
namespace detail {
inline constexpr std::size_t hedge_window = 1024; // latencies that count as recent
inline constexpr std::size_t hedge_renewal = 64;  // answers between two looks at them
} // namespace detail

AISTUDIO_DECL std::optional<hedge_policy::duration> hedge_policy::sent() noexcept {
    ++calls_;
    return delay_;
}

AISTUDIO_DECL void hedge_policy::answered(duration latency) {
    if (recent_.size() < detail::hedge_window)
        recent_.push_back(latency);
    else
        recent_[next_++ % detail::hedge_window] = latency;
    const bool first = !delay_ && recent_.size() == min_samples;
    if (++since_learnt_ >= detail::hedge_renewal || first)
        learn();
}

AISTUDIO_DECL bool hedge_policy::take() noexcept {
    const double allowed = options_.budget * static_cast<double>(calls_);
    if (static_cast<double>(copies_ + 1) > allowed)
        return false;
    ++copies_;
    return true;
}

AISTUDIO_DECL void hedge_policy::learn() {
    since_learnt_ = 0;
    if (recent_.size() < min_samples)
        return;
    auto sorted = recent_;
    const auto count = static_cast<double>(sorted.size());
    const double rank = std::clamp(std::ceil(options_.percentile / 100 * count), 1.0, count);
    const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
    std::nth_element(sorted.begin(), at, sorted.end());
    delay_ = std::max<duration>(*at, options_.min_delay);
}

} // namespace aistudio
