#include <aistudio/protocol/path_filter.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aistudio {
namespace {

// What Python's fnmatch.fnmatchcase says, case by case.
TEST(glob_match, is_pythons_fnmatch) {
    struct row {
        std::string_view pattern;
        std::string_view text;
        bool matches;
    };
    constexpr row rows[] = {
        {"*", "", true},
        {"*", "a/b", true},
        {"*.bin", "weights/a.bin", true},
        {"*.bin", "a.bin.md", false},
        {"a*b*c", "a/x/b/y/c", true},
        {"a*b*c", "a/x/c/y/b", false},
        {"a*a", "a", false},
        {"?", "数", true},
        {"?", "", false},
        {"??", "数", false},
        {"数?集", "数据集", true},
        {"[a-c]x", "bx", true},
        {"[a-c]x", "dx", false},
        {"[!a-c]x", "dx", true},
        {"[!a-c]x", "ax", false},
        {"[]]", "]", true},
        {"[!]]", "]", false},
        {"[!]]", "a", true},
        {"[", "[", true},
        {"[a", "[a", true},
        {"[!", "[!", true},
        {"[a-]", "-", true},
        {"[-a]", "-", true},
        {"[c-a]", "b", false},
        {"[一-三]", "丁", true},
        {"A", "a", false},
        {"a.b", "axb", false},
        {"**", "x", true},
        {"*[0-9]", "abc7", true},
        {"*[0-9]", "abc", false},
        {"a\\*", "a\\bc", true},
        {"", "", true},
        {"", "a", false},
    };
    for (const auto& r : rows)
        EXPECT_EQ(glob_match(r.pattern, r.text), r.matches) << r.pattern << " on " << r.text;
}

TEST(glob_match, many_stars_take_no_exponential_time) {
    std::string pattern;
    for (int i = 0; i < 40; ++i)
        pattern += "a*";
    EXPECT_FALSE(glob_match(pattern + "b", std::string(5000, 'a')));
}

TEST(glob_match, bytes_that_are_not_utf8_match_themselves_only) {
    EXPECT_TRUE(glob_match("a\xff", "a\xff"));
    EXPECT_FALSE(glob_match("a\xfe", "a\xff"));
    EXPECT_TRUE(glob_match("?", "\xe6"));
}

TEST(path_filter, folder_pattern_means_all_below_it) {
    const path_filter f{{"docs/", "*.py"}, {"docs/private/", "*_test.py"}};
    EXPECT_TRUE(f.accepts("docs/a/b.md"));
    EXPECT_TRUE(f.accepts("src/a.py"));
    EXPECT_FALSE(f.accepts("docs"));
    EXPECT_FALSE(f.accepts("docs/private/key"));
    EXPECT_FALSE(f.accepts("src/a_test.py"));
    EXPECT_FALSE(f.accepts("README.md"));
}

TEST(path_filter, without_patterns_accepts_all) {
    EXPECT_TRUE(path_filter{}.accepts("anything"));
    EXPECT_FALSE((path_filter{{}, {"*"}}).accepts("anything"));
}

} // namespace
} // namespace aistudio
