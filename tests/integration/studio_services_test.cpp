#include "integration/support/studio_fixture.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

namespace aistudio::test {
namespace {

constexpr std::string_view adding_model = R"(
def predict(data):
    return {"sum": data["a"] + data["b"], "by": "%s"}
)";

class studio_services : public studio_test {
protected:
    void SetUp() override {
        start();
        project_ = api().create_project("p");
    }

    static std::string own(service_id id, const std::string& action = {}) {
        return "/api/local/v1/services/" + to_string(id) + (action.empty() ? "" : "/" + action);
    }
    static std::string model(const std::string& by) {
        std::string text(adding_model);
        return text.replace(text.find("%s"), 2, by);
    }
    envelope create(const std::vector<std::pair<std::string, std::string>>& files) {
        const auto grant =
            api().post<wire::sts_grant>("/api/local/v1/grants", wire::grant_request{"model", {}});
        EXPECT_EQ(api().object("PUT", grant, grant.file_key, zip_of(files)).status, 200U);
        wire::create_service r;
        r.service_name = "s";
        r.project_id = project_;
        r.model_key = grant.file_key;
        r.main_program = files.front().first.ends_with(".py") ? files.front().first : "";
        return api().call("POST", "/api/local/v1/services", to_json(r).value());
    }
    service draft(const std::string& by) { return create({{"model.py", model(by)}}).as<service>(); }
    service act(service_id id, const std::string& action) {
        const auto e = api().call("POST", own(id, action));
        EXPECT_EQ(e.code, 0) << e.message;
        return e.as<service>();
    }
    service online(const std::string& by) {
        const auto id = draft(by).id;
        act(id, "sandbox");
        return act(id, "deploy");
    }
    envelope predict(const std::string& url, std::string_view key, const std::string& body) {
        const auto path = url.substr(studio().base_url().size());
        return api().call("POST", path + "?apiKey=" + std::string(key), body,
                          {{"Authorization", ""}});
    }
    envelope predict(const service& s, const std::string& body) {
        return predict(s.url, s.api_key.reveal(), body);
    }

    project_id project_;
};

TEST_F(studio_services, handler_answers_in_the_envelope) {
    const auto e =
        studio()
            .serve("echo",
                   [](std::string_view json) { return result<std::string>(std::string(json)); })
            .value();
    const auto answer = predict(e.url, e.api_key.reveal(), R"({"a":[1,2]})");
    EXPECT_EQ(answer.code, 0) << answer.message;
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.result, R"({"a":[1,2]})");
    EXPECT_FALSE(answer.log_id.empty());
    EXPECT_EQ(studio()
                  .serve("echo", [](std::string_view) { return result<std::string>("1"); })
                  .error()
                  .code,
              errc::conflict);
    EXPECT_EQ(
        studio().serve("", [](std::string_view) { return result<std::string>("1"); }).error().code,
        errc::invalid_argument);
}

TEST_F(studio_services, handler_that_throws_answers_422_and_the_next_call_works) {
    const auto e = studio()
                       .serve("moody",
                              [](std::string_view json) -> result<std::string> {
                                  if (json == "1")
                                      throw std::runtime_error("a reason");
                                  return std::string("2");
                              })
                       .value();
    const auto failed = predict(e.url, e.api_key.reveal(), "1");
    EXPECT_EQ(failed.code, service_code::converter_failed);
    EXPECT_EQ(failed.status, 422U);
    EXPECT_NE(failed.message.find("a reason"), std::string::npos);
    EXPECT_EQ(predict(e.url, e.api_key.reveal(), "0").result, "2");
}

TEST_F(studio_services, prediction_checks_key_id_method_and_body) {
    auto o = options();
    stop();
    o.max_request_bytes = 1000;
    start(o);
    const auto e =
        studio()
            .serve("echo",
                   [](std::string_view json) { return result<std::string>(std::string(json)); })
            .value();
    EXPECT_EQ(predict(e.url, "wrong", "{}").status, 401U);
    EXPECT_EQ(predict(e.url, "", "{}").status, 401U);
    EXPECT_EQ(
        predict(studio().base_url() + "/serving/online/4711", e.api_key.reveal(), "{}").status,
        404U);
    EXPECT_EQ(predict(studio().base_url() + "/serving/online/x", e.api_key.reveal(), "{}").status,
              404U);
    EXPECT_EQ(predict(e.url, e.api_key.reveal(), "{").code, service_code::parameter_invalid);
    EXPECT_EQ(
        predict(e.url, e.api_key.reveal(), std::string(400, '[') + std::string(400, ']')).code, 0);
    EXPECT_EQ(predict(e.url, e.api_key.reveal(), "\"" + std::string(1000, 'x') + "\"").status,
              413U);
    EXPECT_EQ(api().call("GET", e.url.substr(studio().base_url().size()) + "?apiKey=x").status,
              405U);
    EXPECT_EQ(log().find(e.api_key.reveal()), std::string::npos);
}

TEST_F(studio_services, body_nested_100000_deep_is_refused_by_prediction) {
    const auto e =
        studio()
            .serve("echo",
                   [](std::string_view json) { return result<std::string>(std::string(json)); })
            .value();
    const auto answer =
        predict(e.url, e.api_key.reveal(), std::string(100'000, '[') + std::string(100'000, ']'));
    EXPECT_EQ(answer.code, service_code::parameter_invalid);
}

TEST_F(studio_services, calls_of_many_connections_are_answered) {
    const auto e =
        studio()
            .serve("echo",
                   [](std::string_view json) { return result<std::string>(std::string(json)); })
            .value();
    const auto path =
        e.url.substr(studio().base_url().size()) + "?apiKey=" + std::string(e.api_key.reveal());
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            http_connection c(port_of(studio().base_url()));
            for (int i = 0; i < 100; ++i) {
                const auto body = "[" + std::to_string(t) + "," + std::to_string(i) + "]";
                if (c.send("POST", path, body).body.find("\"result\":" + body + "}") !=
                    std::string::npos)
                    ++right;
            }
        });
    for (auto& t : threads)
        t.join();
    EXPECT_EQ(right, 800);
}

TEST_F(studio_services, service_goes_from_draft_to_online_and_back) {
    const auto made = draft("first");
    EXPECT_EQ(made.state, service_state::draft);
    EXPECT_EQ(made.main_program, "model.py");
    EXPECT_TRUE(made.url.empty());
    EXPECT_EQ(api().call("POST", own(made.id, "deploy")).status, 409U);
    EXPECT_EQ(api().call("POST", own(made.id, "test"), R"({"a":1,"b":2})").status, 409U);
    EXPECT_EQ(act(made.id, "sandbox").state, service_state::sandbox);
    const auto tried = api().call("POST", own(made.id, "test"), R"({"a":1,"b":2})");
    EXPECT_EQ(tried.code, 0) << tried.message << log();
    EXPECT_EQ(tried.result, R"({"sum":3,"by":"first"})");

    const auto s = act(made.id, "deploy");
    EXPECT_EQ(s.state, service_state::online);
    EXPECT_EQ(predict(s, R"({"a":1,"b":2})").result, tried.result);
    act(s.id, "pause");
    const auto paused = predict(s, R"({"a":1,"b":2})");
    EXPECT_EQ(paused.status, 503U);
    EXPECT_EQ(paused.code, service_code::not_running);
    EXPECT_NE(paused.message.find("不是运行中状态"), std::string::npos);
    act(s.id, "resume");
    EXPECT_EQ(predict(s, R"({"a":5,"b":2})").result, R"({"sum":7,"by":"first"})");
    EXPECT_EQ(api().call("DELETE", own(s.id)).code, 0);
    EXPECT_EQ(predict(s, "{}").status, 404U);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "studio" / "services" / to_string(s.id)));
}

TEST_F(studio_services, second_deployment_keeps_address_and_key) {
    const auto first = online("first");
    const auto second = online("second");
    EXPECT_EQ(second.url, first.url);
    EXPECT_TRUE(second.api_key == first.api_key);
    EXPECT_EQ(predict(first, R"({"a":1,"b":1})").result, R"({"sum":2,"by":"second"})");
    const auto before = api().get<service>(own(first.id));
    EXPECT_EQ(before.state, service_state::sandbox);
    EXPECT_TRUE(before.url.empty());
}

TEST_F(studio_services, restart_serves_online_services_again) {
    const auto s = online("first");
    stop();
    start();
    auto again = api().get<service>(own(s.id));
    EXPECT_EQ(again.state, service_state::online);
    EXPECT_TRUE(again.api_key == s.api_key);
    const auto answer = predict(again, R"({"a":1,"b":1})");
    EXPECT_EQ(answer.result, R"({"sum":2,"by":"first"})") << answer.message;
}

TEST_F(studio_services, sixth_sandbox_is_refused) {
    for (int i = 0; i < 5; ++i)
        act(draft("x").id, "sandbox");
    const auto sixth = draft("x");
    const auto refused = api().call("POST", own(sixth.id, "sandbox"));
    EXPECT_EQ(refused.status, 409U);
    EXPECT_NE(refused.message.find("5 sandboxes"), std::string::npos);
    const auto page = api().get<wire::page_of<service>>("/api/local/v1/services?projectId=" +
                                                        to_string(project_));
    EXPECT_EQ(page.total_count, 6);
    EXPECT_EQ(
        api().get<wire::page_of<service>>("/api/local/v1/services?projectId=4711").total_count, 0);
}

TEST_F(studio_services, bad_models_are_refused_and_nothing_is_made) {
    const auto empty = create({{"readme.txt", "no model"}});
    EXPECT_EQ(empty.status, 400U);
    EXPECT_EQ(empty.code, service_code::parameter_invalid);
    EXPECT_FALSE(empty.message.empty());
    wire::create_service r;
    r.service_name = "s";
    r.project_id = project_;
    const auto code_of = [&] {
        return api().call("POST", "/api/local/v1/services", to_json(r).value()).code;
    };
    EXPECT_EQ(code_of(), service_code::parameter_invalid); // neither job nor upload
    r.model_key = "models/none.zip";
    EXPECT_EQ(code_of(), service_code::not_found);
    r.model_key = "uploads/x";
    EXPECT_EQ(code_of(), service_code::not_found);
    r.job_id = job_id("job-1");
    EXPECT_EQ(code_of(), service_code::parameter_invalid); // both
    r.model_key.clear();
    EXPECT_EQ(code_of(), service_code::not_found);
    r.project_id = project_id(4711);
    EXPECT_EQ(code_of(), service_code::not_found);
    r.project_id = {};
    EXPECT_EQ(code_of(), service_code::parameter_missing);
    EXPECT_EQ(api().get<wire::page_of<service>>("/api/local/v1/services").total_count, 0);
    EXPECT_EQ(api().call("POST", "/api/local/v1/grants", R"({"purpose":"other"})").code,
              service_code::parameter_invalid);
    EXPECT_TRUE(std::filesystem::is_empty(folder_ / "studio" / "tmp"));
}

TEST_F(studio_services, model_of_a_job_can_be_served) {
    wire::create_job request;
    request.name = "j";
    request.cmd =
        "mkdir -p \"$AISTUDIO_OUTPUT_DIR/m/deep\"; cp model.py \"$AISTUDIO_OUTPUT_DIR/m/\"";
    const auto id = api().submit_job(request, {{"model.py", model("job")}});
    ASSERT_EQ(api().wait_for(id).stage, job_stage::succeeded) << api().whole_log(id);
    wire::create_service r;
    r.service_name = "s";
    r.project_id = project_;
    r.job_id = id;
    for (const std::string bad : {"..", "none", "/etc", "m/../../code"}) {
        r.job_path = bad;
        EXPECT_EQ(api().call("POST", "/api/local/v1/services", to_json(r).value()).code,
                  service_code::parameter_invalid)
            << bad;
    }
    r.job_path = "m";
    r.main_program = "model.py";
    const auto s = api().post<service>("/api/local/v1/services", r);
    act(s.id, "sandbox");
    EXPECT_EQ(api().call("POST", own(s.id, "test"), R"({"a":1,"b":1})").result,
              R"({"sum":2,"by":"job"})");
    EXPECT_EQ(api().call("DELETE", "/api/local/v1/projects/" + to_string(project_)).status, 409U);
}

} // namespace
} // namespace aistudio::test
