#include "cli/progress.hpp"
#include "cli/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace aistudio::cli {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

TEST(progress_line, half_done_shows_half_a_bar) {
    EXPECT_EQ(progress_line("up", {512, 1024}, seconds(1), 200),
              "up  [###############...............] 50 %  512 B of 1.0 KiB  512 B/s");
}

TEST(progress_line, all_done_is_100_percent) {
    EXPECT_THAT(progress_line("up", {10, 10}, seconds(1), 200), HasSubstr("] 100 %"));
}

TEST(progress_line, more_than_the_total_stays_at_100_percent) {
    EXPECT_THAT(progress_line("up", {20, 10}, seconds(1), 200), HasSubstr("] 100 %"));
}

TEST(progress_line, unknown_total_has_no_bar) {
    EXPECT_EQ(progress_line("down", {2048, 0}, seconds(2), 80), "down  2.0 KiB  1.0 KiB/s");
}

TEST(progress_line, narrow_terminal_has_no_bar) {
    EXPECT_THAT(progress_line("up", {1, 2}, seconds(1), 20), Not(HasSubstr("[")));
}

TEST(progress_line, line_fits_the_terminal) {
    for (std::size_t columns = 50; columns < 120; ++columns)
        EXPECT_LT(display_width(progress_line("上传", {1, 2}, seconds(1), columns)), columns);
}

TEST(live_line, says_nothing_on_anything_but_a_terminal) {
    std::ostringstream out;
    {
        live_line line(out, false);
        EXPECT_FALSE(line.due());
        line.show("x");
    }
    EXPECT_EQ(out.str(), "");
}

TEST(live_line, is_removed_at_the_end) {
    std::ostringstream out;
    {
        live_line line(out, true);
        EXPECT_TRUE(line.due());
        line.show("x");
        EXPECT_FALSE(line.due()); // too soon
    }
    EXPECT_EQ(out.str(), "\rx\033[K\r\033[K");
}

} // namespace
} // namespace aistudio::cli
