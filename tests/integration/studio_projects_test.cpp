#include "integration/support/studio_fixture.hpp"

namespace aistudio::test {
namespace {

class studio_projects : public studio_test {
protected:
    void SetUp() override { start(); }
    static std::string path(project_id id) { return "/api/local/v1/projects/" + to_string(id); }
};

TEST_F(studio_projects, life_of_a_project) {
    const auto made =
        api().post<project>("/api/local/v1/projects", new_project{"房价 🏠", "text", {}});
    EXPECT_EQ(made.name, "房价 🏠");
    EXPECT_EQ(made.owner, "local");
    EXPECT_NE(made.created_at, timestamp{});
    EXPECT_EQ(api().get<project>(path(made.id)), made);

    const auto changed =
        api().call("PATCH", path(made.id), R"({"projectAbs":"other"})").as<project>();
    EXPECT_EQ(changed.name, made.name);
    EXPECT_EQ(changed.description, "other");
    EXPECT_EQ(api().call("DELETE", path(made.id)).code, 0);
    EXPECT_EQ(api().call("GET", path(made.id)).code, service_code::not_found);
}

TEST_F(studio_projects, list_is_paged_newest_first) {
    for (int i = 1; i <= 5; ++i)
        api().create_project("p" + std::to_string(i));
    const auto page = api().get<wire::page_of<project>>("/api/local/v1/projects?p=2&pageSize=2");
    EXPECT_EQ(page.total_count, 5);
    ASSERT_EQ(page.data.size(), 2U);
    EXPECT_EQ(page.data[0].name, "p3");
    EXPECT_EQ(page.page, 2);
    EXPECT_EQ(page.page_size, 2);
    for (const std::string query : {"p=0", "pageSize=1001", "p=x"})
        EXPECT_EQ(api().call("GET", "/api/local/v1/projects?" + query).code,
                  service_code::parameter_invalid)
            << query;
}

TEST_F(studio_projects, third_dataset_is_refused_and_nothing_changes) {
    std::vector<dataset_id> sets;
    for (int i = 0; i < 3; ++i)
        sets.push_back(api().upload_dataset("d" + std::to_string(i), "f.csv", "x"));
    const auto id = api().create_project("p", {sets[0]});
    EXPECT_EQ(api().call("PUT", path(id) + "/datasets/" + to_string(sets[1])).code, 0);
    EXPECT_EQ(api().call("PUT", path(id) + "/datasets/" + to_string(sets[1])).code,
              0); // again changes nothing
    const auto third = api().call("PUT", path(id) + "/datasets/" + to_string(sets[2]));
    EXPECT_EQ(third.code, service_code::conflict);
    EXPECT_EQ(third.status, 409U);
    EXPECT_EQ(api().get<project>(path(id)).datasets, (std::vector{sets[0], sets[1]}));
    const auto all =
        api().call("POST", "/api/local/v1/projects", to_json(new_project{"q", "", sets}).value());
    EXPECT_EQ(all.code, service_code::conflict);
    EXPECT_EQ(api().get<wire::page_of<project>>("/api/local/v1/projects").total_count, 1);

    EXPECT_EQ(api().call("DELETE", path(id) + "/datasets/" + to_string(sets[0])).code, 0);
    EXPECT_EQ(api().call("DELETE", path(id) + "/datasets/" + to_string(sets[0])).code,
              service_code::not_found);
    EXPECT_EQ(api().call("PUT", path(id) + "/datasets/" + to_string(sets[2])).code, 0);
}

TEST_F(studio_projects, bad_names_and_unknown_ids_are_refused) {
    const auto code_of = [&](const std::string& name) {
        return api()
            .call("POST", "/api/local/v1/projects", to_json(new_project{name, "", {}}).value())
            .code;
    };
    EXPECT_EQ(code_of(""), service_code::parameter_invalid);
    EXPECT_EQ(code_of(std::string(10'000, 'n')), service_code::parameter_invalid);
    EXPECT_EQ(code_of("a\nb"), service_code::parameter_invalid);
    EXPECT_EQ(code_of(std::string("a\0b", 3)), service_code::parameter_invalid);
    std::string wide;
    for (int i = 0; i < 200; ++i)
        wide += "名";
    EXPECT_EQ(code_of(wide), 0);
    EXPECT_EQ(code_of(wide + "名"), service_code::parameter_invalid);

    for (const std::string id : {"4711", "x", "-1", "99999999999999999999"})
        EXPECT_EQ(api().call("GET", "/api/local/v1/projects/" + id).code, service_code::not_found)
            << id;
    const auto id = api().create_project("p");
    EXPECT_EQ(api().call("PUT", path(id) + "/datasets/4711").code, service_code::not_found);
    EXPECT_EQ(api().call("PATCH", "/api/local/v1/projects/4711", "{}").code,
              service_code::not_found);
    EXPECT_EQ(api().call("DELETE", "/api/local/v1/projects/4711").code, service_code::not_found);
}

class studio_project_files : public studio_projects {
protected:
    void SetUp() override {
        studio_projects::SetUp();
        id_ = api().create_project("p");
    }
    envelope write(const std::string& file, const std::string& text) {
        return api().call("PUT", path(id_) + "/files",
                          to_json(wire::project_text{file, text}).value());
    }
    project_id id_;
};

TEST_F(studio_project_files, what_was_not_uploaded_for_a_project_is_refused) {
    const auto foreign = api().get<wire::sts_grant>("/llm/files/acl");
    ASSERT_EQ(api().object("PUT", foreign, foreign.file_key, "x").status, 200U);
    const auto add = [&](const std::string& key) {
        return api()
            .call("POST", path(id_) + "/files", to_json(wire::add_project_file{"a", key}).value())
            .code;
    };
    EXPECT_EQ(add(foreign.file_key), service_code::not_found);
    EXPECT_EQ(add("project-files/guessed"), service_code::not_found);
    EXPECT_EQ(add(""), service_code::not_found);
    EXPECT_EQ(api().call("POST", "/api/local/v1/grants", R"({"purpose":"other"})").code,
              service_code::parameter_invalid);
}

TEST_F(studio_project_files, studio_refuses_large_uploads_too_and_forgets_what_it_took) {
    const auto grant =
        api().post<wire::sts_grant>("/api/local/v1/grants", wire::grant_request{"file", {}});
    const std::string large(max_project_upload_bytes + 1, 'x');
    ASSERT_EQ(api().object("PUT", grant, grant.file_key, large).status, 200U);
    const auto body = to_json(wire::add_project_file{"a", grant.file_key}).value();
    const auto refused = api().call("POST", path(id_) + "/files", body);
    EXPECT_EQ(refused.code, service_code::payload_too_large);
    EXPECT_EQ(refused.status, 413U);
    EXPECT_NE(refused.message.find("dataset"), std::string::npos) << refused.message;
    EXPECT_EQ(write("a.txt", std::string(max_project_text_bytes + 1, 'x')).code,
              service_code::payload_too_large);
    EXPECT_TRUE(api().get<std::vector<project_file>>(path(id_) + "/files").empty());

    const auto small =
        api().post<wire::sts_grant>("/api/local/v1/grants", wire::grant_request{"file", {}});
    ASSERT_EQ(api().object("PUT", small, small.file_key, "x").status, 200U);
    const auto again = to_json(wire::add_project_file{"a", small.file_key}).value();
    EXPECT_EQ(api().call("POST", path(id_) + "/files", again).code, 0);
    EXPECT_EQ(api().call("POST", path(id_) + "/files", again).code, service_code::not_found);
}

TEST_F(studio_project_files, bodies_and_queries_that_do_not_fit_are_refused) {
    const std::tuple<const char*, const char*, const char*> all[] = {
        {"PUT", "/files", "{"},
        {"PUT", "/files", R"({"path":7,"content":""})"},
        {"PUT", "/files", R"({"content":"no path"})"},
        {"PATCH", "/files", R"({"path":"a"})"},
        {"POST", "/folders", "[]"},
        {"DELETE", "/files", ""},
        {"GET", "/text", ""},
        {"GET", "/preview?path=a.py&version=x", ""},
        {"GET", "/files?version=-1", ""},
        {"GET", "/changes?before=x", ""},
    };
    for (const auto& [method, target, body] : all) {
        const auto e = api().call(method, path(id_) + target, body);
        EXPECT_EQ(e.status, 400U) << method << target << body << e.message;
        EXPECT_FALSE(e.message.empty());
    }
    for (const std::string number : {"0", "2", "x", "4294967297", "99999999999999999999"})
        EXPECT_EQ(api().call("GET", path(id_) + "/versions/" + number).code,
                  service_code::not_found)
            << number;
    EXPECT_EQ(api().call("GET", "/api/local/v1/projects?scope=mine").code,
              service_code::parameter_invalid);
}

TEST_F(studio_project_files, file_that_is_not_utf8_is_downloaded_but_not_shown) {
    const auto grant =
        api().post<wire::sts_grant>("/api/local/v1/grants", wire::grant_request{"file", {}});
    const std::string bytes("\xFF\x00\xFE", 3);
    ASSERT_EQ(api().object("PUT", grant, grant.file_key, bytes).status, 200U);
    ASSERT_EQ(api()
                  .call("POST", path(id_) + "/files",
                        to_json(wire::add_project_file{"数 据/a.txt", grant.file_key}).value())
                  .code,
              0);
    const std::string query = "?path=%E6%95%B0%20%E6%8D%AE/a.txt";
    EXPECT_EQ(api().call("GET", path(id_) + "/text" + query).code, service_code::parameter_invalid);
    EXPECT_EQ(api().call("GET", path(id_) + "/preview" + query).code,
              service_code::parameter_invalid);
    const auto where = api().get<wire::file_url>(path(id_) + "/download" + query);
    EXPECT_EQ(where.name, "a.txt");
    EXPECT_EQ(api().fetch(where.url).body, bytes);
}

TEST_F(studio_project_files, repeated_call_with_a_key_saves_once) {
    EXPECT_EQ(write("a.py", "1").code, 0);
    const header_list key{{"Idempotency-Key", "once"}};
    const auto first = api().call("POST", path(id_) + "/versions", "{}", key);
    EXPECT_EQ(write("a.py", "2").code, 0);
    EXPECT_EQ(api().call("POST", path(id_) + "/versions", "{}", key).result, first.result);
    EXPECT_EQ(api().get<std::vector<project_version>>(path(id_) + "/versions").size(), 1U);
    const auto fork = api().call("POST", path(id_) + "/forks", "{}", key);
    EXPECT_EQ(api().call("POST", path(id_) + "/forks", "{}", key).result, fork.result);
    EXPECT_EQ(api().get<std::vector<fork_record>>(path(id_) + "/forks").size(), 1U);
}

TEST_F(studio_project_files, all_is_there_after_a_restart) {
    EXPECT_EQ(write("src/main.py", "print(1)").code, 0);
    EXPECT_EQ(api().call("PUT", path(id_) + "/main-file", R"({"path":"src/main.py"})").code, 0);
    EXPECT_EQ(api().call("POST", path(id_) + "/versions", "{}").code, 0);
    EXPECT_EQ(write("src/main.py", "print(2)").code, 0);
    const auto before = api().call("GET", path(id_)).result;
    stop();
    start();
    EXPECT_EQ(api().call("GET", path(id_)).result, before);
    EXPECT_EQ(api().call("GET", path(id_) + "/text?path=src/main.py").result, "\"print(2)\"");
    EXPECT_EQ(api().call("GET", path(id_) + "/text?path=src/main.py&version=1").result,
              "\"print(1)\"");
}

TEST_F(studio_project_files, another_user_of_the_folder_sees_what_is_published) {
    EXPECT_EQ(write("a.py", "1").code, 0);
    const auto hidden = api().create_project("hidden");
    const auto data = api().upload_dataset("d", "f.csv", "a,b\n");
    EXPECT_EQ(api().call("PUT", path(id_) + "/public").code, 0);
    stop();
    auto o = options();
    o.user = "she";
    start(o);
    using projects = wire::page_of<project>;
    EXPECT_EQ(api().get<projects>("/api/local/v1/projects").total_count, 0);
    EXPECT_EQ(api().get<projects>("/api/local/v1/projects?scope=shared").data.at(0).owner, "local");
    EXPECT_EQ(api().call("GET", path(hidden)).status, 403U);
    EXPECT_EQ(api().call("POST", path(hidden) + "/forks", "{}").status, 403U);
    EXPECT_EQ(write("a.py", "2").status, 403U);
    const auto copy = api().call("POST", path(id_) + "/forks", "{}").as<project>();
    EXPECT_EQ(copy.owner, "she");
    wire::create_job j;
    j.name = "j";
    j.cmd = "true";
    j.project_id = id_;
    EXPECT_EQ(api().call("POST", "/paddlex/v3/pipelines/sdk/create", to_json(j).value()).code,
              service_code::forbidden);
    EXPECT_EQ(api().call("DELETE", "/api/local/v1/datasets/" + to_string(data)).status, 403U);
    EXPECT_EQ(api().call("PATCH", "/api/local/v1/datasets/" + to_string(data), "{}").status, 403U);
    EXPECT_EQ(api().call("POST", "/studio/dataset/detail", "datasetId=" + to_string(data)).code,
              service_code::forbidden);
    stop();
    start();
    EXPECT_EQ(api().get<std::vector<fork_record>>(path(id_) + "/forks").at(0).owner, "she");
    EXPECT_EQ(api().get<projects>("/api/local/v1/projects").total_count, 2);
}

TEST_F(studio_project_files, official_form_of_a_submission_makes_a_version_too) {
    wire::create_job r;
    r.name = "j";
    r.cmd = "cat a";
    r.project_id = id_;
    r.remark = "r";
    const auto id = api().submit_job(r, {{"a", "content\n"}, {"sub/b", "b"}});
    EXPECT_EQ(api().wait_for(id).version, 1);
    const auto v = api().get<project_version>(path(id_) + "/versions/1");
    EXPECT_EQ(v.job, id);
    EXPECT_EQ(v.remark, "r");
    EXPECT_EQ(v.file_count, 2);
    EXPECT_EQ(api().call("GET", path(id_) + "/text?path=a&version=1").result, "\"content\\n\"");
    // the same notice again makes no second version
    const wire::job_callback again{id, true, "/jobs/" + id.value() + "/code.zip", "code.zip"};
    EXPECT_EQ(api()
                  .call("POST", "/paddlex/v3/pipelines/sdk/create/callback", to_json(again).value())
                  .code,
              0);
    EXPECT_EQ(api().get<std::vector<project_version>>(path(id_) + "/versions").size(), 1U);
}

TEST_F(studio_project_files, project_with_a_running_job_is_not_deleted) {
    EXPECT_EQ(write("main.sh", "sleep 60").code, 0);
    EXPECT_EQ(api().call("PUT", path(id_) + "/main-file", R"({"path":"main.sh"})").code, 0);
    wire::create_job r;
    r.name = "j";
    r.project_id = id_;
    const auto id =
        api().post<wire::created_job>("/paddlex/v3/pipelines/sdk/create", r).pipeline_id;
    const wire::job_callback go{id, true, std::nullopt, std::nullopt};
    ASSERT_EQ(
        api().call("POST", "/paddlex/v3/pipelines/sdk/create/callback", to_json(go).value()).code,
        0);
    EXPECT_EQ(api().get_job(id).command, "sh 'main.sh'");
    const auto refused = api().call("DELETE", path(id_));
    EXPECT_EQ(refused.status, 409U);
    EXPECT_NE(refused.message.find("job"), std::string::npos) << refused.message;
    const wire::stop_job stop{id};
    EXPECT_EQ(api().call("POST", "/paddlex/v3/pipelines/sdk/stop", to_json(stop).value()).code, 0);
    EXPECT_EQ(api().wait_for(id).stage, job_stage::stopped);
    EXPECT_EQ(api().call("DELETE", path(id_)).code, 0);
    EXPECT_EQ(api().call("GET", path(id_) + "/versions").code, service_code::not_found);
}

} // namespace
} // namespace aistudio::test
