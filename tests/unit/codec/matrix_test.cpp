#include <aistudio/codec/json.hpp>
#include <aistudio/codec/matrix.hpp>

#include <boost/describe/class.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

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

} // namespace
