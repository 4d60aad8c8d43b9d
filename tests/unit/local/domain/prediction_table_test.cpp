#include "local/domain/prediction_table.hpp"

#include <gtest/gtest.h>

namespace aistudio::local::domain {
namespace {

using namespace std::chrono_literals;

constexpr timestamp start{std::chrono::hours(1000)};

TEST(prediction_table_test, old_key_ends_when_it_was_told_to) {
    prediction_table::entry e{secret("new"), true, service_id(1), {}};
    e.old_keys.push_back({secret("old"), start + 1h});
    EXPECT_TRUE(e.accepts("old", start + 1h - 1ms));
    EXPECT_FALSE(e.accepts("old", start + 1h));
    EXPECT_TRUE(e.accepts("new", start + 1h));
    EXPECT_FALSE(e.accepts("", start));
}

TEST(prediction_table_test, latest_time_holds_until_the_entries_follow_a_clock_that_was_set_back) {
    prediction_table table;
    EXPECT_EQ(table.note_time(start), start);
    EXPECT_EQ(table.note_time(start + 1h), start + 1h);
    EXPECT_EQ(table.note_time(start - 1000h), start + 1h);
    table.set_back(start - 1000h);
    EXPECT_EQ(table.note_time(start - 1000h), start - 1000h);
    EXPECT_EQ(table.note_time(start - 999h), start - 999h);
}

} // namespace
} // namespace aistudio::local::domain
