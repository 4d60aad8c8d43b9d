#include <aistudio/protocol/repository_plan.hpp>

#include <aistudio/protocol/digest.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aistudio {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(repository_id_check, takes_owner_and_name_only) {
    for (const char* fine : {"local/houses", "a/b", "用户/模型", "A-1/b_2.c", "1234/x"})
        EXPECT_TRUE(check_repository_id(fine)) << fine;
    for (const char* bad : {"", "houses", "/houses", "local/", "a/b/c", "../houses", "local/..",
                            "lo cal/x", "a/b?c", "a/b#c", "a/b%2Fc", "a\\b/c", "a/b\n", "./x"})
        EXPECT_EQ(check_repository_id(bad).error().code, errc::invalid_argument) << bad;
}

TEST(repository_path, that_leads_elsewhere_is_refused) {
    for (const char* fine : {"a", "a/b", "a b+%/数据.bin", "..a/b..", ".gitignore", "a/.hidden"})
        EXPECT_TRUE(check_repository_path(fine)) << fine;
    for (const std::string& bad :
         {std::string(), std::string("../x"), std::string("a/../../x"), std::string("/etc/passwd"),
          std::string("a//b"), std::string("a/"), std::string("."), std::string("a/./b"),
          std::string("a\\..\\b"), std::string("a\nb"), std::string("a\0b", 3),
          std::string(".git/hooks/post-checkout"), std::string("sub/.GIT/config"),
          std::string("\xff.bin"), std::string(256, 'x')})
        EXPECT_EQ(check_repository_path(bad).error().code, errc::invalid_argument) << bad;
}

TEST(repository_tree, that_cannot_be_written_is_refused) {
    EXPECT_TRUE(check_tree({}));
    EXPECT_TRUE(check_tree({"a", "a-b", "a.b/c", "b/c", "b/d"}));
    const auto outside = check_tree({"a", "../x"});
    EXPECT_EQ(outside.error().code, errc::unexpected_answer);
    EXPECT_THAT(outside.error().detail, HasSubstr("../x"));
    EXPECT_THAT(check_tree({"x", "a", "x"}).error().detail, HasSubstr("twice"));
    EXPECT_THAT(check_tree({"a/b", "a-b", "a"}).error().detail, HasSubstr("a folder at once"));
}

TEST(git_blob_sha, is_gits_name_of_the_content) {
    // `git hash-object`
    EXPECT_EQ(git_blob_sha(""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    EXPECT_EQ(git_blob_sha("what is up, doc?"), "bd9dbf5aae1a3862dd1526723246b20206e5fc37");
}

TEST(has_content, believes_the_digest_first_then_the_name) {
    const std::string text = "hello";
    const content_identity here{text.size(), sha256::of(text), git_blob_sha(text)};
    const auto remote = [](std::string sha, std::optional<std::string> digest) {
        return wire::hub_file{"p", "p", "file", std::move(sha), 5, "", std::move(digest)};
    };
    EXPECT_TRUE(has_content(remote("", sha256::of(text)), here));
    EXPECT_FALSE(has_content(remote(here.blob_sha, sha256::of("other")), here));
    EXPECT_TRUE(has_content(remote(here.blob_sha, {}), here));
    EXPECT_FALSE(has_content(remote(git_blob_sha("other"), {}), here));
    EXPECT_FALSE(has_content(remote("", {}), here));
    EXPECT_FALSE(has_content(remote("", ""), {5, here.sha256, ""}));
}

TEST(has_content, knows_a_large_file_by_its_pointer) {
    const content_identity here{12345, sha256::of("x"), {}};
    const auto pointer = large_file_pointer({here.sha256, 12345});
    EXPECT_EQ(pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:" + here.sha256 +
                           "\nsize 12345");
    wire::hub_file remote;
    remote.sha = git_blob_sha(pointer);
    EXPECT_TRUE(has_content(remote, here));
    remote.sha = git_blob_sha(pointer + "\n"); // as Git's own tool writes it
    EXPECT_TRUE(has_content(remote, here));
    remote.sha = git_blob_sha(large_file_pointer({here.sha256, 12346}));
    EXPECT_FALSE(has_content(remote, here));
}

TEST(commits, are_split_by_files_and_by_bytes) {
    EXPECT_THAT(split_into_commits({}), IsEmpty());
    const std::vector<std::uint64_t> many(1001, 0);
    EXPECT_THAT(split_into_commits(many),
                ElementsAre(Pair(0, 500), Pair(500, 1000), Pair(1000, 1001)));
    const std::vector<std::uint64_t> sizes{5, 5, 1, 11, 2, 8};
    EXPECT_THAT(split_into_commits(sizes, {100, 10}),
                ElementsAre(Pair(0, 2), Pair(2, 3), Pair(3, 4), Pair(4, 6)));
    const std::vector<std::uint64_t> one(500, 0);
    EXPECT_THAT(split_into_commits(one), ElementsAre(Pair(0, 500)));
}

} // namespace
} // namespace aistudio
