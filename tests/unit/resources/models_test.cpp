#include "support/fake_transport.hpp"
#include "support/temporary_folder.hpp"

#include <aistudio/codec/hub_wire.hpp>
#include <aistudio/protocol/digest.hpp>
#include <aistudio/protocol/repository_plan.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>

namespace aistudio {
namespace {

namespace fs = std::filesystem;
using test::fake_client;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const repository_id houses("lily/houses");
const std::string api = "https://studio.example";
const std::string git = "https://git.example";
const std::string repo = git + "/api/v1/repos/lily/houses/";

client_options hub_options() {
    auto o = fake_client::default_options();
    o.git_url = git;
    return o;
}

class models_calls : public testing::Test {
protected:
    fake_client fake{hub_options()};
    test::temporary_folder folder;

    fs::path file(const std::string& name, std::string_view content) {
        test::write_file(folder / name, content);
        return folder / name;
    }
    template <class T, class Operation>
    result<T> run(Operation&& operation) {
        return fake.run<T>([&](auto h) { operation(fake.client.models(), std::move(h)); });
    }
    result<model_commit> upload(model_upload what) {
        return run<model_commit>([&](const models& m, auto h) {
            m.async_upload(houses, std::move(what), {}, std::move(h));
        });
    }
    result<fs::path> download(const std::string& path, const std::string& revision = {}) {
        return run<fs::path>([&](const models& m, auto h) {
            m.async_download(houses, path, folder / "got", revision, {}, std::move(h));
        });
    }
    result<model_snapshot> snapshot(snapshot_request what = {}) {
        return run<model_snapshot>([&](const models& m, auto h) {
            m.async_snapshot_download(houses, folder / "got", what, {}, std::move(h));
        });
    }
    /// How the hub describes a file.
    static wire::hub_file described(const std::string& path, std::string_view content) {
        return {path,
                path.substr(path.rfind('/') + 1),
                "file",
                git_blob_sha(content),
                static_cast<std::int64_t>(content.size()),
                "c0ffee",
                sha256::of(content)};
    }
    template <class T>
    fake_client& answer(const T& value) {
        return fake.answer(200, to_json(value).value());
    }
    fake_client& tree(std::vector<wire::hub_file> files, bool truncated = false) {
        return answer(wire::hub_tree{"t", "u", 0, 1, truncated, std::move(files)});
    }
    fake_client& kinds(std::vector<wire::hub_path> files) {
        return answer(wire::hub_paths{std::move(files)});
    }
    /// What the hub says of the large file `hello`.
    fake_client& told(std::optional<wire::large_file_actions> actions) {
        return answer(wire::large_file_answers{
            "basic", {wire::large_file_answer{sha256::of("hello"), 5, std::move(actions), {}}}});
    }
    fake_client& absent() { return fake.answer(404, R"({"message":"no such file"})"); }
    fake_client& committed() { return answer(wire::hub_committed{{"c1"}}); }
    wire::hub_commit sent_commit(std::size_t i) {
        return from_json<wire::hub_commit>(std::string_view(fake.seen(i).body)).value();
    }
    std::vector<std::string> names_in(const fs::path& where) {
        std::vector<std::string> out;
        if (fs::exists(where))
            for (const auto& entry : fs::recursive_directory_iterator(where))
                out.push_back(entry.path().lexically_relative(where).string());
        return out;
    }
};

// ---- where calls go, and what the token sees ---------------------------------------------------

/// What a server says of a range that is the whole content.
std::vector<http_header> all_of(std::string_view content) {
    const auto size = std::to_string(content.size());
    return {{"Content-Range", "bytes 0-" + std::to_string(content.size() - 1) + "/" + size}};
}

TEST_F(models_calls, api_and_git_host_are_two_addresses) {
    fake.result("null");
    EXPECT_TRUE(run<bool>([](const models& m, auto h) {
                    m.async_exists(houses, {}, std::move(h));
                }).value());
    tree({});
    ASSERT_TRUE(run<std::vector<model_file>>(
        [](const models& m, auto h) { m.async_files(houses, {}, {}, std::move(h)); }));
    EXPECT_THAT(
        fake.calls(),
        ElementsAre("GET " + api +
                        "/modelcenter/v2/models/sdk/checkPermit?repoId="
                        "lily%2Fhouses&authorization=1",
                    "GET " + repo + "git/trees/master?recursive=true&per_page=1000&page=1"));
    EXPECT_EQ(fake.seen(0).header("Authorization"), "token token-5b1f");
    EXPECT_EQ(fake.seen(1).header("Authorization"), "token token-5b1f");
}

TEST_F(models_calls, public_repositories_are_read_without_a_token) {
    auto o = hub_options();
    o.access_token = {};
    fake_client anonymous(o);
    anonymous.answer(200, to_json(described("a.bin", "hello")).value());
    const auto info = anonymous.run<model_file>([&](auto h) {
        anonymous.client.models().async_file_info(houses, "a.bin", {}, {}, std::move(h));
    });
    EXPECT_EQ(info.value().sha256, sha256::of("hello"));
    EXPECT_EQ(anonymous.seen(0).header("Authorization"), "");
}

TEST_F(models_calls, revision_and_path_are_parts_of_the_address) {
    answer(described("a", "x"));
    ASSERT_TRUE(run<model_file>([](const models& m, auto h) {
        m.async_file_info(houses, "深/a b+%.bin", "feature/x", {}, std::move(h));
    }));
    EXPECT_EQ(fake.seen(0).call(),
              "GET " + repo + "contents/%E6%B7%B1%2Fa%20b%2B%25.bin?ref=feature%2Fx");
}

TEST_F(models_calls, redirect_to_another_host_goes_without_the_token) {
    answer(described("a.bin", "hello"));
    fake.answer(307, "", {{"Location", "https://cdn.example/x?sign=1"}})
        .answer(206, "hello", all_of("hello"));
    ASSERT_TRUE(download("a.bin"));
    EXPECT_EQ(fake.seen(1).call(), "GET " + repo + "media/a.bin");
    EXPECT_EQ(fake.seen(1).header("Authorization"), "token token-5b1f");
    EXPECT_EQ(fake.seen(2).call(), "GET https://cdn.example/x?sign=1");
    EXPECT_EQ(fake.seen(2).header("Authorization"), "");
    EXPECT_EQ(test::read_file(folder / "got"), "hello");
}

TEST_F(models_calls, redirect_to_the_api_host_goes_without_the_token_too) {
    answer(described("a.bin", "hello"));
    fake.answer(302, "", {{"Location", api + "/x"}}).answer(206, "hello", all_of("hello"));
    ASSERT_TRUE(download("a.bin"));
    EXPECT_EQ(fake.seen(2).header("Authorization"), "");
}

TEST_F(models_calls, redirect_on_the_same_host_keeps_the_token) {
    answer(described("a.bin", "hello"));
    fake.answer(307, "", {{"Location", "/elsewhere"}}).answer(206, "hello", all_of("hello"));
    ASSERT_TRUE(download("a.bin"));
    EXPECT_EQ(fake.seen(2).call(), "GET " + git + "/elsewhere");
    EXPECT_EQ(fake.seen(2).header("Authorization"), "token token-5b1f");
}

TEST_F(models_calls, redirect_out_of_tls_needs_a_digest) {
    auto plain = described("a.bin", "hello");
    answer(plain);
    fake.answer(307, "", {{"Location", "http://cdn.example/x"}})
        .answer(206, "hello", all_of("hello"));
    EXPECT_TRUE(download("a.bin"));
    fs::remove(folder / "got");
    plain.sha256.reset();
    answer(plain);
    fake.answer(307, "", {{"Location", "http://cdn.example/x"}});
    EXPECT_EQ(download("a.bin").error().code, errc::unexpected_answer);
}

TEST_F(models_calls, redirects_without_end_end) {
    answer(described("a.bin", "hello"));
    for (int i = 0; i < 20; ++i)
        fake.answer(307, "", {{"Location", "/again"}});
    EXPECT_EQ(download("a.bin").error().code, errc::unexpected_answer);
    EXPECT_LT(fake.journal->seen.size(), 12U);
    EXPECT_THAT(names_in(folder / "got"), IsEmpty());
}

// ---- downloads ---------------------------------------------------------------------------------

TEST_F(models_calls, content_with_another_digest_leaves_nothing) {
    answer(described("a.bin", "hello"));
    fake.answer(206, "HELLO", all_of("HELLO"));
    EXPECT_EQ(download("a.bin").error().code, errc::checksum_mismatch);
    EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

TEST_F(models_calls, file_that_is_there_is_not_fetched) {
    file("got", "hello");
    answer(described("a.bin", "hello"));
    EXPECT_EQ(download("a.bin").value(), folder / "got");
    auto without_digest = described("a.bin", "hello"); // then Git's name of it tells
    without_digest.sha256.reset();
    answer(without_digest);
    ASSERT_TRUE(download("a.bin"));
    EXPECT_EQ(fake.journal->seen.size(), 2U);
    file("got", "other");
    answer(without_digest);
    fake.answer(206, "hello", all_of("hello"));
    ASSERT_TRUE(download("a.bin"));
    EXPECT_EQ(test::read_file(folder / "got"), "hello");
}

TEST_F(models_calls, empty_file_needs_no_transfer) {
    answer(described("e.py", ""));
    ASSERT_TRUE(download("e.py"));
    EXPECT_EQ(fake.journal->seen.size(), 1U);
    EXPECT_TRUE(fs::is_regular_file(folder / "got"));
}

TEST_F(models_calls, tag_is_resolved_to_its_commit_for_all_calls) {
    answer(wire::hub_tag{"v1", {"c0ffee"}});
    tree({described("a", "1")});
    fake.answer(206, "1", all_of("1"));
    EXPECT_EQ(snapshot({"v1", {}, {}, 1}).value().revision, "c0ffee");
    EXPECT_THAT(fake.calls(),
                ElementsAre("GET " + repo + "tags/v1",
                            "GET " + repo + "git/trees/c0ffee?recursive=true&per_page=1000&page=1",
                            "GET " + repo + "media/a?ref=c0ffee"));
}

TEST_F(models_calls, tree_comes_in_pages_and_without_folders) {
    wire::hub_file below{"dir", "dir", "tree", "", 0, "", {}};
    tree({described("b", "1"), below}, true)
        .answer(200,
                R"({"sha":"t","url":"u","total_count":2,"truncated":false,"tree":[{"path":"a",)"
                R"("mode":"100644","type":"blob","size":130,"sha":"77","url":"x"}]})");
    const auto files = run<std::vector<model_file>>(
        [](const models& m, auto h) { m.async_files(houses, {}, {}, std::move(h)); });
    ASSERT_EQ(files.value().size(), 2U);
    EXPECT_EQ(files->front(), (model_file{"a", 130, "77", "", ""}));
    EXPECT_THAT(fake.seen(1).call(), EndsWith("&page=2"));
}

TEST_F(models_calls, tree_that_never_ends_is_given_up) {
    tree({described("b", "1")}, true);
    tree({}, true);
    EXPECT_EQ(snapshot().error().code, errc::unexpected_answer);
}

TEST_F(models_calls, tree_that_leads_outside_writes_nothing) {
    for (const char* bad : {"../x", "/etc/x", "a/../../x", "sub/.git/hooks/x", "a\\..\\x", ""}) {
        auto evil = described("x", "evil");
        evil.path = bad;
        tree({described("good", "1"), evil});
        EXPECT_EQ(snapshot().error().code, errc::unexpected_answer) << bad;
    }
    tree({described("a", "1"), described("a/b", "2")});
    EXPECT_EQ(snapshot().error().code, errc::unexpected_answer);
    tree({described("a", "1"), described("a", "2")});
    EXPECT_EQ(snapshot().error().code, errc::unexpected_answer);
    EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

TEST_F(models_calls, file_described_by_its_list_only_is_asked_about) {
    auto pointer = described("w.bin", "hello");
    pointer.sha256.reset(); // the size is the pointer's
    pointer.size = 130;
    tree({pointer});
    answer(described("w.bin", "hello"));
    fake.answer(206, "hello", all_of("hello"));
    EXPECT_THAT(snapshot().value().files, ElementsAre("w.bin"));
    EXPECT_EQ(test::read_file(folder / "got" / "w.bin"), "hello");
    EXPECT_EQ(fake.seen(1).call(), "GET " + repo + "contents/w.bin");
}

// ---- uploads -----------------------------------------------------------------------------------

TEST_F(models_calls, small_file_goes_with_the_commit) {
    fake.result("[]");
    kinds({{"README.md", false}});
    absent();
    committed();
    const auto made = upload({file("README.md", "# 1\n"), "", {}, {}, "", "", 1});
    EXPECT_EQ(made.value().commit, "c1");
    EXPECT_THAT(made->files, ElementsAre("README.md"));
    EXPECT_THAT(fake.calls(),
                ElementsAre("GET " + api +
                                "/modelcenter/v2/models/getSuffixBlackList?repoId="
                                "lily/houses",
                            "POST " + repo + "preupload/master",
                            "GET " + repo + "contents/README.md", "POST " + repo + "contents"));
    EXPECT_FALSE(fake.seen(3).repeatable);
    const auto commit = sent_commit(3);
    EXPECT_EQ(commit.branch, "master");
    EXPECT_EQ(commit.message, "Add README.md");
    ASSERT_EQ(commit.files.size(), 1U);
    EXPECT_EQ(commit.files[0].operation, "create");
    EXPECT_EQ(commit.files[0].content, to_base64("# 1\n"));
    EXPECT_FALSE(commit.files[0].lfs_pointer);
}

TEST_F(models_calls, changed_file_is_an_update_of_what_was_there) {
    fake.result("[]");
    kinds({{"a.py", false}});
    answer(described("a.py", "old"));
    committed();
    ASSERT_TRUE(upload({file("a.py", "new"), "", {}, {}, "Better", "", 1}));
    const auto commit = sent_commit(3);
    EXPECT_EQ(commit.message, "Better");
    EXPECT_EQ(commit.files[0].operation, "update");
    EXPECT_EQ(commit.files[0].sha, git_blob_sha("old"));
}

TEST_F(models_calls, unchanged_file_is_not_committed_whatever_names_it) {
    auto by_name = described("a.py", "same");
    by_name.sha256.reset();
    for (const auto& remote : {described("a.py", "same"), by_name}) {
        fake.result("[]");
        kinds({{"a.py", false}});
        answer(remote);
        const auto made = upload({file("a.py", "same"), "", {}, {}, "", "", 1});
        EXPECT_EQ(made.value(), (model_commit{"", {}, {"a.py"}}));
    }
    EXPECT_EQ(fake.journal->seen.size(), 6U);
}

TEST_F(models_calls, large_file_is_sent_and_verified_before_the_commit) {
    wire::large_file_actions actions;
    actions.upload = wire::large_file_action{"https://store.example/put?sign=1",
                                             std::map<std::string, std::string>{{"X-Key", "k"}},
                                             {},
                                             {}};
    actions.verify = wire::large_file_action{git + "/verify", {}, {}, {}};
    fake.result("[]");
    kinds({{"deep/w.bin", true}});
    absent();
    told(actions);
    fake.answer(200, "").answer(200, "{}");
    committed();
    ASSERT_TRUE(upload({file("w.bin", "hello"), "deep/", {}, {}, "", "", 1}));
    const auto& put = fake.seen(4);
    EXPECT_EQ(put.call(), "PUT https://store.example/put?sign=1");
    EXPECT_EQ(put.body, "hello");
    EXPECT_EQ(put.header("X-Key"), "k");
    EXPECT_EQ(put.header("Authorization"), "") << "another host";
    EXPECT_EQ(fake.seen(5).call(), "POST " + git + "/verify");
    EXPECT_EQ(fake.seen(5).header("Authorization"), "token token-5b1f");
    const auto change = sent_commit(6).files.at(0);
    EXPECT_EQ(change.path, "deep/w.bin");
    EXPECT_TRUE(change.lfs_pointer);
    EXPECT_EQ(change.content, to_base64(large_file_pointer({sha256::of("hello"), 5})));
}

TEST_F(models_calls, hub_that_leaves_a_path_out_is_not_guessed_at) {
    fake.result("[]");
    kinds({{"w.bin", true}});
    EXPECT_EQ(upload({file("w.bin", "hello"), "deep/", {}, {}, "", "", 1}).error().code,
              errc::unexpected_answer);
}

TEST_F(models_calls, stored_large_file_is_not_sent) {
    fake.result("[]");
    kinds({{"w.bin", true}});
    absent();
    told({});
    committed();
    ASSERT_TRUE(upload({file("w.bin", "hello"), "", {}, {}, "", "", 1}));
    EXPECT_EQ(fake.journal->seen.size(), 5U);
}

TEST_F(models_calls, bytes_that_the_hub_does_not_recognise_are_not_committed) {
    fake.result("[]");
    kinds({{"w.bin", true}});
    absent();
    wire::large_file_actions actions;
    actions.upload = wire::large_file_action{"https://store.example/put", {}, {}, {}};
    actions.verify = wire::large_file_action{git + "/verify", {}, {}, {}};
    told(actions);
    fake.answer(200, "").answer(400, R"({"message":"another SHA-256"})");
    const auto got = upload({file("w.bin", "hello"), "", {}, {}, "", "", 1});
    EXPECT_EQ(got.error().code, errc::checksum_mismatch);
    EXPECT_THAT(got.error().detail, AllOf(HasSubstr("w.bin"), HasSubstr("another SHA-256")));
}

TEST_F(models_calls, forbidden_ending_is_told_before_anything_is_sent) {
    fake.result(R"([".exe"])");
    const auto got = upload({file("Setup.EXE", "MZ"), "", {}, {}, "", "", 1});
    EXPECT_EQ(got.error().code, errc::limit_exceeded);
    EXPECT_THAT(got.error().detail, HasSubstr(".exe"));
    EXPECT_EQ(fake.journal->seen.size(), 1U);
}

TEST_F(models_calls, unknown_list_of_forbidden_endings_is_no_failure) {
    fake.failure(200, 403);
    kinds({{"a.py", false}});
    absent();
    committed();
    EXPECT_TRUE(upload({file("a.py", "x"), "", {}, {}, "", "", 1}));
}

TEST_F(models_calls, many_files_are_several_commits) {
    const auto many = folder / "many";
    wire::hub_paths first;
    wire::hub_paths second;
    for (int i = 0; i < 501; ++i) {
        const std::string name = std::to_string(1000 + i) + ".py";
        test::write_file(many / name, name);
        (i < 500 ? first : second).files.push_back({name, false});
    }
    fake.result("[]");
    answer(first);
    answer(second);
    tree({});
    committed();
    fake.answer(409, R"({"message":"branch moved"})");
    const auto got = upload({many, "", {}, {}, "All", "", 1});
    EXPECT_EQ(got.error().code, errc::conflict);
    EXPECT_THAT(got.error().detail, HasSubstr("1 of 2 commits were made"));
    EXPECT_EQ(sent_commit(4).files.size(), 500U);
    EXPECT_EQ(sent_commit(4).message, "All (part 1/2)");
    EXPECT_EQ(sent_commit(5).files.size(), 1U);
    EXPECT_EQ(sent_commit(5).message, "All (part 2/2)");
}

TEST_F(models_calls, lost_answer_to_a_commit_is_not_repeated) {
    fake.result("[]");
    kinds({{"a.py", false}});
    absent();
    fake.lost(true);
    const auto got = upload({file("a.py", "x"), "", {}, {}, "", "", 1});
    EXPECT_EQ(got.error().code, errc::connection_lost);
    EXPECT_EQ(got.error().outcome, outcome::unknown);
    EXPECT_EQ(fake.journal->seen.size(), 4U);
}

TEST_F(models_calls, folder_is_walked_without_git_and_links_are_judged) {
    const auto in = folder / "in";
    test::write_file(in / ".git" / "config", "secret");
    test::write_file(in / ".gitignore", "*.o");
    test::write_file(in / "a.py", "x");
    fs::create_symlink(folder / "outside.py", in / "link.py");
    const auto dangling = upload({in, "", {}, {}, "", "", 1});
    EXPECT_EQ(dangling.error().code, errc::file_not_found);
    test::write_file(folder / "outside.py", "y");
    fs::create_directory_symlink(folder / "in", in / "loop");
    EXPECT_EQ(upload({in, "", {}, {}, "", "", 1}).error().code, errc::invalid_argument);
    EXPECT_TRUE(fake.journal->seen.empty());
    fake.result("[]");
    kinds({{"x/.gitignore", false}, {"x/a.py", false}, {"x/link.py", false}});
    absent();
    absent();
    absent();
    committed();
    EXPECT_THAT(upload({in, "x", {}, {"loop"}, "", "", 1}).value().files,
                ElementsAre("x/.gitignore", "x/a.py", "x/link.py"));
}

TEST_F(models_calls, file_that_became_another_one_is_not_committed) {
    const auto a = file("a.py", "before");
    fake.journal->before = [&](std::size_t call) {
        if (call == 3)
            test::write_file(a, "behind");
    };
    fake.result("[]");
    kinds({{"a.py", false}});
    absent();
    EXPECT_EQ(upload({a, "", {}, {}, "", "", 1}).error().code, errc::checksum_mismatch);
    fake.journal->seen.clear();
    fake.journal->before = [&](std::size_t call) {
        if (call == 3)
            fs::remove(a);
    };
    fake.result("[]");
    kinds({{"a.py", false}});
    absent();
    EXPECT_EQ(upload({a, "", {}, {}, "", "", 1}).error().code, errc::file_unreadable);
}

} // namespace
} // namespace aistudio
