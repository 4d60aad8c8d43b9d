#include "cli/latency.hpp"

#include <gtest/gtest.h>

namespace aistudio::cli {
namespace {

using std::chrono::milliseconds;

TEST(percentile, nothing_gives_zero) { EXPECT_EQ(percentile({}, 50), 0); }

TEST(percentile, one_value_is_every_percentile) {
    EXPECT_EQ(percentile({3}, 1), 3);
    EXPECT_EQ(percentile({3}, 100), 3);
}

TEST(percentile, nearest_rank_of_unordered_values) {
    const std::vector<double> values{50, 15, 40, 20, 35};
    EXPECT_EQ(percentile(values, 5), 15);
    EXPECT_EQ(percentile(values, 30), 20);
    EXPECT_EQ(percentile(values, 40), 20);
    EXPECT_EQ(percentile(values, 50), 35);
    EXPECT_EQ(percentile(values, 100), 50);
}

TEST(percentile, rank_99_of_a_hundred_is_the_99th) {
    std::vector<double> values;
    for (int i = 1; i <= 100; ++i)
        values.push_back(i);
    EXPECT_EQ(percentile(values, 99), 99);
}

TEST(latency_meter, summary_tells_rate_percentiles_and_failures) {
    const latency_meter::clock::time_point start{};
    latency_meter meter(start);
    meter.add(milliseconds(2), false);
    meter.add(milliseconds(4), true);
    EXPECT_EQ(meter.summary(start + milliseconds(500)),
              "2 records  4/s  p50 2.0 ms  p99 4.0 ms  1 failed");
}

TEST(latency_meter, window_looks_at_the_last_calls) {
    const latency_meter::clock::time_point start{};
    latency_meter meter(start);
    meter.add(milliseconds(1000), false);
    meter.add(milliseconds(4), false);
    EXPECT_EQ(meter.summary(start + milliseconds(1000), 1),
              "2 records  2/s  p50 4.0 ms  p99 4.0 ms  0 failed");
}

} // namespace
} // namespace aistudio::cli
