#include "local/domain/checks.hpp"

#include "local/refusal.hpp"

#include <gtest/gtest.h>

namespace aistudio::local::domain {
namespace {

TEST(check_name_test, characters_are_counted_not_bytes) {
    EXPECT_NO_THROW(check_name("It", "数据集", 3));
    EXPECT_THROW(check_name("It", "数据集们", 3), refusal);
    EXPECT_THROW(check_name("It", "", 3), refusal);
}

TEST(check_name_test, control_characters_are_refused) {
    for (const auto* name : {"a\nb", "\t", "a\x7F", "\x1B[31m"})
        EXPECT_THROW(check_name("It", name, 40), refusal) << name;
}

TEST(check_file_name_test, only_plain_names_pass) {
    for (const auto* name : {"a.csv", "数据 1.csv", "..a", "a..b", ".hidden"})
        EXPECT_NO_THROW(check_file_name(name)) << name;
    for (const auto* name : {"", ".", "..", "a/b", "/a", "a\\b", "a\nb"})
        EXPECT_THROW(check_file_name(name), refusal) << name;
    EXPECT_NO_THROW(check_file_name(std::string(255, 'n')));
    EXPECT_THROW(check_file_name(std::string(256, 'n')), refusal);
}

TEST(page_window_test, offset_counts_from_the_first_page) {
    EXPECT_EQ((page_window{1, 50}.offset()), 0);
    EXPECT_EQ((page_window{3, 20}.offset()), 40);
    EXPECT_EQ((page_window{1'000'000, 1000}.offset()), 999'999'000);
}

} // namespace
} // namespace aistudio::local::domain
