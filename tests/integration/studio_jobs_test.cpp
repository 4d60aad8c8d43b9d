#include "integration/support/studio_fixture.hpp"

#include <aistudio/sync_client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <thread>

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

TEST_F(studio_jobs, two_run_at_a_time_by_default_and_the_rest_start_in_order) {
    start();
    const auto output = [&](const job_id& id) {
        return folder_ / "studio" / "jobs" / id.value() / "output";
    };
    std::vector<job_id> ids;
    for (int i = 0; i < 5; ++i)
        ids.push_back(run("touch output/up; while [ ! -e output/go ]; do sleep 0.02; done"));
    const auto running = [&] {
        std::vector<job_id> out;
        for (const auto& id : ids)
            if (api().get_job(id).stage == job_stage::running)
                out.push_back(id);
        return out;
    };
    /// Exactly these two, and both are real processes.
    const auto run_now = [&](std::size_t one, std::size_t other) {
        const std::vector expected{ids[one], ids[other]};
        return eventually([&] {
            const auto now = running();
            EXPECT_LE(now.size(), 2U);
            return now == expected && std::filesystem::exists(output(ids[one]) / "up") &&
                   std::filesystem::exists(output(ids[other]) / "up");
        });
    };
    const auto let_go = [&](std::size_t which) {
        write_file(output(ids[which]) / "go", "");
        EXPECT_EQ(api().wait_for(ids[which]).stage, job_stage::succeeded);
    };
    ASSERT_TRUE(run_now(0, 1));
    let_go(1); // whichever ends, the oldest of those that wait is next
    ASSERT_TRUE(run_now(0, 2));
    EXPECT_EQ(api().get_job(ids[3]).stage, job_stage::pending);
    let_go(2);
    ASSERT_TRUE(run_now(0, 3));
    EXPECT_EQ(api().get_job(ids[4]).stage, job_stage::pending);
    EXPECT_EQ(api().get_job(ids[4]).started_at, timestamp{});
    let_go(0);
    ASSERT_TRUE(run_now(3, 4));
    let_go(3);
    let_go(4);
    for (std::size_t i = 1; i < ids.size(); ++i)
        EXPECT_LE(api().get_job(ids[i - 1]).started_at, api().get_job(ids[i]).started_at) << i;
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

TEST_F(studio_jobs, bad_fields_of_our_own_are_refused) {
    start();
    const auto code_of = [&](auto change) {
        auto r = request("true");
        change(r);
        return create(r).code;
    };
    const auto invalid = service_code::parameter_invalid;
    EXPECT_EQ(code_of([](auto& r) { r.env = "paddle9.9_py4.0"; }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.env = "环境"; }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.cmd = std::string((32U << 10U) + 1, 'x'); }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.trainers = 0; }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.trainers = 17; }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.servers = -1; }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.servers = 17; }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.time_limit_ms = -1; }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.time_limit_ms = INT64_MAX; }), invalid);
    constexpr std::int64_t year_ms = 365LL * 24 * 60 * 60 * 1000;
    EXPECT_EQ(code_of([&](auto& r) { r.time_limit_ms = year_ms + 1; }), invalid);
    EXPECT_EQ(code_of([&](auto& r) { r.time_limit_ms = year_ms; }), 0);
    EXPECT_EQ(code_of([](auto& r) { r.memory_limit_bytes = -1; }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.output_limit_bytes = INT64_MIN; }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.requirements = {"--index-url=http://example.org"}; }),
              invalid);
    EXPECT_EQ(code_of([](auto& r) { r.requirements = {"numpy", ""}; }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.requirements = std::vector<std::string>(201, "numpy"); }),
              invalid);
    EXPECT_EQ(code_of([](auto& r) { r.name = std::string(10'000, 'n'); }), invalid);
    EXPECT_EQ(code_of([](auto& r) { r.remark = std::string(10'001, 'n'); }), invalid);
    EXPECT_EQ(code_of([](auto& r) {
                  r.name = "训练 😀";
                  r.remark = std::string(10'000, 'n');
                  r.env = "paddle2.4_py3.7";
                  r.requirements = {"numpy>=1"};
                  r.memory_limit_bytes = INT64_MAX;
              }),
              0);
    auto unknown = request("true");
    unknown.env = "nothing";
    EXPECT_NE(create(unknown).message.find("paddle3.0_py3.10"), std::string::npos)
        << "the sentence names what there is";
}

TEST_F(studio_jobs, environments_of_the_studio_are_options) {
    auto o = options();
    o.environments = {{"mine", "/no/such/python"}};
    o.max_running_jobs = 3;
    start(o);
    const auto choices = api().get<job_choices>("/api/local/v1/job-options");
    ASSERT_EQ(choices.environments.size(), 5U);
    EXPECT_EQ(choices.environments[4].name, "mine");
    EXPECT_EQ(choices.environments[4].python, "/no/such/python");
    EXPECT_EQ(choices.max_running, 3);
    EXPECT_EQ(choices.resources,
              (std::vector<resource_choice>{{"v100", 1, 1}, {"v100", 4, 8}, {"v100", 8, 0}}));
    auto r = request("true");
    r.env = "mine";
    const auto j = api().wait_for(api().submit_job(r, {{"f", "x"}}));
    EXPECT_EQ(j.stage, job_stage::failed);
    EXPECT_NE(j.message.find("/no/such/python"), std::string::npos) << j.message;
}

// ---- history, versions, a second run ------------------------------------------------------------

class studio_job_versions : public studio_jobs {
protected:
    job_version version(const job_id& id) {
        return api().get<job_version>("/api/local/v1/jobs/" + id.value() + "/version");
    }
    std::map<std::string, std::string> code(const job_id& id) {
        std::map<std::string, std::string> out;
        for (const auto& file :
             api().get<wire::code_files>("/api/local/v1/jobs/" + id.value() + "/code").files)
            out[file.name] = api().fetch(file.url).body;
        return out;
    }
    envelope resubmit(const job_id& id, const wire::resubmit_job& changes = {}) {
        return api().call("POST", "/api/local/v1/jobs/" + id.value() + "/resubmit",
                          to_json(changes).value());
    }
    job_id again(const job_id& id, const wire::resubmit_job& changes = {}) {
        const auto answer = resubmit(id, changes);
        EXPECT_EQ(answer.code, 0) << answer.message;
        return answer.as<wire::created_job>().pipeline_id;
    }
    const files code_ = {{"run.sh", "echo one; rm -r *; echo changed > run.sh"},
                         {"lib/数据 1.txt", "text"}};
};

TEST_F(studio_job_versions, code_comes_back_whatever_the_job_did_to_it) {
    start();
    const auto id = run("sh run.sh", code_);
    EXPECT_EQ(api().wait_for(id).stage, job_stage::succeeded) << api().whole_log(id);
    const std::map<std::string, std::string> submitted(code_.begin(), code_.end());
    EXPECT_EQ(code(id), submitted);
    // Not even the one who may upload can change what was submitted.
    const auto grant = api().get<wire::sts_grant>(
        "/paddlex/v3/file/api/bosacl?source=SDK&pipelineId=" + id.value());
    ASSERT_EQ(api().object("PUT", grant, grant.file_key.substr(1), zip_of({{"x", "y"}})).status,
              200U);
    stop();
    start();
    EXPECT_EQ(code(id), submitted);
    const auto v = version(id);
    EXPECT_EQ(v.job, id);
    EXPECT_EQ(v.sha256, api().get_job(id).code_sha256);
    ASSERT_EQ(v.files.size(), 2U);
    EXPECT_EQ(v.files[0].path, "lib/数据 1.txt");
    EXPECT_EQ(v.files[0].size, 4);
    EXPECT_EQ(v.files[0].sha256,
              "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1");
}

TEST_F(studio_job_versions, job_without_code_has_no_version_and_no_second_run) {
    start();
    const auto id = create(request("true")).as<wire::created_job>().pipeline_id;
    EXPECT_EQ(api().call("GET", "/api/local/v1/jobs/" + id.value() + "/version").code,
              service_code::conflict);
    EXPECT_EQ(resubmit(id).code, service_code::conflict);
    for (const std::string unknown : {"job-4711", "x"}) {
        EXPECT_EQ(api().call("GET", "/api/local/v1/jobs/" + unknown + "/version").code,
                  service_code::not_found);
        EXPECT_EQ(resubmit(job_id(unknown)).code, service_code::not_found);
    }
}

TEST_F(studio_job_versions, resubmission_changes_what_is_named_and_keeps_the_rest) {
    start();
    const auto data = api().upload_dataset("d", "f", "x");
    auto r = request("cat run.sh");
    r.dataset = {{data}};
    r.remark = "first";
    r.gpus = 4;
    r.time_limit_ms = 60'000;
    const auto id = api().submit_job(r, code_);
    const auto before = api().wait_for(id);
    wire::resubmit_job changes;
    changes.cmd = "cat lib/*";
    changes.remark = "second";
    const auto second = api().wait_for(again(id, changes));
    EXPECT_EQ(second.stage, job_stage::succeeded);
    EXPECT_EQ(second.name, before.name);
    EXPECT_EQ(second.command, "cat lib/*");
    EXPECT_EQ(second.remark, "second");
    EXPECT_EQ(second.gpus, 4);
    EXPECT_EQ(second.datasets, std::vector{data});
    EXPECT_EQ(second.time_limit_ms, 60'000);
    EXPECT_EQ(second.resubmitted_from, id);
    EXPECT_EQ(second.code_sha256, before.code_sha256);
    EXPECT_EQ(api().get_job(id), before); // the earlier one stays
    EXPECT_EQ(code(second.id), code(id));
    EXPECT_EQ(api().wait_for(again(second.id)).command, "cat lib/*"); // also of a resubmitted one
}

TEST_F(studio_job_versions, resubmission_takes_new_code) {
    start();
    const auto id = run("cat run.sh", {{"run.sh", "old code"}});
    api().wait_for(id);
    wire::resubmit_job changes;
    changes.new_code = true;
    const auto next = again(id, changes);
    EXPECT_EQ(api().get_job(next).stage, job_stage::pending);
    const auto grant = api().get<wire::sts_grant>(
        "/paddlex/v3/file/api/bosacl?source=SDK&pipelineId=" + next.value());
    ASSERT_EQ(api()
                  .object("PUT", grant, grant.file_key.substr(1), zip_of({{"run.sh", "new code"}}))
                  .status,
              200U);
    EXPECT_EQ(callback({next, true, grant.file_key, "code.zip"}).code, 0);
    api().wait_for(next);
    EXPECT_NE(api().whole_log(next).find("new code"), std::string::npos);
    EXPECT_EQ(code(id).at("run.sh"), "old code");
    EXPECT_EQ(code(next).at("run.sh"), "new code");
}

TEST_F(studio_job_versions, bad_resubmissions_are_refused) {
    start();
    const auto data = api().upload_dataset("d", "f", "x");
    auto r = request("true");
    r.project_id = api().create_project("p");
    r.dataset = {{data}};
    const auto id = api().submit_job(r, {{"f", "x"}});
    api().wait_for(id);
    const auto code_of = [&](auto change) {
        wire::resubmit_job changes;
        change(changes);
        return resubmit(id, changes).code;
    };
    EXPECT_EQ(code_of([](auto& c) { c.name = ""; }), service_code::parameter_invalid);
    EXPECT_EQ(code_of([](auto& c) { c.env = "none"; }), service_code::parameter_invalid);
    EXPECT_EQ(code_of([](auto& c) { c.gpus = 3; }), service_code::parameter_invalid);
    EXPECT_EQ(code_of([](auto& c) { c.requirements = {"-r x"}; }), service_code::parameter_invalid);
    EXPECT_EQ(code_of([](auto& c) { c.memory_limit_bytes = -5; }), service_code::parameter_invalid);
    EXPECT_EQ(api().call("DELETE", "/api/local/v1/projects/" + to_string(*r.project_id)).code, 0);
    EXPECT_EQ(resubmit(id).code, service_code::not_found); // its project is gone
    EXPECT_EQ(
        api().post<std::vector<job>>("/paddlex/v3/pipelines/sdk/list", wire::list_jobs{}).size(),
        1U);
}

TEST_F(studio_job_versions, history_filters_by_project_remark_and_time) {
    start();
    auto r = request("true");
    r.remark = "rate 0.1";
    const auto first = create(r).as<wire::created_job>().pipeline_id;
    r.remark = "rate 0.2";
    r.project_id = api().create_project("p");
    const auto second = create(r).as<wire::created_job>().pipeline_id;
    const auto list = [&](auto change) {
        wire::list_jobs filter;
        change(filter);
        std::vector<job_id> ids;
        for (const auto& j : api().post<std::vector<job>>("/paddlex/v3/pipelines/sdk/list", filter))
            ids.push_back(j.id);
        return ids;
    };
    using ids = std::vector<job_id>;
    EXPECT_EQ(list([](auto&) {}), (ids{second, first}));
    EXPECT_EQ(list([&](auto& f) { f.project_id = r.project_id; }), ids{second});
    EXPECT_EQ(list([](auto& f) { f.remark = "0.1"; }), ids{first});
    EXPECT_EQ(list([](auto& f) { f.remark = "0.3"; }), ids{});
    const auto at = api().get_job(second).created_at;
    EXPECT_EQ(list([&](auto& f) { f.created_from = at + std::chrono::milliseconds(1); }), ids{});
    EXPECT_EQ(list([&](auto& f) { f.created_before = at + std::chrono::milliseconds(1); }),
              (ids{second, first}));
    EXPECT_EQ(list([&](auto& f) { f.created_before = api().get_job(first).created_at; }), ids{});
}

// ---- roles, limits, packages
// ------------------------------------------------------------------------

TEST_F(studio_jobs, logs_are_kept_apart_by_role) {
    start();
    auto r = request("echo I am $PADDLE_TRAINING_ROLE; [ $PADDLE_TRAINING_ROLE = TRAINER ] || { "
                     "touch output/up; "
                     "exec sleep 1000; }; while [ ! -e output/up ]; do sleep 0.02; done");
    r.trainers = 2;
    r.servers = 1;
    const auto id = api().submit_job(r, {{"f", "x"}});
    EXPECT_EQ(api().wait_for(id).stage, job_stage::succeeded) << api().whole_log(id);
    const auto log_of = [&](const std::string& role) {
        return api().get<log_chunk>("/api/local/v1/jobs/" + id.value() + "/log?role=" + role).text;
    };
    EXPECT_EQ(log_of("trainer.0"), "I am TRAINER\n");
    EXPECT_EQ(log_of("pserver.0"), "I am PSERVER\n");
    for (const std::string none : {"trainer.2", "pserver.1", "trainer", "..%2Flog.txt", ".failed"})
        EXPECT_EQ(api().call("GET", "/api/local/v1/jobs/" + id.value() + "/log?role=" + none).code,
                  service_code::not_found)
            << none;
    const auto archived = files_of_tar_gz(archive(id, "log"));
    EXPECT_EQ(archived.size(), 4U);
    EXPECT_EQ(archived.at("trainer.1"), "I am TRAINER\n");
    EXPECT_EQ(archived.at(id.value() + "_log.txt"), api().whole_log(id));
}

TEST_F(studio_jobs, only_role_of_a_plain_job_is_its_whole_log) {
    start();
    const auto id = run("echo alone");
    api().wait_for(id);
    EXPECT_EQ(api().get<log_chunk>("/api/local/v1/jobs/" + id.value() + "/log?role=trainer.0").text,
              api().whole_log(id));
    EXPECT_EQ(api().call("GET", "/api/local/v1/jobs/" + id.value() + "/log?role=trainer.1").code,
              service_code::not_found);
}

TEST_F(studio_jobs, crossed_limit_is_told_in_state_and_log) {
    start();
    auto r = request("sleep 1000");
    r.time_limit_ms = 200;
    const auto id = api().submit_job(r, {{"f", "x"}});
    const auto j = api().wait_for(id);
    EXPECT_EQ(j.stage, job_stage::failed);
    EXPECT_FALSE(j.exit_code);
    EXPECT_NE(j.message.find("longer than its limit of 200 ms"), std::string::npos) << j.message;
    EXPECT_NE(api().whole_log(id).find(j.message), std::string::npos);
}

TEST_F(studio_jobs, clock_that_is_set_back_leaves_times_in_order) {
    std::atomic<std::chrono::hours> later{std::chrono::hours(0)};
    auto o = options();
    o.max_running_jobs = 1;
    o.clock = [&] { return std::chrono::system_clock::now() + later.load(); };
    start(o);
    const auto output = [&](const job_id& id) {
        return folder_ / "studio" / "jobs" / id.value() / "output";
    };
    const auto first = run("touch output/up; while [ ! -e output/go ]; do sleep 0.02; done");
    const auto second = run("true");
    const auto third = run("true");
    const auto never = create(request("true")).as<wire::created_job>().pipeline_id;
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(output(first) / "up"); }));
    later = std::chrono::hours(-48);
    EXPECT_EQ(stop_job(third).code, 0);
    write_file(output(first) / "go", "");
    EXPECT_EQ(api().wait_for(first).stage, job_stage::succeeded);
    EXPECT_EQ(api().wait_for(second).stage, job_stage::succeeded);
    const auto fourth = run("true"); // made after the others, by the number and not by the clock
    EXPECT_EQ(api().wait_for(fourth).stage, job_stage::succeeded);
    stop();
    start(o); // which gives up the one whose code never came
    EXPECT_EQ(api().get_job(never).stage, job_stage::failed);
    for (const auto& id : {first, second, fourth}) {
        const auto j = api().get_job(id);
        EXPECT_GE(j.started_at, j.created_at) << id.value();
        EXPECT_GE(j.finished_at, j.started_at) << id.value();
    }
    for (const auto& id : {third, never})
        EXPECT_GE(api().get_job(id).finished_at, api().get_job(id).created_at) << id.value();
    EXPECT_LT(api().get_job(fourth).created_at, api().get_job(first).created_at);
    const auto all =
        api().post<std::vector<job>>("/paddlex/v3/pipelines/sdk/list", wire::list_jobs{});
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(all.front().id, fourth);
    stop(); // before `later` goes
}

TEST_F(studio_jobs, packages_that_cannot_be_installed_fail_the_job) {
    auto o = options();
    o.pip_options = {"--no-index"};
    start(o);
    auto r = request("true");
    r.requirements = {"no-such-package-here==1.0"};
    const auto id = api().submit_job(r, {{"f", "x"}});
    const auto j = api().wait_for(id);
    EXPECT_EQ(j.stage, job_stage::failed);
    EXPECT_NE(j.message.find("could not be installed"), std::string::npos) << j.message;
    EXPECT_NE(api().whole_log(id).find("no-such-package-here"), std::string::npos);
}

// ---- a log over a bad line
// ----------------------------------------------------------------------------

/// Passes bytes to a studio and back, and cuts every other connection in the middle of an answer.
class bad_line {
public:
    explicit bad_line(std::uint16_t to) : to_(to) {
        acceptor_.listen();
        thread_ = std::thread([this] { accept(); });
    }
    ~bad_line() {
        stopping_ = true;
        boost::system::error_code ignored;
        tcp::socket wake(io_);
        wake.connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
        for (auto& one : lines_)
            one.join();
    }
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }
    [[nodiscard]] int cuts() const { return cuts_; }

private:
    using tcp = boost::asio::ip::tcp;

    void accept() {
        for (int number = 0;; ++number) {
            tcp::socket here(io_);
            acceptor_.accept(here);
            if (stopping_)
                return;
            // The answer's head and a little of its body pass.
            const std::size_t passes =
                number % 2 == 0 ? 400 + 97U * static_cast<unsigned>(number) : SIZE_MAX;
            lines_.emplace_back(
                [this, passes, s = std::move(here)]() mutable { carry(std::move(s), passes); });
        }
    }
    void carry(tcp::socket here, std::size_t passes) {
        tcp::socket there(io_);
        there.connect({boost::asio::ip::address_v4::loopback(), to_});
        std::thread back([&] { copy(there, here, passes); });
        copy(here, there, SIZE_MAX);
        back.join();
    }
    void copy(tcp::socket& from, tcp::socket& to, std::size_t left) {
        std::array<char, 4096> buffer{};
        boost::system::error_code error;
        while (true) {
            const auto got = from.read_some(boost::asio::buffer(buffer), error);
            if (error)
                break;
            const auto now = std::min(got, left);
            boost::asio::write(to, boost::asio::buffer(buffer.data(), now), error);
            left -= left == SIZE_MAX ? 0 : now;
            if (left == 0) {
                ++cuts_;
                to.set_option(boost::asio::socket_base::linger(true, 0), error);
                break;
            }
        }
        for (auto* one : {&from, &to})
            one->shutdown(tcp::socket::shutdown_both, error);
    }

    std::uint16_t to_;
    boost::asio::io_context io_;
    tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
    std::atomic<bool> stopping_{false};
    std::atomic<int> cuts_{0};
    std::vector<std::thread> lines_;
    std::thread thread_;
};

TEST_F(studio_jobs, followed_log_has_each_line_once_over_a_line_that_is_cut) {
    start();
    const auto id = run("i=0; while [ $i -lt 1500 ]; do echo 行 $i; i=$((i+1)); "
                        "[ $((i % 50)) = 0 ] && sleep 0.02; done; true");
    std::string text;
    std::int64_t offset = 0;
    {
        bad_line line(api().port());
        client_options o;
        o.base_url = line.url();
        o.access_token = studio().access_token();
        o.limits.connect = std::chrono::seconds(5);
        o.retry.max_attempts = 10;
        o.retry.base_delay = std::chrono::milliseconds(1);
        o.pool.max_connections = 1;
        const sync_client client(o);
        const auto end = client.jobs().follow_log(id, [&](const log_chunk& chunk) {
            EXPECT_EQ(chunk.offset, offset);
            offset = chunk.next_offset;
            text += chunk.text;
        });
        ASSERT_TRUE(end) << end.error().message();
        EXPECT_GT(line.cuts(), 0);
    }
    EXPECT_EQ(text, api().whole_log(id));
    for (int i = 0; i < 1500; ++i) {
        const auto whole = "\n行 " + std::to_string(i) + "\n";
        const auto at = text.find(whole);
        ASSERT_NE(at, std::string::npos) << i;
        ASSERT_EQ(text.find(whole, at + 1), std::string::npos) << i;
    }
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
