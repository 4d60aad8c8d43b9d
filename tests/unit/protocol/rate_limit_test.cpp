#include <aistudio/protocol/rate_limit.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using time_point = rate_limit::time_point;

constexpr time_point start{1000s};

/// Starts a call as soon as it may, `calls` times, and returns when each started.
std::vector<time_point> run(rate_limit& limit, std::size_t calls, time_point now) {
    std::vector<time_point> out;
    for (std::size_t i = 0; i < calls; ++i) {
        now = std::max(now, limit.next());
        limit.take(now);
        out.push_back(now);
    }
    return out;
}

TEST(rate_limit, calls_are_spaced_evenly) {
    rate_limit limit(100);
    const auto times = run(limit, 101, start);
    EXPECT_EQ(times.front(), start);
    EXPECT_EQ(times[1] - times[0], 10ms);
    EXPECT_EQ(times.back() - times.front(), 1s);
}

TEST(rate_limit, burst_starts_at_once_then_the_rate_holds) {
    rate_limit limit(100, 5);
    const auto times = run(limit, 105, start);
    EXPECT_EQ(times[4], start);
    EXPECT_EQ(times[5], start + 10ms);
    EXPECT_EQ(times.back(), start + 1s);
}

TEST(rate_limit, no_stretch_of_time_has_more_than_burst_and_rate) {
    rate_limit limit(1000, 7);
    std::vector<time_point> times;
    time_point now = start;
    unsigned noise = 1;
    for (int i = 0; i < 2000; ++i) {
        noise = noise * 1664525U + 1013904223U;
        now += std::chrono::microseconds(noise >> 21U); // comes and goes, 1 ms on average
        now = std::max(now, limit.next());
        limit.take(now);
        times.push_back(now);
    }
    for (std::size_t i = 0; i < times.size(); i += 13)
        for (std::size_t j = i; j < times.size(); j += 7) {
            const double seconds = std::chrono::duration<double>(times[j] - times[i]).count();
            ASSERT_LE(static_cast<double>(j - i + 1), 7 + 1000 * seconds + 1e-6);
        }
}

TEST(rate_limit, pause_refills_the_burst_and_no_more) {
    rate_limit limit(10, 3);
    run(limit, 50, start);
    const auto times = run(limit, 4, start + 1h);
    EXPECT_EQ(times[2], start + 1h);
    EXPECT_EQ(times[3], start + 1h + 100ms);
}

TEST(rate_limit, zero_is_no_limit) {
    rate_limit limit(0);
    EXPECT_EQ(run(limit, 1000, start).back(), start);
}

TEST(rate_limit, less_than_one_a_second_waits_longer) {
    rate_limit limit(0.5);
    EXPECT_EQ(run(limit, 3, start).back(), start + 4s);
}

} // namespace
} // namespace aistudio
