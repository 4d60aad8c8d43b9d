#include "local/objects/grants.hpp"
#include "local/objects/key.hpp"
#include "local/objects/listing.hpp"
#include "local/objects/range.hpp"

#include <gtest/gtest.h>

namespace aistudio::local::objects {
namespace {

TEST(key_test, path_gives_the_decoded_key) {
    EXPECT_EQ(key_of_path("/aistudio-local/a%20b/%E4%B8%AD%2B~.zip"), "a b/中+~.zip");
    EXPECT_EQ(key_of_path("/aistudio-local//jobs/x"),
              "jobs/x"); // a key handed out with a slash in front
    EXPECT_EQ(path_of_key("a b/中+~.zip"), "/aistudio-local/a%20b/%E4%B8%AD%2B~.zip");
}

TEST(key_test, climbing_empty_and_long_keys_are_refused) {
    for (const auto* path :
         {"/aistudio-local/../x", "/aistudio-local/a/./b", "/aistudio-local/a//b",
          "/aistudio-local/a/", "/aistudio-local/%2e%2e/x", "/aistudio-local/a%00b",
          "/aistudio-local/%zz", "/aistudio-local"})
        EXPECT_FALSE(key_of_path(path)) << path;
    EXPECT_FALSE(is_valid_key(std::string(1025, 'k')));
}

TEST(range_test, forms_of_ranges) {
    const auto part = [](std::string_view text) {
        const auto r = parse_range(text, 10);
        return r.what == byte_range::kind::part ? std::pair(r.first, r.length)
                                                : std::pair<std::uint64_t, std::uint64_t>(99, 99);
    };
    using p = std::pair<std::uint64_t, std::uint64_t>;
    EXPECT_EQ(part("bytes=0-1"), p(0, 2));
    EXPECT_EQ(part("bytes=3-"), p(3, 7));
    EXPECT_EQ(part("bytes=-4"), p(6, 4));
    EXPECT_EQ(part("bytes=-40"), p(0, 10));
    EXPECT_EQ(part("bytes=9-100"), p(9, 1));
    EXPECT_EQ(parse_range("bytes=10-", 10).what, byte_range::kind::unsatisfiable);
    EXPECT_EQ(parse_range("bytes=-0", 10).what, byte_range::kind::unsatisfiable);
    EXPECT_EQ(parse_range("bytes=0-1", 0).what, byte_range::kind::unsatisfiable);
    for (const auto* text :
         {"", "bytes=", "bytes=x-y", "bytes=5-3", "bytes=0-1,3-4", "lines=0-1", "bytes=--1"})
        EXPECT_EQ(parse_range(text, 10).what, byte_range::kind::whole) << text;
}

TEST(range_test, if_range_lets_a_range_count_for_the_same_object_only) {
    EXPECT_EQ(range_if("bytes=1-", "", "\"a\""), "bytes=1-");
    EXPECT_EQ(range_if("bytes=1-", "\"a\"", "\"a\""), "bytes=1-");
    EXPECT_EQ(range_if("bytes=1-", "\"b\"", "\"a\""), "");
    EXPECT_EQ(range_if("bytes=1-", "W/\"a\"", "W/\"a\""), "");
    EXPECT_EQ(range_if("bytes=1-", "Tue, 14 Nov 2023 22:13:20 GMT", "\"a\""), "");
}

class listing_test : public testing::Test {
protected:
    static std::vector<object_info> objects() {
        std::vector<object_info> all;
        for (const auto* key : {"o/a.txt", "o/dir/1", "o/dir/2", "o/dir2/x", "o/z.txt"})
            all.push_back({key, 1, "ab", {}});
        return all;
    }
    static std::vector<std::string> names(const wire::object_list& page) {
        std::vector<std::string> all;
        for (const auto& c : page.contents)
            all.push_back(c.key);
        for (const auto& c : page.common_prefixes)
            all.push_back(c.prefix);
        return all;
    }
};

TEST_F(listing_test, delimiter_groups_keys) {
    const auto page = list_page(objects(), {"o/", "/", "", 1000});
    EXPECT_EQ(names(page), (std::vector<std::string>{"o/a.txt", "o/z.txt", "o/dir/", "o/dir2/"}));
    EXPECT_FALSE(page.is_truncated);
    EXPECT_EQ(page.contents[0].e_tag, "\"ab\"");
}

TEST_F(listing_test, pages_follow_each_other_without_gap_or_repetition) {
    for (const std::string delimiter : {"", "/"}) {
        std::vector<std::string> all;
        list_request request{"o/", delimiter, "", 1};
        while (true) {
            const auto page = list_page(objects(), request);
            for (const auto& n : names(page))
                all.push_back(n);
            if (!page.is_truncated)
                break;
            request.marker = *page.next_marker;
        }
        EXPECT_EQ(all.size(), delimiter.empty() ? 5U : 4U) << delimiter;
        EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    }
}

TEST_F(listing_test, full_last_page_is_not_truncated) {
    EXPECT_FALSE(list_page(objects(), {"o/", "", "", 5}).is_truncated);
    EXPECT_TRUE(list_page(objects(), {"o/", "", "", 4}).is_truncated);
}

TEST(grant_test, grant_reaches_its_key_or_what_is_below) {
    EXPECT_TRUE((grant{"a/b", true, {}, {}, {}}.reaches("a/b")));
    EXPECT_FALSE((grant{"a/b", true, {}, {}, {}}.reaches("a/bc")));
    EXPECT_TRUE((grant{"a/b/", true, {}, {}, {}}.reaches("a/b/c/d")));
    EXPECT_FALSE((grant{"a/b/", true, {}, {}, {}}.reaches("a/")));
}

TEST(grants_test, key_of_an_upload_is_granted_again_and_no_other) {
    grants g("http://127.0.0.1:1");
    const auto first = g.issue_for_upload("uploads/", "", "").file_key;
    EXPECT_NE(g.issue_for_upload("uploads/", "", "").file_key, first);
    EXPECT_EQ(g.issue_for_upload("uploads/", "", first).file_key, first);
    EXPECT_EQ(g.issue_for_upload("uploads/", "", "/" + first).file_key, first);
    for (const auto& other : std::vector<std::string>{
             "files/1/a", "models/" + first.substr(8), first + "/x", first + "x", "uploads/", "",
             "uploads/../files/0123456789abcdef0123456789", "jobs/j/code.zip"}) {
        const auto given = g.issue_for_upload("uploads/", "", other).file_key;
        EXPECT_NE(given, other);
        EXPECT_EQ(given.substr(0, 8), "uploads/");
    }
    const auto zip = g.issue_for_upload("models/", ".zip", "").file_key;
    EXPECT_EQ(g.issue_for_upload("models/", ".zip", zip).file_key, zip);
    EXPECT_NE(g.issue_for_upload("models/", ".zip", first).file_key, first);
}

TEST(grants_test, expired_grants_are_gone) {
    const auto start = timestamp{std::chrono::hours{1}};
    auto time = start;
    grants g("http://127.0.0.1:1", [&] { return time; });
    const auto given = g.issue("k", true);
    const std::string id(given.access_key_id.reveal());
    time = start + grants::lifetime - std::chrono::seconds{1};
    EXPECT_TRUE(g.find(id));
    time = start + grants::lifetime;
    EXPECT_FALSE(g.find(id));
    time = start;
    EXPECT_FALSE(g.find("other"));
}

} // namespace
} // namespace aistudio::local::objects
