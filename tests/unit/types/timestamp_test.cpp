#include <aistudio/types/timestamp.hpp>

#include <gtest/gtest.h>

namespace {

using namespace aistudio;
using namespace std::chrono_literals;

const timestamp known{1'700'000'000s}; // 2023-11-14T22:13:20Z

TEST(timestamp_text, known_time_is_written) {
    EXPECT_EQ(to_string(known), "2023-11-14T22:13:20Z");
    EXPECT_EQ(to_string(known + 7ms), "2023-11-14T22:13:20.007Z");
    EXPECT_EQ(to_string(timestamp{-1ms}), "1969-12-31T23:59:59.999Z");
}

TEST(timestamp_text, epoch_means_not_known_and_is_empty) { EXPECT_EQ(to_string(timestamp{}), ""); }

TEST(timestamp_text, time_outside_years_1_to_9999_is_empty) {
    EXPECT_EQ(to_string(timestamp::max()), "");
    EXPECT_EQ(to_string(timestamp::min()), "");
    EXPECT_EQ(to_string(*parse_timestamp("9999-12-31T23:59:59.999Z")), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(to_string(*parse_timestamp("9999-12-31T23:59:59.999Z") + 1ms), "");
    EXPECT_EQ(to_string(*parse_timestamp("0001-01-01T00:00:00Z")), "0001-01-01T00:00:00Z");
    EXPECT_EQ(to_string(*parse_timestamp("0001-01-01T00:00:00Z") - 1ms), "");
}

TEST(parse_timestamp, usual_forms_are_read) {
    for (const char* text : {"2023-11-14T22:13:20Z", "2023-11-14T22:13:20", "2023-11-14 22:13:20",
                             "2023-11-14 22:13:20.000Z", "2023-11-14T22:13:20.0009Z"})
        EXPECT_EQ(parse_timestamp(text), known) << text;
    EXPECT_EQ(parse_timestamp("2023-11-14T22:13:20.5Z"), known + 500ms);
    EXPECT_EQ(parse_timestamp("2023-11-14T22:13:20.123456789Z"), known + 123ms);
    EXPECT_EQ(parse_timestamp("2024-02-29T00:00:00Z"),
              timestamp{std::chrono::sys_days{std::chrono::year{2024} / 2 / 29}});
}

TEST(parse_timestamp, anything_else_is_refused) {
    for (const char* text : {"",
                             "2023",
                             "2023-11-14",
                             "2023-11-14T22:13",
                             "2023-11-14T22:13:20+08:00",
                             "2023-11-14T22:13:20Z ",
                             " 2023-11-14T22:13:20Z",
                             "2023-02-29T00:00:00Z",
                             "2023-13-01T00:00:00Z",
                             "2023-00-01T00:00:00Z",
                             "2023-01-00T00:00:00Z",
                             "2023-11-14T24:00:00Z",
                             "2023-11-14T22:60:20Z",
                             "2023-11-14T22:13:61Z",
                             "2023-11-14t22:13:20Z",
                             "-023-11-14T22:13:20Z",
                             "2023-+1-14T22:13:20Z",
                             "2023-11-14T22:13:20.Z",
                             "2023/11/14 22:13:20",
                             "2023-11-14T-1:13:20Z",
                             "0000-01-01T00:00:00Z",
                             "yesterday"})
        EXPECT_EQ(parse_timestamp(text), std::nullopt) << text;
}

TEST(timestamp_text, every_step_reads_back) {
    for (timestamp time{-2'000'000'000'000ms}; time < timestamp{10'000'000'000'000ms};
         time += 7'654'321'987ms)
        ASSERT_EQ(parse_timestamp(to_string(time)), time) << to_string(time);
}

} // namespace
