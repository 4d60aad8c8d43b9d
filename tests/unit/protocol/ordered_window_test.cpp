#include <aistudio/protocol/ordered_window.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

namespace aistudio {
namespace {

TEST(ordered_window, things_come_out_in_the_order_they_began) {
    ordered_window<std::string> window(3);
    EXPECT_EQ(window.open(), 0U);
    EXPECT_EQ(window.open(), 1U);
    EXPECT_EQ(window.open(), 2U);
    window.close(2, "c");
    EXPECT_FALSE(window.ready());
    window.close(0, "a");
    ASSERT_TRUE(window.ready());
    EXPECT_EQ(window.first(), 0U);
    EXPECT_EQ(window.take(), "a");
    EXPECT_FALSE(window.ready());
    window.close(1, "b");
    EXPECT_EQ(window.take(), "b");
    EXPECT_EQ(window.take(), "c");
    EXPECT_TRUE(window.empty());
}

TEST(ordered_window, full_counts_what_was_not_taken_out) {
    ordered_window<int> window(2);
    window.open();
    EXPECT_FALSE(window.full());
    window.open();
    EXPECT_TRUE(window.full());
    window.close(1, 1);
    EXPECT_TRUE(window.full()); // waits for the one before it
    window.close(0, 0);
    EXPECT_TRUE(window.full());
    window.take();
    EXPECT_FALSE(window.full());
    EXPECT_EQ(window.size(), 1U);
}

TEST(ordered_window, capacity_of_nothing_is_one) {
    ordered_window<int> window(0);
    EXPECT_FALSE(window.full());
    window.open();
    EXPECT_TRUE(window.full());
}

TEST(ordered_window, values_may_be_movable_only) {
    ordered_window<std::unique_ptr<int>> window(1);
    window.close(window.open(), std::make_unique<int>(5));
    EXPECT_EQ(*window.take(), 5);
}

TEST(ordered_window, random_endings_keep_the_order_over_many_rounds) {
    constexpr std::uint64_t total = 100000;
    ordered_window<std::uint64_t> window(37);
    std::mt19937 random(11);
    std::vector<std::uint64_t> open;
    std::uint64_t taken = 0;
    std::uint64_t begun = 0;
    while (taken < total) {
        while (begun < total && !window.full()) {
            open.push_back(window.open());
            ++begun;
        }
        const auto at = static_cast<std::ptrdiff_t>(random() % open.size());
        window.close(open[static_cast<std::size_t>(at)], open[static_cast<std::size_t>(at)] * 3);
        open.erase(open.begin() + at);
        while (window.ready()) {
            EXPECT_EQ(window.first(), taken);
            ASSERT_EQ(window.take(), taken * 3);
            ++taken;
        }
    }
    EXPECT_TRUE(window.empty());
}

} // namespace
} // namespace aistudio
