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
    return starting_ ? std::clamp<std::size_t>(limit_, 3, 500)
                     : std::clamp<std::size_t>(2 * limit_, 40, 500);
}

AISTUDIO_DECL adaptive_limit::estimate adaptive_limit::typical() {
    const auto middle = samples_.begin() + static_cast<std::ptrdiff_t>(samples_.size() / 2);
    std::nth_element(samples_.begin(), middle, samples_.end());
    const double most = *middle * detail::outlier;
    double sum = 0;
    double squares = 0;
    for (const double each : samples_) {
        const double counted = std::min(each, most);
        sum += counted;
        squares += counted * counted;
    }
    const auto count = static_cast<double>(samples_.size());
    const double mean = sum / count;
    const double variance = std::max(squares / count - mean * mean, 0.0);
    return {mean, std::sqrt(variance / count)};
}

AISTUDIO_DECL void adaptive_limit::judge() {
    const estimate latency = typical();
    const bool busy = busiest_ + limit_ / 8 >= limit_;
    samples_.clear();
    busiest_ = in_flight_;
    if (before_probe_ != 0)
        return end_probe(latency.mean);
    lower_baseline(latency);
    careful_ -= careful_ > 0 ? 1 : 0;
    if (!starting_ && (++since_probe_ >= detail::windows_between_probes || shrunk_ >= 2))
        return begin_probe();
    follow(latency, busy);
}

AISTUDIO_DECL void adaptive_limit::lower_baseline(estimate latency) {
    const double surely = latency.mean + latency.error;
    if (baseline_ == 0)
        baseline_ = latency.mean;
    else if (surely < baseline_) // a little less is most often luck
        baseline_ += (surely - baseline_) / (surely < baseline_ / detail::changed_service ? 2 : 16);
}

AISTUDIO_DECL void adaptive_limit::follow(estimate latency, bool busy) {
    const auto limit = static_cast<double>(limit_);
    const auto free_delay = static_cast<double>(options_.free_delay.count());
    const double waited = std::max(baseline_, latency.mean - free_delay);
    const double room = limit * baseline_ / waited;
    const double waiting = limit - room;
    const double noise = limit * latency.error / latency.mean;
    if (waiting < detail::few_waiting(limit) + noise) {
        shrunk_ = 0;
        if (busy)
            grow();
        return;
    }
    step_ = 1;
    if (starting_ || waiting > detail::many_waiting(limit) + 2 * noise)
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
    probed_ = 0;
    before_probe_ = limit_;
    set_limit(static_cast<double>(limit_) / 2);
}

/// A probe that finds long latencies either met a queue all the same, or another service. Half as
/// many calls tell the one from the other: a queue shrinks.
AISTUDIO_DECL void adaptive_limit::end_probe(double latency) {
    const bool differs = latency > baseline_ * detail::changed_service;
    const bool again = probed_ > 0;
    const bool same_as_before = again && latency * detail::changed_service > probed_;
    if (differs && !same_as_before && limit_ > 1) {
        probed_ = latency;
        return set_limit(static_cast<double>(limit_) / 2);
    }
    baseline_ = differs ? latency : (baseline_ + latency) / 2;
    const bool was_queue = again && !differs;
    const std::size_t back = was_queue ? std::min(2 * limit_, before_probe_) : before_probe_;
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
    const std::size_t before = limit_;
    limit_ = static_cast<std::size_t>(std::clamp(wanted, 1.0, static_cast<double>(options_.max)));
    samples_.clear();
    busiest_ = in_flight_;
    const std::size_t added = limit_ > before ? limit_ - before : 0;
    counts_from_ = next_ + added; // these may have to open connections
}

} // namespace aistudio
