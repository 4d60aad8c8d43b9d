#include "cli/command.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <sstream>

namespace aistudio::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class service_command : public command_test {
protected:
    /// A service of a model in plain Python, as a draft.
    std::string create() const {
        file("model/model.py",
             "def predict(data):\n    return {\"sum\": data[\"a\"] + data[\"b\"]}\n");
        const auto project = member(run_json({"project", "create", "p"}), "projectId");
        return member(run_json({"service", "create", "adds", "--project", project, "--model",
                                (folder_ / "model").string(), "--main-program", "model.py"}),
                      "serviceId");
    }
    std::string online() const {
        const auto id = create();
        run_json({"service", "sandbox", id});
        run_json({"service", "deploy", id});
        return id;
    }
};

TEST_F(service_command, create_sandbox_test_deploy_predict_delete_goes_round) {
    const auto id = create();
    EXPECT_EQ(member(run_json({"service", "sandbox", id}), "state"), "sandbox");
    EXPECT_THAT(run({"service", "test", id, R"({"a": 1, "b": 2})"}).out, HasSubstr("3"));
    const auto deployed = run_json({"service", "deploy", id});
    EXPECT_EQ(member(deployed, "apiKey"), "***");
    EXPECT_EQ(run({"predict", "--service", id, R"({"a": 2, "b": 3})"}).out, "{\"sum\":5}\n");
    EXPECT_EQ(member(run_json({"service", "pause", id}), "state"), "paused");
    EXPECT_EQ(run({"predict", "--service", id, R"({"a": 2, "b": 3})"}).status, 1);
    EXPECT_EQ(member(run_json({"service", "resume", id}), "state"), "online");
    EXPECT_THAT(run({"service", "list"}).out, HasSubstr("adds"));
    EXPECT_EQ(run({"service", "delete", id}).status, 0);
    EXPECT_EQ(run_json({"service", "list"}), "[]\n");
}

TEST_F(service_command, draft_is_updated_until_it_is_a_sandbox) {
    const auto project = member(run_json({"project", "create", "p"}), "projectId");
    const auto made = run_json({"service", "draft", "d", "--project", project, "--workers", "2"});
    EXPECT_THAT(made, HasSubstr(R"("missing":["model","main_program"])"));
    const auto id = member(made, "serviceId");
    EXPECT_EQ(run({"service", "sandbox", id}).status, 1);
    EXPECT_EQ(run({"service", "update", id}).status, 2);
    file("m/model.py", "def predict(data):\n    return data['a']\n");
    file("m/else.txt", "x");
    const auto whole = run_json({"service", "update", id, "--model", (folder_ / "m").string(),
                                 "--file", "model.py", "--main-program", "model.py", "--max-batch",
                                 "8", "--memory-limit", "512"});
    EXPECT_THAT(whole, HasSubstr(R"("files":["model.py"])"));
    EXPECT_THAT(whole, HasSubstr(R"("workers":2)"));
    EXPECT_THAT(whole, HasSubstr(R"("maxBatch":8)"));
    EXPECT_THAT(whole, HasSubstr(R"("memoryLimit":536870912)"));
    EXPECT_THAT(run({"service", "show", id}).out, HasSubstr("MAX BATCH"));
    EXPECT_EQ(member(run_json({"service", "sandbox", id}), "state"), "sandbox");
    EXPECT_EQ(member(run_json({"service", "update", id, "--name", "new"}), "serviceName"), "new");
}

TEST_F(service_command, model_comes_from_the_project_or_from_an_archive) {
    const auto project = member(run_json({"project", "create", "p"}), "projectId");
    const auto source = file("m/model.py", "def predict(data):\n    return data['a']\n");
    ASSERT_EQ(run({"project", "upload", project, source, "served/model.py"}).status, 0);
    const auto answers = [&](const std::string& id) {
        EXPECT_EQ(run({"service", "sandbox", id}).status, 0);
        return run({"service", "test", id, R"({"a": 41})"}).out;
    };
    const std::vector<std::string> main{"--main-program", "model.py"};
    const auto make = [&](std::vector<std::string> words) {
        words.insert(words.end(), main.begin(), main.end());
        return run_json(words);
    };
    const auto created =
        make({"service", "create", "a", "--project", project, "--project-path", "served"});
    EXPECT_THAT(created, HasSubstr(R"("files":["model.py"])"));
    EXPECT_EQ(answers(member(created, "serviceId")), "41\n");
    const auto draft =
        make({"service", "draft", "b", "--project", project, "--project-path", "served"});
    EXPECT_EQ(answers(member(draft, "serviceId")), "41\n");
    const auto empty = run_json({"service", "draft", "c", "--project", project});
    make({"service", "update", member(empty, "serviceId"), "--project-path", "served"});
    EXPECT_EQ(answers(member(empty, "serviceId")), "41\n");
    EXPECT_EQ(run({"service", "create", "d", "--project", project, "--project-path", "no"}).status,
              1);

    const auto archive = (folder_ / "m.tar.gz").string();
    ASSERT_EQ(
        std::system(("tar -C '" + (folder_ / "m").string() + "' -czf '" + archive + "' .").c_str()),
        0);
    const auto packed = make({"service", "create", "e", "--project", project, "--model", archive});
    EXPECT_THAT(packed, HasSubstr(R"("files":["model.py"])"));
    EXPECT_EQ(answers(member(packed, "serviceId")), "41\n");
    EXPECT_EQ(run({"service", "create", "f", "--project", project, "--model", archive,
                   "--project-path", "served"})
                  .status,
              2);
}

TEST_F(service_command, options_of_the_definition_are_kept_and_changed) {
    const auto project = member(run_json({"project", "create", "p"}), "projectId");
    file("m/model.py", "def predict(data):\n    return data\n");
    const auto converter =
        file("c.py", "def output(results, data_args):\n    return [len(results['a'])]\n");
    const auto made = run_json({"service",
                                "create",
                                "s",
                                "--project",
                                project,
                                "--model",
                                (folder_ / "m").string(),
                                "--main-program",
                                "model.py",
                                "--converter",
                                converter,
                                "--input",
                                "a:-1,2:float32",
                                "--input",
                                "b:1:int64",
                                "--output",
                                "y:-1,1:float64",
                                "--time-limit",
                                "1500",
                                "--batch-delay",
                                "20",
                                "--max-queued",
                                "7"});
    EXPECT_THAT(made, HasSubstr(R"("inputs":[{"name":"a","shape":[-1,2],"dtype":"float32"},)"
                                R"({"name":"b","shape":[1],"dtype":"int64"}])"));
    EXPECT_THAT(made, HasSubstr(R"("outputs":[{"name":"y","shape":[-1,1],"dtype":"float64"}])"));
    EXPECT_THAT(made, HasSubstr(R"("timeLimit":1500)"));
    EXPECT_THAT(made, HasSubstr(R"("batchDelay":20)"));
    EXPECT_THAT(made, HasSubstr(R"("maxQueued":7)"));
    EXPECT_EQ(member(made, "hasConverter"), "true");

    const auto id = member(made, "serviceId");
    EXPECT_EQ(run({"service", "update", id, "--no-converter", "--converter", converter}).status, 2);
    const auto changed = run_json({"service", "update", id, "--no-converter", "--input",
                                   "a:-1,1:float32", "--output", "z:1:bool", "--time-limit", "0",
                                   "--batch-delay", "0", "--max-queued", "9"});
    EXPECT_EQ(member(changed, "hasConverter"), "false");
    EXPECT_THAT(changed, HasSubstr(R"("inputs":[{"name":"a","shape":[-1,1],"dtype":"float32"}])"));
    EXPECT_THAT(changed, HasSubstr(R"("outputs":[{"name":"z","shape":[1],"dtype":"bool"}])"));
    EXPECT_THAT(changed, HasSubstr(R"("timeLimit":0)"));
    EXPECT_THAT(changed, HasSubstr(R"("maxQueued":9)"));
    run_json({"service", "sandbox", id});
    EXPECT_EQ(run({"service", "test", id, R"({"a": [[1]]})"}).out, "{\"a\":[[1]]}\n");
    EXPECT_THAT(run({"service", "test", id, R"({"a": [1]})"}).err, HasSubstr("shape"));

    const auto draft = [&](const std::string& option, const std::string& value) {
        return run({"service", "draft", "d", "--project", project, option, value}).status;
    };
    EXPECT_EQ(draft("--time-limit", "86400000"), 0);
    EXPECT_EQ(draft("--time-limit", "86400001"), 1);
    EXPECT_EQ(draft("--batch-delay", "10001"), 1);
    EXPECT_EQ(draft("--max-queued", "1000001"), 1);
    EXPECT_EQ(draft("--input", "a:-1,x:float32"), 2);
}

TEST_F(service_command, test_shows_the_traceback_of_a_converter_with_its_lines) {
    const auto project = member(run_json({"project", "create", "p"}), "projectId");
    file("m/model.py", "def predict(data):\n    return data\n");
    const auto converter = file("c.py", "\ndef output(results, data_args):\n"
                                        "    return results['price']\n");
    const auto id = member(run_json({"service", "create", "s", "--project", project, "--model",
                                     (folder_ / "m").string(), "--main-program", "model.py",
                                     "--converter", converter}),
                           "serviceId");
    run_json({"service", "sandbox", id});
    const auto failed = run({"service", "test", id, "{}"});
    EXPECT_EQ(failed.status, 1);
    EXPECT_EQ(failed.out, "");
    EXPECT_THAT(failed.err,
                AllOf(HasSubstr("`output` failed in line 3 of the converter"),
                      HasSubstr("line 3, in output"), HasSubstr("return results['price']"),
                      HasSubstr("KeyError: 'price'")));
    const auto json = run({"service", "test", id, "{}", "--json"});
    EXPECT_THAT(member(member(json.out, "error"), "message"), HasSubstr("line 3, in output"));
    EXPECT_EQ(member(member(json.out, "error"), "service_code"), "422");
}

TEST_F(service_command, key_is_rotated_and_calls_are_counted) {
    const auto id = online();
    const auto key = run({"service", "key", id, "--show"}).out;
    EXPECT_EQ(member(run_json({"service", "rotate-key", id, "--overlap", "1.5"}), "apiKey"), "***");
    EXPECT_NE(run({"service", "key", id, "--show"}).out, key);
    run({"predict", "--service", id, R"({"a": 2, "b": 3})"});
    const auto stats = run_json({"service", "stats", id});
    EXPECT_THAT(stats, HasSubstr(R"("calls":1,"errors":0)"));
    EXPECT_THAT(run({"service", "stats", id}).out, HasSubstr("P99 MS"));
}

TEST_F(service_command, only_key_with_show_prints_the_key) {
    const auto id = online();
    const auto refused = run({"service", "key", id});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.err, HasSubstr("--show"));
    auto key = run({"service", "key", id, "--show"}).out;
    ASSERT_GT(key.size(), 8U);
    key.pop_back();
    EXPECT_EQ(member(run_json({"service", "key", id, "--show"}), "apiKey"), key);
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"service", "show", id},
                                               {"service", "show", id, "--json"},
                                               {"service", "list", "--json"},
                                               {"service", "list"},
                                               {"predict", "--service", id, "{\"a\":1,\"b\":2}"},
                                               {"predict", "--service", id, "{}"}}) {
        const auto ended = run(words);
        EXPECT_THAT(ended.out + ended.err, Not(HasSubstr(key)));
    }
}

TEST_F(service_command, service_without_a_model_is_refused) {
    const auto project = member(run_json({"project", "create", "p"}), "projectId");
    file("nothing/readme.txt", "no model here");
    EXPECT_EQ(run({"service", "create", "s", "--project", project}).status, 2);
    EXPECT_EQ(run({"service", "create", "s", "--project", project, "--model",
                   (folder_ / "nothing").string()})
                  .status,
              1);
    EXPECT_EQ(run({"service", "create", "s", "--project", project, "--model", "m", "--input", "x"})
                  .status,
              2);
}

/// Prediction against handlers in this process: fast, and with faults on demand.
class predict_command : public command_test {
protected:
    void SetUp() override {
        command_test::SetUp();
        where_ = studio_
                     ->serve("echo",
                             [calls = calls_](std::string_view json) -> result<std::string> {
                                 ++*calls;
                                 if (json.find("bad") != std::string_view::npos)
                                     return make_problem(errc::bad_request, "no bad ones");
                                 return std::string(json);
                             })
                     .value();
    }
    command::variables with_key(const std::string& name = "AISTUDIO_API_KEY") const {
        auto out = environment();
        out[name] = std::string(where_.api_key.reveal());
        return out;
    }
    command_result predict(std::vector<std::string> words, const std::string& input = {}) const {
        words.insert(words.begin(), {"predict", where_.url});
        auto ended = command(words, with_key(), input).wait();
        EXPECT_THAT(ended.out + ended.err, Not(HasSubstr(std::string(where_.api_key.reveal()))));
        return ended;
    }

    endpoint where_;
    std::shared_ptr<std::atomic<int>> calls_ = std::make_shared<std::atomic<int>>(0);
};

TEST_F(predict_command, one_record_as_argument_file_or_standard_input) {
    EXPECT_EQ(predict({"[1,2]"}).out, "[1,2]\n");
    EXPECT_EQ(predict({"@" + file("r.json", "{\"x\": 1}")}).out, "{\"x\":1}\n");
    EXPECT_EQ(predict({"-"}, "{\"x\":2}").out, "{\"x\":2}\n");
    EXPECT_EQ(predict({}, "{\"x\":3}").out, "{\"x\":3}\n");
    EXPECT_EQ(member(predict({"--raw", "[1,2]"}).out, "errorCode"), "0");
}

TEST_F(predict_command, key_comes_from_a_variable_or_option) {
    EXPECT_EQ(
        command({"predict", where_.url, "1", "--key-env", "MY_KEY"}, with_key("MY_KEY")).wait().out,
        "1\n");
    EXPECT_EQ(
        run({"predict", where_.url, "1", "--api-key", std::string(where_.api_key.reveal())}).out,
        "1\n");
    EXPECT_THAT(run({"predict", where_.url, "1"}).err, HasSubstr("AISTUDIO_API_KEY"));
    auto wrong = with_key();
    wrong["AISTUDIO_API_KEY"] = "canary-key";
    const auto refused = command({"predict", where_.url, "1"}, wrong).wait();
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("unauthorized"), Not(HasSubstr("canary"))));
}

TEST_F(predict_command, record_that_is_not_json_is_refused) {
    const auto refused = predict({"{x}"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, HasSubstr("not JSON"));
    EXPECT_EQ(predict({std::string(100000, '[')}).status, 1);
}

std::string numbered(int count) {
    std::ostringstream out;
    for (int i = 0; i < count; ++i)
        out << "{\"n\":" << i << "}\n";
    return out.str();
}

TEST_F(predict_command, json_lines_come_back_in_order) {
    const auto records = numbered(2000);
    const auto ended = predict({"--jsonl", "-", "--concurrency", "32"}, records);
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended.out, records);
    EXPECT_EQ(ended.err, "");
}

TEST_F(predict_command, failed_records_are_lines_in_their_place) {
    const auto ended = predict({"--jsonl", file("r.jsonl", "1\n\n{\"bad\":1}\nnot json\n2")});
    EXPECT_EQ(ended.status, 1);
    std::istringstream in(ended.out);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    ASSERT_EQ(lines.size(), 4U) << ended.out;
    EXPECT_EQ(lines[0], "1");
    EXPECT_THAT(member(member(lines[1], "error"), "message"), HasSubstr("no bad ones"));
    EXPECT_EQ(member(member(lines[2], "error"), "code"), "encode_failed");
    EXPECT_EQ(lines[3], "2");
}

TEST_F(predict_command, table_rows_are_objects_with_the_header_s_names) {
    const auto ended = predict({"--csv", "-"}, "a,name\r\n1.5,\"x,y\"\r\n,z\r\n1\r\n2,last\r\n");
    EXPECT_EQ(ended.status, 1);
    std::istringstream in(ended.out);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    ASSERT_EQ(lines.size(), 4U) << ended.out << ended.err;
    EXPECT_EQ(lines[0], R"({"a":1.5,"name":"x,y"})");
    EXPECT_EQ(lines[1], R"({"a":null,"name":"z"})");
    EXPECT_THAT(member(member(lines[2], "error"), "message"), HasSubstr("Line 4"));
    EXPECT_EQ(lines[3], R"({"a":2,"name":"last"})");
    EXPECT_THAT(predict({"--csv", "-"}, "").err, HasSubstr("no header"));
    EXPECT_THAT(predict({"--csv", "-"}, "a\n\"open\n").err, HasSubstr("Line 2"));
}

TEST_F(predict_command, ways_of_sending_give_the_same_answers) {
    const auto records = numbered(300);
    for (const std::vector<std::string>& way : {std::vector<std::string>{"--fixed", "-j", "8"},
                                                {"--batch", "20"},
                                                {"--batch", "20", "--batch-delay", "0.5"},
                                                {"--hedge"},
                                                {"--rate", "100000"}}) {
        auto words = way;
        words.insert(words.end(), {"--jsonl", "-"});
        const auto ended = predict(words, records);
        EXPECT_EQ(ended.status, 0) << ended.err;
        EXPECT_EQ(ended.out, records) << way.front();
    }
}

TEST_F(predict_command, first_failure_stops_when_asked) {
    const auto ended = predict({"--jsonl", "-", "--stop-on-error", "-j", "2"},
                               numbered(5) + "{\"bad\":1}\n" + numbered(5000));
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.out, HasSubstr("no bad ones"));
    EXPECT_LT(std::count(ended.out.begin(), ended.out.end(), '\n'), 1000);
}

TEST_F(predict_command, output_file_appears_when_it_is_complete) {
    const auto answers = (folder_ / "a.jsonl").string();
    const auto ended =
        predict({"--jsonl", file("r.jsonl", numbered(10)), "--limit", "3", "--output", answers});
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(read_file(answers), numbered(3));
    EXPECT_EQ(predict({"--jsonl", "-", "--output", "/no/such/folder/a"}, "1\n").status, 1);
}

TEST_F(predict_command, interrupted_stream_leaves_no_file) {
    const auto slow = studio_
                          ->serve("slow",
                                  [](std::string_view json) -> result<std::string> {
                                      if (json == "2")
                                          std::this_thread::sleep_for(std::chrono::seconds(
                                              2)); // longer than the command lives
                                      return std::string(json);
                                  })
                          .value();
    auto with_slow_key = environment();
    with_slow_key["AISTUDIO_API_KEY"] = std::string(slow.api_key.reveal());
    std::filesystem::create_directory(folder_ / "out");
    command streaming({"predict", slow.url, "--jsonl", file("r.jsonl", "1\n2\n"), "--output",
                       (folder_ / "out" / "a").string()},
                      with_slow_key);
    ASSERT_TRUE(eventually([&] { return !std::filesystem::is_empty(folder_ / "out"); }));
    streaming.signal(SIGINT);
    EXPECT_EQ(streaming.wait().status, 130);
    EXPECT_TRUE(std::filesystem::is_empty(folder_ / "out"));
}

TEST_F(predict_command, bench_tells_rate_and_percentiles) {
    const auto bench = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"bench", where_.url, "[1]", "--warm-up", "0"});
        auto ended = command(words, with_key()).wait();
        EXPECT_THAT(ended.out + ended.err, Not(HasSubstr(std::string(where_.api_key.reveal()))));
        return ended;
    };
    const auto closed = bench({"--calls", "200", "-j", "4"});
    EXPECT_EQ(closed.status, 0) << closed.err;
    EXPECT_THAT(closed.out, AllOf(HasSubstr("closed, 4 in flight"), HasSubstr("p99.9")));
    EXPECT_EQ(closed.err, "");
    const auto open = bench({"--calls", "100", "--rate", "2000", "--json"});
    EXPECT_EQ(member(open.out, "ok"), "100");
    EXPECT_EQ(member(open.out, "loop"), "open");
    EXPECT_GT(std::stod(member(member(open.out, "latency_ms"), "p50")), 0);
    EXPECT_EQ(bench({"--duration", "0.1", "-j", "2"}).status, 0);
    auto wrong = with_key();
    wrong["AISTUDIO_API_KEY"] = "canary-key";
    const auto refused =
        command({"bench", where_.url, "1", "--calls", "3", "--warm-up", "0", "--json"}, wrong)
            .wait();
    EXPECT_EQ(refused.status, 1);
    EXPECT_EQ(member(member(refused.out, "errors"), "unauthorized"), "3");
    EXPECT_THAT(refused.out + refused.err, Not(HasSubstr("canary")));
}

TEST_F(predict_command, interrupted_bench_ends) {
    command running({"bench", where_.url, "1", "--duration", "600", "--warm-up", "0"}, with_key());
    ASSERT_TRUE(eventually([&] { return *calls_ > 100; }));
    running.signal(SIGINT);
    EXPECT_EQ(running.wait().status, 130);
}

TEST_F(predict_command, wrong_combinations_are_wrong_usage) {
    EXPECT_EQ(run({"bench"}).status, 2);
    EXPECT_EQ(run({"predict", where_.url, "--csv", "-", "--jsonl", "-"}).status, 2);
    EXPECT_EQ(run({"predict", where_.url, "--jsonl", "-", "--batch", "2", "--raw"}).status, 2);
    EXPECT_EQ(run({"predict", where_.url, "--jsonl", "-", "--batch-delay", "2"}).status, 2);
    EXPECT_EQ(run({"predict"}).status, 2);
    EXPECT_EQ(run({"predict", where_.url, "1", "--jsonl", "-"}).status, 2);
    EXPECT_EQ(run({"predict", "--service", "1", "--api-key", "k", "1"}).status, 2);
    EXPECT_EQ(run({"predict", where_.url, "1", "--concurrency", "0"}).status, 2);
}

} // namespace
} // namespace aistudio::test
