#pragma once

#include <aistudio/protocol/latency_histogram.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace aistudio {
namespace detail {

/// Values below 2 * half are exact; each doubling above has `half` buckets, so that a bucket is at
/// most 1/1024 of its values wide.
inline constexpr unsigned histogram_bits = 10;
inline constexpr std::uint64_t histogram_half = std::uint64_t{1} << histogram_bits;

inline std::size_t bucket_of(std::uint64_t value) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width > histogram_bits + 1 ? width - histogram_bits - 1 : 0;
    return static_cast<std::size_t>(shift * histogram_half + (value >> shift));
}

inline std::uint64_t largest_in(std::size_t bucket) noexcept {
    if (bucket < 2 * histogram_half)
        return bucket;
    const std::uint64_t shift = bucket / histogram_half - 1;
    const std::uint64_t first = bucket - shift * histogram_half;
    return ((first + 1) << shift) - 1;
}

} // namespace detail

AISTUDIO_DECL void latency_histogram::add(duration value, std::uint64_t times) {
    if (times == 0)
        return;
    value = std::max(value, duration::zero());
    const std::size_t bucket = detail::bucket_of(static_cast<std::uint64_t>(value.count()));
    if (bucket >= buckets_.size())
        buckets_.resize(bucket + 1);
    buckets_[bucket] += times;
    min_ = count_ == 0 ? value : std::min(min_, value);
    max_ = std::max(max_, value);
    count_ += times;
    sum_ += static_cast<double>(value.count()) * static_cast<double>(times);
}

AISTUDIO_DECL void latency_histogram::add(const latency_histogram& other) {
    if (other.count_ == 0)
        return;
    if (other.buckets_.size() > buckets_.size())
        buckets_.resize(other.buckets_.size());
    for (std::size_t i = 0; i < other.buckets_.size(); ++i)
        buckets_[i] += other.buckets_[i];
    min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
    count_ += other.count_;
    sum_ += other.sum_;
}

AISTUDIO_DECL latency_histogram::duration latency_histogram::mean() const noexcept {
    return count_ == 0 ? duration::zero()
                       : duration(static_cast<duration::rep>(sum_ / static_cast<double>(count_)));
}

AISTUDIO_DECL latency_histogram::duration
latency_histogram::percentile(double percent) const noexcept {
    const double exact = std::ceil(percent / 100 * static_cast<double>(count_));
    const auto rank =
        std::clamp(static_cast<std::uint64_t>(std::max(exact, 1.0)), std::uint64_t{1}, count_ + 1);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= rank)
            return std::clamp(duration(static_cast<duration::rep>(detail::largest_in(i))), min_,
                              max_);
    }
    return max_;
}

AISTUDIO_DECL std::uint64_t latency_histogram::count_up_to(duration value) const noexcept {
    if (value < duration::zero())
        return 0;
    const std::size_t last = detail::bucket_of(static_cast<std::uint64_t>(value.count()));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size() && i <= last; ++i)
        seen += buckets_[i];
    return seen;
}

} // namespace aistudio
