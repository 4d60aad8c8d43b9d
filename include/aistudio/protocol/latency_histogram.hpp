#pragma once

#include <aistudio/detail/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aistudio {

/// Counts how long things took, in buckets whose width grows with the value: every value read back
/// is at most 0.1 % above what was put in, from nanoseconds to years, in memory that depends on the
/// largest value only (about 200 kB for a minute).
///
/// @par Thread safety  One thread at a time.
class AISTUDIO_API latency_histogram {
public:
    using duration = std::chrono::nanoseconds;

    /// Counts a value `times` times; below zero counts as zero.
    AISTUDIO_DECL void add(duration value, std::uint64_t times = 1);
    /// Counts all that `other` has counted.
    AISTUDIO_DECL void add(const latency_histogram& other);

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// Exact; zero when nothing was counted, as are the next ones.
    [[nodiscard]] duration min() const noexcept { return min_; }
    /// Exact.
    [[nodiscard]] duration max() const noexcept { return max_; }
    /// Exact but for rounding.
    [[nodiscard]] AISTUDIO_DECL duration mean() const noexcept;
    /// The value that `percent` of all do not exceed (nearest rank), 0 to 100.
    [[nodiscard]] AISTUDIO_DECL duration percentile(double percent) const noexcept;
    /// How many are at most `value`, to the width of a bucket.
    [[nodiscard]] AISTUDIO_DECL std::uint64_t count_up_to(duration value) const noexcept;

private:
    std::vector<std::uint64_t> buckets_; // as far as the largest value needs
    std::uint64_t count_ = 0;
    double sum_ = 0; // nanoseconds
    duration min_{0};
    duration max_{0};
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/latency_histogram.ipp>
#endif
