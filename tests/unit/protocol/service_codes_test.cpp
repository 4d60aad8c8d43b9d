#include <aistudio/protocol/service_codes.hpp>

#include <gtest/gtest.h>

#include <set>

namespace aistudio {
namespace {

TEST(service_codes, rows_are_unique_and_found) {
    std::set<std::int64_t> seen;
    for (const auto& row : service_code_table) {
        EXPECT_TRUE(seen.insert(row.code).second) << row.code;
        EXPECT_EQ(find_service_code(row.code), &row);
        EXPECT_NE(row.code, service_code::ok);
        EXPECT_GE(row.http_status, 400);
        EXPECT_LT(row.http_status, 600);
        EXPECT_GT(info(row.meaning).english.size(), 0U);
    }
}

TEST(service_codes, unknown_code_has_no_row) {
    for (const std::int64_t code : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{10001},
                                    std::numeric_limits<std::int64_t>::max()})
        EXPECT_EQ(find_service_code(code), nullptr) << code;
}

} // namespace
} // namespace aistudio
