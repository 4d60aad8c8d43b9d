// Prediction services in a studio, by the client: drafts, sources, keys, time, statistics and bad
// input.
#include "integration/support/studio_fixture.hpp"

#include "local/domain/services.hpp"
#include "local/store/schema.hpp"

#include <aistudio/sync_client.hpp>

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <future>
#include <thread>

namespace aistudio::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto summing =
    "def predict(data):\n    return {'sum': data['a'] + data['b'], 'by': '%'}\n";

class studio_serving : public studio_test {
protected:
    void SetUp() override {
        auto o = options();
        o.clock = [this] { return std::chrono::system_clock::time_point(now_.load()); };
        start(std::move(o));
        connect();
        project_ = client_->projects().create({.name = "p"}).value().id;
    }

    void connect() {
        client_options o;
        o.base_url = studio().base_url();
        o.access_token = studio().access_token();
        o.retry.max_attempts = 1;
        client_.emplace(o);
    }
    void restart() {
        client_.reset();
        stop();
        auto o = options();
        o.clock = [this] { return std::chrono::system_clock::time_point(now_.load()); };
        start(std::move(o));
        connect();
    }
    void pass(std::chrono::milliseconds time) { now_ = now_.load() + time; }

    fs::path file(const std::string& name, const std::string& text) {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return folder_ / name;
    }
    static std::string by(const std::string& who) {
        std::string text(summing);
        return text.replace(text.find('%'), 1, who);
    }
    new_service definition(const std::string& source, const std::string& converter = {}) {
        const auto name = "m" + std::to_string(++count_);
        file(name + "/model.py", source);
        new_service out;
        out.name = name;
        out.project = project_;
        out.model_folder = folder_ / name;
        out.main_program = "model.py";
        if (!converter.empty())
            out.converter = file(name + ".converter.py", converter);
        return out;
    }
    [[nodiscard]] auto services() { return client_->services(); }
    service sandbox(const new_service& what) {
        const auto made = services().create(what).value();
        return services().create_sandbox(made.id).value();
    }
    service online(const std::string& who) { return online(definition(by(who))); }
    service online(const new_service& what) { return services().deploy(sandbox(what).id).value(); }
    /// A folder with a Paddle model that adds up three numbers of its one input.
    fs::path paddle_model(const std::string& input) {
        const auto* python = std::getenv("AISTUDIO_PYTHON");
        file("make.py", "import sys, paddle\n"
                        "from paddle.nn.initializer import Constant\n"
                        "sum = paddle.nn.Linear(3, 1, weight_attr=Constant(1.0))\n"
                        "paddle.jit.save(sum, sys.argv[1] + '/model', input_spec=[\n"
                        "    paddle.static.InputSpec([None, 3], 'float32', sys.argv[2])])\n");
        const auto folder = folder_ / ("of_" + input);
        const auto command = std::string(python != nullptr ? python : "python3") + " '" +
                             (folder_ / "make.py").string() + "' '" + folder.string() + "' " +
                             input + " >'" + (folder_ / "make.log").string() + "' 2>&1";
        EXPECT_EQ(std::system(command.c_str()), 0) << read_file(folder_ / "make.log");
        return folder;
    }
    envelope call(const service& s, const std::string& body = R"({"a":1,"b":2})") {
        return call(s.url, s.api_key, body);
    }
    envelope call(const std::string& url, const secret& key, const std::string& body) {
        return api().call(
            "POST", url.substr(studio().base_url().size()) + "?apiKey=" + std::string(key.reveal()),
            body, {{"Authorization", ""}});
    }

    std::atomic<std::chrono::milliseconds> now_{std::chrono::milliseconds(1'700'000'000'000)};
    std::optional<sync_client> client_;
    project_id project_;
    int count_ = 0;
};

// Drafts and sources

TEST_F(studio_serving, draft_is_completed_later_and_says_what_it_lacks) {
    const auto draft = services().save_draft({.name = "d", .project = project_}).value();
    EXPECT_EQ(draft.state, service_state::draft);
    EXPECT_THAT(draft.missing, ElementsAre("model", "main_program"));
    const auto refused = services().create_sandbox(draft.id);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::bad_request);
    EXPECT_THAT(refused.error().detail, HasSubstr("`model` and `main_program`"));

    service_changes model;
    model.model_folder = definition(by("draft")).model_folder;
    const auto half = services().update(draft.id, model).value();
    EXPECT_THAT(half.missing, ElementsAre("main_program")); // Python files are not guessed
    EXPECT_THAT(half.files, ElementsAre("model.py"));
    EXPECT_THAT(services().create_sandbox(draft.id).error().detail, HasSubstr("`main_program`"));

    service_changes program;
    program.main_program = "none.py";
    EXPECT_EQ(services().update(draft.id, program).error().code, errc::bad_request);
    program.main_program = "model.py";
    program.name = "whole";
    program.options = serving_options{.workers = 2, .time_limit = 5s};
    const auto whole = services().update(draft.id, program).value();
    EXPECT_THAT(whole.missing, IsEmpty());
    EXPECT_EQ(whole.name, "whole");
    EXPECT_EQ(whole.options.workers, 2);
    EXPECT_EQ(whole.options.time_limit, 5s);
    EXPECT_EQ(services().create_sandbox(draft.id).value().state, service_state::sandbox);
    EXPECT_EQ(services().test(draft.id, R"({"a":1,"b":2})").value(), R"({"sum":3,"by":"draft"})");

    EXPECT_EQ(services().update(draft.id, program).error().code, errc::conflict); // no draft
    EXPECT_EQ(services().update(draft.id, {.name = "again"}).value().name, "again");
    EXPECT_EQ(services().update(service_id(4711), {.name = "x"}).error().code, errc::not_found);
}

TEST_F(studio_serving, new_model_of_a_draft_takes_the_place_of_the_old_one) {
    const auto draft = services().create(definition(by("first"))).value();
    auto changes = service_changes{};
    changes.model_folder = definition(by("second")).model_folder;
    changes.main_program = "model.py";
    changes.converter = file("c.py", "def output(results, data_args):\n    return results['by']\n");
    EXPECT_TRUE(services().update(draft.id, changes).value().has_converter);
    services().create_sandbox(draft.id).value();
    EXPECT_EQ(services().test(draft.id, R"({"a":1,"b":2})").value(), "\"second\"");
    const auto kept = std::distance(fs::directory_iterator(folder_ / "studio" / "services"), {});
    EXPECT_EQ(kept, 1); // the first model is gone
}

TEST_F(studio_serving, ticked_files_make_the_model_and_what_is_missing_is_named) {
    auto what = definition(by("ticked"));
    file("m1/big/data.bin", "x");
    file("m1/parts/a.txt", "a");
    what.files = {"model.py", "parts"};
    const auto made = services().create(what).value();
    EXPECT_THAT(made.files, ElementsAre("model.py", "parts/a.txt"));
    for (const auto* bad : {"none.py", "../m1/model.py", "/etc/passwd", ".", ""}) {
        what.files = {bad};
        const auto refused = services().create(what);
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().code, errc::bad_request) << bad;
    }
    what.files = {"parts"};
    EXPECT_THAT(services().create(what).error().detail, HasSubstr("model.py"));
}

TEST_F(studio_serving, files_of_the_project_are_a_model) {
    const auto projects = client_->projects();
    ASSERT_TRUE(projects.create_folder(project_, "served"));
    ASSERT_TRUE(projects.write_file(project_, "served/model.py", by("project")));
    ASSERT_TRUE(projects.write_file(project_, "train.py", "print(1)\n"));
    new_service what;
    what.name = "s";
    what.project = project_;
    what.project_path = "served";
    what.main_program = "model.py";
    const auto made = sandbox(what);
    EXPECT_THAT(made.files, ElementsAre("model.py"));
    EXPECT_EQ(services().test(made.id, R"({"a":1,"b":1})").value(), R"({"sum":2,"by":"project"})");
    what.project_path = ".";
    what.main_program = "served/model.py";
    EXPECT_THAT(services().create(what).value().files, ElementsAre("served/model.py", "train.py"));
    for (const auto* bad : {"none", "../served", "serve", "/served"}) {
        what.project_path = bad;
        EXPECT_EQ(services().create(what).error().code, errc::bad_request) << bad;
    }
}

TEST_F(studio_serving, archive_is_a_model_as_its_folder_is) {
    auto what = definition(by("zip"));
    what.model_folder = file("model.zip", zip_of({{"inner/model.py", by("zip")}, {"readme", "x"}}));
    what.main_program = "inner/model.py";
    EXPECT_EQ(services().test(sandbox(what).id, R"({"a":1,"b":1})").value(),
              R"({"sum":2,"by":"zip"})");
    ASSERT_EQ(std::system(("tar -C '" + (folder_ / "m1").string() + "' -czf '" +
                           (folder_ / "model.tar.gz").string() + "' model.py")
                              .c_str()),
              0);
    what.model_folder = folder_ / "model.tar.gz";
    what.main_program = "model.py";
    EXPECT_THAT(services().create(what).value().files, ElementsAre("model.py"));
    what.model_folder = file("broken.zip", zip_of({{"model.py", by("x")}}).substr(0, 60));
    EXPECT_EQ(services().create(what).error().code, errc::bad_request);
    what.model_folder = file("text.zip", "no archive at all");
    EXPECT_EQ(services().create(what).error().code, errc::bad_request);
}

TEST_F(studio_serving, source_must_be_one_and_options_in_range) {
    auto what = definition(by("x"));
    what.project_path = ".";
    EXPECT_EQ(services().create(what).error().code, errc::invalid_argument);
    what.project_path.clear();
    for (const auto& bad : {serving_options{.workers = 0}, serving_options{.workers = 17},
                            serving_options{.memory_limit = 1}, serving_options{.time_limit = -1ms},
                            serving_options{.max_batch = 0}, serving_options{.batch_delay = 11s},
                            serving_options{.max_queued = -1}}) {
        what.options = bad;
        EXPECT_EQ(services().create(what).error().code, errc::bad_request);
    }
    EXPECT_THAT(services().list().value().items, IsEmpty());
}

TEST_F(studio_serving, every_option_may_reach_its_limit_and_not_go_one_beyond) {
    using namespace local::domain;
    const auto draft = [&](const serving_options& o) {
        return services().save_draft({.name = "d", .project = project_, .options = o});
    };
    const std::vector<std::pair<serving_options, serving_options>> cases{
        {{.workers = max_service_workers}, {.workers = max_service_workers + 1}},
        {{.memory_limit = min_worker_memory}, {.memory_limit = min_worker_memory - 1}},
        {{.memory_limit = max_worker_memory}, {.memory_limit = max_worker_memory + 1}},
        {{.time_limit = longest_time_limit}, {.time_limit = longest_time_limit + 1ms}},
        {{.max_batch = max_service_batch}, {.max_batch = max_service_batch + 1}},
        {{.batch_delay = longest_batch_delay}, {.batch_delay = longest_batch_delay + 1ms}},
        {{.max_queued = max_service_queue}, {.max_queued = max_service_queue + 1}}};
    for (const auto& [at_limit, beyond] : cases) {
        const auto kept = draft(at_limit);
        ASSERT_TRUE(kept) << kept.error().message();
        EXPECT_EQ(kept->options, at_limit);
        const auto refused = draft(beyond);
        ASSERT_FALSE(refused) << to_json(beyond).value();
        EXPECT_EQ(refused.error().code, errc::bad_request);
        EXPECT_THAT(refused.error().detail, HasSubstr("must be"));
        service_changes changes;
        changes.options = beyond;
        EXPECT_EQ(services().update(kept->id, changes).error().code, errc::bad_request);
    }
    EXPECT_EQ(services().list().value().total, static_cast<std::int64_t>(cases.size()));
}

TEST_F(studio_serving, converter_may_have_a_mebibyte_and_no_byte_more) {
    std::string source = "def output(results, data_args):\n    return 'long'\n#";
    source.resize(local::domain::max_converter_bytes, 'x');
    const auto s = sandbox(definition(by("x"), source));
    EXPECT_EQ(services().test(s.id, R"({"a":1,"b":2})").value(), "\"long\"");

    const auto refused = services().create(definition(by("x"), source + "x"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::limit_exceeded);
    EXPECT_EQ(refused.error().outcome, outcome::not_sent);
    wire::create_service request; // of a client that does not look
    request.service_name = "s";
    request.project_id = project_;
    request.converter = source + "x";
    request.draft = true;
    const auto told = api().call("POST", "/api/local/v1/services", to_json(request).value());
    EXPECT_EQ(told.status, 400U);
    EXPECT_THAT(told.message, HasSubstr("1 MiB"));
    request.converter.clear();
    const auto draft = api().post<service>("/api/local/v1/services", request);
    wire::update_service changes;
    changes.converter = source + "x";
    EXPECT_EQ(api()
                  .call("PATCH", "/api/local/v1/services/" + to_string(draft.id),
                        to_json(changes).value())
                  .status,
              400U);
    EXPECT_FALSE(services().get(draft.id).value().has_converter);
}

TEST_F(studio_serving, names_of_every_kind_are_kept_or_refused) {
    for (const std::string name : {"🏠 房价", "same", "same", "../../escape", "a/b", ".."}) {
        auto what = definition(by("named"));
        what.name = name;
        const auto made = sandbox(what);
        EXPECT_EQ(services().get(made.id).value().name, name);
        EXPECT_THAT(services().test(made.id, R"({"a":1,"b":2})").value(), HasSubstr("named"));
        EXPECT_TRUE(fs::is_directory(folder_ / "studio" / "services" / to_string(made.id)));
        EXPECT_TRUE(services().remove(made.id)); // a project has room for five sandboxes
    }
    EXPECT_FALSE(fs::exists(folder_ / "escape"));
    const auto draft = services().save_draft({.name = "same", .project = project_}).value();
    EXPECT_NE(services().save_draft({.name = "same", .project = project_}).value().id, draft.id);

    std::string longest;
    for (std::size_t i = 0; i < local::domain::max_name_characters; ++i)
        longest += "服";
    EXPECT_EQ(services().update(draft.id, {.name = longest}).value().name, longest);
    for (const std::string& bad : {std::string(), longest + "服", std::string(10'000, 'x')}) {
        EXPECT_EQ(services().save_draft({.name = bad, .project = project_}).error().code,
                  errc::invalid_argument);
        EXPECT_EQ(services().update(draft.id, {.name = bad}).error().code, errc::invalid_argument);
        wire::create_service request;
        request.service_name = bad;
        request.project_id = project_;
        request.draft = true;
        EXPECT_EQ(api().call("POST", "/api/local/v1/services", to_json(request).value()).status,
                  400U);
    }
    EXPECT_EQ(services().list().value().total, 2);
}

TEST_F(studio_serving, model_that_is_cut_off_or_has_other_inputs_stays_a_draft) {
    const auto bystander = online("bystander");
    new_service what;
    what.name = "sums";
    what.project = project_;
    what.model_folder = paddle_model("x");
    what.inputs = {{"x", {-1, 3}, "float32"}};
    const auto refused = [&](const new_service& bad) {
        const auto made = services().create(bad).value();
        const auto no = services().create_sandbox(made.id);
        EXPECT_FALSE(no);
        EXPECT_EQ(services().get(made.id).value().state, service_state::draft);
        EXPECT_EQ(services().test(made.id, "{}").error().code, errc::conflict);
        EXPECT_EQ(call(bystander).code, 0);
        return no ? problem() : no.error();
    };
    for (const auto* name : {"model.json", "model.pdiparams"}) {
        auto cut = what;
        cut.model_folder = folder_ / ("cut_" + std::string(name));
        fs::copy(what.model_folder, cut.model_folder);
        const auto whole = fs::file_size(cut.model_folder / name);
        fs::resize_file(cut.model_folder / name, whole / 2);
        const auto why = refused(cut);
        EXPECT_EQ(why.code, errc::service_failed);
        EXPECT_THAT(why.detail, HasSubstr("model")) << name;
    }
    auto other = what;
    other.inputs = {{"y", {-1, 3}, "float32"}};
    const auto why = refused(other);
    EXPECT_EQ(why.code, errc::bad_request);
    EXPECT_THAT(why.detail, HasSubstr("The model has no input `y`; its inputs are `x`"));
    other = what;
    other.model_folder = paddle_model("z"); // the model of another training
    EXPECT_THAT(refused(other).detail, HasSubstr("The model has no input `x`; its inputs are `z`"));

    const auto s = sandbox(what);
    EXPECT_THAT(services().test(s.id, R"({"x":[[1,2,3]]})").value(), HasSubstr("[[6.0]]"));
}

TEST_F(studio_serving, model_that_cannot_be_loaded_stays_a_draft_with_its_reason) {
    const auto broken = services().create(definition("import no_such_module\n")).value();
    const auto refused = services().create_sandbox(broken.id);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::service_failed);
    EXPECT_THAT(refused.error().detail, HasSubstr("no_such_module"));
    EXPECT_EQ(services().get(broken.id).value().state, service_state::draft);

    const auto converter =
        services()
            .create(definition(by("x"), "import os\n\ndef reader_infer(data_args:\n"))
            .value();
    EXPECT_THAT(services().create_sandbox(converter.id).error().detail, HasSubstr("line 3"));
    service_changes mended;
    mended.converter.emplace();
    EXPECT_FALSE(services().update(converter.id, mended).value().has_converter);
    EXPECT_EQ(services().create_sandbox(converter.id).value().state, service_state::sandbox);
}

// Life on a clock

TEST_F(studio_serving, sandbox_pauses_after_a_day_without_a_call_and_resumes) {
    const auto s = sandbox(definition(by("x")));
    const auto start = timestamp(now_.load());
    EXPECT_EQ(s.pauses_at, start + 24h);
    pass(23h);
    EXPECT_TRUE(services().test(s.id, R"({"a":1,"b":2})"));
    EXPECT_EQ(services().get(s.id).value().last_call_at, start + 23h);
    pass(23h);
    EXPECT_EQ(services().get(s.id).value().state, service_state::sandbox);
    pass(1h + 1ms);
    const auto paused = services().get(s.id).value();
    EXPECT_EQ(paused.state, service_state::paused);
    EXPECT_EQ(paused.pauses_at, timestamp{});
    EXPECT_EQ(services().test(s.id, "{}").error().code, errc::service_not_running);
    EXPECT_EQ(services().resume(s.id).value().state, service_state::sandbox);
    EXPECT_TRUE(services().test(s.id, R"({"a":1,"b":2})"));
}

TEST_F(studio_serving, online_service_pauses_after_14_days_and_the_first_call_then_meets_it) {
    const auto s = online("x");
    pass(14 * 24h);
    EXPECT_EQ(call(s).code, 0);
    pass(14 * 24h + 1ms);
    const auto late = call(s);
    EXPECT_EQ(late.code, service_code::not_running);
    EXPECT_EQ(late.status, 503U);
    EXPECT_EQ(services().get(s.id).value().state, service_state::paused);
    const auto again = services().resume(s.id).value();
    EXPECT_EQ(again.state, service_state::online);
    EXPECT_EQ(again.url, s.url);
    EXPECT_EQ(call(s).code, 0);
}

TEST_F(studio_serving, calls_before_a_restart_count_after_it) {
    const auto s = online("x");
    pass(13 * 24h);
    EXPECT_EQ(call(s).code, 0);
    restart();
    pass(13 * 24h);
    auto again = services().get(s.id).value();
    EXPECT_EQ(again.state, service_state::online);
    EXPECT_EQ(call(again).code, 0); // with the studio's new port
}

TEST_F(studio_serving, clock_set_back_pauses_nothing_and_lets_nothing_run_for_ever) {
    const auto s = online("x");
    EXPECT_EQ(call(s).code, 0);
    pass(-1000 * 24h);
    EXPECT_EQ(call(s).code, 0);
    EXPECT_EQ(services().get(s.id).value().state, service_state::online);
    pass(14 * 24h + 1ms);
    EXPECT_EQ(services().get(s.id).value().state, service_state::paused);
}

TEST_F(studio_serving, sandbox_pauses_a_day_after_the_clock_was_set_back) {
    const auto id = sandbox(definition(by("x"))).id;
    const auto pauses_a_day_from_now = [&] {
        const auto s = services().get(id).value();
        EXPECT_EQ(s.state, service_state::sandbox);
        EXPECT_EQ(s.pauses_at, timestamp(now_.load()) + 24h);
        pass(24h);
        EXPECT_EQ(services().get(id).value().state, service_state::sandbox);
        pass(1ms);
        EXPECT_EQ(services().get(id).value().state, service_state::paused);
    };
    pass(-1000 * 24h);
    pauses_a_day_from_now();
    EXPECT_EQ(services().resume(id).value().state, service_state::sandbox);
    pass(-1000 * 24h); // while nothing runs
    restart();
    pauses_a_day_from_now();
}

TEST_F(studio_serving, deployment_switches_without_a_failed_call) {
    const auto first = online("first");
    const auto second = sandbox(definition(by("second")));
    std::atomic<bool> stop_calling{false};
    std::atomic<int> by_first{0};
    std::atomic<int> by_second{0};
    std::atomic<int> failed{0};
    std::vector<std::thread> callers;
    for (int t = 0; t < 4; ++t)
        callers.emplace_back([&] {
            http_connection c(port_of(studio().base_url()));
            const auto path = first.url.substr(studio().base_url().size()) +
                              "?apiKey=" + std::string(first.api_key.reveal());
            while (!stop_calling) {
                const auto body = c.send("POST", path, R"({"a":1,"b":2})").body;
                ++(body.find("\"first\"") != std::string::npos    ? by_first
                   : body.find("\"second\"") != std::string::npos ? by_second
                                                                  : failed);
            }
        });
    EXPECT_TRUE(eventually([&] { return by_first > 20; }));
    for (int i = 0; i < 5; ++i) {
        const auto now_online = services().deploy(i % 2 == 0 ? second.id : first.id).value();
        EXPECT_EQ(now_online.url, first.url);
        EXPECT_TRUE(now_online.api_key == first.api_key);
    }
    EXPECT_TRUE(eventually([&] { return by_second > 20; }));
    stop_calling = true;
    for (auto& c : callers)
        c.join();
    EXPECT_EQ(failed, 0);
}

TEST_F(studio_serving, deployments_at_the_same_time_leave_one_service_online) {
    std::vector<service_id> ids;
    for (const auto* who : {"a", "b", "c", "d"})
        ids.push_back(sandbox(definition(by(who))).id);
    std::vector<std::future<result<service>>> all;
    for (const auto id : ids)
        all.push_back(std::async(std::launch::async, [&, id] { return services().deploy(id); }));
    for (auto& f : all)
        EXPECT_TRUE(f.get());
    int online = 0;
    std::string last;
    for (const auto& s : services().list().value().items)
        if (s.state == service_state::online) {
            ++online;
            last = call(s).result;
        }
    EXPECT_EQ(online, 1);
    EXPECT_THAT(last, HasSubstr("\"sum\":3"));
}

TEST_F(studio_serving, service_deleted_while_called_answers_every_call) {
    const auto s = services()
                       .deploy(sandbox(definition("import time\ndef predict(data):\n"
                                                  "    time.sleep(0.01)\n    return 1\n"))
                                   .id)
                       .value();
    std::vector<std::future<envelope>> calls;
    for (int i = 0; i < 8; ++i)
        calls.push_back(std::async(std::launch::async, [&] {
            studio_caller caller(studio().base_url(), studio().access_token());
            const auto path = s.url.substr(studio().base_url().size()) +
                              "?apiKey=" + std::string(s.api_key.reveal());
            envelope last;
            do {
                last = caller.call("POST", path, "{}", {{"Authorization", ""}});
            } while (last.code == 0);
            return last;
        }));
    EXPECT_TRUE(eventually([&] { return services().statistics(s.id).value().calls > 20; }));
    EXPECT_TRUE(services().remove(s.id));
    for (auto& f : calls)
        EXPECT_THAT(f.get().code, AnyOf(service_code::not_running, service_code::not_found));
    EXPECT_EQ(services().get(s.id).error().code, errc::not_found);
}

// Keys and statistics

TEST_F(studio_serving, rotated_key_overlaps_as_long_as_it_was_told) {
    const auto s = online("x");
    const auto body = R"({"a":1,"b":2})";
    EXPECT_EQ(services().rotate_key(s.id, -1ms).error().code, errc::bad_request);
    const auto second = services().rotate_key(s.id, 1h).value();
    EXPECT_EQ(second.url, s.url);
    EXPECT_FALSE(second.api_key == s.api_key);
    EXPECT_EQ(second.old_keys_until, timestamp(now_.load()) + 1h);
    EXPECT_EQ(call(s.url, s.api_key, body).code, 0);
    EXPECT_EQ(call(s.url, second.api_key, body).code, 0);
    restart();
    const auto url = services().get(s.id).value().url;
    EXPECT_EQ(call(url, s.api_key, body).code, 0);
    pass(1h);
    EXPECT_EQ(call(url, s.api_key, body).status, 401U);
    EXPECT_EQ(services().get(s.id).value().old_keys_until, timestamp{});
    const auto third = services().rotate_key(s.id).value(); // at once
    EXPECT_EQ(call(url, second.api_key, body).status, 401U);
    EXPECT_EQ(call(url, third.api_key, body).code, 0);
    const auto draft = services().save_draft({.name = "d", .project = project_}).value();
    EXPECT_EQ(services().rotate_key(draft.id).error().code, errc::conflict);
    EXPECT_THAT(log(), Not(HasSubstr(std::string(third.api_key.reveal()))));
}

TEST_F(studio_serving, clock_set_back_lengthens_the_life_of_no_old_key) {
    const auto s = online("x");
    const auto body = R"({"a":1,"b":2})";
    const auto second = services().rotate_key(s.id, 1h).value();
    const auto old = [&] { return call(s.url, s.api_key, body).status; };
    pass(40min);
    EXPECT_EQ(old(), 200U);
    pass(-1000 * 24h);
    EXPECT_EQ(old(), 200U); // 20 minutes are left
    EXPECT_EQ(services().get(s.id).value().old_keys_until, timestamp(now_.load()) + 20min);
    pass(20min - 1ms);
    EXPECT_EQ(old(), 200U);
    pass(1ms);
    EXPECT_EQ(old(), 401U);
    pass(-10h); // it does not come back
    EXPECT_EQ(old(), 401U);
    EXPECT_EQ(services().get(s.id).value().old_keys_until, timestamp{});
    EXPECT_EQ(old(), 401U);
    EXPECT_EQ(call(s.url, second.api_key, body).code, 0);
}

TEST_F(studio_serving, clock_set_back_over_a_restart_gives_an_old_key_its_overlap_and_no_more) {
    const auto s = online("x");
    const auto body = R"({"a":1,"b":2})";
    ASSERT_TRUE(services().rotate_key(s.id, 1h));
    pass(-1000 * 24h);
    restart();
    const auto again = services().get(s.id).value();
    EXPECT_EQ(again.old_keys_until, timestamp(now_.load()) + 1h);
    EXPECT_EQ(call(again.url, s.api_key, body).code, 0);
    pass(1h);
    EXPECT_EQ(call(again.url, s.api_key, body).status, 401U);
    EXPECT_EQ(call(again.url, again.api_key, body).code, 0);
}

TEST_F(studio_serving, key_overlap_may_reach_its_limit_and_not_go_one_beyond) {
    const auto s = online("x");
    const auto longest = local::domain::longest_key_overlap;
    EXPECT_EQ(longest, 30 * 24h);
    EXPECT_EQ(services().rotate_key(s.id, longest + 1ms).error().code, errc::bad_request);
    EXPECT_TRUE(services().get(s.id).value().api_key == s.api_key);
    const auto rotated = services().rotate_key(s.id, longest).value();
    EXPECT_EQ(rotated.old_keys_until, timestamp(now_.load()) + longest);
}

TEST_F(studio_serving, statistics_count_calls_and_errors) {
    const auto s = online("x");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(call(s).code, 0);
    EXPECT_EQ(call(s, "{}").code, service_code::converter_failed);
    EXPECT_FALSE(services().test(s.id, "{}"));
    const auto counts = services().statistics(s.id).value();
    EXPECT_EQ(counts.id, s.id);
    EXPECT_EQ(counts.calls, 7);
    EXPECT_EQ(counts.errors, 2);
    EXPECT_EQ(counts.workers, 1);
    EXPECT_GT(counts.p50_ms, 0);
    EXPECT_GE(counts.max_ms, counts.p99_ms * 0.999);
    EXPECT_EQ(services().statistics(service_id(4711)).error().code, errc::not_found);
}

// Bad input

TEST_F(studio_serving, converter_of_every_bad_kind_fails_clearly_and_the_service_lives) {
    auto what = definition("def predict(data):\n    return data\n",
                           "import os\n"
                           "def reader_infer(data_args):\n"
                           "    how = data_args.get('how')\n"
                           "    if how == 'loop':\n"
                           "        while True: pass\n"
                           "    if how == 'memory':\n"
                           "        x = [0] * (1 << 40)\n"
                           "    if how == 'exit':\n"
                           "        os._exit(7)\n"
                           "    if how == 'print':\n"
                           "        print('z' * (5 << 20))\n"
                           "    return data_args, None\n"
                           "def output(results, data_args):\n"
                           "    return {1, 2} if data_args.get('how') == 'set' else 'fine'\n");
    what.options.time_limit = 300ms;
    const auto s = sandbox(what);
    const auto fails = [&](const std::string& how) {
        const auto r = services().test(s.id, "{\"how\":\"" + how + "\"}");
        return r ? std::string("no error") : r.error().detail;
    };
    EXPECT_THAT(fails("loop"), HasSubstr("300 ms"));
    EXPECT_THAT(fails("memory"), HasSubstr("memory"));
    EXPECT_THAT(fails("exit"), HasSubstr("exit status 7"));
    EXPECT_THAT(fails("set"), HasSubstr("cannot be written as JSON"));
    EXPECT_EQ(services().test(s.id, R"({"how":"print"})").value(), "\"fine\"");
    EXPECT_EQ(services().test(s.id, "{}").value(), "\"fine\"");
    EXPECT_LT(log().size(), std::size_t{1} << 20U);
}

TEST_F(studio_serving, traceback_of_a_converter_comes_back_with_its_lines) {
    const auto s = sandbox(definition(by("x"), "def reader_infer(data_args):\n"
                                               "    return data_args, None\n"
                                               "\n"
                                               "def helper(results):\n"
                                               "    return results['price']\n"
                                               "\n"
                                               "def output(results, data_args):\n"
                                               "    return helper(results)\n"));
    const auto failed = services().test(s.id, R"({"a":1,"b":2})");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, errc::service_failed);
    EXPECT_EQ(failed.error().service_code, service_code::converter_failed);
    EXPECT_EQ(failed.error().status, 422);
    EXPECT_EQ(failed.error().outcome, outcome::done);
    const auto& told = failed.error().detail;
    EXPECT_THAT(told, AllOf(HasSubstr("`output` failed in line 5 of the converter"),
                            HasSubstr("line 8, in output     return helper(results)"),
                            HasSubstr("line 5, in helper     return results['price']"),
                            HasSubstr("KeyError: 'price'")));
}

/// A pipe that lets a model answer one call for each byte.
class gate {
public:
    explicit gate(fs::path file) : file_(std::move(file)) {
        EXPECT_EQ(::mkfifo(file_.c_str(), 0600), 0);
        end_ = ::open(file_.c_str(), O_RDWR | O_CLOEXEC); // nobody has to wait for the other end
        EXPECT_GE(end_, 0);
    }
    ~gate() { ::close(end_); }
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;

    [[nodiscard]] std::string model() const {
        return "gate = open('" + file_.string() + "', 'rb', buffering=0)\n" +
               "def predict(data):\n    gate.read(1)\n    return data\n";
    }
    void open(std::size_t calls) const {
        const std::string bytes(calls, '.');
        EXPECT_EQ(::write(end_, bytes.data(), calls), static_cast<ssize_t>(calls));
    }

private:
    fs::path file_;
    int end_ = -1;
};

TEST_F(studio_serving, overload_is_answered_as_ai_studio_does_it_and_ends) {
    const gate closed(folder_ / "gate");
    auto what = definition(closed.model());
    what.options.max_queued = 1;
    const auto s = online(what);
    constexpr std::int64_t many = 12; // more than wait in the queue and at the worker together
    std::vector<std::future<envelope>> calls;
    for (std::int64_t i = 0; i < many; ++i)
        calls.push_back(std::async(std::launch::async, [&] {
            studio_caller caller(studio().base_url(), studio().access_token());
            const auto path = s.url.substr(studio().base_url().size()) +
                              "?apiKey=" + std::string(s.api_key.reveal());
            return caller.call("POST", path, R"({"x":1})", {{"Authorization", ""}});
        }));
    EXPECT_TRUE(eventually([&] {
        const auto now = services().statistics(s.id).value();
        return now.in_flight + now.refused == many;
    }));
    const auto full = services().statistics(s.id).value();
    EXPECT_GT(full.refused, 0);
    EXPECT_GT(full.in_flight, 1);
    EXPECT_EQ(full.calls, 0);

    const auto one_more = client_->predictor(endpoint{s.url, s.api_key}).value().predict("{}");
    ASSERT_FALSE(one_more);
    EXPECT_EQ(one_more.error().code, errc::service_overloaded);
    EXPECT_EQ(one_more.error().service_code, service_code::queue_full);
    EXPECT_EQ(one_more.error().status, 503);
    EXPECT_EQ(one_more.error().outcome, outcome::done);

    closed.open(static_cast<std::size_t>(many));
    std::int64_t refused = 0;
    for (auto& c : calls) {
        const auto answer = c.get();
        if (answer.code == 0) {
            EXPECT_EQ(answer.result, R"({"x":1})");
            continue;
        }
        ++refused;
        EXPECT_EQ(answer.code, 10010) << answer.message;
        EXPECT_EQ(answer.status, 503U);
    }
    EXPECT_EQ(refused, full.refused);
    EXPECT_TRUE(client_->predictor(endpoint{s.url, s.api_key}).value().predict("{}"));
    const auto after = services().statistics(s.id).value();
    EXPECT_EQ(after.refused, refused + 1);
    EXPECT_EQ(after.calls, many - refused + 1);
    EXPECT_EQ(after.errors, 0);
    EXPECT_EQ(after.in_flight, 0);
}

// Folders of earlier versions

TEST(studio_serving_migration, services_of_an_earlier_version_are_kept) {
    const temporary_folder folder;
    fs::create_directories(folder / "studio/services/7");
    std::ofstream(folder / "studio/services/7/model.py") << summing;
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((folder / "studio/studio.db").c_str(), &db), SQLITE_OK);
    const auto run = [&](const std::string& sql) {
        char* why = nullptr;
        EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &why), SQLITE_OK) << why;
    };
    run(local::store::schema_steps[0]);
    run(local::store::schema_steps[1]);
    run("PRAGMA user_version = 2");
    run("INSERT INTO projects VALUES (1, 'p', '', 1000, 1000)");
    const auto now = std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
    run("INSERT INTO services VALUES (7, 's', 1, 'online', '', 'model.py', '[]', '[]', '', " + now +
        ", " + now + ")");
    run("INSERT INTO endpoints VALUES (7, 1, 7, 'the-key')");
    sqlite3_close(db);

    local::studio_options o;
    o.directory = folder / "studio";
    auto studio = local::studio::start(o).value();
    client_options c;
    c.base_url = studio.base_url();
    c.access_token = studio.access_token();
    sync_client client(c);
    const auto kept = client.services().get(service_id(7)).value();
    EXPECT_EQ(kept.state, service_state::online);
    EXPECT_EQ(kept.options, serving_options{});
    EXPECT_THAT(kept.files, ElementsAre("model.py"));
    EXPECT_EQ(kept.api_key.reveal(), "the-key");
    EXPECT_THAT(client.services().test(kept.id, R"({"a":1,"b":2})").value(), HasSubstr("3"));
}

} // namespace
} // namespace aistudio::test
