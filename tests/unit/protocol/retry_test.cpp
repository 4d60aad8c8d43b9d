#include <aistudio/protocol/poll_schedule.hpp>
#include <aistudio/protocol/retry.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(backoff, jitter_is_full_from_zero_to_the_bound) {
    const retry_policy policy;
    EXPECT_EQ(backoff(policy, 100ms, 1, [] { return 0.0; }), 0ms);
    EXPECT_EQ(backoff(policy, 100ms, 1, [] { return 0.5; }), 50ms);
    EXPECT_EQ(backoff(policy, 100ms, 3, [] { return 0.5; }), 200ms);
}

TEST(backoff, many_failures_stay_at_max_delay) {
    const retry_policy policy;
    for (const int failures : {9, 100, 1000000})
        EXPECT_EQ(backoff(policy, 100ms, failures, [] { return 0.999999; }), 19999ms) << failures;
}

TEST(backoff, zero_base_never_waits) {
    EXPECT_EQ(backoff({}, 0ms, 5, [] { return 0.9; }), 0ms);
}

TEST(poll_schedule, interval_grows_by_half_up_to_the_most) {
    poll_schedule schedule(200ms, 500ms);
    std::vector<milliseconds> seen;
    for (int i = 0; i < 5; ++i)
        seen.push_back(schedule.next());
    EXPECT_EQ(seen, (std::vector<milliseconds>{200ms, 300ms, 450ms, 500ms, 500ms}));
}

TEST(poll_schedule, first_beyond_most_stays) {
    poll_schedule schedule(2s, 1s);
    EXPECT_EQ(schedule.next(), 2s);
    EXPECT_EQ(schedule.next(), 2s);
}

} // namespace
} // namespace aistudio
