#include "local/http/target.hpp"

#include <gtest/gtest.h>

namespace aistudio::local::http {
namespace {

TEST(target_test, path_and_query_are_cut_at_the_first_question_mark) {
    const target t("/a/b?c=d?e");
    EXPECT_EQ(t.path, "/a/b");
    EXPECT_EQ(t.query, "c=d?e");
    EXPECT_EQ(target("/a").query, "");
}

TEST(percent_decode_test, escapes_become_bytes) {
    EXPECT_EQ(percent_decode("a%20b%2F%e4%B8%ad+"), "a b/中+");
    EXPECT_EQ(percent_decode("a+b", true), "a b");
    EXPECT_EQ(percent_decode(""), "");
}

TEST(percent_decode_test, broken_escapes_are_refused) {
    for (const auto* text : {"%", "%4", "%zz", "a%2", "%%20"})
        EXPECT_FALSE(percent_decode(text)) << text;
    EXPECT_EQ(percent_decode("%41"), "A"); // at the very end
}

TEST(parse_query_test, names_and_values_are_decoded_in_order) {
    const auto all = parse_query("a=1&b=x%26y&c&=d&&a=2");
    EXPECT_EQ(all, (parameters{{"a", "1"}, {"b", "x&y"}, {"c", ""}, {"", "d"}, {"a", "2"}}));
    EXPECT_EQ(find(all, "a"), "1");
    EXPECT_FALSE(find(all, "z"));
    EXPECT_EQ(find(parse_query("a=%zz"), "a"), "%zz");
}

TEST(segments_test, parts_are_decoded_and_empty_ones_skipped) {
    EXPECT_EQ(segments("/a//b%2Fc/"), (std::vector<std::string>{"a", "b/c"}));
    EXPECT_EQ(segments("/"), std::vector<std::string>{});
    EXPECT_FALSE(segments("/a/%"));
}

TEST(parse_number_test, only_whole_decimal_numbers_are_read) {
    EXPECT_EQ(parse_number("42"), 42);
    EXPECT_EQ(parse_number("-1"), -1);
    for (const auto* text : {"", "4x", " 4", "4.0", "0x4", "99999999999999999999"})
        EXPECT_FALSE(parse_number(text)) << text;
}

} // namespace
} // namespace aistudio::local::http
