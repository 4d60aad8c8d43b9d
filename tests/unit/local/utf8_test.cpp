#include "local/utf8.hpp"

#include "local/domain/job_log.hpp"

#include <gtest/gtest.h>

namespace aistudio::local {
namespace {

constexpr std::string_view bad = "\xEF\xBF\xBD";

TEST(to_utf8_test, valid_text_is_unchanged) {
    const std::string text = "aé中🏠";
    EXPECT_EQ(to_utf8(text, false).text, text);
    EXPECT_EQ(to_utf8(text, true).used, text.size());
    EXPECT_EQ(count_characters(text), 4U);
}

TEST(to_utf8_test, bytes_that_are_no_character_are_replaced) {
    const std::string mark(bad);
    EXPECT_EQ(to_utf8("a\xFFz", false).text, "a" + mark + "z");
    EXPECT_EQ(to_utf8("\x80\x80", true).text, mark + mark);
    EXPECT_EQ(to_utf8("\xC0\xAF", false).text, mark + mark);            // overlong
    EXPECT_EQ(to_utf8("\xED\xA0\x80", false).text, mark + mark + mark); // surrogate
    EXPECT_EQ(to_utf8("\xE4\xB8z", false).text, mark + "z"); // cut off by another character
}

TEST(to_utf8_test, unfinished_character_waits_for_more) {
    const std::string house = "🏠";
    for (std::size_t n = 1; n < house.size(); ++n) {
        const auto waiting = to_utf8("a" + house.substr(0, n), true);
        EXPECT_EQ(waiting.text, "a") << n;
        EXPECT_EQ(waiting.used, 1U);
        EXPECT_EQ(to_utf8("a" + house.substr(0, n), false).text, "a" + std::string(bad));
    }
}

TEST(job_log_test, chunks_in_any_sizes_make_the_whole) {
    const std::string log = "数据 house 🏠\n";
    for (std::size_t step = 4; step < log.size(); ++step) {
        std::string text;
        std::int64_t offset = 0;
        while (true) {
            const auto piece = std::string_view(log).substr(static_cast<std::size_t>(offset), step);
            const auto chunk =
                domain::make_log_chunk(piece, offset, static_cast<std::int64_t>(log.size()), false);
            EXPECT_EQ(chunk.offset, offset);
            text += chunk.text;
            offset = chunk.next_offset;
            if (chunk.end)
                break;
        }
        EXPECT_EQ(text, log) << step;
    }
}

TEST(job_log_test, end_comes_only_after_the_job) {
    EXPECT_FALSE(domain::make_log_chunk("ab", 0, 2, true).end);
    EXPECT_TRUE(domain::make_log_chunk("ab", 0, 2, false).end);
    EXPECT_FALSE(domain::make_log_chunk("ab", 0, 3, false).end);
    EXPECT_TRUE(domain::make_log_chunk("", 0, 0, false).end);
    const auto cut = domain::make_log_chunk("a\xE4\xB8", 0, 3, true);
    EXPECT_EQ(cut.next_offset, 1);
    EXPECT_EQ(domain::make_log_chunk("\xE4\xB8", 1, 3, false).text, bad);
}

TEST(job_log_test, missing_file_is_an_empty_log) {
    const auto chunk = domain::read_log_chunk("/nowhere/log.txt", 0, false);
    EXPECT_EQ(chunk.text, "");
    EXPECT_TRUE(chunk.end);
    EXPECT_FALSE(domain::read_log_chunk("/nowhere/log.txt", 0, true).end);
}

} // namespace
} // namespace aistudio::local
