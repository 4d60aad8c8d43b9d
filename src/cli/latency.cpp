#include "cli/latency.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace aistudio::cli {

double percentile(std::vector<double> values, double percent) {
    if (values.empty())
        return 0;
    const auto count = static_cast<double>(values.size());
    const double rank = std::clamp(std::ceil(percent / 100 * count), 1.0, count);
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

void latency_meter::add(std::chrono::duration<double, std::milli> took, bool failed) {
    milliseconds_.push_back(took.count());
    failed_ += failed ? 1 : 0;
}

std::string latency_meter::summary(clock::time_point now, std::size_t window) const {
    const std::size_t shown = window == 0 ? calls() : std::min(window, calls());
    const std::vector<double> recent(milliseconds_.end() - static_cast<std::ptrdiff_t>(shown),
                                     milliseconds_.end());
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = seconds > 0 ? static_cast<double>(calls()) / seconds : 0;
    char text[160];
    std::snprintf(text, sizeof text, "%zu records  %.0f/s  p50 %.1f ms  p99 %.1f ms  %zu failed",
                  calls(), rate, percentile(recent, 50), percentile(recent, 99), failed_);
    return text;
}

} // namespace aistudio::cli
