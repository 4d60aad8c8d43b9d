#include <aistudio/protocol/latency_histogram.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using duration = latency_histogram::duration;

/// Nearest rank over sorted values, without any buckets.
duration exact(const std::vector<duration>& sorted, double percent) {
    const auto rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
    return sorted.at(static_cast<std::size_t>(std::max(rank, 1.0)) - 1);
}

TEST(latency_histogram, percentiles_are_exact_to_three_digits) {
    std::mt19937_64 random(3);
    std::lognormal_distribution<double> spread(13, 2); // 0.4 ms, from microseconds to seconds
    latency_histogram h;
    std::vector<duration> all;
    for (int i = 0; i < 100000; ++i) {
        all.emplace_back(static_cast<duration::rep>(spread(random)));
        h.add(all.back());
    }
    std::sort(all.begin(), all.end());
    for (const double percent : {0.0, 0.1, 1.0, 10.0, 50.0, 90.0, 95.0, 99.0, 99.9, 99.99, 100.0}) {
        const auto truth = exact(all, percent);
        const auto said = h.percentile(percent);
        EXPECT_GE(said, truth) << percent;
        EXPECT_LE(static_cast<double>(said.count()), 1.001 * static_cast<double>(truth.count()))
            << percent;
    }
    EXPECT_EQ(h.min(), all.front());
    EXPECT_EQ(h.max(), all.back());
    EXPECT_EQ(h.percentile(100), all.back());
    EXPECT_EQ(h.count(), all.size());
}

TEST(latency_histogram, every_magnitude_is_within_a_thousandth) {
    for (std::int64_t value = 1; value < std::int64_t{1} << 61; value += value / 3 + 1) {
        latency_histogram h;
        h.add(0ns);
        h.add(duration(value));
        h.add(duration(value) * 2); // the largest one is exact
        const auto said = h.percentile(50).count();
        EXPECT_GE(said, value);
        EXPECT_LE(said - value, value / 1000) << value;
    }
}

TEST(latency_histogram, small_values_are_exact) {
    latency_histogram h;
    for (int i = 0; i < 2048; ++i)
        h.add(duration(i));
    EXPECT_EQ(h.percentile(50), 1023ns);
    EXPECT_EQ(h.count_up_to(1000ns), 1001U);
    EXPECT_EQ(h.mean(), 1023ns);
}

TEST(latency_histogram, empty_one_is_all_zeros) {
    const latency_histogram h;
    EXPECT_EQ(h.count(), 0U);
    EXPECT_EQ(h.percentile(99), 0ns);
    EXPECT_EQ(h.mean(), 0ns);
    EXPECT_EQ(h.count_up_to(1s), 0U);
}

TEST(latency_histogram, negative_values_count_as_zero) {
    latency_histogram h;
    h.add(-5ns);
    EXPECT_EQ(h.count(), 1U);
    EXPECT_EQ(h.max(), 0ns);
    EXPECT_EQ(h.count_up_to(0ns), 1U);
}

TEST(latency_histogram, sum_of_two_is_as_if_counted_in_one) {
    latency_histogram a;
    latency_histogram b;
    latency_histogram both;
    for (int i = 1; i <= 1000; ++i) {
        (i % 3 == 0 ? a : b).add(i * 1ms);
        both.add(i * 1ms);
    }
    a.add(b);
    a.add(latency_histogram());
    for (const double percent : {1.0, 50.0, 99.0, 100.0})
        EXPECT_EQ(a.percentile(percent), both.percentile(percent));
    EXPECT_EQ(a.min(), 1ms);
    EXPECT_EQ(a.mean(), both.mean());
}

TEST(latency_histogram, values_may_be_counted_several_times) {
    latency_histogram h;
    h.add(1ms, 99);
    h.add(1s, 1);
    h.add(2s, 0);
    EXPECT_EQ(h.count(), 100U);
    EXPECT_LT(h.percentile(99), 2ms);
    EXPECT_EQ(h.percentile(99.5), 1s);
}

} // namespace
} // namespace aistudio
