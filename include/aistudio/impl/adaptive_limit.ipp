#pragma once

#include <aistudio/protocol/adaptive_limit.hpp>

#include <algorithm>
#include <cmath>

namespace aistudio {
namespace detail {

/// Calls that wait: below the first number the limit grows, above the second it shrinks.
inline double few_waiting(double limit) { return std::max(1.0, 0.08 * limit); }
inline double many_waiting(double limit) { return std::max(3.0, 0.2 * limit); }

inline constexpr std::size_t windows_between_probes = 60;
inline constexpr std::size_t careful_windows = 20;
/// A probe that differs by more than this found another service than the one known.
inline constexpr double changed_service = 1.3;
inline constexpr double overload_factor = 0.67;
/// Longer calls count as this many times the median.
inline constexpr double outlier = 4;

} // namespace detail

AISTUDIO_DECL adaptive_limit::adaptive_limit(adaptive_limit_options options)
    : options_(options), limit_(1) {
    options_.max = std::max<std::size_t>(options_.max, 1);
    limit_ = std::clamp<std::size_t>(options_.initial, 1, options_.max);
}

AISTUDIO_DECL adaptive_limit::ticket adaptive_limit::start() noexcept {
    ++in_flight_;
    busiest_ = std::max(busiest_, in_flight_);
    return next_++;
}

AISTUDIO_DECL void adaptive_limit::finish(ticket which, ending how, duration latency) {
    --in_flight_;
    if (how == ending::overloaded && which >= cut_from_)
        return cut();
    if (how != ending::answered || which < counts_from_)
        return;
    samples_.push_back(static_cast<double>(std::max<duration::rep>(latency.count(), 1)));
    if (samples_.size() >= window())
        judge();
}

AISTUDIO_DECL std::size_t adaptive_limit::window() const noexcept {
    return starting_ ? std::clamp<std::size_t>(limit_, 8, 500)
                     : std::clamp<std::size_t>(2 * limit_, 40, 500);
}

AISTUDIO_DECL double adaptive_limit::typical() {
    const auto middle = samples_.begin() + static_cast<std::ptrdiff_t>(samples_.size() / 2);
    std::nth_element(samples_.begin(), middle, samples_.end());
    const double most = *middle * detail::outlier;
    double sum = 0;
    for (const double each : samples_)
        sum += std::min(each, most);
    return sum / static_cast<double>(samples_.size());
}

AISTUDIO_DECL void adaptive_limit::judge() {
    const double latency = typical();
    const bool busy = busiest_ + limit_ / 8 >= limit_;
    samples_.clear();
    busiest_ = in_flight_;
    if (before_probe_ != 0)
        return end_probe(latency);
    if (baseline_ == 0)
        baseline_ = latency;
    else if (latency < baseline_) // a little less is most often luck
        baseline_ +=
            (latency - baseline_) / (latency < baseline_ / detail::changed_service ? 2 : 16);
    careful_ -= careful_ > 0 ? 1 : 0;
    if (!starting_ && (++since_probe_ >= detail::windows_between_probes || shrunk_ >= 2))
        return begin_probe();
    follow(latency, busy);
}

AISTUDIO_DECL void adaptive_limit::follow(double latency, bool busy) {
    const auto limit = static_cast<double>(limit_);
    const double waited =
        std::max(baseline_, latency - static_cast<double>(options_.free_delay.count()));
    const double room = limit * baseline_ / waited;
    const double waiting = limit - room;
    if (waiting < detail::few_waiting(limit)) {
        shrunk_ = 0;
        if (busy)
            grow();
        return;
    }
    step_ = 1;
    if (starting_ || waiting > detail::many_waiting(limit))
        return shrink(room);
    shrunk_ = 0;
}

AISTUDIO_DECL void adaptive_limit::grow() {
    if (limit_ == options_.max)
        return;
    const std::size_t step = starting_ ? limit_ : step_;
    set_limit(static_cast<double>(limit_ + step));
    step_ = careful_ > 0 ? 1 : std::min(2 * step_, limit_);
}

AISTUDIO_DECL void adaptive_limit::shrink(double room) {
    starting_ = false;
    ++shrunk_;
    const auto limit = static_cast<double>(limit_);
    set_limit(std::max(room + detail::few_waiting(room) + 1, limit / 2));
}

AISTUDIO_DECL void adaptive_limit::begin_probe() {
    since_probe_ = 0;
    shrunk_ = 0;
    before_probe_ = limit_;
    set_limit(static_cast<double>(limit_) / 2);
}

AISTUDIO_DECL void adaptive_limit::end_probe(double latency) {
    baseline_ = latency > baseline_ * detail::changed_service ? latency : (baseline_ + latency) / 2;
    const std::size_t back = before_probe_;
    before_probe_ = 0;
    set_limit(static_cast<double>(back));
}

AISTUDIO_DECL void adaptive_limit::cut() noexcept {
    starting_ = false;
    before_probe_ = 0;
    step_ = 1;
    careful_ = detail::careful_windows;
    set_limit(std::floor(static_cast<double>(limit_) * detail::overload_factor));
    cut_from_ = next_;
}

AISTUDIO_DECL void adaptive_limit::set_limit(double wanted) noexcept {
    limit_ = static_cast<std::size_t>(std::clamp(wanted, 1.0, static_cast<double>(options_.max)));
    restart_window();
}

AISTUDIO_DECL void adaptive_limit::restart_window() noexcept {
    samples_.clear();
    busiest_ = in_flight_;
    counts_from_ = next_ + limit_; // the first ones may have to open connections
}

} // namespace aistudio
