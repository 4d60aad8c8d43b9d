#include <aistudio/codec/json_value.hpp>
#include <aistudio/codec/json_writer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
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
    EXPECT_EQ(written_number(1e300), "1e300");
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

template <class Float>
std::string to_chars_text(Float value) {
    char text[64];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// The text of a number, checked: it reads back as the same bits, is JSON, and is as short as
/// std::to_chars' wherever that is a number that JSON readers hold.
template <class Float>
void check_text(Float value) {
    if (!std::isfinite(value))
        return;
    const std::string text = written_number(value);
    Float read{};
    const auto end = std::from_chars(text.data(), text.data() + text.size(), read);
    ASSERT_EQ(end.ptr, text.data() + text.size()) << text;
    ASSERT_EQ(read, value) << text;
    ASSERT_EQ(std::signbit(read), std::signbit(value)) << text;
    const bool integer_beyond_64_bits =
        value >= static_cast<Float>(0x1p64) || value <= static_cast<Float>(-0x1p63);
    const bool negative_zero = value == 0 && std::signbit(value);
    const std::size_t allowed = integer_beyond_64_bits || negative_zero ? 2 : 0;
    ASSERT_LE(text.size(), to_chars_text(value).size() + allowed) << text;
}

template <class Float>
void check_both_signs(Float value) {
    check_text(value);
    check_text(-value);
}

TEST(json_writer, layout_of_numbers) {
    const std::pair<double, std::string_view> texts[] = {
        {0.001, "0.001"},
        {0.0001, "1e-4"},
        {0.00012, "0.00012"},
        {0.000012, "1.2e-5"},
        {-0.5, "-0.5"},
        {5e-324, "5e-324"},
        {1.5, "1.5"},
        {1234.5, "1234.5"},
        {12345678.901234567, "12345678.901234567"},
        {99999, "99999"},
        {100000, "1e5"},
        {120000, "120000"},
        {12300000, "12300000"},
        {123000000, "1.23e8"},
        {1230000000, "1.23e9"},
        {9007199254740991, "9007199254740991"},
        {9007199254740993, "9007199254740992"},
        {0x1p63, "9223372036854776000"}, // 64 bits hold it, but not the negative
        {-0x1p63, "-9.223372036854776e18"},
        {0x1p64, "1.8446744073709552e19"},
        {1e16, "1e16"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
    };
    for (const auto& [value, text] : texts)
        EXPECT_EQ(written_number(value), text);
}

TEST(json_writer, random_bits_are_written_short_and_exactly) {
    std::mt19937_64 random(5);
    for (int i = 0; i < 1'000'000; ++i) {
        const std::uint64_t bits = random();
        check_text(std::bit_cast<double>(bits));
        check_text(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
        if (testing::Test::HasFatalFailure())
            return;
    }
}

TEST(json_writer, numbers_of_records_are_written_short_and_exactly) {
    std::mt19937_64 random(6);
    for (int i = 0; i < 200'000; ++i) {
        const auto whole = static_cast<double>(random() >> (random() % 64)); // to 2^64
        check_both_signs(whole);
        check_both_signs(static_cast<float>(whole));
        check_both_signs(std::floor(whole / 1e3) / std::pow(10.0, random() % 20)); // few digits
        check_both_signs(std::bit_cast<double>(random() >> (12 + random() % 52))); // subnormal
        if (testing::Test::HasFatalFailure())
            return;
    }
}

TEST(json_writer, powers_and_small_multiples_are_written_short_and_exactly) {
    for (int exponent = -324; exponent < 309; ++exponent)
        for (int digits = 1; digits < 200; ++digits) {
            const std::string text = std::to_string(digits) + "e" + std::to_string(exponent);
            const double value = std::strtod(text.c_str(), nullptr);
            check_both_signs(value);
            check_both_signs(static_cast<float>(value));
        }
    for (int exponent = -1074; exponent < 1024; ++exponent)
        for (const double near :
             {std::ldexp(1.0, exponent), std::nextafter(std::ldexp(1.0, exponent), 0),
              std::nextafter(std::ldexp(1.0, exponent), INFINITY)})
            check_both_signs(near);
}

TEST(json_writer, integers_are_those_of_the_standard_library) {
    std::mt19937_64 random(7);
    std::vector<std::uint64_t> values{0, 9, 10, UINT64_MAX, std::uint64_t{1} << 63U};
    for (std::uint64_t power = 10; power < 10'000'000'000'000'000'000U; power *= 10)
        values.insert(values.end(), {power - 1, power, power + 1});
    for (int i = 0; i < 100'000; ++i)
        values.push_back(random() >> (random() % 64));
    for (const std::uint64_t value : values) {
        const auto same_bits = static_cast<std::int64_t>(value);
        ASSERT_EQ(written([&](json_writer& w) { w.unsigned_integer(value); }),
                  std::to_string(value));
        ASSERT_EQ(written([&](json_writer& w) { w.integer(same_bits); }),
                  std::to_string(same_bits));
    }
}

TEST(json_writer, strings_of_all_lengths_are_escaped_as_by_hand) {
    std::mt19937 random(8);
    const std::string_view pieces[] = {"a", "bcdefgh", "\"", "\\", "\n", "\x01", "中", "😀", " "};
    const std::string_view escaped[] = {"a",       "bcdefgh", "\\\"", "\\\\", "\\n",
                                        "\\u0001", "中",      "😀",   " "};
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        std::string expected = "\"";
        const auto parts = i % 1000 == 0 ? 20'000U : random() % 40;
        for (std::size_t part = 0; part < parts; ++part) {
            const std::size_t which = i % 3 == 0 ? random() % 2 : random() % std::size(pieces);
            text += pieces[which];
            expected += escaped[which];
        }
        ASSERT_EQ(written([&](json_writer& w) { w.string(text); }), expected + '"');
    }
}

TEST(json_writer, bad_byte_anywhere_in_a_string_is_found) {
    for (std::size_t size = 1; size < 100; ++size)
        for (std::size_t bad = 0; bad < size; ++bad) {
            std::string text(size, 'x');
            text[bad] = '\x80';
            std::string out;
            json_writer w(out);
            w.string(text);
            ASSERT_TRUE(w.failed()) << size << " " << bad;
        }
}

TEST(json_writer, string_is_complete_when_nothing_is_open_or_finish_is_called) {
    std::string text;
    json_writer w(text);
    w.begin_array();
    w.integer(1);
    w.finish();
    EXPECT_EQ(text, "[1");
    w.integer(2);
    w.end_array();
    EXPECT_EQ(text, "[1,2]");
    {
        json_writer(text).begin_array();
    }
    EXPECT_EQ(text, "[1,2][");
}

TEST(json_writer, arrays_of_numbers_may_have_strides) {
    const double values[] = {1, 0.5, 2, -0.25, 3, 1e300};
    EXPECT_EQ(written([&](json_writer& w) { w.numbers(values, 6); }), "[1,0.5,2,-0.25,3,1e300]");
    EXPECT_EQ(written([&](json_writer& w) { w.numbers(values, 3, 2); }), "[1,2,3]");
    EXPECT_EQ(written([&](json_writer& w) { w.numbers(values + 5, 6, -1); }),
              "[1e300,3,-0.25,2,0.5,1]");
    EXPECT_EQ(written([&](json_writer& w) { w.numbers(values, 0); }), "[]");
    const std::int64_t integers[] = {INT64_MIN, 0, INT64_MAX};
    EXPECT_EQ(written([&](json_writer& w) { w.numbers(integers, 3); }),
              "[-9223372036854775808,0,9223372036854775807]");
    const std::uint8_t bytes[] = {0, 128, 255};
    EXPECT_EQ(written([&](json_writer& w) { w.numbers(bytes, 3); }), "[0,128,255]");
    const std::int32_t ints[] = {INT32_MIN, 7};
    EXPECT_EQ(written([&](json_writer& w) { w.numbers(ints, 2); }), "[-2147483648,7]");
    const float floats[] = {0.1F, -3};
    EXPECT_EQ(written([&](json_writer& w) { w.numbers(floats, 2); }), "[0.1,-3]");
}

TEST(json_writer, array_names_the_number_that_cannot_be_written) {
    const double values[] = {1, 2, std::nan(""), 3};
    std::string text;
    json_writer w(text);
    w.numbers(values, 4);
    EXPECT_THAT(w.error(), HasSubstr("`[2]`"));
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
