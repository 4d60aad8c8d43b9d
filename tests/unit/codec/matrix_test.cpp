#include <aistudio/codec/json.hpp>
#include <aistudio/codec/matrix.hpp>

#include "support/allocations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace {

using namespace aistudio;
using testing::HasSubstr;

TEST(matrix_view, rows_are_arrays) {
    const double values[] = {1, 2, 3, 4, 5, 6};
    EXPECT_EQ(to_json(matrix_view<double>(values, 2, 3)).value(), "[[1,2,3],[4,5,6]]");
    EXPECT_EQ(to_json(matrix_view<double>(values, 0, 3)).value(), "[]");
    EXPECT_EQ(to_json(matrix_view<double>(values, 2, 0)).value(), "[[],[]]");
}

TEST(matrix_view, strides_reach_columns_slices_and_reversed_rows) {
    const std::int32_t values[] = {1, 2, 3, 4, 5, 6};
    EXPECT_EQ(to_json(matrix_view<std::int32_t>(values, 3, 2, 1, 3)).value(),
              "[[1,4],[2,5],[3,6]]");
    EXPECT_EQ(to_json(matrix_view<std::int32_t>(values, 2, 2, 3, 2)).value(), "[[1,3],[4,6]]");
    EXPECT_EQ(to_json(matrix_view<std::int32_t>(values + 3, 2, 3, -3, 1)).value(),
              "[[4,5,6],[1,2,3]]");
}

TEST(matrix_view, row_that_cannot_be_written_is_named) {
    const double values[] = {1, 2, 3, std::numeric_limits<double>::infinity()};
    const auto text = to_json(matrix_view<double>(values, 2, 2));
    ASSERT_FALSE(text.has_value());
    EXPECT_EQ(text.error().code, errc::encode_failed);
    EXPECT_THAT(text.error().detail, HasSubstr("`[1][1]`"));
}

TEST(matrix, is_written_as_rows) {
    EXPECT_EQ(to_json(matrix<std::uint8_t>{2, 2, {0, 1, 254, 255}}).value(), "[[0,1],[254,255]]");
    EXPECT_EQ(to_json(std::span<const float>()).value(), "[]");
    EXPECT_EQ(to_json(std::vector<std::vector<double>>{{1}, {2, 0.5}}).value(), "[[1],[2,0.5]]");
}

TEST(matrix, shape_is_discovered) {
    const auto read =
        from_json<matrix<double>>("[[1, -0.5, 18446744073709551615], [1e300, 0, -1]]");
    ASSERT_TRUE(read.has_value()) << read.error().message();
    EXPECT_EQ(*read, (matrix<double>{2, 3, {1, -0.5, 18446744073709551615.0, 1e300, 0, -1}}));
    EXPECT_EQ(from_json<matrix<double>>("[]").value(), matrix<double>{});
    EXPECT_EQ(from_json<matrix<std::uint8_t>>("[[], []]").value(),
              (matrix<std::uint8_t>{2, 0, {}}));
    EXPECT_EQ(from_json<matrix<std::int32_t>>("[[-5]]").value(),
              (matrix<std::int32_t>{1, 1, {-5}}));
    EXPECT_EQ((*read)(1, 2), -1);
}

TEST(matrix, what_does_not_fit_names_its_place) {
    const std::pair<std::string_view, std::string_view> refused[] = {
        {"[[1, 2], [3]]", "`[1]`: expected an array of 2 elements"},
        {"[[1, 2], [3, 4, 5]]", "`[1]`: expected an array of 2 elements"},
        {"[[1, 2], 3]", "`[1]`: expected an array of 2 elements"},
        {"[1, 2]", "`[0]`"},
        {"[[1, 2], [3, \"4\"]]", "`[1][1]`: expected a number"},
        {"[[1, 2], [null, 4]]", "`[1][0]`: expected a number"},
        {"{}", "expected an array of rows"},
    };
    for (const auto& [text, why] : refused) {
        const auto read = from_json<matrix<double>>(text);
        ASSERT_FALSE(read.has_value()) << text;
        EXPECT_EQ(read.error().code, errc::decode_failed);
        EXPECT_THAT(read.error().detail, HasSubstr(why)) << text;
    }
    const auto byte = from_json<matrix<std::uint8_t>>("[[1, 256]]");
    ASSERT_FALSE(byte.has_value());
    EXPECT_THAT(byte.error().detail, HasSubstr("`[0][1]`"));
}

TEST(matrix, long_first_row_and_many_short_ones_take_no_memory) {
    std::string text = "[[0";
    for (int i = 0; i < 200'000; ++i)
        text += ",0";
    text += "]";
    for (int i = 0; i < 200'000; ++i)
        text += ",[]";
    text += "]";
    const auto read = from_json<matrix<double>>(text);
    ASSERT_FALSE(read.has_value());
    EXPECT_THAT(read.error().detail, HasSubstr("`[1]`"));
}

TEST(matrix_span, shape_is_checked) {
    double values[6] = {};
    matrix_span<double> target{values, 2, 3};
    json_document document;
    ASSERT_TRUE(from_json_into(*document.parse("[[1,2,3],[4,5,6]]"), target).has_value());
    EXPECT_THAT(values, testing::ElementsAre(1, 2, 3, 4, 5, 6));
    for (const std::string_view text : {"[[1,2,3]]", "[[1,2,3],[4,5,6],[7,8,9]]", "[[1,2],[3,4]]",
                                        "[[1,2,3],[4,5,6,7]]", "[]", "7"}) {
        const auto done = from_json_into(*document.parse(text), target);
        ASSERT_FALSE(done.has_value()) << text;
        EXPECT_EQ(done.error().code, errc::decode_failed);
    }
    EXPECT_THAT(from_json_into(*document.parse("[[1,2,3],[4,5]]"), target).error().detail,
                HasSubstr("`[1]`: expected an array of 3 elements"));
}

TEST(matrix, random_numbers_survive_the_round_trip) {
    std::mt19937_64 random(3);
    matrix<double> values{50, 7, {}};
    while (values.values.size() < values.rows * values.columns) {
        const double value = std::bit_cast<double>(random());
        if (std::isfinite(value))
            values.values.push_back(random() % 3 == 0 ? std::trunc(value) : value);
    }
    const std::string text = to_json(values).value();
    EXPECT_EQ(from_json<matrix<double>>(text).value(), values);
    const auto rows = from_json<std::vector<std::vector<double>>>(text);
    ASSERT_TRUE(rows.has_value());
    EXPECT_EQ(to_json(*rows).value(), text);
}

TEST(matrix, memory_is_used_again) {
    const std::string text = "[[1,2,3],[4,5,6]]" + std::string(json_padding, ' ');
    json_document document;
    matrix<double> values;
    std::string out;
    const auto once = [&] {
        const auto root = document.parse_padded(text);
        ASSERT_TRUE(root.has_value());
        ASSERT_TRUE(from_json_into(*root, values).has_value());
        out.clear();
        ASSERT_TRUE(append_json(out, values).has_value());
    };
    once();
    const std::size_t before = test_support::allocations();
    once();
    EXPECT_EQ(test_support::allocations() - before, 0U);
    EXPECT_EQ(out, "[[1,2,3],[4,5,6]]");
}

} // namespace
