#include "integration/support/studio_fixture.hpp"

namespace aistudio::test {
namespace {

using files = std::vector<std::pair<std::string, std::string>>;

class studio_jobs : public studio_test {
protected:
    static wire::create_job request(const std::string& command) {
        wire::create_job r;
        r.name = "a job";
        r.cmd = command;
        r.env = "paddle3.0_py3.10";
        r.device = "v100";
        r.payment = "acoin";
        return r;
    }
    job_id run(const std::string& command, const files& code = {{"readme.txt", "x"}}) {
        return api().submit_job(request(command), code);
    }
    envelope create(const wire::create_job& r) {
        return api().call("POST", "/paddlex/v3/pipelines/sdk/create", to_json(r).value());
    }
    envelope callback(const wire::job_callback& c) {
        return api().call("POST", "/paddlex/v3/pipelines/sdk/create/callback", to_json(c).value());
    }
    envelope stop_job(const job_id& id) {
        return api().call("POST", "/paddlex/v3/pipelines/sdk/stop",
                          to_json(wire::stop_job{id}).value());
    }
    wire::sts_grant output_grant(const job_id& id) {
        return api().get<wire::sts_grant>(
            "/paddlex/v3/file/api/bosacl?source=customCodeOutput&pipelineId=" + id.value());
    }
    wire::object_list list(const wire::sts_grant& grant, const std::string& query) {
        return from_json<wire::object_list>(
                   std::string_view(api().object("GET", grant, "", {}, {}, query).body))
            .value();
    }
    std::string archive(const job_id& id, const std::string& which) {
        const auto url =
            api().get<wire::file_url>("/api/local/v1/jobs/" + id.value() + "/archives/" + which);
        EXPECT_EQ(url.name, id.value() + "_" + which + ".tar.gz");
        return api().fetch(url.url).body;
    }
};

TEST_F(studio_jobs, script_reads_dataset_writes_output_and_logs) {
    start();
    const auto data = api().upload_dataset("d", "数 1.csv", "1,2\n");
    auto r = request("sh run.sh");
    r.project_id = api().create_project("p", {data});
    const auto id =
        api().submit_job(r, {{"run.sh", "cat \"$AISTUDIO_DATASET_DIR/data" + to_string(data) +
                                            "/数 1.csv\"\n"
                                            "mkdir -p \"$AISTUDIO_OUTPUT_DIR/模型\"\necho out > "
                                            "\"$AISTUDIO_OUTPUT_DIR/模型/r.txt\"\n"
                                            "printf 'last line, 末行'\n"}});
    const auto j = api().wait_for(id);
    EXPECT_EQ(j.stage, job_stage::succeeded) << api().whole_log(id);
    EXPECT_EQ(j.exit_code, 0);
    EXPECT_EQ(j.datasets, std::vector{data});
    EXPECT_GE(j.finished_at, j.started_at);
    const auto log = api().whole_log(id);
    EXPECT_NE(log.find("paddle3.0_py3.10"), std::string::npos) << log;
    EXPECT_NE(log.find("1,2\n"), std::string::npos) << log;
    EXPECT_NE(log.find("last line, 末行"), std::string::npos) << log;

    const auto grant = output_grant(id);
    const auto top = list(grant, "delimiter=%2F&maxKeys=1000&prefix=" + grant.file_key);
    ASSERT_EQ(top.common_prefixes.size(), 1U);
    EXPECT_EQ(top.common_prefixes[0].prefix, grant.file_key + "模型/");
    EXPECT_EQ(api().object("GET", grant, grant.file_key + "模型/r.txt").body, "out\n");
    EXPECT_EQ(api().object("GET", grant, grant.file_key + "none").status, 404U);
    EXPECT_EQ(api().object("PUT", grant, grant.file_key + "new", "x").status, 403U);

    EXPECT_EQ(files_of_tar_gz(archive(id, "output")),
              (std::map<std::string, std::string>{{"模型/r.txt", "out\n"}}));
    EXPECT_EQ(files_of_tar_gz(archive(id, "log")).at(id.value() + "_log.txt"), log);
}

TEST_F(studio_jobs, output_that_links_out_is_not_served) {
    start();
    const auto id = run(
        "ln -s /etc/passwd \"$AISTUDIO_OUTPUT_DIR/link\"; ln -s / \"$AISTUDIO_OUTPUT_DIR/root\"");
    EXPECT_EQ(api().wait_for(id).stage, job_stage::succeeded);
    const auto grant = output_grant(id);
    EXPECT_EQ(api().object("GET", grant, grant.file_key + "link").status, 404U);
    EXPECT_EQ(api().object("GET", grant, grant.file_key + "root/etc/passwd").status, 404U);
    EXPECT_TRUE(list(grant, "prefix=" + grant.file_key).contents.empty());
    EXPECT_TRUE(files_of_tar_gz(archive(id, "output")).empty());
}

TEST_F(studio_jobs, log_is_followed_while_the_job_runs) {
    start();
    const auto id =
        run("echo first; while [ ! -e \"$AISTUDIO_OUTPUT_DIR/../never\" ]; do sleep 0.05; done");
    std::string text;
    log_chunk chunk;
    while (text.find("first\n") == std::string::npos) {
        chunk =
            api().get<log_chunk>("/api/local/v1/jobs/" + id.value() +
                                 "/log?waitMs=20000&offset=" + std::to_string(chunk.next_offset));
        text += chunk.text;
        ASSERT_FALSE(chunk.end) << text;
    }
    const auto early = api().call("GET", "/api/local/v1/jobs/" + id.value() + "/archives/log");
    EXPECT_EQ(early.code, service_code::conflict);
    EXPECT_EQ(stop_job(id).code, 0);
    const auto j = api().wait_for(id);
    EXPECT_EQ(j.stage, job_stage::stopped);
    EXPECT_FALSE(j.exit_code);
    EXPECT_FALSE(j.message.empty());
    EXPECT_EQ(stop_job(id).code, 0); // again changes nothing
    EXPECT_EQ(api().get_job(id).stage, job_stage::stopped);
}

TEST_F(studio_jobs, failing_and_missing_commands_fail_with_their_status) {
    start();
    const auto crashed = api().wait_for(run("exit 7"));
    EXPECT_EQ(crashed.stage, job_stage::failed);
    EXPECT_EQ(crashed.exit_code, 7);
    EXPECT_FALSE(crashed.message.empty());
    const auto missing = api().wait_for(run("no-such-command-here"));
    EXPECT_EQ(missing.stage, job_stage::failed);
    EXPECT_EQ(missing.exit_code, 127);
}

TEST_F(studio_jobs, jobs_beyond_the_limit_wait_in_order) {
    auto o = options();
    o.max_running_jobs = 1;
    start(o);
    const auto first = run("sleep 60");
    const auto second = run("true");
    const auto third = run("true");
    ASSERT_TRUE(eventually([&] { return api().get_job(first).stage == job_stage::running; }));
    EXPECT_EQ(api().get_job(second).stage, job_stage::pending);
    EXPECT_EQ(stop_job(second).code, 0);
    EXPECT_EQ(api().get_job(second).stage, job_stage::stopped);
    EXPECT_EQ(stop_job(first).code, 0);
    EXPECT_EQ(api().wait_for(third).stage, job_stage::succeeded);
    EXPECT_EQ(api().wait_for(first).stage, job_stage::stopped);
}

TEST_F(studio_jobs, stop_and_restart_of_the_studio_settles_jobs) {
    auto o = options();
    o.max_running_jobs = 1;
    start(o);
    const auto running = run("sleep 60");
    const auto waiting = run("echo waited");
    const auto unfinished = create(request("true")).as<wire::created_job>().pipeline_id;
    ASSERT_TRUE(eventually([&] { return api().get_job(running).stage == job_stage::running; }));
    stop();
    start(o);
    EXPECT_EQ(api().get_job(running).stage, job_stage::stopped);
    EXPECT_EQ(api().wait_for(waiting).stage, job_stage::succeeded);
    EXPECT_NE(api().whole_log(waiting).find("waited"), std::string::npos);
    EXPECT_EQ(api().get_job(unfinished).stage, job_stage::failed);
    EXPECT_FALSE(api().get_job(unfinished).message.empty());
}

TEST_F(studio_jobs, lists_are_bare_arrays_with_filters) {
    start();
    auto r = request("true");
    r.name = "alpha";
    const auto first = create(r).as<wire::created_job>().pipeline_id;
    r.name = "beta";
    const auto second = create(r).as<wire::created_job>().pipeline_id;
    const auto list = [&](const wire::list_jobs& f) {
        return api().post<std::vector<job>>("/paddlex/v3/pipelines/sdk/list", f);
    };
    ASSERT_EQ(list({}).size(), 2U);
    EXPECT_EQ(list({})[0].id, second);
    EXPECT_EQ(list({first, "", ""}).size(), 1U);
    EXPECT_EQ(list({{}, "lph", ""}).at(0).id, first);
    EXPECT_EQ(list({{}, "", "Running"}).size(), 0U);
    EXPECT_EQ(list({{}, "", "Pending"}).size(), 2U);
    EXPECT_EQ(list({job_id("no job"), "", ""}).size(), 0U);
}

TEST_F(studio_jobs, callback_of_a_failed_upload_ends_the_job) {
    start();
    const auto id = create(request("true")).as<wire::created_job>().pipeline_id;
    EXPECT_EQ(api()
                  .call("POST", "/paddlex/v3/pipelines/sdk/create/callback",
                        R"({"pipelineId":")" + id.value() +
                            R"(","success":false,"fileKey":null,"fileName":null})")
                  .code,
              0);
    EXPECT_EQ(api().get_job(id).stage, job_stage::failed);
    EXPECT_TRUE(api().get<log_chunk>("/api/local/v1/jobs/" + id.value() + "/log").end);
}

TEST_F(studio_jobs, bad_archives_are_refused_and_the_job_can_be_submitted_again) {
    start();
    const auto id = create(request("cat hello.txt")).as<wire::created_job>().pipeline_id;
    const auto grant = api().get<wire::sts_grant>(
        "/paddlex/v3/file/api/bosacl?source=SDK&pipelineId=" + id.value());
    ASSERT_EQ(grant.file_key.front(), '/');
    const auto key = grant.file_key.substr(1);
    const wire::job_callback done{id, true, grant.file_key, "code.zip"};
    EXPECT_EQ(callback(done).code, service_code::not_found); // nothing was uploaded
    for (const std::string& bad :
         {std::string("no zip at all"), zip_of({{"../evil.txt", "x"}}),
          zip_of({{"/tmp/evil.txt", "x"}}), zip_of({{"a/../../evil.txt", "x"}}),
          zip_of({{"good.txt", "x"}, {"../evil.txt", "x"}}),
          zip_of({{"hello.txt", "hello"}}).substr(0, 40)}) {
        ASSERT_EQ(api().object("PUT", grant, key, bad).status, 200U);
        const auto refused = callback(done);
        EXPECT_EQ(refused.status, 200U);
        EXPECT_EQ(refused.code, service_code::parameter_invalid) << bad.substr(0, 60);
        EXPECT_FALSE(refused.message.empty());
        EXPECT_FALSE(std::filesystem::exists(folder_ / "studio" / "jobs" / id.value() / "code"));
        EXPECT_EQ(api().get_job(id).stage, job_stage::pending);
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "studio" / "jobs" / "evil.txt"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "studio" / "jobs" / id.value() / "evil.txt"));
    ASSERT_EQ(api().object("PUT", grant, key, zip_of({{"hello.txt", "hello"}})).status, 200U);
    EXPECT_EQ(callback({id, true, "/jobs/other/code.zip", "code.zip"}).code,
              service_code::parameter_invalid);
    EXPECT_EQ(callback(done).code, 0);
    EXPECT_EQ(callback(done).code, 0); // again changes nothing
    EXPECT_EQ(api().wait_for(id).stage, job_stage::succeeded);
    EXPECT_NE(api().whole_log(id).find("hello"), std::string::npos);
}

TEST_F(studio_jobs, bad_requests_are_refused) {
    start();
    auto r = request("");
    EXPECT_EQ(create(r).code, service_code::parameter_missing);
    r = request("  \n ");
    EXPECT_EQ(create(r).code, service_code::parameter_missing);
    r = request("true");
    r.name = "";
    EXPECT_EQ(create(r).code, service_code::parameter_invalid);
    r = request("true");
    r.gpus = 3;
    EXPECT_EQ(create(r).code, service_code::parameter_invalid);
    r = request("true");
    r.dataset = {{dataset_id(4711)}};
    EXPECT_EQ(create(r).code, service_code::not_found);
    r = request("true");
    r.project_id = project_id(4711);
    EXPECT_EQ(create(r).code, service_code::not_found);
    for (const std::string id : {"job-4711", "job-", "job-01", "x", "4711"}) {
        EXPECT_EQ(api().call("GET", "/api/local/v1/jobs/" + id + "/log").code,
                  service_code::not_found)
            << id;
        EXPECT_EQ(stop_job(job_id(id)).code, service_code::not_found) << id;
        EXPECT_EQ(callback({job_id(id), true, "k", "n"}).code, service_code::not_found) << id;
    }
    EXPECT_EQ(stop_job({}).code, service_code::parameter_missing);
    EXPECT_EQ(api().call("GET", "/paddlex/v3/file/api/bosacl?source=other&pipelineId=job-1").status,
              200U);
}

TEST_F(studio_jobs, project_with_unfinished_job_is_not_deleted) {
    start();
    const auto data = api().upload_dataset("d", "f", "x");
    auto r = request("sleep 60");
    r.project_id = api().create_project("p", {data});
    const auto id = api().submit_job(r, {{"f", "x"}});
    const auto project = "/api/local/v1/projects/" + to_string(*r.project_id);
    EXPECT_EQ(api().call("DELETE", project).code, service_code::conflict);
    EXPECT_EQ(api().call("DELETE", project + "/datasets/" + to_string(data)).code, 0);
    EXPECT_EQ(api().call("DELETE", "/api/local/v1/datasets/" + to_string(data)).code,
              service_code::conflict);
    EXPECT_EQ(stop_job(id).code, 0);
    EXPECT_EQ(api().wait_for(id).stage, job_stage::stopped);
    EXPECT_EQ(api().call("DELETE", "/api/local/v1/datasets/" + to_string(data)).code, 0);
    EXPECT_EQ(api().call("DELETE", project).code, 0);
}

} // namespace
} // namespace aistudio::test
