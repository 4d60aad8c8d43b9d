#include "local/serving/batch_rule.hpp"

#include <gtest/gtest.h>

namespace aistudio::local::serving {
namespace {

using namespace std::chrono_literals;

constexpr batch_rule::time_point start{1000s};

TEST(batch_rule_test, without_a_delay_calls_go_at_once) {
    EXPECT_EQ((batch_rule{8, 0ms}.due(1, start)), start);
}

TEST(batch_rule_test, calls_wait_for_others_from_when_the_oldest_came) {
    EXPECT_EQ((batch_rule{8, 5ms}.due(7, start)), start + 5ms);
}

TEST(batch_rule_test, full_batch_waits_for_nobody) {
    EXPECT_EQ((batch_rule{8, 5ms}.due(8, start)), start);
    EXPECT_EQ((batch_rule{1, 5ms}.due(1, start)), start);
}

TEST(batch_rule_test,
     without_a_delay_half_of_the_callers_are_computed_while_the_others_are_answered) {
    const batch_rule rule{32, 0ms};
    EXPECT_EQ(rule.share(31, 1), 16U); // the first call came alone
    EXPECT_EQ(rule.share(16, 16), 16U);
    EXPECT_EQ(rule.share(1, 1), 1U);
    EXPECT_EQ(rule.share(1, 0), 32U) << "nobody is about to call again";
}

TEST(batch_rule_test, share_is_a_full_batch_at_most) {
    EXPECT_EQ((batch_rule{8, 0ms}.share(200, 8)), 8U);
}

TEST(batch_rule_test, with_a_delay_all_that_waited_go) {
    EXPECT_EQ((batch_rule{32, 5ms}.share(20, 12)), 32U);
}

} // namespace
} // namespace aistudio::local::serving
