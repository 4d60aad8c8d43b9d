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

} // namespace
} // namespace aistudio::local::serving
