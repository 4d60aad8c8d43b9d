#include <aistudio/protocol/hedge_policy.hpp>

#include <gtest/gtest.h>

#include <random>

namespace aistudio {
namespace {

using namespace std::chrono_literals;

TEST(hedge_policy, nothing_is_copied_before_enough_is_known) {
    hedge_policy policy({});
    for (std::size_t i = 0; i + 1 < hedge_policy::min_samples; ++i) {
        EXPECT_FALSE(policy.sent());
        policy.answered(10ms);
    }
    EXPECT_FALSE(policy.sent());
    policy.answered(10ms);
    EXPECT_EQ(policy.sent(), 10ms);
}

TEST(hedge_policy, copy_follows_after_the_percentile) {
    for (const double percent : {50.0, 95.0}) {
        hedge_policy policy({.percentile = percent});
        for (int i = 0; i < 2 * 1024; ++i)
            policy.answered((i % 1024 + 1) * 1ms);
        EXPECT_EQ(policy.sent().value(), std::chrono::milliseconds(percent == 50.0 ? 512 : 973));
    }
}

TEST(hedge_policy, old_latencies_are_forgotten) {
    hedge_policy policy({});
    for (int i = 0; i < 5000; ++i)
        policy.answered(1s);
    for (int i = 0; i < 1024; ++i)
        policy.answered(2ms);
    EXPECT_EQ(policy.sent(), 2ms);
}

TEST(hedge_policy, very_fast_services_wait_the_least_delay) {
    hedge_policy policy({.min_delay = 3ms});
    for (int i = 0; i < 100; ++i)
        policy.answered(10us);
    EXPECT_EQ(policy.sent(), 3ms);
}

TEST(hedge_policy, budget_is_never_passed) {
    for (const double budget : {0.0, 0.001, 0.02, 0.5}) {
        hedge_policy policy({.budget = budget});
        std::mt19937 random(5);
        std::uint64_t calls = 0;
        std::uint64_t copies = 0;
        for (int i = 0; i < 20000; ++i) {
            (void)policy.sent();
            ++calls;
            if (random() % 10 < 9) // nearly every call is late
                copies += policy.take() ? 1 : 0;
            ASSERT_LE(static_cast<double>(copies), budget * static_cast<double>(calls));
        }
        EXPECT_GE(static_cast<double>(copies) + 1, 0.999 * budget * static_cast<double>(calls));
        EXPECT_EQ(policy.copies(), copies);
    }
}

} // namespace
} // namespace aistudio
