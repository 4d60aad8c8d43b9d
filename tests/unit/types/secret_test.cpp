#include <aistudio/types/secret.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <type_traits>

namespace {

using aistudio::secret;

static_assert(!std::is_convertible_v<secret, std::string> &&
              !std::is_convertible_v<secret, std::string_view>);
static_assert(!std::is_constructible_v<std::string, secret> &&
              !std::is_constructible_v<std::string_view, secret>);
static_assert(!std::is_convertible_v<std::string, secret>);

const std::string long_text(100, 'k'); // does not fit into the string object itself

bool all_zero(const char* bytes, std::size_t size) {
    return std::all_of(bytes, bytes + size, [](char c) { return c == '\0'; });
}

TEST(secret, stream_output_is_three_stars) {
    std::ostringstream out;
    out << secret("canary") << secret();
    EXPECT_EQ(out.str(), "******");
    EXPECT_EQ(testing::PrintToString(secret("canary")), "***");
}

TEST(secret, reveal_gives_the_text) {
    EXPECT_EQ(secret("canary").reveal(), "canary");
    EXPECT_TRUE(secret().empty());
    EXPECT_TRUE(secret("").empty());
    EXPECT_FALSE(secret("canary").empty());
}

TEST(secret, comparison_sees_every_difference) {
    const secret key("abcdef");
    EXPECT_TRUE(key.equals("abcdef"));
    for (const char* other : {"", "a", "abcde", "abcdefg", "abcdeg", "bbcdef", "abcdefabcdef"}) {
        EXPECT_FALSE(key.equals(other)) << other;
        EXPECT_NE(key, secret(other)) << other;
    }
    EXPECT_TRUE(secret().equals(""));
    EXPECT_FALSE(secret().equals(std::string_view("\0", 1)));
}

TEST(secret, copies_are_equal_and_independent) {
    const secret first(long_text);
    secret second(first);
    EXPECT_EQ(first, second);
    second = secret("other");
    EXPECT_EQ(first.reveal(), long_text);
    second = first;
    EXPECT_EQ(second.reveal(), long_text);
    second = *&second; // assignment to itself
    EXPECT_EQ(second.reveal(), long_text);
}

TEST(secret, moved_from_short_text_is_overwritten) {
    secret first("canary");
    const char* bytes = first.reveal().data();
    const secret second(std::move(first));
    EXPECT_EQ(second.reveal(), "canary");
    EXPECT_TRUE(first.empty()); // NOLINT: what is left is the question
    EXPECT_TRUE(all_zero(bytes, 6));
}

TEST(secret, replaced_text_is_overwritten) {
    secret key("canary");
    const char* bytes = key.reveal().data();
    key = secret();
    EXPECT_TRUE(key.empty());
    EXPECT_TRUE(all_zero(bytes, 6));
}

TEST(secret, destroyed_text_is_overwritten) {
    alignas(secret) char memory[sizeof(secret)];
    auto* key = new (memory) secret("canary");
    const auto at = static_cast<std::size_t>(key->reveal().data() - memory);
    ASSERT_LT(at, sizeof memory) << "the text must lie inside the object for this test to see it";
    key->~secret();
    EXPECT_TRUE(all_zero(memory + at, 6));
}

TEST(secret, move_assignment_takes_long_text_over) {
    secret first(long_text);
    secret second("other");
    second = std::move(first);
    EXPECT_EQ(second.reveal(), long_text);
    EXPECT_TRUE(first.empty()); // NOLINT: what is left is the question
}

} // namespace
