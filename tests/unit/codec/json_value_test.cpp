#include <aistudio/codec/json_value.hpp>

#include "support/allocations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <random>

namespace {

using namespace aistudio;
using testing::HasSubstr;

std::string nested(std::size_t depth, std::string_view open, std::string_view middle,
                   std::string_view close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i)
        text += open;
    text += middle;
    for (std::size_t i = 0; i < depth; ++i)
        text += close;
    return text;
}

class parsed : public testing::Test {
protected:
    json_value parse(std::string_view text) {
        const auto root = document.parse(text);
        if (!root)
            ADD_FAILURE() << text.substr(0, 100) << ": " << root.error().message();
        return document.root();
    }
    std::string refusal(std::string_view text) {
        const auto root = document.parse(text);
        if (root)
            return "accepted";
        EXPECT_EQ(root.error().code, errc::decode_failed);
        EXPECT_EQ(root.error().phase, phase::decode);
        EXPECT_TRUE(document.root().is_null());
        return root.error().detail;
    }
    json_document document;
};

TEST_F(parsed, each_kind_is_told_apart) {
    const json_value root = parse(R"([null, true, -1, 18446744073709551615, 1.5, "s", [], {}])");
    std::vector<json_kind> kinds;
    for (const json_value v : root.items())
        kinds.push_back(v.kind());
    EXPECT_THAT(kinds,
                testing::ElementsAre(json_kind::null, json_kind::boolean, json_kind::integer,
                                     json_kind::unsigned_integer, json_kind::number,
                                     json_kind::string, json_kind::array, json_kind::object));
}

TEST_F(parsed, value_of_another_kind_is_nothing) {
    const json_value root = parse(R"([null, true, 1, "1", [1], {"a": 1}])");
    for (const json_value v : root.items()) {
        EXPECT_EQ(v.get_bool().has_value(), v.kind() == json_kind::boolean);
        EXPECT_EQ(v.get_int64().has_value(), v.kind() == json_kind::integer);
        EXPECT_EQ(v.get_uint64().has_value(), v.kind() == json_kind::integer);
        EXPECT_EQ(v.get_double().has_value(), v.kind() == json_kind::integer);
        EXPECT_EQ(v.get_string().has_value(), v.kind() == json_kind::string);
        EXPECT_EQ(v.find("a").has_value(), v.kind() == json_kind::object);
        EXPECT_EQ(v.size(),
                  v.kind() == json_kind::array || v.kind() == json_kind::object ? 1U : 0U);
        EXPECT_EQ(v.items().begin() == v.items().end(), v.kind() != json_kind::array);
        EXPECT_EQ(v.fields().begin() == v.fields().end(), v.kind() != json_kind::object);
    }
}

TEST_F(parsed, integers_are_exact_to_their_limits) {
    EXPECT_EQ(parse("9223372036854775807").get_int64(), INT64_MAX);
    EXPECT_EQ(parse("-9223372036854775808").get_int64(), INT64_MIN);
    EXPECT_EQ(parse("9223372036854775808").get_int64(), std::nullopt);
    EXPECT_EQ(parse("9223372036854775808").get_uint64(), 9223372036854775808U);
    EXPECT_EQ(parse("18446744073709551615").get_uint64(), UINT64_MAX);
    EXPECT_EQ(parse("-1").get_uint64(), std::nullopt);
    EXPECT_EQ(parse("18446744073709551615").get_double(), 18446744073709551615.0);
}

TEST_F(parsed, whole_doubles_are_integers_where_they_fit) {
    EXPECT_EQ(parse("1e3").get_int64(), 1000);
    EXPECT_EQ(parse("-2.0").get_int64(), -2);
    EXPECT_EQ(parse("1.5").get_int64(), std::nullopt);
    EXPECT_EQ(parse("1e300").get_int64(), std::nullopt);
    EXPECT_EQ(parse("9223372036854775808.0").get_int64(), std::nullopt);
    EXPECT_EQ(parse("-9223372036854775808.0").get_int64(), INT64_MIN);
    EXPECT_EQ(parse("1e19").get_uint64(), 10000000000000000000U);
    EXPECT_EQ(parse("18446744073709551616.0").get_uint64(), std::nullopt);
    EXPECT_EQ(parse("-0.5").get_uint64(), std::nullopt);
}

TEST_F(parsed, doubles_are_the_nearest_to_their_digits) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const double value = std::bit_cast<double>(random());
        if (!std::isfinite(value))
            continue;
        char text[64];
        std::snprintf(text, sizeof text, "%.*e", i % 25, value); // from 1 to 25 digits
        const auto read = parse(text).get_double();
        ASSERT_TRUE(read.has_value()) << text;
        ASSERT_EQ(std::bit_cast<std::uint64_t>(*read),
                  std::bit_cast<std::uint64_t>(std::strtod(text, nullptr)))
            << text;
    }
}

TEST_F(parsed, numbers_that_64_bits_do_not_hold_are_refused) {
    EXPECT_THAT(refusal("1e400"), HasSubstr("64 bits"));
    EXPECT_THAT(refusal("[-1e400]"), HasSubstr("64 bits"));
    EXPECT_THAT(refusal("18446744073709551616"), HasSubstr("64 bits"));
    EXPECT_THAT(refusal("-9223372036854775809"), HasSubstr("64 bits"));
    EXPECT_EQ(parse("1e-400").get_double(), 0.0);
}

TEST_F(parsed, malformed_numbers_are_refused) {
    for (const char* text :
         {"01", "-", "1.", ".5", "+1", "1e", "0x10", "NaN", "Infinity", "-Infinity", "1_000"})
        EXPECT_THAT(refusal(text), HasSubstr("The text is not JSON")) << text;
}

TEST_F(parsed, strings_have_their_escapes_resolved) {
    EXPECT_EQ(parse(R"("\"\\\/\b\f\n\r\t")").get_string(), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(parse(R"("\u4e2d\u00e9A")").get_string(), "中éA");
    EXPECT_EQ(parse(R"("\ud83d\ude00")").get_string(), "😀");
    EXPECT_EQ(parse("\"中😀\x7f\"").get_string(), "中😀\x7f");
    EXPECT_EQ(parse(R"("a\u0000b")").get_string(), std::string_view("a\0b", 3));
    EXPECT_EQ(parse(R"("")").get_string(), "");
}

TEST_F(parsed, malformed_strings_are_refused) {
    for (const char* text :
         {R"("\ud83d")", R"("\ude00")", R"("\ud83d\u0041")", R"({"\ud83d": 1})", R"("\x41")",
          R"("\u12g4")", "\"a\nb\"", "'a'", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"",
          "\"\xf4\x90\x80\x80\"", "\"\xe4\xb8\"", "\"abc"})
        EXPECT_THAT(refusal(text), HasSubstr("The text is not JSON")) << text;
    EXPECT_THAT(refusal("\"\xff\""), HasSubstr("UTF-8"));
}

TEST_F(parsed, text_that_is_not_one_value_is_refused) {
    EXPECT_THAT(refusal(""), HasSubstr("it is empty"));
    for (const char* text :
         {" \n", "{", "]", "{} {}", "1 2", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\"}", "[1 2]", "nul",
          "tru", "// x\n1", "<html>", "[1]x", "\xef\xbb\xbfnope"})
        EXPECT_THAT(refusal(text), HasSubstr("The text is not JSON")) << text;
    EXPECT_THAT(refusal(std::string_view("1\0", 2)), HasSubstr("The text is not JSON"));
}

TEST_F(parsed, nesting_to_the_limit_is_read_and_deeper_is_refused) {
    EXPECT_EQ(parse(nested(max_json_depth - 1, "[", "", "]")).kind(), json_kind::array);
    EXPECT_EQ(parse(nested(max_json_depth - 1, "[", "1", "]")).kind(), json_kind::array);
    EXPECT_THAT(refusal(nested(max_json_depth + 1, "[", "1", "]")), HasSubstr("nested deeper"));
    EXPECT_THAT(refusal(nested(100'000, "[", "", "]")), HasSubstr("nested deeper"));
    EXPECT_THAT(refusal(nested(100'000, "{\"a\":", "1", "}")), HasSubstr("nested deeper"));
    EXPECT_NE(refusal(std::string(100'000, '[')), "accepted");
    EXPECT_EQ(parse("1").get_int64(), 1) << "the document is of use after a refusal";
}

TEST_F(parsed, fields_keep_their_order_and_duplicates) {
    const json_value root = parse(R"({"b": 1, "a": 2, "b": 3, "": 4})");
    std::string keys;
    for (const json_field f : root.fields())
        keys += std::string(f.key) + ",";
    EXPECT_EQ(keys, "b,a,b,,");
    EXPECT_EQ(root.find("b")->get_int64(), 1);
    EXPECT_EQ(root.find("")->get_int64(), 4);
    EXPECT_EQ(root.find("c"), std::nullopt);
    EXPECT_EQ(root.size(), 4U);
}

TEST_F(parsed, nested_containers_are_stepped_over) {
    const json_value root = parse(R"([[1, [2, {"a": [3]}]], {"b": {"c": []}}, 4])");
    EXPECT_EQ(root.size(), 3U);
    std::vector<std::string> texts;
    for (const json_value v : root.items())
        texts.push_back(v.to_string());
    EXPECT_THAT(texts, testing::ElementsAre(R"([1,[2,{"a":[3]}]])", R"({"b":{"c":[]}})", "4"));
}

TEST_F(parsed, views_survive_a_move_of_the_document) {
    const json_value root = parse(R"({"a": ["text"]})");
    const json_document moved = std::move(document);
    EXPECT_EQ(root.find("a")->to_string(), R"(["text"])");
    EXPECT_EQ(moved.root().to_string(), R"({"a":["text"]})");
    EXPECT_TRUE(document.root().is_null()); // NOLINT: what is left is the question
    EXPECT_TRUE(document.parse("1").has_value());
}

TEST_F(parsed, text_ending_at_a_page_is_not_read_beyond) {
    for (std::size_t size = 1; size < 200; ++size) {
        const auto exact = std::make_unique<char[]>(size); // the address sanitizer watches its end
        std::fill_n(exact.get(), size, '1');
        exact[0] = exact[size - 1] = '"';
        EXPECT_EQ(document.parse({exact.get(), size}).has_value(), size > 1) << size;
    }
}

TEST_F(parsed, padded_text_is_read_to_its_end_and_no_further) {
    for (std::size_t size = 1; size < 200; ++size) {
        const std::size_t digits = std::min<std::size_t>(size, 18);
        std::string text = "[" + std::string(size - digits, ' ') + std::string(digits, '1') + "]";
        const std::size_t length = text.size();
        text.append(json_padding, '"'); // would be an error if it were read
        const auto root = document.parse_padded(std::string_view(text).substr(0, length));
        ASSERT_TRUE(root.has_value()) << length;
        ASSERT_EQ(root->to_string(), "[" + std::string(digits, '1') + "]");
        ASSERT_FALSE(document.parse_padded(std::string_view(text).substr(0, length - 1)));
    }
}

TEST_F(parsed, padded_text_may_go_once_it_was_parsed) {
    std::string text = R"({"a": ["text \u4e2d", 1.5]})" + std::string(json_padding, ' ');
    const auto root = document.parse_padded(text);
    ASSERT_TRUE(root.has_value());
    text.assign(text.size(), 'x');
    EXPECT_EQ(root->to_string(), R"({"a":["text 中",1.5]})");
}

TEST_F(parsed, padded_text_is_read_without_an_allocation_once_there_is_memory) {
    std::string text = R"([1.5, "text", {"a": [true, null]}])";
    const std::size_t length = text.size();
    text.append(json_padding, '\0');
    const std::string_view padded = std::string_view(text).substr(0, length);
    ASSERT_TRUE(document.parse_padded(padded).has_value());
    const std::size_t before = test_support::allocations();
    for (std::size_t i = 0; i < 100; ++i)
        ASSERT_TRUE(document.parse_padded(padded).has_value());
    EXPECT_EQ(test_support::allocations() - before, 0U);
    const auto probe = std::make_unique<std::string>(100, 'x');
    EXPECT_EQ(test_support::allocations() - before, 2U) << "allocations are not counted";
}

TEST(json_document, nothing_parsed_is_null) {
    const json_document document;
    EXPECT_TRUE(document.root().is_null());
    EXPECT_EQ(document.root().to_string(), "null");
    EXPECT_EQ(document.root().get_double(), std::nullopt);
    EXPECT_EQ(document.root().size(), 0U);
}

} // namespace
