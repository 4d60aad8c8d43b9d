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

TEST(check_project_path_test, only_paths_below_the_project_pass) {
    for (const auto* path :
         {"a", "a/b.py", "数据/房价 1.csv", "..a/b..", ".hidden", "🏠", "e\u0301"})
        EXPECT_NO_THROW(check_project_path(path)) << path;
    for (const auto* path : {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.",
                             "a\\b", "a\nb", "a\x7F", "a\xC2\x85", "a\xFF", "\xED\xA0\x80"})
        EXPECT_THROW(check_project_path(path), refusal) << path;
}

TEST(check_project_path_test, lengths_are_bounded) {
    const std::string part(255, 'n');
    EXPECT_NO_THROW(check_project_path(part + "/" + part));
    EXPECT_THROW(check_project_path(part + "n"), refusal);
    const auto four = part + "/" + part + "/" + part + "/" + part; // 1023 bytes
    EXPECT_NO_THROW(check_project_path("n" + four.substr(1)));
    EXPECT_NO_THROW(check_project_path("n/" + four.substr(1)));
    EXPECT_THROW(check_project_path("nn/" + four.substr(1)), refusal);
    EXPECT_THROW(check_project_path(std::string(10'000, 'n')), refusal);
}

TEST(page_window_test, offset_counts_from_the_first_page) {
    EXPECT_EQ((page_window{1, 50}.offset()), 0);
    EXPECT_EQ((page_window{3, 20}.offset()), 40);
    EXPECT_EQ((page_window{1'000'000, 1000}.offset()), 999'999'000);
}

} // namespace
} // namespace aistudio::local::domain
