#include <aistudio/codec/json_value.hpp>
#include <aistudio/codec/json_writer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <random>

namespace {

using namespace aistudio;
using testing::HasSubstr;

std::string written(const std::function<void(json_writer&)>& write) {
    std::string text;
    json_writer w(text);
    write(w);
    EXPECT_EQ(w.error(), "");
    return text;
}

template <class Number>
std::string written_number(Number value) {
    return written([&](json_writer& w) { w.number(value); });
}

TEST(json_writer, commas_are_put_between_values_only) {
    const std::string text = written([](json_writer& w) {
        w.begin_object();
        w.key("a");
        w.begin_array();
        w.null();
        w.boolean(true);
        w.begin_array();
        w.end_array();
        w.begin_object();
        w.end_object();
        w.integer(INT64_MIN);
        w.end_array();
        w.key("b", true);
        w.unsigned_integer(UINT64_MAX);
        w.key("c");
        w.raw("[ 1 ]");
        w.key("d");
        w.string("s");
        w.end_object();
    });
    EXPECT_EQ(
        text,
        R"({"a":[null,true,[],{},-9223372036854775808],"b":18446744073709551615,"c":[ 1 ],"d":"s"})");
}

TEST(json_writer, text_is_appended) {
    std::string text = "before";
    json_writer(text).boolean(false);
    EXPECT_EQ(text, "beforefalse");
}

TEST(json_writer, strings_and_keys_are_escaped) {
    EXPECT_EQ(written([](json_writer& w) { w.string("\"\\/\b\f\n\r\t\x01\x1f\x7f"); }),
              "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0001\\u001f\x7f\"");
    EXPECT_EQ(written([](json_writer& w) { w.string(std::string_view("a\0b", 3)); }),
              R"("a\u0000b")");
    EXPECT_EQ(written([](json_writer& w) { w.string("中 😀"); }), "\"中 😀\"");
    const std::string object = written([](json_writer& w) {
        w.begin_object();
        w.key("\"\n");
        w.null();
        w.end_object();
    });
    EXPECT_EQ(object, R"({"\"\n":null})");
}

TEST(json_writer, every_character_reads_back) {
    std::string all;
    for (int c = 0; c < 128; ++c)
        all += static_cast<char>(c);
    json_document document;
    ASSERT_TRUE(document.parse(written([&](json_writer& w) { w.string(all); })).has_value());
    EXPECT_EQ(document.root().get_string(), all);
}

TEST(json_writer, doubles_have_the_fewest_digits_that_read_back) {
    EXPECT_EQ(written_number(0.1), "0.1");
    EXPECT_EQ(written_number(1.0), "1");
    EXPECT_EQ(written_number(-2.5e-10), "-2.5e-10");
    EXPECT_EQ(written_number(1e300), "1e+300");
    EXPECT_EQ(written_number(0.1F), "0.1");
    EXPECT_EQ(written_number(16777216.0F), "16777216");
}

TEST(json_writer, negative_zero_keeps_its_sign) {
    EXPECT_EQ(written_number(-0.0), "-0.0");
    EXPECT_EQ(written_number(-0.0F), "-0.0");
}

TEST(json_writer, whole_doubles_beyond_64_bits_do_not_look_like_integers) {
    json_document document;
    for (const double value : {0x1p63, 0x1p64, -0x1p64, 12345678901234567000000.0, 1e21, -0x1p63}) {
        const std::string text = written_number(value);
        ASSERT_TRUE(document.parse(text).has_value()) << text;
        EXPECT_EQ(document.root().get_double(), value) << text;
    }
}

TEST(json_writer, any_finite_double_reads_back_bit_by_bit) {
    std::mt19937_64 random(2);
    json_document document;
    for (int i = 0; i < 50'000; ++i) {
        double value = std::bit_cast<double>(random());
        if (i % 2 == 0)
            value = std::round(
                std::ldexp(static_cast<double>(random()), i % 30 - 10)); // whole ones too
        if (!std::isfinite(value))
            continue;
        const std::string text = written_number(value);
        ASSERT_TRUE(document.parse(text).has_value()) << text;
        ASSERT_EQ(std::bit_cast<std::uint64_t>(*document.root().get_double()),
                  std::bit_cast<std::uint64_t>(value))
            << text;
        ASSERT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
    }
}

TEST(json_writer, any_finite_float_reads_back_bit_by_bit) {
    std::mt19937 random(3);
    json_document document;
    for (int i = 0; i < 50'000; ++i) {
        const float value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (!std::isfinite(value))
            continue;
        const std::string text = written_number(value);
        ASSERT_TRUE(document.parse(text).has_value()) << text;
        ASSERT_EQ(std::bit_cast<std::uint32_t>(static_cast<float>(*document.root().get_double())),
                  std::bit_cast<std::uint32_t>(value))
            << text;
    }
}

TEST(json_writer, what_json_cannot_hold_is_remembered) {
    const std::function<void(json_writer&)> bad[] = {
        [](json_writer& w) { w.number(std::nan("")); },
        [](json_writer& w) { w.number(-std::numeric_limits<double>::infinity()); },
        [](json_writer& w) { w.number(std::numeric_limits<float>::quiet_NaN()); },
        [](json_writer& w) { w.string("\xff"); },
        [](json_writer& w) { w.string("cut \xe4\xb8"); },
        [](json_writer& w) { w.key("\xc0\x80"); },
    };
    for (const auto& write : bad) {
        std::string text;
        json_writer w(text);
        write(w);
        w.integer(1);
        EXPECT_NE(w.error(), "") << text;
    }
}

TEST(json_writer, first_error_is_kept_and_its_path_grows_from_the_inside) {
    std::string text;
    json_writer w(text);
    w.number(std::nan(""));
    w.string("\xff");
    EXPECT_THAT(w.error(), HasSubstr("NaN"));
    w.name_error(2);
    w.name_error("sizes");
    w.name_error("file");
    EXPECT_THAT(w.error(), HasSubstr("`.file.sizes[2]`"));
}

TEST(is_utf8, well_formed_text_only) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("a 中 😀"));
    for (const char* text :
         {"\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xe4\xb8", "\xff"})
        EXPECT_FALSE(is_utf8(text));
}

} // namespace
