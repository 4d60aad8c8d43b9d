#include "local/domain/csv_text.hpp"

#include "local/refusal.hpp"

#include <gtest/gtest.h>

namespace aistudio::local::domain {
namespace {

using cells = std::vector<std::string>;

csv_preview whole(std::string text, int rows = 20) {
    return preview_csv(std::move(text), true, rows);
}

TEST(csv_text_test, first_row_is_the_header_and_empty_lines_do_not_count) {
    const auto p = whole("\n\na,b\n\r\n1,2\n\n3,4");
    EXPECT_EQ(p.header, (cells{"a", "b"}));
    EXPECT_EQ(p.rows, (std::vector<csv_row>{{{"1", "2"}}, {{"3", "4"}}}));
    EXPECT_FALSE(p.more);
    EXPECT_EQ(p.encoding, "UTF-8");
}

TEST(csv_text_test, nothing_is_an_empty_table) {
    for (const auto* text : {"", "\n", "\r\n\r\n", "\xEF\xBB\xBF"}) {
        EXPECT_EQ(whole(text).header, cells{}) << text;
        EXPECT_FALSE(whole(text).more);
    }
}

TEST(csv_text_test, quotes_hold_commas_quotes_and_line_ends) {
    const auto p = whole("a,\"b,\"\"c\"\"\r\nd\",\"\",e\r1,\"2\"\n");
    EXPECT_EQ(p.header, (cells{"a", "b,\"c\"\r\nd", "", "e"}));
    EXPECT_EQ(p.rows.at(0).cells, (cells{"1", "2"}));
}

TEST(csv_text_test, quotes_elsewhere_are_taken_as_they_are) {
    EXPECT_EQ(whole("5\"x,\"a\"b,c").header, (cells{"5\"x", "ab", "c"}));
    EXPECT_EQ(whole("a,\"never closed\nb,c").header, (cells{"a", "never closed\nb,c"}));
    EXPECT_EQ(whole("\"").header, cells{""});
    EXPECT_EQ(whole("\"\"\"").header, cells{"\""});
}

TEST(csv_text_test, last_field_may_be_empty) {
    EXPECT_EQ(whole("a,\n,").header, (cells{"a", ""}));
    EXPECT_EQ(whole("a,\n,").rows.at(0).cells, (cells{"", ""}));
}

TEST(csv_text_test, more_tells_whether_the_file_goes_on) {
    EXPECT_TRUE(whole("h\n1\n2\n", 1).more);
    EXPECT_FALSE(whole("h\n1\n2\n", 2).more);
    EXPECT_FALSE(whole("h\n1\n2\n\n\n", 2).more);
    EXPECT_TRUE(preview_csv("h\n1\n2\n", false, 2).more);
}

TEST(csv_text_test, row_that_is_cut_off_is_left_out) {
    const auto p = preview_csv("h\n1,2\n3,", false, 20);
    EXPECT_EQ(p.rows, (std::vector<csv_row>{{{"1", "2"}}}));
    EXPECT_TRUE(p.more);
    EXPECT_EQ(whole("h\n1,2\n3,").rows.size(), 2U);
}

TEST(csv_text_test, very_long_fields_and_rows_are_bounded) {
    std::string wide;
    for (int i = 0; i < 1001; ++i)
        wide += "字";
    const auto p = whole(wide + "," + std::string(1000, 'x'));
    EXPECT_EQ(p.header.at(0), wide.substr(0, 3000) + "…");
    EXPECT_EQ(p.header.at(1), std::string(1000, 'x'));
    EXPECT_EQ(whole(std::string(5000, ',')).header.size(), 1000U);
    const auto cut = preview_csv(std::string(std::size_t{1} << 20U, 'x'), false, 20);
    EXPECT_EQ(cut.header.at(0), std::string(1000, 'x') + "…"); // all of it is one line
    EXPECT_TRUE(cut.more);
}

TEST(csv_text_test, byte_order_mark_is_no_part_of_the_first_name) {
    EXPECT_EQ(whole("\xEF\xBB\xBFid,x\n").header, (cells{"id", "x"}));
}

TEST(csv_text_test, gbk_is_converted) {
    const auto p = whole("\xB7\xBF\xBC\xDB,1\n");
    EXPECT_EQ(p.header, (cells{"房价", "1"}));
    EXPECT_EQ(p.encoding, "GB18030");
}

TEST(csv_text_test, character_that_is_cut_off_is_no_reason_to_refuse) {
    EXPECT_EQ(preview_csv("h\n\xE6\x88\xBF\n\xE6\x88", false, 20).encoding, "UTF-8");
    EXPECT_EQ(preview_csv("\xB7\xBF\n\xB7\xBF\n\xB7", false, 20).encoding, "GB18030");
    EXPECT_THROW((void)whole("\xB7\xBF\n\xB7"), refusal);
}

TEST(csv_text_test, other_texts_are_refused_with_advice) {
    for (const std::string& text :
         {std::string("\xFF\xFE"
                      "a\0",
                      4),
          std::string("\xFE\xFF\0a", 4), std::string("a\0b", 3), std::string("a,\xFF\xFF\n")})
        try {
            (void)whole(text);
            FAIL() << text;
        } catch (const refusal& r) {
            EXPECT_EQ(r.code(), service_code::parameter_invalid);
            EXPECT_NE(r.message().find(';'), std::string::npos) << r.message();
        } catch (...) {
            FAIL() << text;
        }
}

} // namespace
} // namespace aistudio::local::domain
