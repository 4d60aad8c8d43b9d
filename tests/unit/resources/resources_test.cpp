#include "support/fake_transport.hpp"
#include "support/temporary_folder.hpp"

#include <aistudio/protocol/digest.hpp>
#include <aistudio/types/limits.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using test::fake_client;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view grant_json =
    R"({"endpoint":"http://127.0.0.1:9","bucketName":"b","fileKey":"k/1","accessKeyId":"ak",)"
    R"("secretAccessKey":"sk-5b1f","sessionToken":"st-5b1f","serverTime":1,"expiresIn":3600})";
constexpr std::string_view dataset_json =
    R"({"datasetId":7,"datasetName":"d","fileList":[{"fileId":3,"fileOriginName":"a.csv",)"
    R"("fileSize":5,"fileSha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}]})";
constexpr std::string_view job_json =
    R"({"pipelineId":"p-1","pipelineName":"j","stage":"Running"})";
constexpr std::string_view file_url_json =
    R"({"fileUrl":"http://127.0.0.1:9/b/k?authorization=sig-5b1f","fileName":"a.tar.gz",)"
    R"("fileSize":5,"fileSha256":""})";
const std::string base = "https://studio.example";
const std::string own = base + "/api/local/v1";

class resources : public testing::Test {
protected:
    fake_client fake;
    test::temporary_folder folder;

    std::filesystem::path file(const std::string& name, std::string_view content) {
        test::write_file(folder / name, content);
        return folder / name;
    }
    template <class T, class Operation>
    result<T> run(Operation&& operation) {
        return fake.run<T>([&](auto h) { operation(std::move(h)); });
    }
};

// ---- every call: method, target, token, key ---------------------------------------------------

TEST_F(resources, every_call_carries_token_and_json_type) {
    fake.result("null");
    ASSERT_TRUE(run<void>(
        [&](auto h) { fake.client.datasets().async_remove(dataset_id(7), {}, std::move(h)); }));
    EXPECT_EQ(fake.seen(0).call(), "DELETE " + own + "/datasets/7");
    EXPECT_EQ(fake.seen(0).header("Authorization"), "token token-5b1f");
    EXPECT_EQ(fake.seen(0).header("Accept"), "application/json");
}

TEST_F(resources, missing_token_sends_nothing) {
    auto o = fake_client::default_options();
    o.access_token = {};
    fake_client none(o);
    const auto got = none.run<project>(
        [&](auto h) { none.client.projects().async_get(project_id(1), {}, std::move(h)); });
    EXPECT_EQ(got.error().code, errc::credentials_missing);
    EXPECT_EQ(got.error().outcome, outcome::not_sent);
    EXPECT_TRUE(none.journal->seen.empty());
}

TEST_F(resources, base_url_with_a_path_is_kept) {
    auto o = fake_client::default_options();
    o.base_url = "http://gate.example:81/studio";
    fake_client gate(o);
    gate.result("null");
    ASSERT_TRUE(gate.run<void>(
        [&](auto h) { gate.client.projects().async_remove(project_id(1), {}, std::move(h)); }));
    EXPECT_EQ(gate.seen(0).call(), "DELETE http://gate.example:81/studio/api/local/v1/projects/1");
}

struct simple_call {
    const char* name;
    std::function<void(client&, std::function<void(errc)>)> start;
    std::string call;
    std::string body;
    std::string answer;
    bool repeatable;
};

template <class T>
auto report(std::function<void(errc)> tell) {
    return [tell = std::move(tell)](result<T> r) { tell(r ? errc::ok : r.error().code); };
}

std::vector<simple_call> simple_calls() {
    const std::string page = R"({"data":[],"totalCount":0,"page":2,"pageSize":10})";
    const std::string project_json = R"({"projectId":1,"projectName":"p"})";
    const std::string service_json = R"({"serviceId":9,"serviceName":"s","state":"draft"})";
    const std::string jobs_json = "[" + std::string(job_json) + "]";
    return {
        {"dataset list",
         [](client& c, auto t) {
             c.datasets().async_list({list_scope::own, {2, 10}}, {},
                                     report<aistudio::page<dataset>>(t));
         },
         "GET " + own + "/datasets?p=2&pageSize=10", "", page, true},
        {"dataset get",
         [](client& c, auto t) { c.datasets().async_get(dataset_id(7), {}, report<dataset>(t)); },
         "POST " + base + "/studio/dataset/detail", "datasetId=7", std::string(dataset_json), true},
        {"dataset remove",
         [](client& c, auto t) { c.datasets().async_remove(dataset_id(7), {}, report<void>(t)); },
         "DELETE " + own + "/datasets/7", "", "null", true},
        {"project list",
         [](client& c, auto t) {
             c.projects().async_list({list_scope::own, {2, 10}}, {},
                                     report<aistudio::page<project>>(t));
         },
         "GET " + own + "/projects?p=2&pageSize=10", "", page, true},
        {"project list of a scope",
         [](client& c, auto t) {
             c.projects().async_list({list_scope::shared, {1, 50}}, {},
                                     report<aistudio::page<project>>(t));
         },
         "GET " + own + "/projects?scope=shared&p=1&pageSize=50", "", page, true},
        {"project publish",
         [](client& c, auto t) {
             c.projects().async_publish(project_id(1), {}, report<project>(t));
         },
         "PUT " + own + "/projects/1/public", "", project_json, true},
        {"project unpublish",
         [](client& c, auto t) {
             c.projects().async_unpublish(project_id(1), {}, report<project>(t));
         },
         "DELETE " + own + "/projects/1/public", "", project_json, true},
        {"project favourite",
         [](client& c, auto t) {
             c.projects().async_unfavourite(project_id(1), {}, report<project>(t));
         },
         "DELETE " + own + "/projects/1/favourite", "", project_json, true},
        {"project fork",
         [](client& c, auto t) {
             c.projects().async_fork(project_id(1), "n", {}, report<project>(t));
         },
         "POST " + own + "/projects/1/forks", R"({"projectName":"n"})", project_json, false},
        {"project forks",
         [](client& c, auto t) {
             c.projects().async_forks(project_id(1), {}, report<std::vector<fork_record>>(t));
         },
         "GET " + own + "/projects/1/forks", "", "[]", true},
        {"project versions",
         [](client& c, auto t) {
             c.projects().async_versions(project_id(1), {},
                                         report<std::vector<project_version>>(t));
         },
         "GET " + own + "/projects/1/versions", "", "[]", true},
        {"project version",
         [](client& c, auto t) {
             c.projects().async_version(project_id(1), 2, {}, report<project_version>(t));
         },
         "GET " + own + "/projects/1/versions/2", "", R"({"version":2})", true},
        {"project save",
         [](client& c, auto t) {
             c.projects().async_save(project_id(1), "r", {}, report<project_version>(t));
         },
         "POST " + own + "/projects/1/versions", R"({"remark":"r"})", R"({"version":2})", false},
        {"project compare",
         [](client& c, auto t) {
             c.projects().async_compare(project_id(1), 2, 3, {},
                                        report<std::vector<file_change>>(t));
         },
         "GET " + own + "/projects/1/changes?before=2&after=3", "", "[]", true},
        {"project restore",
         [](client& c, auto t) {
             c.projects().async_restore(project_id(1), 2, {}, report<project>(t));
         },
         "POST " + own + "/projects/1/versions/2/restore", "", project_json, true},
        {"project files",
         [](client& c, auto t) {
             c.projects().async_files(project_id(1), 0, {}, report<std::vector<project_file>>(t));
         },
         "GET " + own + "/projects/1/files", "", "[]", true},
        {"project create_folder",
         [](client& c, auto t) {
             c.projects().async_create_folder(project_id(1), "a/b", {}, report<project_file>(t));
         },
         "POST " + own + "/projects/1/folders", R"({"path":"a/b"})", R"({"path":"a/b"})", false},
        {"project write_file",
         [](client& c, auto t) {
             c.projects().async_write_file(project_id(1), "a", "t", {}, report<project_file>(t));
         },
         "PUT " + own + "/projects/1/files", R"({"path":"a","content":"t"})", R"({"path":"a"})",
         true},
        {"project preview_file",
         [](client& c, auto t) {
             c.projects().async_preview_file(project_id(1), "a.py", 0, {}, report<std::string>(t));
         },
         "GET " + own + "/projects/1/preview?path=a.py", "", "\"text\"", true},
        {"project rename_file",
         [](client& c, auto t) {
             c.projects().async_rename_file(project_id(1), "a", "b", {}, report<project_file>(t));
         },
         "PATCH " + own + "/projects/1/files", R"({"path":"a","newPath":"b"})", R"({"path":"b"})",
         false},
        {"project remove_file",
         [](client& c, auto t) {
             c.projects().async_remove_file(project_id(1), "a/b", {}, report<void>(t));
         },
         "DELETE " + own + "/projects/1/files?path=a%2Fb", "", "null", true},
        {"project set_main_file",
         [](client& c, auto t) {
             c.projects().async_set_main_file(project_id(1), "a.py", {}, report<project>(t));
         },
         "PUT " + own + "/projects/1/main-file", R"({"path":"a.py"})", project_json, true},
        {"dataset update",
         [](client& c, auto t) {
             dataset_changes changes;
             changes.usage = "u";
             c.datasets().async_update(dataset_id(7), changes, {}, report<dataset>(t));
         },
         "PATCH " + own + "/datasets/7", R"({"datasetUsage":"u"})", std::string(dataset_json),
         true},
        {"dataset favourite",
         [](client& c, auto t) {
             c.datasets().async_favourite(dataset_id(7), {}, report<dataset>(t));
         },
         "PUT " + own + "/datasets/7/favourite", "", std::string(dataset_json), true},
        {"dataset preview",
         [](client& c, auto t) {
             c.datasets().async_preview(dataset_id(7), file_id(3), 5, {}, report<csv_preview>(t));
         },
         "GET " + own + "/datasets/7/files/3/preview?rows=5", "", R"({"header":["a"]})", true},
        {"project create",
         [](client& c, auto t) {
             c.projects().async_create({"p", "d", {dataset_id(7)}}, {}, report<project>(t));
         },
         "POST " + own + "/projects",
         R"({"projectName":"p","projectAbs":"d","datasetIds":[7],"kind":"script","environment":"Python 3.10","framework":"PaddlePaddle 3.0"})",
         project_json, false},
        {"project get",
         [](client& c, auto t) { c.projects().async_get(project_id(1), {}, report<project>(t)); },
         "GET " + own + "/projects/1", "", project_json, true},
        {"project update",
         [](client& c, auto t) {
             c.projects().async_update(project_id(1), {"n", std::nullopt}, {}, report<project>(t));
         },
         "PATCH " + own + "/projects/1", R"({"projectName":"n"})", project_json, true},
        {"project remove",
         [](client& c, auto t) { c.projects().async_remove(project_id(1), {}, report<void>(t)); },
         "DELETE " + own + "/projects/1", "", "null", true},
        {"attach",
         [](client& c, auto t) {
             c.projects().async_attach_dataset(project_id(1), dataset_id(7), {},
                                               report<project>(t));
         },
         "PUT " + own + "/projects/1/datasets/7", "", project_json, true},
        {"detach",
         [](client& c, auto t) {
             c.projects().async_detach_dataset(project_id(1), dataset_id(7), {},
                                               report<project>(t));
         },
         "DELETE " + own + "/projects/1/datasets/7", "", project_json, true},
        {"job list",
         [](client& c, auto t) {
             c.jobs().async_list({"j", job_stage::failed}, {}, report<std::vector<job>>(t));
         },
         "POST " + base + "/paddlex/v3/pipelines/sdk/list",
         R"({"pipelineId":"","pipelineName":"j","stage":"Failed"})", jobs_json, true},
        {"job get",
         [](client& c, auto t) { c.jobs().async_get(job_id("p-1"), {}, report<job>(t)); },
         "POST " + base + "/paddlex/v3/pipelines/sdk/list",
         R"({"pipelineId":"p-1","pipelineName":"","stage":""})", jobs_json, true},
        {"job stop",
         [](client& c, auto t) { c.jobs().async_stop(job_id("p-1"), {}, report<void>(t)); },
         "POST " + base + "/paddlex/v3/pipelines/sdk/stop", R"({"pipelineId":"p-1"})", "null",
         true},
        {"job log",
         [](client& c, auto t) {
             c.jobs().async_log(job_id("a/b?"), 5, "", {}, report<log_chunk>(t));
         },
         "GET " + own + "/jobs/a%2Fb%3F/log?offset=5&waitMs=0", "",
         R"({"offset":5,"nextOffset":6,"text":"x","end":true})", true},
        {"job log of a role",
         [](client& c, auto t) {
             c.jobs().async_log(job_id("p-1"), 0, "trainer.1&", {}, report<log_chunk>(t));
         },
         "GET " + own + "/jobs/p-1/log?offset=0&waitMs=0&role=trainer.1%26", "",
         R"({"offset":0,"nextOffset":0,"text":"","end":true})", true},
        {"job options",
         [](client& c, auto t) { c.jobs().async_options("", {}, report<job_choices>(t)); },
         "GET " + own + "/job-options", "", "{}", true},
        {"job version",
         [](client& c, auto t) {
             c.jobs().async_version(job_id("p-1"), {}, report<job_version>(t));
         },
         "GET " + own + "/jobs/p-1/version", "", R"({"pipelineId":"p-1","files":[]})", true},
        {"service list",
         [](client& c, auto t) {
             c.services().async_list({project_id(1), {2, 10}}, {},
                                     report<aistudio::page<service>>(t));
         },
         "GET " + own + "/services?projectId=1&p=2&pageSize=10", "", page, true},
        {"service get",
         [](client& c, auto t) { c.services().async_get(service_id(9), {}, report<service>(t)); },
         "GET " + own + "/services/9", "", service_json, true},
        {"service sandbox",
         [](client& c, auto t) {
             c.services().async_create_sandbox(service_id(9), {}, report<service>(t));
         },
         "POST " + own + "/services/9/sandbox", "", service_json, true},
        {"service test",
         [](client& c, auto t) {
             c.services().async_test(service_id(9), R"({"x":1})", {}, report<std::string>(t));
         },
         "POST " + own + "/services/9/test", R"({"x":1})", "1", false},
        {"service deploy",
         [](client& c, auto t) {
             c.services().async_deploy(service_id(9), {}, report<service>(t));
         },
         "POST " + own + "/services/9/deploy", "", service_json, true},
        {"service pause",
         [](client& c, auto t) { c.services().async_pause(service_id(9), {}, report<service>(t)); },
         "POST " + own + "/services/9/pause", "", service_json, true},
        {"service resume",
         [](client& c, auto t) {
             c.services().async_resume(service_id(9), {}, report<service>(t));
         },
         "POST " + own + "/services/9/resume", "", service_json, true},
        {"service remove",
         [](client& c, auto t) { c.services().async_remove(service_id(9), {}, report<void>(t)); },
         "DELETE " + own + "/services/9", "", "null", true},
    };
}

errc outcome_of(fake_client& fake, const simple_call& call) {
    std::optional<errc> out;
    call.start(fake.client, [&](errc code) {
        EXPECT_FALSE(out) << "completed twice";
        out = code;
    });
    EXPECT_FALSE(out) << "completed inline";
    fake.io.restart();
    fake.io.run_for(10s);
    return out.value_or(errc::internal_error);
}

TEST(resource_calls, request_is_exact_and_answer_decoded) {
    for (const auto& call : simple_calls()) {
        SCOPED_TRACE(call.name);
        fake_client fake;
        fake.result(call.answer);
        EXPECT_EQ(outcome_of(fake, call), errc::ok);
        ASSERT_EQ(fake.journal->seen.size(), 1U);
        EXPECT_EQ(fake.seen(0).call(), call.call);
        EXPECT_EQ(fake.seen(0).body, call.body);
        EXPECT_EQ(fake.seen(0).repeatable, call.repeatable);
    }
}

TEST(resource_calls, refusal_of_the_service_is_typed) {
    for (const auto& call : simple_calls()) {
        SCOPED_TRACE(call.name);
        fake_client fake;
        fake.failure(404, 404);
        EXPECT_EQ(outcome_of(fake, call), errc::not_found);
    }
}

TEST(resource_calls, garbage_with_200_is_never_a_success) {
    for (const auto& call : simple_calls())
        for (const char* body : {"<html>", "", "[]", "{\"errorCode\":0", "null"}) {
            SCOPED_TRACE(call.name);
            fake_client fake;
            fake.answer(200, body);
            EXPECT_EQ(outcome_of(fake, call), errc::unexpected_answer) << body;
        }
}

TEST(resource_calls, result_of_another_form_is_decode_failed) {
    for (const auto& call : simple_calls()) {
        if (call.answer == "null" || std::string_view(call.name) == "service test")
            continue; // nothing is read out of it
        SCOPED_TRACE(call.name);
        fake_client fake;
        fake.result("true");
        EXPECT_EQ(outcome_of(fake, call), errc::decode_failed);
    }
}

TEST(resource_calls, lost_answer_repeated_only_when_harmless) {
    for (const auto& call : simple_calls()) {
        SCOPED_TRACE(call.name);
        fake_client fake;
        fake.lost(true).result(call.answer);
        EXPECT_EQ(outcome_of(fake, call), call.repeatable ? errc::ok : errc::connection_lost);
        EXPECT_EQ(fake.journal->seen.size(), call.repeatable ? 2U : 1U);
    }
}

TEST(resource_calls, closed_client_sends_nothing) {
    for (const auto& call : simple_calls()) {
        SCOPED_TRACE(call.name);
        fake_client fake;
        fake.client.close();
        EXPECT_EQ(outcome_of(fake, call), errc::client_closed);
        EXPECT_TRUE(fake.journal->seen.empty());
    }
}

// ---- keys of creations ------------------------------------------------------------------------

result<project> create_project(fake_client& fake, call_options options = {}) {
    return fake.run<project>(
        [&](auto h) { fake.client.projects().async_create({"p", "", {}}, options, std::move(h)); });
}

TEST(creation, repeated_with_one_key_where_the_service_honours_it) {
    auto o = fake_client::default_options();
    o.base_url = "http://127.0.0.1:1";
    fake_client fake(o);
    fake.lost(true).result(R"({"projectId":1,"projectName":"p"})");
    EXPECT_TRUE(create_project(fake));
    ASSERT_EQ(fake.journal->seen.size(), 2U);
    EXPECT_THAT(fake.seen(0).header("Idempotency-Key"), StartsWith("aistudio-"));
    EXPECT_EQ(fake.seen(0).header("Idempotency-Key"), fake.seen(1).header("Idempotency-Key"));
}

TEST(creation, two_calls_have_two_keys) {
    fake_client fake;
    fake.result(R"({"projectId":1})").result(R"({"projectId":2})");
    EXPECT_TRUE(create_project(fake));
    EXPECT_TRUE(create_project(fake));
    EXPECT_NE(fake.seen(0).header("Idempotency-Key"), fake.seen(1).header("Idempotency-Key"));
}

TEST(creation, lost_answer_is_unknown_where_no_promise_is_made) {
    fake_client fake;
    fake.lost(true).result(R"({"projectId":1})");
    const auto made = create_project(fake);
    EXPECT_EQ(made.error().code, errc::connection_lost);
    EXPECT_EQ(made.error().outcome, outcome::unknown);
    EXPECT_EQ(fake.journal->seen.size(), 1U);
}

TEST(creation, key_of_the_caller_used_or_refused) {
    fake_client fake;
    fake.result(R"({"projectId":1})");
    call_options o;
    o.idempotency_key = "mine-1";
    EXPECT_TRUE(create_project(fake, o));
    EXPECT_EQ(fake.seen(0).header("Idempotency-Key"), "mine-1");
    for (const std::string& bad : {std::string(129, 'k'), std::string("a b"),
                                   std::string("a\r\nX: y"), std::string("schlüssel")}) {
        o.idempotency_key = bad;
        EXPECT_EQ(create_project(fake, o).error().code, errc::invalid_argument) << bad;
    }
    EXPECT_EQ(fake.journal->seen.size(), 1U);
}

// ---- arguments --------------------------------------------------------------------------------

TEST_F(resources, names_and_pages_checked_before_anything_is_sent) {
    const auto refused = [&](new_project what) {
        return run<project>(
                   [&](auto h) { fake.client.projects().async_create(what, {}, std::move(h)); })
            .error()
            .code;
    };
    EXPECT_EQ(refused({"", "", {}}), errc::invalid_argument);
    EXPECT_EQ(refused({std::string(10000, 'n'), "", {}}), errc::invalid_argument);
    EXPECT_EQ(refused({"a\nb", "", {}}), errc::invalid_argument);
    EXPECT_EQ(refused({"\xff\xfe", "", {}}), errc::encode_failed);
    EXPECT_EQ(refused({"p", "", {dataset_id(1), dataset_id(2), dataset_id(3)}}),
              errc::limit_exceeded);
    for (const page_request which :
         {page_request{0, 10}, page_request{1, 0}, page_request{1, 1001}})
        EXPECT_EQ(run<page<project>>([&](auto h) {
                      fake.client.projects().async_list({list_scope::own, which}, {}, std::move(h));
                  })
                      .error()
                      .code,
                  errc::invalid_argument);
    EXPECT_TRUE(fake.journal->seen.empty());
}

TEST_F(resources, name_counted_in_characters_not_bytes) {
    std::string name;
    for (int i = 0; i < 40; ++i)
        name += "数";
    fake.result("{\"datasetId\":7}").result(dataset_json);
    const auto create = [&](std::string text) {
        return run<dataset>([&](auto h) {
            new_dataset what;
            what.name = text;
            fake.client.datasets().async_create(what, {}, std::move(h));
        });
    };
    EXPECT_TRUE(create(name));
    EXPECT_EQ(create(name + "x").error().code, errc::invalid_argument);
}

// ---- files of projects ------------------------------------------------------------------------

TEST_F(resources, upload_into_a_project_goes_by_a_grant) {
    fake.result(grant_json).answer(200, "").result(R"({"path":"src/a.py","size":5})");
    transfer_options o;
    o.call.idempotency_key = "mine";
    const auto made = run<project_file>([&](auto h) {
        fake.client.projects().async_upload_file(project_id(1), file("a.py", "hello"), "src/a.py",
                                                 o, std::move(h));
    });
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->path, "src/a.py");
    EXPECT_THAT(fake.calls(), ElementsAre("POST " + own + "/grants", "PUT http://127.0.0.1:9/b/k/1",
                                          "POST " + own + "/projects/1/files"));
    EXPECT_EQ(fake.seen(0).body, R"({"purpose":"file"})");
    EXPECT_EQ(fake.seen(2).body, R"({"path":"src/a.py","fileKey":"k/1"})");
    EXPECT_EQ(fake.seen(2).header("Idempotency-Key"), "mine");
    EXPECT_NE(fake.seen(0).header("Idempotency-Key"), "mine");
}

TEST_F(resources, file_that_is_too_large_for_a_project_is_not_read) {
    const auto large = file("large", "");
    std::filesystem::resize_file(large, max_project_upload_bytes + 1);
    const auto refused = run<project_file>([&](auto h) {
        fake.client.projects().async_upload_file(project_id(1), large, "", {}, std::move(h));
    });
    EXPECT_EQ(refused.error().code, errc::limit_exceeded);
    EXPECT_THAT(refused.error().detail, HasSubstr("dataset"));
    EXPECT_TRUE(fake.journal->seen.empty());
}

TEST_F(resources, names_from_a_service_cannot_leave_the_folder_of_a_download) {
    for (const std::string path : {"../x", "/tmp/x", "a/../../x", "."}) {
        fake.result(R"([{"path":")" + path + R"(","folder":false,"size":1}])");
        const auto refused = run<std::filesystem::path>([&](auto h) {
            fake.client.projects().async_download_version(project_id(1), 1, folder / "into", {},
                                                          std::move(h));
        });
        EXPECT_EQ(refused.error().code, errc::unexpected_answer) << path;
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder / "into"));
}

TEST_F(resources, paths_are_escaped_in_targets) {
    fake.result("\"text\"");
    const auto text = run<std::string>([&](auto h) {
        fake.client.projects().async_read_file(project_id(1), "a b/数&c.py", 3, {}, std::move(h));
    });
    EXPECT_EQ(text.value(), "text");
    EXPECT_EQ(fake.seen(0).call(),
              "GET " + own + "/projects/1/text?path=a%20b%2F%E6%95%B0%26c.py&version=3");
}

TEST_F(resources, job_without_folder_runs_what_its_project_has) {
    fake.result(R"({"pipelineId":"job-1"})")
        .result(R"({"stage":"Pending","createTime":"2023-11-14T22:13:20Z"})")
        .result("[" + std::string(job_json) + "]");
    new_job what;
    what.name = "j";
    what.project = project_id(5);
    (void)run<job>([&](auto h) { fake.client.jobs().async_submit(what, {}, std::move(h)); });
    EXPECT_THAT(fake.seen(0).body, HasSubstr(R"("cmd":"")"));
    EXPECT_EQ(fake.seen(1).body, R"({"pipelineId":"job-1","success":true})");
    EXPECT_EQ(fake.journal->seen.size(), 3U); // nothing was uploaded
}

TEST_F(resources, job_of_a_project_that_cannot_be_queued_is_given_up) {
    fake.result(R"({"pipelineId":"job-1"})")
        .answer(200, R"({"logId":"l","errorCode":409,"errorMsg":"no files","result":null})")
        .result("null");
    new_job what;
    what.name = "j";
    what.project = project_id(5);
    const auto refused =
        run<job>([&](auto h) { fake.client.jobs().async_submit(what, {}, std::move(h)); });
    EXPECT_EQ(refused.error().code, errc::conflict);
    EXPECT_EQ(fake.seen(2).body, R"({"pipelineId":"job-1","success":false})");
}

// ---- datasets ---------------------------------------------------------------------------------

class dataset_create : public resources {
protected:
    result<dataset> create(transfer_options options = {}) {
        new_dataset what;
        what.name = "d";
        what.files = {file("a.csv", "hello")};
        return run<dataset>(
            [&](auto h) { fake.client.datasets().async_create(what, options, std::move(h)); });
    }
    /// The steps that succeed before the one under test.
    void succeed(int steps) {
        const std::function<void()> all[] = {
            [&] { fake.result(grant_json); }, [&] { fake.answer(200, ""); },
            [&] { fake.result("{\"fileId\":3}"); }, [&] { fake.result("{\"datasetId\":7}"); },
            [&] { fake.result(dataset_json); }};
        for (int i = 0; i < steps; ++i)
            all[i]();
    }
};

TEST_F(dataset_create, calls_come_in_order_with_their_bodies) {
    succeed(5);
    std::vector<std::uint64_t> seen;
    transfer_options o;
    o.progress = [&](transfer_progress p) {
        seen.push_back(p.done);
        EXPECT_EQ(p.total, 5U);
    };
    o.call.idempotency_key = "mine";
    const auto made = create(o);
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->id, dataset_id(7));
    EXPECT_EQ(made->files.at(0).name, "a.csv");
    EXPECT_THAT(fake.calls(),
                ElementsAre("GET " + base + "/llm/files/acl", "PUT http://127.0.0.1:9/b/k/1",
                            "POST " + base + "/llm/files/addfile",
                            "POST " + base + "/llm/files/datasets",
                            "POST " + base + "/studio/dataset/detail"));
    EXPECT_EQ(fake.seen(1).body, "hello");
    EXPECT_EQ(fake.seen(1).header("x-bce-content-crc32"), "907060870");
    EXPECT_EQ(fake.seen(1).header("x-bce-security-token"), "st-5b1f");
    EXPECT_THAT(fake.seen(1).header("Authorization"), StartsWith("bce-auth-v1/ak/"));
    EXPECT_EQ(fake.seen(2).body, R"({"fileOriginName":"a.csv","fileKey":"k/1","bucketName":"b"})");
    EXPECT_THAT(fake.seen(3).body, HasSubstr(R"("fileIds":[3])"));
    EXPECT_EQ(fake.seen(3).header("Idempotency-Key"), "mine");
    EXPECT_NE(fake.seen(2).header("Idempotency-Key"), "mine") << "a key names one creation";
    EXPECT_EQ(fake.seen(4).body, "datasetId=7");
    EXPECT_THAT(seen, testing::Contains(5U));
}

TEST_F(dataset_create, failure_at_each_step_ends_there) {
    for (int step = 0; step < 5; ++step) {
        SCOPED_TRACE(step);
        fake.journal->seen.clear();
        succeed(step);
        fake.failure(403, 403);
        const bool at_store = step == 1; // which another grant might have helped
        if (at_store)
            fake.result(grant_json).failure(403, 403);
        const auto made = create();
        EXPECT_EQ(made.error().code, errc::forbidden);
        EXPECT_EQ(fake.journal->seen.size(), static_cast<std::size_t>(step) + (at_store ? 3 : 1));
    }
}

TEST_F(dataset_create, bad_files_refused_before_anything_is_sent) {
    std::string detail;
    const auto refused = [&](std::vector<std::filesystem::path> files) {
        new_dataset what;
        what.name = "d";
        what.files = std::move(files);
        const auto made = run<dataset>(
            [&](auto h) { fake.client.datasets().async_create(what, {}, std::move(h)); });
        detail = made.error().detail;
        EXPECT_FALSE(detail.empty());
        return made.error().code;
    };
    EXPECT_EQ(refused({folder / "missing"}), errc::file_not_found);
    EXPECT_EQ(refused({folder.path()}), errc::invalid_argument);
    EXPECT_EQ(refused({file("empty", "")}), errc::invalid_argument);
    EXPECT_EQ(refused({"/dev/null"}), errc::invalid_argument);
    EXPECT_EQ(refused({file("good", "x"), folder / "missing"}), errc::file_not_found);
    EXPECT_EQ(refused({file("back\\slash", "x")}), errc::invalid_argument);
    EXPECT_EQ(refused({folder / std::string(10000, 'n')}), errc::invalid_argument);
    EXPECT_EQ(refused({""}), errc::invalid_argument);
    const std::vector<std::filesystem::path> eleven(11, file("many", "x"));
    EXPECT_EQ(refused(eleven), errc::limit_exceeded);
    EXPECT_THAT(detail, HasSubstr("at most 10 files, not 11; pack them"));
    EXPECT_TRUE(fake.journal->seen.empty());
}

TEST_F(resources, upload_adds_the_file_to_its_dataset) {
    fake.result(dataset_json)
        .result(grant_json)
        .answer(200, "")
        .result("{\"fileId\":3}")
        .result("null");
    const auto made = run<dataset_file>([&](auto h) {
        fake.client.datasets().async_upload(dataset_id(7), file("a.csv", "hello"), {},
                                            std::move(h));
    });
    ASSERT_TRUE(made);
    EXPECT_EQ(made->id, file_id(3));
    EXPECT_EQ(made->size, 5);
    EXPECT_EQ(fake.seen(4).call(), "POST " + base + "/llm/files/datasets/7/addfile");
    EXPECT_EQ(fake.seen(4).body, R"({"fileIds":[3]})");
}

TEST_F(resources, upload_into_a_full_dataset_sends_nothing) {
    const auto refused = [&](const std::string& files) {
        fake.result(R"({"datasetId":7,"datasetName":"d","fileList":[)" + files + "]}");
        return run<dataset_file>([&](auto h) {
            fake.client.datasets().async_upload(dataset_id(7), file("a.csv", "hello"), {},
                                                std::move(h));
        });
    };
    const auto sized = [](std::int64_t size) {
        return R"({"fileId":1,"fileOriginName":"f","fileSize":)" + std::to_string(size) + "}";
    };
    std::string ten = sized(1);
    for (int i = 1; i < 10; ++i)
        ten += "," + sized(1);
    const auto eleventh = refused(ten);
    EXPECT_EQ(eleventh.error().code, errc::limit_exceeded);
    EXPECT_EQ(eleventh.error().outcome, outcome::not_sent);
    EXPECT_THAT(eleventh.error().detail, HasSubstr("archive"));
    const std::int64_t most = std::int64_t{50} << 30U;
    EXPECT_EQ(refused(sized(most - 4)).error().code, errc::limit_exceeded);
    EXPECT_EQ(fake.journal->seen.size(), 2U);
    fake.result(R"({"datasetId":7,"fileList":[)" + sized(most - 5) + "]}")
        .result(grant_json)
        .answer(200, "")
        .result("{\"fileId\":3}")
        .result("null");
    EXPECT_TRUE(run<dataset_file>([&](auto h) {
        fake.client.datasets().async_upload(dataset_id(7), file("a.csv", "hello"), {},
                                            std::move(h));
    }));
}

/// A file that takes hours to read, and no space.
class huge_file : public resources {
protected:
    huge_file() {
        test::write_file(folder / "huge", "");
        std::filesystem::resize_file(folder / "huge", std::uintmax_t{1} << 40U);
    }
};

TEST_F(huge_file, upload_is_cancelled_while_it_is_read) {
    boost::asio::cancellation_signal signal;
    const auto made = run<dataset_file>([&](auto h) {
        fake.client.datasets().async_upload(
            dataset_id(7), folder / "huge", {},
            boost::asio::bind_cancellation_slot(signal.slot(), std::move(h)));
        boost::asio::post(fake.io, [&] { signal.emit(boost::asio::cancellation_type::terminal); });
    });
    EXPECT_EQ(made.error().code, errc::cancelled);
    EXPECT_TRUE(fake.journal->seen.empty());
}

TEST_F(huge_file, job_with_a_file_that_no_zip_holds_is_refused_unread) {
    new_job what;
    what.name = "j";
    what.command = "true";
    what.folder = folder.path();
    const auto made =
        run<job>([&](auto h) { fake.client.jobs().async_submit(what, {}, std::move(h)); });
    EXPECT_EQ(made.error().code, errc::limit_exceeded);
    EXPECT_THAT(made.error().detail, HasSubstr("put it into a dataset"));
    EXPECT_TRUE(fake.journal->seen.empty());
}

TEST_F(huge_file, job_is_cancelled_while_its_folder_is_packed) {
    std::filesystem::resize_file(folder / "huge", limits::max_zip_bytes);
    boost::asio::cancellation_signal signal;
    new_job what;
    what.name = "j";
    what.command = "true";
    what.folder = folder.path();
    const auto made = run<job>([&](auto h) {
        fake.client.jobs().async_submit(
            what, {}, boost::asio::bind_cancellation_slot(signal.slot(), std::move(h)));
        boost::asio::post(fake.io, [&] { signal.emit(boost::asio::cancellation_type::terminal); });
    });
    EXPECT_EQ(made.error().code, errc::cancelled);
    EXPECT_TRUE(fake.journal->seen.empty());
}

TEST_F(huge_file, upload_is_ended_by_its_deadline_while_it_is_read) {
    transfer_options o;
    o.call.deadline = 1ms;
    const auto made = run<dataset_file>([&](auto h) {
        fake.client.datasets().async_upload(dataset_id(7), folder / "huge", o, std::move(h));
    });
    EXPECT_EQ(made.error().code, errc::deadline_exceeded);
    EXPECT_EQ(made.error().outcome, outcome::not_sent);
    EXPECT_TRUE(fake.journal->seen.empty());
}

TEST_F(huge_file, more_than_50_GB_refused_unread) {
    new_dataset what;
    what.name = "d";
    what.files = {folder / "huge"};
    const auto made =
        run<dataset>([&](auto h) { fake.client.datasets().async_create(what, {}, std::move(h)); });
    EXPECT_EQ(made.error().code, errc::limit_exceeded);
}

TEST_F(huge_file, fifty_GB_are_counted_over_all_files_to_the_byte) {
    const auto half = std::uintmax_t{25} << 30U;
    for (const auto* name : {"one", "other"}) {
        file(name, "");
        std::filesystem::resize_file(folder / name, half);
    }
    file("byte", "x");
    new_dataset what;
    what.name = "d";
    what.files = {folder / "one", folder / "byte", folder / "other"};
    const auto create = [&](transfer_options o) {
        return run<dataset>(
            [&](auto h) { fake.client.datasets().async_create(what, o, std::move(h)); });
    };
    const auto refused = create({}).error();
    EXPECT_EQ(refused.code, errc::limit_exceeded);
    EXPECT_EQ(refused.phase, phase::check);
    EXPECT_EQ(refused.outcome, outcome::not_sent);
    EXPECT_THAT(refused.detail, HasSubstr("50 GB"));
    EXPECT_THAT(refused.detail, HasSubstr("pack"));
    transfer_options o; // not refused, 50 GB are read: until the deadline
    o.call.deadline = 1ms;
    what.files = {folder / "one", folder / "other"};
    EXPECT_EQ(create(o).error().code, errc::deadline_exceeded);
    EXPECT_TRUE(fake.journal->seen.empty());
}

class download : public resources {
protected:
    result<std::filesystem::path> fetch(std::string_view content,
                                        std::vector<http_header> headers = {}) {
        fake.result(dataset_json).result(file_url_json).answer(200, std::string(content), headers);
        return run<std::filesystem::path>([&](auto h) {
            fake.client.datasets().async_download(dataset_id(7), file_id(3), folder / "out.csv", {},
                                                  std::move(h));
        });
    }
    auto files_left() {
        return std::distance(std::filesystem::directory_iterator(folder.path()), {});
    }
    bool nothing_left() { return files_left() == 0; }
};

TEST_F(download, file_beside_it_is_left_alone) {
    file("out.csv.part", "the user's own");
    EXPECT_TRUE(fetch("hello"));
    EXPECT_EQ(test::read_file(folder / "out.csv.part"), "the user's own");
}

TEST_F(download, name_of_255_bytes_is_possible) {
    const auto target = folder / std::string(255, 'n');
    fake.result(dataset_json).result(file_url_json).answer(200, "hello");
    EXPECT_TRUE(run<std::filesystem::path>([&](auto h) {
        fake.client.datasets().async_download(dataset_id(7), file_id(3), target, {}, std::move(h));
    }));
    EXPECT_EQ(test::read_file(target), "hello");
}

TEST_F(download, checked_file_gets_its_name) {
    EXPECT_EQ(fetch("hello").value(), folder / "out.csv");
    EXPECT_EQ(test::read_file(folder / "out.csv"), "hello");
    EXPECT_EQ(fake.seen(1).call(), "GET " + base + "/llm/files/datasets/7/file/3/download");
    EXPECT_EQ(fake.seen(2).header("Authorization"), "") << "the token is not for the store";
    EXPECT_EQ(files_left(), 1) << "nothing beside it";
}

TEST_F(download, other_content_leaves_nothing) {
    EXPECT_EQ(fetch("HELLO").error().code, errc::checksum_mismatch);
    EXPECT_EQ(fetch("hell").error().code, errc::incomplete_transfer);
    EXPECT_TRUE(nothing_left());
}

TEST_F(download, failure_keeps_what_stood_there) {
    file("out.csv", "old");
    EXPECT_FALSE(fetch("HELLO"));
    EXPECT_EQ(test::read_file(folder / "out.csv"), "old");
}

TEST_F(download, unknown_file_is_not_found) {
    fake.result(dataset_json);
    const auto got = run<std::filesystem::path>([&](auto h) {
        fake.client.datasets().async_download(dataset_id(7), file_id(4), folder.path(), {},
                                              std::move(h));
    });
    EXPECT_EQ(got.error().code, errc::not_found);
}

TEST_F(download, unwritable_target_is_write_failed) {
    fake.result(dataset_json).result(file_url_json).answer(200, "hello");
    const auto got = run<std::filesystem::path>([&](auto h) {
        fake.client.datasets().async_download(dataset_id(7), file_id(3), folder / "no" / "such", {},
                                              std::move(h));
    });
    EXPECT_EQ(got.error().code, errc::write_failed);
}

TEST_F(download, names_of_the_service_cannot_leave_the_folder) {
    for (const char* evil : {"../evil", "/etc/evil", "a/../../evil", "..\\\\evil"}) {
        fake.result(R"({"fileUrl":"http://127.0.0.1:9/b/k","fileName":")" + std::string(evil) +
                    R"(","fileSize":-1,"fileSha256":""})");
        fake.answer(200, "x");
        const auto got = run<std::filesystem::path>([&](auto h) {
            fake.client.jobs().async_download_archive(job_id("p-1"), job_archive::log,
                                                      folder.path(), {}, std::move(h));
        });
        ASSERT_TRUE(got) << got.error().message();
        EXPECT_EQ(*got, folder / "evil") << evil;
    }
}

// ---- jobs -------------------------------------------------------------------------------------

class job_submit : public resources {
protected:
    new_job what;

    job_submit() {
        test::write_file(folder / "code" / "train.py", "print(1)");
        what.name = "j";
        what.folder = folder / "code";
        what.command = "python train.py";
    }
    result<job> submit() {
        return run<job>([&](auto h) { fake.client.jobs().async_submit(what, {}, std::move(h)); });
    }
};

TEST_F(job_submit, calls_come_in_order_with_their_bodies) {
    fake.result(R"({"pipelineId":"p-1"})").result(grant_json).answer(200, "");
    fake.result("{}").result("[" + std::string(job_json) + "]");
    const auto made = submit();
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->id, job_id("p-1"));
    const std::string paddlex = base + "/paddlex/v3";
    EXPECT_THAT(fake.calls(),
                ElementsAre("POST " + paddlex + "/pipelines/sdk/create",
                            "GET " + paddlex + "/file/api/bosacl?source=SDK&pipelineId=p-1",
                            "PUT http://127.0.0.1:9/b/k/1",
                            "POST " + paddlex + "/pipelines/sdk/create/callback",
                            "POST " + paddlex + "/pipelines/sdk/list"));
    EXPECT_THAT(fake.seen(0).body, HasSubstr(R"("cmd":"python train.py")"));
    EXPECT_THAT(fake.seen(2).body, StartsWith("PK\x03\x04"));
    EXPECT_THAT(fake.seen(3).body, HasSubstr(R"("success":true,"fileKey":"k/1")"));
}

TEST_F(job_submit, failed_upload_is_told_to_the_service) {
    fake.result(R"({"pipelineId":"p-1"})").result(grant_json).failure(403, 403);
    fake.result(grant_json).failure(403, 403).result("{}"); // another grant does not help
    const auto made = submit();
    EXPECT_EQ(made.error().code, errc::forbidden);
    ASSERT_EQ(fake.journal->seen.size(), 6U);
    EXPECT_EQ(fake.seen(5).body, R"({"pipelineId":"p-1","success":false})");
}

TEST_F(job_submit, cancelled_upload_is_told_to_the_service) {
    boost::asio::cancellation_signal signal;
    fake.result(R"({"pipelineId":"p-1"})").result(grant_json);
    fake.lost(false).lost(false).result("{}");
    fake.journal->before = [&](std::size_t call) {
        if (call == 3)
            signal.emit(boost::asio::cancellation_type::terminal);
    };
    const auto made = run<job>([&](auto h) {
        fake.client.jobs().async_submit(
            what, {}, boost::asio::bind_cancellation_slot(signal.slot(), std::move(h)));
    });
    EXPECT_EQ(made.error().code, errc::cancelled);
    EXPECT_EQ(fake.journal->seen.back().body, R"({"pipelineId":"p-1","success":false})");
}

TEST_F(job_submit, bad_jobs_refused_before_anything_is_sent) {
    const auto refused = [&](auto change) {
        const new_job good = what;
        change(what);
        const auto made = submit();
        what = good;
        return made ? errc::ok : made.error().code;
    };
    EXPECT_EQ(refused([](new_job& j) { j.name.clear(); }), errc::invalid_argument);
    EXPECT_EQ(refused([](new_job& j) { j.command.clear(); }), errc::invalid_argument);
    EXPECT_EQ(refused([](new_job& j) { j.gpus = 2; }), errc::invalid_argument);
    EXPECT_EQ(refused([](new_job& j) { j.trainers = 0; }), errc::invalid_argument);
    EXPECT_EQ(refused([](new_job& j) { j.servers = 17; }), errc::invalid_argument);
    EXPECT_EQ(refused([](new_job& j) { j.time_limit_ms = -1; }), errc::invalid_argument);
    EXPECT_EQ(refused([](new_job& j) { j.datasets.resize(4); }), errc::limit_exceeded);
    EXPECT_EQ(refused([&](new_job& j) { j.folder = folder / "missing"; }), errc::file_not_found);
    EXPECT_TRUE(fake.journal->seen.empty());
}

TEST_F(job_submit, fields_of_our_own_are_sent_when_they_are_asked_for) {
    fake.result(R"({"pipelineId":"p-1"})").result(grant_json).answer(200, "");
    fake.result("{}").result("[" + std::string(job_json) + "]");
    what.requirements = {"numpy"};
    what.trainers = 2;
    what.time_limit_ms = 5;
    ASSERT_TRUE(submit());
    EXPECT_THAT(fake.seen(0).body,
                HasSubstr(R"("requirements":["numpy"],"trainers":2,"timeLimitMs":5})"));
}

TEST_F(job_submit, resubmission_without_a_folder_sends_one_call_and_looks) {
    fake.result(R"({"pipelineId":"p-2"})");
    fake.result(R"([{"pipelineId":"p-2","pipelineName":"j","stage":"Pending"}])");
    job_changes changes;
    changes.remark = "again";
    const auto made = run<job>([&](auto h) {
        fake.client.jobs().async_resubmit(job_id("p-1"), changes, {}, std::move(h));
    });
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->id, job_id("p-2"));
    EXPECT_EQ(fake.seen(0).call(), "POST " + own + "/jobs/p-1/resubmit");
    EXPECT_EQ(fake.seen(0).body, R"({"remark":"again","newCode":false})");
    EXPECT_EQ(fake.journal->seen.size(), 2U);
}

TEST_F(job_submit, resubmission_with_a_folder_uploads_it) {
    fake.result(R"({"pipelineId":"p-1"})").result(grant_json).answer(200, "");
    fake.result("{}").result("[" + std::string(job_json) + "]");
    job_changes changes;
    changes.folder = what.folder;
    const auto made = run<job>([&](auto h) {
        fake.client.jobs().async_resubmit(job_id("p-0"), changes, {}, std::move(h));
    });
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(fake.seen(0).body, R"({"newCode":true})");
    EXPECT_THAT(fake.seen(2).body, StartsWith("PK\x03\x04"));
    EXPECT_THAT(fake.seen(3).body, HasSubstr(R"("success":true)"));
}

TEST_F(job_submit, bad_changes_are_refused_before_anything_is_sent) {
    const auto refused = [&](auto change) {
        job_changes changes;
        change(changes);
        const auto made = run<job>([&](auto h) {
            fake.client.jobs().async_resubmit(job_id("p-1"), changes, {}, std::move(h));
        });
        return made ? errc::ok : made.error().code;
    };
    EXPECT_EQ(refused([](auto& c) { c.name = ""; }), errc::invalid_argument);
    EXPECT_EQ(refused([](auto& c) { c.command = ""; }), errc::invalid_argument);
    EXPECT_EQ(refused([](auto& c) { c.gpus = 3; }), errc::invalid_argument);
    EXPECT_EQ(refused([](auto& c) { c.trainers = 17; }), errc::invalid_argument);
    EXPECT_EQ(refused([](auto& c) { c.output_limit_bytes = -1; }), errc::invalid_argument);
    EXPECT_EQ(refused([&](auto& c) { c.folder = folder / "missing"; }), errc::file_not_found);
    EXPECT_TRUE(fake.journal->seen.empty());
}

TEST_F(resources, code_that_would_leave_its_folder_is_not_written) {
    for (const std::string path : {"../up.py", "/abs.py", "a/../../b.py", ""}) {
        fake.result(R"({"files":[{"fileUrl":"http://127.0.0.1:9/b/k","fileName":")" + path +
                    R"(","fileSize":1,"fileSha256":""}]})");
        const auto got = run<std::filesystem::path>([&](auto h) {
            fake.client.jobs().async_download_code(job_id("p-1"), folder / "code", {},
                                                   std::move(h));
        });
        ASSERT_FALSE(got) << path;
        EXPECT_EQ(got.error().code, errc::unexpected_answer) << path;
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "up.py"));
}

std::string jobs_in(const char* stage) {
    return R"([{"pipelineId":"p-1","pipelineName":"j","stage":")" + std::string(stage) + "\"}]";
}

TEST_F(resources, wait_looks_until_the_job_has_ended) {
    fake.result(jobs_in("Pending")).result(jobs_in("Restarting")).result(jobs_in("Failed"));
    wait_options o;
    o.poll = 1ms;
    const auto got =
        run<job>([&](auto h) { fake.client.jobs().async_wait(job_id("p-1"), o, std::move(h)); });
    ASSERT_TRUE(got) << "a failed job is a value";
    EXPECT_EQ(got->stage.value(), job_stage::failed);
    EXPECT_EQ(fake.journal->seen.size(), 3U);
}

TEST_F(resources, wait_beyond_its_timeout_is_deadline_exceeded) {
    for (int i = 0; i < 100; ++i)
        fake.result(jobs_in("Running"));
    wait_options o;
    o.poll = 5ms;
    o.timeout = 30ms;
    const auto got =
        run<job>([&](auto h) { fake.client.jobs().async_wait(job_id("p-1"), o, std::move(h)); });
    EXPECT_EQ(got.error().code, errc::deadline_exceeded);
    EXPECT_THAT(got.error().detail, HasSubstr("Running"));
}

TEST_F(resources, job_missing_from_the_list_is_not_found) {
    fake.result("[]");
    const auto got =
        run<job>([&](auto h) { fake.client.jobs().async_get(job_id("p-2"), {}, std::move(h)); });
    EXPECT_EQ(got.error().code, errc::not_found);
    EXPECT_EQ(got.error().outcome, outcome::done);
}

TEST_F(resources, log_followed_by_offset_over_lost_connections) {
    fake.result(R"({"offset":0,"nextOffset":2,"text":"ab","end":false})").lost(true);
    fake.result(R"({"offset":2,"nextOffset":2,"text":"","end":false})");
    fake.result(R"({"offset":2,"nextOffset":3,"text":"c","end":true})");
    std::string text;
    const auto end = run<std::int64_t>([&](auto h) {
        fake.client.jobs().async_follow_log(
            job_id("p-1"), [&](const log_chunk& c) { text += c.text; }, {}, std::move(h));
    });
    EXPECT_EQ(end.value(), 3);
    EXPECT_EQ(text, "abc");
    EXPECT_THAT(fake.seen(3).address, HasSubstr("offset=2&waitMs=10000"));
}

TEST_F(resources, log_that_never_grows_is_not_asked_without_pause) {
    fake.journal->before = [&](std::size_t) {
        fake.result(R"({"offset":0,"nextOffset":0,"text":"","end":false})");
    };
    fake.result("{}");
    fake.client.jobs().async_follow_log(job_id("p-1"), {}, {}, [](const auto&) {});
    fake.io.run_for(250ms);
    EXPECT_LE(fake.journal->seen.size(), 3U);
}

TEST_F(resources, log_that_goes_backwards_is_unexpected) {
    fake.result(R"({"offset":0,"nextOffset":9,"text":"x","end":false})");
    fake.result(R"({"offset":0,"nextOffset":1,"text":"x","end":false})");
    const auto end = run<std::int64_t>(
        [&](auto h) { fake.client.jobs().async_follow_log(job_id("p-1"), {}, {}, std::move(h)); });
    EXPECT_EQ(end.error().code, errc::unexpected_answer);
}

TEST_F(resources, outputs_listed_over_pages_below_the_prefix) {
    fake.result(grant_json);
    fake.answer(200, R"({"isTruncated":true,"nextMarker":"k/1/b","contents":[{"key":"k/1/"},)"
                     R"({"key":"k/1/b","size":3,"lastModified":"2024-01-02T03:04:05Z"}]})");
    fake.answer(200, R"({"isTruncated":false,"contents":[{"key":"k/1/c/d","size":4}]})");
    const auto got = run<std::vector<output_file>>(
        [&](auto h) { fake.client.jobs().async_outputs(job_id("p-1"), {}, std::move(h)); });
    ASSERT_TRUE(got) << got.error().message();
    ASSERT_EQ(got->size(), 2U);
    EXPECT_EQ((*got)[0].path, "b");
    EXPECT_EQ((*got)[1].path, "c/d");
    EXPECT_THAT(fake.seen(1).address,
                StartsWith("http://127.0.0.1:9/b?maxKeys=1000&prefix=k%2F1%2F"));
    EXPECT_THAT(fake.seen(2).address, HasSubstr("marker=k%2F1%2Fb"));
}

TEST_F(resources, outputs_list_that_never_ends_is_unexpected) {
    fake.result(grant_json);
    for (int i = 0; i < 3; ++i)
        fake.answer(200, R"({"isTruncated":true,"nextMarker":"same","contents":[]})");
    const auto got = run<std::vector<output_file>>(
        [&](auto h) { fake.client.jobs().async_outputs(job_id("p-1"), {}, std::move(h)); });
    EXPECT_EQ(got.error().code, errc::unexpected_answer);
}

// ---- services ---------------------------------------------------------------------------------

TEST_F(resources, service_from_a_folder_uploads_the_model_first) {
    test::write_file(folder / "model" / "model.json", "{}");
    fake.result(grant_json).answer(200, "").result(R"({"serviceId":9,"state":"draft"})");
    new_service what;
    what.name = "s";
    what.project = project_id(1);
    what.model_folder = folder / "model";
    what.converter = file("conv.py", "def output(r, d): return r");
    const auto made =
        run<service>([&](auto h) { fake.client.services().async_create(what, {}, std::move(h)); });
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_THAT(fake.calls(), ElementsAre("POST " + own + "/grants", "PUT http://127.0.0.1:9/b/k/1",
                                          "POST " + own + "/services"));
    EXPECT_EQ(fake.seen(0).body, R"({"purpose":"model"})");
    EXPECT_THAT(fake.seen(2).body, HasSubstr(R"("modelKey":"k/1")"));
    EXPECT_THAT(fake.seen(2).body, HasSubstr("def output(r, d): return r"));
}

TEST_F(resources, service_needs_one_source_of_its_model) {
    for (const bool both : {false, true}) {
        new_service what;
        what.name = "s";
        if (both) {
            what.job = job_id("p-1");
            what.model_folder = folder.path();
        }
        EXPECT_EQ(run<service>(
                      [&](auto h) { fake.client.services().async_create(what, {}, std::move(h)); })
                      .error()
                      .code,
                  errc::invalid_argument);
    }
    EXPECT_TRUE(fake.journal->seen.empty());
}

TEST_F(resources, test_of_a_service_checks_its_json_before_sending) {
    for (const std::string& bad : {std::string("{"), std::string(), std::string(100000, '[')})
        EXPECT_EQ(run<std::string>([&](auto h) {
                      fake.client.services().async_test(service_id(9), bad, {}, std::move(h));
                  })
                      .error()
                      .code,
                  errc::encode_failed);
    EXPECT_TRUE(fake.journal->seen.empty());
}

} // namespace
} // namespace aistudio
