#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace aistudio::cli {

/// The value that `percent` of `values` do not exceed (nearest rank). 0 when there are none.
/// @param percent  above 0, at most 100
[[nodiscard]] double percentile(std::vector<double> values, double percent);

/// Counts calls and how long they took.
class latency_meter {
public:
    using clock = std::chrono::steady_clock;

    explicit latency_meter(clock::time_point start) : start_(start) {}

    void add(std::chrono::duration<double, std::milli> took, bool failed);
    [[nodiscard]] std::size_t calls() const noexcept { return milliseconds_.size(); }
    [[nodiscard]] std::size_t failed() const noexcept { return failed_; }
    /// `1200 records  598/s  p50 1.6 ms  p99 4.1 ms  0 failed`, of the last `window` calls where
    /// that is not 0.
    [[nodiscard]] std::string summary(clock::time_point now, std::size_t window = 0) const;

private:
    clock::time_point start_;
    std::vector<double> milliseconds_;
    std::size_t failed_ = 0;
};

} // namespace aistudio::cli
