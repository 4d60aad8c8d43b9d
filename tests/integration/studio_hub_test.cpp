#include "integration/support/studio_fixture.hpp"

#include <aistudio/codec/hub_wire.hpp>
#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/protocol/digest.hpp>

namespace aistudio::test {
namespace {

class studio_hub : public studio_test {
protected:
    void SetUp() override {
        start();
        make("weights");
    }
    void make(const std::string& name, bool is_public = true) {
        (void)api().post<wire::create_repository>(
            "/modelcenter/v2/models/sdk/add",
            wire::create_repository{is_public ? 1 : 0, name, "Title", "", "MIT"});
    }

    /// A call of the Git host; with the token unless `anonymous`.
    http_reply git(std::string_view method, const std::string& path, std::string_view body = {},
                   header_list headers = {}, bool anonymous = false) {
        if (!anonymous)
            headers.emplace_back("Authorization",
                                 "token " + std::string(studio().access_token().reveal()));
        http_connection c(api().port());
        return c.send(method, path, body, headers);
    }
    http_reply repo(std::string_view method, const std::string& what, std::string_view body = {}) {
        return git(method, "/api/v1/repos/local/weights/" + what, body);
    }
    static std::string message_of(const http_reply& r) {
        return from_json<wire::hub_error>(std::string_view(r.body)).value().message;
    }

    static wire::hub_change change(const std::string& path, std::string_view text,
                                   const std::string& operation = "create") {
        return {path, operation, to_base64(text), false, {}};
    }
    static wire::hub_change pointer(const std::string& path, std::string_view bytes) {
        return {path,
                "create",
                to_base64("version https://git-lfs.github.com/spec/v1\noid sha256:" +
                          sha256::of(bytes) + "\nsize " + std::to_string(bytes.size())),
                true,
                {}};
    }
    http_reply commit(std::vector<wire::hub_change> changes, const std::string& branch = "master") {
        return repo("POST", "contents",
                    to_json(wire::hub_commit{branch, "m", {}, {}, std::move(changes)}).value());
    }
    std::vector<std::string> paths(const std::string& ref = "master") {
        const auto r = repo("GET", "git/trees/" + ref + "?recursive=true");
        std::vector<std::string> all;
        for (const auto& e : from_json<wire::hub_tree>(std::string_view(r.body)).value().tree)
            all.push_back(e.path);
        return all;
    }
    wire::hub_file info(const std::string& path, const std::string& more = "") {
        return from_json<wire::hub_file>(
                   std::string_view(repo("GET", "contents/" + path + more).body))
            .value();
    }

    wire::large_file_answer batch(std::string_view bytes) {
        const auto r =
            git("POST", "/local/weights.git/info/lfs/objects/batch",
                to_json(wire::large_file_batch{
                            "upload",
                            {{sha256::of(bytes), static_cast<std::int64_t>(bytes.size())}},
                            {"basic"},
                            {},
                            "sha256"})
                    .value());
        EXPECT_EQ(r.status, 200U) << r.body;
        return from_json<wire::large_file_answers>(std::string_view(r.body)).value().objects.at(0);
    }
    http_reply put(const std::string& href, std::string_view bytes) {
        http_connection c(api().port());
        return c.send("PUT", href.substr(studio().base_url().size()), bytes,
                      {{"Host", "127.0.0.1:" + std::to_string(api().port())},
                       {"Authorization", "token "}}); // as the official client sends it
    }
    http_reply verify(std::string_view bytes) {
        return git(
            "POST", "/local/weights.git/info/lfs/objects/verify",
            to_json(wire::large_file{sha256::of(bytes), static_cast<std::int64_t>(bytes.size())})
                .value());
    }
    std::size_t contents() {
        std::size_t n = 0;
        for (const auto& e :
             std::filesystem::recursive_directory_iterator(folder_ / "studio" / "content"))
            n += e.is_regular_file() ? 1 : 0;
        return n;
    }
};

TEST_F(studio_hub, repository_belongs_to_the_tokens_user) {
    const auto again =
        api().call("POST", "/modelcenter/v2/models/sdk/add",
                   to_json(wire::create_repository{1, "local/weights", "", "", ""}).value());
    EXPECT_EQ(again.code, service_code::conflict);
    EXPECT_NE(again.message.find("repo already created"), std::string::npos);
    const auto other =
        api().call("POST", "/modelcenter/v2/models/sdk/add",
                   to_json(wire::create_repository{1, "someone/x", "", "", ""}).value());
    EXPECT_EQ(other.code, service_code::forbidden);
    for (const std::string name : {"", "a b", "..", ".", "x.git", "a%2Fb"})
        EXPECT_NE(api()
                      .call("POST", "/modelcenter/v2/models/sdk/add",
                            to_json(wire::create_repository{1, name, "", "", ""}).value())
                      .code,
                  0)
            << name;
    const auto all = api().get<wire::page_of<wire::repository>>("/api/local/v1/repositories");
    ASSERT_EQ(all.data.size(), 1U);
    EXPECT_EQ(all.data[0].owner, "local");
    EXPECT_EQ(all.data[0].name, "weights");
}

TEST_F(studio_hub, small_files_are_committed_and_read) {
    EXPECT_EQ(commit({change("a b/+%数据.py", "print(1)"), change("README.md", "# 说明")}).status,
              201U);
    EXPECT_EQ(paths(), (std::vector<std::string>{"README.md", "a b/+%数据.py"}));
    const auto encoded = uri_encode("a b/+%数据.py", false); // the slash too
    EXPECT_EQ(info(encoded).sha256, sha256::of("print(1)"));
    EXPECT_EQ(info(encoded).size, 8);
    EXPECT_EQ(repo("GET", "media/" + encoded).body, "print(1)");
    EXPECT_EQ(repo("GET", "media/" + uri_encode("a b/+%数据.py", true)).body, "print(1)");
    const auto folder = repo("GET", "contents");
    const auto entries =
        from_json<std::vector<wire::hub_file>>(std::string_view(folder.body)).value();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[1].type, "dir");
    EXPECT_EQ(entries[1].path, "a b");
    EXPECT_EQ(repo("GET", "contents/nothing").status, 404U);
    EXPECT_EQ(repo("GET", "media/a%20b").status, 404U);
}

TEST_F(studio_hub, media_serves_ranges) {
    commit({change("f.py", "0123456789"), change("one.py", "x"), change("none.py", "")});
    const auto range = [&](const std::string& file, const std::string& r) {
        return git("GET", "/api/v1/repos/local/weights/media/" + file, {}, {{"Range", r}});
    };
    EXPECT_EQ(range("f.py", "bytes=0-1").status, 206U);
    EXPECT_EQ(range("f.py", "bytes=3-5").body, "345");
    EXPECT_EQ(range("one.py", "bytes=0-1").body, "x");
    EXPECT_EQ(range("one.py", "bytes=0-1").status, 206U);
    EXPECT_EQ(range("f.py", "bytes=10-12").status, 416U);
    EXPECT_EQ(repo("GET", "media/none.py").body, "");
}

TEST_F(studio_hub, range_counts_for_the_tagged_bytes_only) {
    const std::string bytes = "0123456789";
    commit({change("f.py", bytes)});
    EXPECT_FALSE(batch(bytes).actions) << "it has them by now, so that they are a large file, too";
    for (const auto& path : {std::string("/api/v1/repos/local/weights/media/f.py"),
                             "/local/weights.git/info/lfs/objects/" + sha256::of(bytes)}) {
        SCOPED_TRACE(path);
        const auto tag = git("GET", path).headers.at("etag");
        EXPECT_EQ(tag, "\"" + sha256::of(bytes) + "\"");
        EXPECT_EQ(git("HEAD", path).headers.at("etag"), tag);
        const auto range = [&](const std::string& condition) {
            return git("GET", path, {}, {{"Range", "bytes=3-5"}, {"If-Range", condition}});
        };
        const auto same = range(tag);
        EXPECT_EQ(same.status, 206U);
        EXPECT_EQ(same.body, "345");
        EXPECT_EQ(same.headers.at("etag"), tag);
        const auto other = range("\"" + sha256::of("others") + "\"");
        EXPECT_EQ(other.status, 200U);
        EXPECT_EQ(other.body, bytes);
        EXPECT_EQ(other.headers.at("etag"), tag);
        for (const auto& condition : {"W/" + tag, tag.substr(1, tag.size() - 2), std::string("*"),
                                      std::string("Sat, 22 Nov 2025 04:00:00 GMT")})
            EXPECT_EQ(range(condition).body, bytes) << condition;
        EXPECT_EQ(git("GET", path, {}, {{"Range", "bytes=10-"}, {"If-Range", tag}}).status, 416U);
        EXPECT_EQ(git("GET", path, {}, {{"Range", "bytes=10-"}, {"If-Range", "W/" + tag}}).body,
                  bytes);
    }
}

TEST_F(studio_hub, tag_goes_with_the_bytes_of_a_name) {
    commit({change("f.py", "old bytes")});
    const auto path = std::string("/api/v1/repos/local/weights/media/f.py");
    const auto old = git("GET", path).headers.at("etag");
    auto update = change("f.py", "new bytes", "update");
    update.sha = info("f.py").sha;
    commit({update});
    const auto r = git("GET", path, {}, {{"Range", "bytes=4-"}, {"If-Range", old}});
    EXPECT_EQ(r.status, 200U);
    EXPECT_EQ(r.body, "new bytes");
    EXPECT_NE(r.headers.at("etag"), old);
}

TEST_F(studio_hub, commit_is_all_or_nothing) {
    commit({change("a.py", "1"), change("b.py", "2")});
    const auto before = contents();
    const auto old = info("a.py");
    auto stale = change("a.py", "3", "update");
    stale.sha = std::string(40, '0');
    auto broken = change("d.py", "x");
    broken.content = "a";
    auto no_pointer = change("d.py", "not a pointer");
    no_pointer.lfs_pointer = true;
    const std::vector<wire::hub_change> wrong = {change("a.py", "again"),
                                                 change("missing.py", "x", "update"),
                                                 change("missing.py", "x", "delete"),
                                                 change("x.py", "x", "chmod"),
                                                 change("../x.py", "x"),
                                                 change("/x.py", "x"),
                                                 change("a//b.py", "x"),
                                                 change("", "x"),
                                                 change(".git/config", "x"),
                                                 change("a.py/below", "x"),
                                                 stale,
                                                 broken,
                                                 no_pointer,
                                                 pointer("w.bin", "never uploaded")};
    for (const auto& w : wrong) {
        const auto r = commit({change("c.py", "new"), w});
        EXPECT_GE(r.status, 400U) << w.operation << ' ' << w.path;
        EXPECT_FALSE(message_of(r).empty());
        EXPECT_EQ(paths(), (std::vector<std::string>{"a.py", "b.py"})) << w.path;
    }
    EXPECT_GE(commit({}).status, 400U);
    EXPECT_EQ(repo("POST", "contents", "{\"files\":7}").status, 400U);
    EXPECT_EQ(info("a.py").last_commit_sha, old.last_commit_sha);
    stop(); // what a refused commit had written goes at the latest with the next start
    start();
    EXPECT_TRUE(eventually([&] { return contents() == before; }));
}

TEST_F(studio_hub, files_are_updated_deleted_and_kept_by_tags) {
    commit({change("a.py", "1"), change("b.py", "2")});
    const auto tag = api().post<wire::hub_tag>("/api/local/v1/repositories/local/weights/tags",
                                               wire::new_tag{"v1", ""});
    auto update = change("a.py", "one", "update");
    update.sha = info("a.py").sha;
    EXPECT_EQ(commit({update, change("b.py", "", "delete")}).status, 201U);
    EXPECT_EQ(paths(), std::vector<std::string>{"a.py"});
    EXPECT_EQ(repo("GET", "media/a.py").body, "one");
    EXPECT_EQ(repo("GET", "media/a.py?ref=v1").body, "1");
    EXPECT_EQ(repo("GET", "media/b.py?ref=" + tag.commit.sha).body, "2");
    EXPECT_EQ(paths(tag.commit.sha).size(), 2U);
    EXPECT_EQ(
        from_json<wire::hub_tag>(std::string_view(repo("GET", "tags/v1").body)).value().commit.sha,
        tag.commit.sha);
    EXPECT_EQ(repo("GET", "tags/v2").status, 404U);
    EXPECT_EQ(repo("GET", "git/trees/nothing").status, 404U);
    EXPECT_EQ(commit({change("c.py", "c")}, "v1").status, 409U);
}

TEST_F(studio_hub, new_branch_begins_with_the_default_one) {
    commit({change("a.py", "1")});
    EXPECT_EQ(commit({change("a.py", "2", "update"), change("b.py", "b")}, "next").status, 201U);
    EXPECT_EQ(paths("next").size(), 2U);
    EXPECT_EQ(paths(), std::vector<std::string>{"a.py"});
    EXPECT_EQ(repo("GET", "media/a.py").body, "1");
    EXPECT_EQ(repo("GET", "media/a.py?ref=next").body, "2");
}

TEST_F(studio_hub, trees_come_in_pages) {
    std::vector<wire::hub_change> many;
    for (int i = 0; i < 5; ++i)
        many.push_back(change("f" + std::to_string(i) + ".py", std::to_string(i)));
    commit(many);
    std::size_t seen = 0;
    for (int page = 1;; ++page) {
        const auto r = repo("GET", "git/trees/master?per_page=2&page=" + std::to_string(page));
        const auto tree = from_json<wire::hub_tree>(std::string_view(r.body)).value();
        seen += tree.tree.size();
        EXPECT_EQ(tree.total_count, 5);
        if (!tree.truncated)
            break;
    }
    EXPECT_EQ(seen, 5U);
}

TEST_F(studio_hub, large_file_goes_by_grant_or_put_and_is_known_afterwards) {
    const std::string bytes(100'000, 'w');
    const auto asked = batch(bytes);
    ASSERT_TRUE(asked.actions);
    EXPECT_EQ(verify(bytes).status, 404U); // not uploaded yet
    EXPECT_EQ(commit({pointer("w.bin", bytes)}).status, 400U);
    const auto& grant = *asked.actions->upload->sts_token;
    wire::sts_grant g{grant.bos_host,          grant.bucket_name,   grant.key, grant.access_key_id,
                      grant.secret_access_key, grant.session_token, 0,         0};
    EXPECT_EQ(api().object("PUT", g, grant.key, bytes).status, 200U);
    EXPECT_EQ(commit({pointer("w.bin", bytes)}).status, 400U); // not verified yet
    EXPECT_EQ(verify(bytes).status, 200U);
    EXPECT_EQ(commit({pointer("w.bin", bytes)}).status, 201U);
    EXPECT_EQ(repo("GET", "media/w.bin").body, bytes);
    EXPECT_EQ(info("w.bin").sha256, sha256::of(bytes));
    EXPECT_FALSE(batch(bytes).actions);
    EXPECT_EQ(contents(), 1U);

    const auto put_one = batch("by put");
    const auto sent = put(put_one.actions->upload->href, "by put");
    EXPECT_EQ(sent.status, 200U) << sent.body;
    EXPECT_EQ(sent.headers.at("content-md5"), content_md5("by put"));
    EXPECT_EQ(verify("by put").status, 200U);
}

TEST_F(studio_hub, wrong_bytes_of_a_large_file_are_refused_and_forgotten) {
    const auto asked = batch("right");
    EXPECT_EQ(put(asked.actions->upload->href, "wrong").status, 200U); // only its hash tells
    EXPECT_EQ(verify("right").status, 400U);
    EXPECT_EQ(contents(), 0U);
    EXPECT_EQ(verify("right").status, 404U);
    EXPECT_TRUE(batch("right").actions);
    EXPECT_EQ(commit({pointer("w.bin", "right")}).status, 400U);
    auto other = asked.actions->upload->href;
    other.back() = other.back() == '0' ? '1' : '0';
    EXPECT_EQ(put(other, "right").status, 403U);
    EXPECT_EQ(git("POST", "/local/weights.git/info/lfs/objects/batch",
                  R"({"operation":"upload","objects":[{"oid":"zz","size":1}]})")
                  .status,
              400U);
}

TEST_F(studio_hub, upload_that_is_cut_leaves_nothing) {
    const std::string bytes(1'000'000, 'w');
    const auto href = batch(bytes).actions->upload->href.substr(studio().base_url().size());
    {
        http_connection c(api().port());
        c.send_raw("PUT " + href + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(api().port()) +
                   "\r\nContent-Length: 1000000\r\n\r\n" + bytes.substr(0, 600'000));
    }
    const auto temporary = folder_ / "studio" / "tmp";
    EXPECT_TRUE(eventually([&] { return std::filesystem::is_empty(temporary); }));
    EXPECT_EQ(verify(bytes).status, 404U);
    EXPECT_EQ(contents(), 0U);
}

TEST_F(studio_hub, private_repository_is_its_owners_only) {
    make("hidden", false);
    const std::string base = "/api/v1/repos/local/hidden/";
    EXPECT_EQ(git("GET", base + "git/trees/master").status, 200U);
    EXPECT_EQ(git("GET", base + "git/trees/master", {}, {}, true).status, 404U);
    EXPECT_EQ(git("GET", base + "contents/x", {}, {{"Authorization", "token wrong"}}, true).status,
              401U);
    EXPECT_EQ(git("POST", "/api/v1/repos/local/weights/preupload/master", "{}", {}, true).status,
              401U);
    const auto permit = [&](const header_list& more) {
        return api()
            .call("GET",
                  "/modelcenter/v2/models/sdk/checkPermit?repoId=local%2Fhidden&authorization=1",
                  {}, more)
            .code;
    };
    EXPECT_EQ(permit({}), 0);
    EXPECT_EQ(permit({{"Authorization", "token "}}), service_code::not_found);
}

TEST_F(studio_hub, repository_outlives_the_studio_and_goes_with_its_files) {
    commit({change("a.py", "1")});
    stop();
    start();
    EXPECT_EQ(repo("GET", "media/a.py").body, "1");
    EXPECT_EQ(api().call("DELETE", "/api/local/v1/repositories/local/weights").code, 0);
    EXPECT_EQ(repo("GET", "media/a.py").status, 404U);
    EXPECT_EQ(contents(), 0U);
}

TEST_F(studio_hub, large_file_is_offered_for_download) {
    const std::string bytes = "large enough";
    EXPECT_EQ(put(batch(bytes).actions->upload->href, bytes).status, 200U);
    const wire::large_file named{sha256::of(bytes), static_cast<std::int64_t>(bytes.size())};
    EXPECT_EQ(
        git("POST", "/local/weights.git/info/lfs/objects/verify", to_json(named).value()).status,
        200U);
    const wire::large_file_batch request{
        "download", {named, {std::string(64, '0'), 3}}, {"basic"}, {}, "sha256"};
    const auto ask = [&](bool anonymous) {
        return git("POST", "/local/weights.git/info/lfs/objects/batch", to_json(request).value(),
                   {}, anonymous);
    };
    const auto r = ask(true);
    EXPECT_EQ(r.status, 200U) << r.body;
    const auto told = from_json<wire::large_file_answers>(std::string_view(r.body)).value();
    ASSERT_TRUE(told.objects.at(0).actions && told.objects.at(0).actions->download);
    EXPECT_FALSE(told.objects.at(0).actions->upload);
    EXPECT_EQ(told.objects.at(1).error.value().code, 404);
    EXPECT_FALSE(told.objects.at(1).actions);
    const auto& href = told.objects.at(0).actions->download->href;
    EXPECT_EQ(api().fetch(href).body, bytes);
    EXPECT_EQ(api().fetch(href, {{"Range", "bytes=0-4"}}).body, "large");

    EXPECT_EQ(git("GET", "/local/weights.git/info/lfs/objects/" + std::string(64, '0')).status,
              404U);
    EXPECT_EQ(git("GET", "/local/other.git/info/lfs/objects/" + named.oid).status, 404U);
}

TEST_F(studio_hub, private_large_file_needs_the_token) {
    make("hidden", false);
    const wire::large_file_batch request{"download", {{sha256::of("x"), 1}}, {"basic"}, {}, ""};
    const auto ask = [&](bool anonymous) {
        return git("POST", "/local/hidden.git/info/lfs/objects/batch", to_json(request).value(), {},
                   anonymous);
    };
    EXPECT_EQ(ask(true).status, 404U);
    EXPECT_EQ(ask(false).status, 200U);
}

} // namespace
} // namespace aistudio::test
