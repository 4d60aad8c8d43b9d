#include "cli/text.hpp"

#include <gtest/gtest.h>

namespace aistudio::cli {
namespace {

TEST(harmless, keeps_lines_and_tabs_and_nothing_else_that_steers) {
    EXPECT_EQ(harmless("一\n\ttwo\r\x1b[31m\x7f"), "一\n\ttwo??[31m?");
    EXPECT_EQ(harmless("\xc2\x9b"
                       "31m"),
              "?31m");
    EXPECT_EQ(harmless("a\xff"), "a\xEF\xBF\xBD");
}

TEST(display_width, latin_takes_one_column) { EXPECT_EQ(display_width("abc"), 3U); }

TEST(display_width, chinese_takes_two_columns) { EXPECT_EQ(display_width("房价ab"), 6U); }

TEST(display_width, combining_mark_takes_none) { EXPECT_EQ(display_width("e\xCC\x81"), 1U); }

TEST(display_width, bytes_that_are_not_utf8_take_one_each) {
    EXPECT_EQ(display_width("a\xFF\xFE"), 3U);
    EXPECT_EQ(display_width("a\xE6\x88"), 3U); // cut in the middle
}

TEST(one_line, control_characters_cannot_steer_the_terminal) {
    EXPECT_EQ(one_line("a\nb\tc\033[31m\x7F"), "a b c?[31m?");
    EXPECT_EQ(one_line("\xC2\x9B"
                       "31m"),
              "?31m"); // the one-character form of ESC [
}

TEST(one_line, text_is_kept) { EXPECT_EQ(one_line("房价 é"), "房价 é"); }

TEST(one_line, wrong_bytes_become_replacement_characters) {
    EXPECT_EQ(one_line("a\xFF"), "a\uFFFD");
}

TEST(human_bytes, units_change_at_1024) {
    EXPECT_EQ(human_bytes(0), "0 B");
    EXPECT_EQ(human_bytes(1023), "1023 B");
    EXPECT_EQ(human_bytes(1536), "1.5 KiB");
    EXPECT_EQ(human_bytes(50.0 * 1024 * 1024 * 1024), "50.0 GiB");
}

} // namespace
} // namespace aistudio::cli
