// Requests whose bodies break off in the middle: nothing of them may count.

#include "integration/support/studio_fixture.hpp"

#include <aistudio/codec/hub_wire.hpp>
#include <aistudio/protocol/digest.hpp>

namespace aistudio::test {
namespace {

class studio_cut_bodies : public studio_test {
protected:
    void SetUp() override {
        start();
        grant_ = api().get<wire::sts_grant>("/llm/files/acl");
    }
    /// Sends a request up to the middle of its body, and goes.
    void cut(std::string_view method, const std::string& target, std::string_view body,
             const header_list& headers) {
        http_connection c(api().port());
        std::string text = std::string(method) + " " + target + " HTTP/1.1\r\n";
        for (const auto& [name, value] : headers)
            text.append(name).append(": ").append(value).append("\r\n");
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
        c.send_raw(text.append(body.substr(0, body.size() / 2)));
    }
    /// The same with the token, at each place of the body from its first byte to before its last.
    void cut_call(const std::string& target, const std::string& body) {
        for (const auto size : {std::size_t{1}, body.size() / 2, body.size() - 1}) {
            http_connection c(api().port());
            c.send_raw("POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: token " +
                       std::string(studio().access_token().reveal()) +
                       "\r\nContent-Type: application/json\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body.substr(0, size));
        }
        (void)api().get<wire::sts_grant>("/llm/files/acl"); // it still answers
    }
    void cut_object(std::string_view method, const std::string& query, std::string_view body) {
        const auto target = "/" + grant_.bucket_name + "/" + grant_.file_key + "?" + query;
        cut(method, target, body, api().signed_headers(method, grant_, target, body.size()));
    }
    std::size_t files_in(const char* name) {
        std::size_t n = 0;
        for (const auto& e :
             std::filesystem::recursive_directory_iterator(options().directory / name))
            n += e.is_regular_file() ? 1 : 0;
        return n;
    }
    wire::part_list parts(const std::string& id) {
        const auto r = api().object("GET", grant_, grant_.file_key, {}, {}, "uploadId=" + id);
        return from_json<wire::part_list>(std::string_view(r.body)).value();
    }

    wire::sts_grant grant_;
};

TEST_F(studio_cut_bodies, part_and_list_of_parts_count_only_as_a_whole) {
    const auto begun = api().object("POST", grant_, grant_.file_key, {}, {}, "uploads=");
    const auto id = from_json<wire::begun_upload>(std::string_view(begun.body)).value().upload_id;
    const std::string bytes(600'000, 'x');
    cut_object("PUT", "partNumber=1&uploadId=" + id, bytes);
    EXPECT_TRUE(eventually([&] { return files_in("tmp") == 0; }));
    EXPECT_TRUE(parts(id).parts.empty());
    EXPECT_EQ(files_in("content"), 0U);

    const auto one = "partNumber=1&uploadId=" + id;
    ASSERT_EQ(api().object("PUT", grant_, grant_.file_key, bytes, {}, one).status, 200U);
    cut_object("PUT", one, std::string(600'000, 'y')); // in place of the one that is there
    EXPECT_TRUE(eventually([&] { return files_in("tmp") == 0; }));
    EXPECT_EQ(parts(id).parts.size(), 1U);

    const auto list = to_json(wire::complete_upload{{{1, md5::of(bytes)}}}).value();
    cut_object("POST", "uploadId=" + id, list);
    EXPECT_EQ(parts(id).parts.size(), 1U);
    EXPECT_EQ(api().object("GET", grant_, grant_.file_key).status, 404U);
    EXPECT_EQ(api().object("POST", grant_, grant_.file_key, list, {}, "uploadId=" + id).status,
              200U);
    EXPECT_EQ(api().object("GET", grant_, grant_.file_key).body, bytes);
}

/// Numbers of files and datasets follow each other: what was half taken would have used one up.
TEST_F(studio_cut_bodies, files_and_datasets_are_not_made_of_half_a_body) {
    const auto first = api().upload_file("a", "a");
    const auto put = api().object("PUT", grant_, grant_.file_key, "b");
    ASSERT_EQ(put.status, 200U);
    const wire::add_file add{"b", grant_.file_key, grant_.bucket_name, std::nullopt};
    cut_call("/llm/files/addfile", to_json(add).value());
    const auto second = api().post<wire::added_file>("/llm/files/addfile", add).file_id;
    EXPECT_EQ(second.value(), first.value() + 1);

    wire::create_dataset dataset;
    dataset.dataset_name = "d";
    dataset.file_ids = {first, second};
    cut_call("/llm/files/datasets", to_json(dataset).value());
    EXPECT_EQ(api().get<wire::page_of<aistudio::dataset>>("/api/local/v1/datasets").total_count, 0);
    const auto made = api().post<wire::created_dataset>("/llm/files/datasets", dataset).dataset_id;
    EXPECT_EQ(made.value(), 1);
}

TEST_F(studio_cut_bodies, job_is_not_started_by_half_a_body) {
    wire::create_job request;
    request.name = "j";
    request.cmd = "true";
    cut_call("/paddlex/v3/pipelines/sdk/create", to_json(request).value());
    const auto id =
        api().post<wire::created_job>("/paddlex/v3/pipelines/sdk/create", request).pipeline_id;
    EXPECT_EQ(to_string(id), "job-1");
    const auto grant = api().get<wire::sts_grant>(
        "/paddlex/v3/file/api/bosacl?source=SDK&pipelineId=" + to_string(id));
    ASSERT_EQ(api().object("PUT", grant, grant.file_key.substr(1), zip_of({{"f", "x"}})).status,
              200U);
    const auto done = to_json(wire::job_callback{id, true, grant.file_key, "code.zip"}).value();
    const std::string callback = "/paddlex/v3/pipelines/sdk/create/callback";
    cut_call(callback, done);
    EXPECT_EQ(api().get_job(id).stage, job_stage::pending);
    EXPECT_FALSE(std::filesystem::exists(options().directory / "jobs" / to_string(id) / "code"));
    EXPECT_EQ(api().call("POST", callback, done).code, 0);
    EXPECT_EQ(api().wait_for(id).stage, job_stage::succeeded);
}

TEST_F(studio_cut_bodies, commit_is_not_made_of_half_a_body) {
    (void)api().post<wire::create_repository>("/modelcenter/v2/models/sdk/add",
                                              wire::create_repository{1, "w", "T", "", "MIT"});
    const std::string base = "/api/v1/repos/local/w/";
    const auto tree = [&] {
        const auto r = api().fetch(studio().base_url() + base + "git/trees/master?recursive=true");
        return from_json<wire::hub_tree>(std::string_view(r.body)).value();
    };
    const auto commit = [&](const std::string& operation, const std::string& text) {
        const wire::hub_change change{"a.py", operation, to_base64(text), false, {}};
        return to_json(wire::hub_commit{"master", "m", {}, {}, {change}}).value();
    };
    cut_call(base + "contents", commit("create", "print(1)"));
    EXPECT_TRUE(tree().tree.empty());
    http_connection c(api().port());
    const header_list token{
        {"Authorization", "token " + std::string(studio().access_token().reveal())}};
    ASSERT_EQ(c.send("POST", base + "contents", commit("create", "print(1)"), token).status, 201U);
    const auto before = tree();
    cut_call(base + "contents", commit("update", "print(2)"));
    EXPECT_EQ(tree().sha, before.sha);
    EXPECT_EQ(api().fetch(studio().base_url() + base + "media/a.py").body, "print(1)");
    EXPECT_EQ(files_in("tmp"), 0U);
}

} // namespace
} // namespace aistudio::test
