#include "local/serving/engine.hpp"

#include "local/serving/frames.hpp"
#include "local/serving/restart_policy.hpp"

#include <aistudio/protocol/service_codes.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <future>
#include <mutex>
#include <sstream>
#include <thread>

namespace {

namespace fs = std::filesystem;
using namespace aistudio;
using namespace aistudio::local::serving;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr auto patience = 60s;
constexpr service_id id{7};

std::string text_of(const fs::path& file) {
    std::ostringstream out; // its << survives a file of /proc that goes while it is read
    out << std::ifstream(file, std::ios::binary).rdbuf();
    return out.str();
}

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
        if (condition())
            return true;
        std::this_thread::sleep_for(5ms);
    }
    return condition();
}

bool is_alive(pid_t pid) {
    const auto stat = text_of("/proc/" + std::to_string(pid) + "/stat");
    return !stat.empty() && stat.find(") Z ") == std::string::npos;
}

fs::path python() {
    const char* set = std::getenv("AISTUDIO_PYTHON");
    return set != nullptr ? set : "python3";
}

class folder {
public:
    folder() {
        std::string name = fs::temp_directory_path() / "engine_test.XXXXXX";
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("mkdtemp");
        path_ = name;
    }
    ~folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    fs::path operator/(const std::string& below) const { return path_ / below; }

private:
    fs::path path_;
};

class Engine : public testing::Test {
protected:
    engine& made(std::chrono::milliseconds timeout = 30s, std::size_t queued = 1000) {
        served.emplace(engine_options{python(), at / "scratch", timeout, queued,
                                      [this](std::string_view line) {
                                          const std::scoped_lock lock(mutex);
                                          log += std::string(line) + "\n";
                                      }});
        return *served;
    }

    /// Adds a Python model with this source, and a converter.
    void add(const std::string& model, const std::string& converter = {},
             const serving_options& options = {}, std::vector<tensor_spec> inputs = {}) {
        write(at / "model/model.py", model);
        const auto added = served->add(
            id, {at / "model", "model.py", std::move(inputs), {}, converter, {}, options});
        ASSERT_TRUE(added) << added.error().message();
    }

    std::future<answer> send(std::string body) {
        auto promise = std::make_shared<std::promise<answer>>();
        served->predict(id, std::move(body),
                        [promise](answer a) { promise->set_value(std::move(a)); });
        return promise->get_future();
    }

    static answer await(std::future<answer> f) {
        if (f.wait_for(patience) != std::future_status::ready)
            throw std::runtime_error("no answer came");
        return f.get();
    }

    answer load() {
        auto promise = std::make_shared<std::promise<answer>>();
        served->load(id, [promise](answer a) { promise->set_value(std::move(a)); });
        return await(promise->get_future());
    }

    answer ask(std::string body) { return await(send(std::move(body))); }

    std::string logged() {
        const std::scoped_lock lock(mutex);
        return log;
    }

    std::mutex mutex;
    std::string log;
    folder at;
    std::optional<engine> served;
};

constexpr auto echo = "def predict(data):\n    return data\n";

// A model in a worker

TEST_F(Engine, call_gives_what_the_model_gives) {
    made();
    add("def predict(data):\n    return {'twice': data['x'] * 2, 'text': 'é\\u4e2d'}\n");
    const auto a = ask(R"({"x": 21})");
    EXPECT_EQ(a.code, 0) << a.message;
    EXPECT_EQ(a.result_json, R"({"twice":42,"text":"é中"})");
}

TEST_F(Engine, calls_of_many_threads_each_get_their_own_answer) {
    made();
    add(echo);
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 100; ++i) {
                const auto body = "{\"n\":" + std::to_string(t * 1000 + i) + "}";
                if (ask(body).result_json == body)
                    ++right;
            }
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(right, 400);
}

/// Counts what it has read; waits for the file `gate` where a call says so, after writing the file
/// `waiting`.
constexpr auto gated = R"(
import os, time
count = 0
def reader_infer(data_args):
    global count
    count += 1
    if data_args.get('wait'):
        open('waiting', 'w').close()
        while not os.path.exists('gate'):
            time.sleep(0.002)
    return [[count]], None
def output(results, data_args):
    return count
)";

TEST_F(Engine, calls_of_a_plain_model_are_computed_one_by_one) {
    made();
    add(echo, gated);
    auto first = send(R"({"wait": true})");
    ASSERT_TRUE(eventually([&] { return fs::exists(at / "model/waiting"); }));
    std::vector<std::future<answer>> others;
    for (int i = 0; i < 100; ++i)
        others.push_back(send("{}"));
    write(at / "model/gate", "");
    EXPECT_EQ(await(std::move(first)).result_json, "1");
    for (int i = 0; i < 100; ++i) // each is answered before the next is read
        EXPECT_EQ(await(std::move(others[i])).result_json, std::to_string(i + 2));
}

TEST_F(Engine, call_that_ends_the_worker_fails_alone) {
    made();
    add("import os\ndef predict(data):\n    os._exit(3) if data.get('die') else None\n"
        "    return data['n']\n",
        gated + std::string("    return results\ndef output(results, data_args):\n"
                            "    return results\ndef reader_infer(data_args):\n"
                            "    if data_args.get('wait'):\n"
                            "        open('waiting', 'w').close()\n"
                            "        while not os.path.exists('gate'):\n"
                            "            time.sleep(0.002)\n"
                            "    return data_args, None\n"));
    auto first = send(R"({"wait": true, "n": 0})");
    ASSERT_TRUE(eventually([&] { return fs::exists(at / "model/waiting"); }));
    std::vector<std::future<answer>> others;
    for (int i = 1; i < 10; ++i)
        others.push_back(
            send("{\"n\": " + std::to_string(i) + (i == 2 ? ", \"die\": true}" : "}")));
    write(at / "model/gate", "");
    EXPECT_EQ(await(std::move(first)).result_json, "0");
    for (int i = 1; i < 10; ++i) {
        const auto a = await(std::move(others[i - 1]));
        if (i == 2)
            EXPECT_THAT(a.message, HasSubstr("exit status 3"));
        else
            EXPECT_EQ(a.result_json, std::to_string(i)) << a.message;
    }
    const auto counts = served->statistics(id);
    EXPECT_EQ(counts.calls, 10);
    EXPECT_EQ(counts.errors, 1);
    EXPECT_EQ(counts.worker_failures, 1);
}

TEST_F(Engine, full_queue_refuses_and_keeps_what_it_has) {
    made(30s, 3);
    add(echo, gated);
    auto first = send(R"({"wait": true})");
    ASSERT_TRUE(eventually([&] { return fs::exists(at / "model/waiting"); }));
    std::vector<std::future<answer>> others;
    for (int i = 0; i < 20; ++i)
        others.push_back(send("{}"));
    write(at / "model/gate", "");
    EXPECT_EQ(await(std::move(first)).code, 0);
    int answered = 0;
    int refused = 0;
    for (auto& f : others)
        ++(await(std::move(f)).code == service_code::queue_full ? refused : answered);
    EXPECT_GE(answered, 3); // the queue, and what was sent ahead
    EXPECT_LE(answered, 7);
    EXPECT_EQ(answered + refused, 20);
    EXPECT_EQ(served->statistics(id).refused, refused);
    EXPECT_EQ(served->statistics(id).calls, answered + 1);
}

TEST_F(Engine, bad_call_fails_alone) {
    made();
    add(echo);
    std::vector<std::pair<std::string, std::int64_t>> cases{
        {"{\"n\":1}", 0},
        {"{", service_code::parameter_invalid},
        {"[1]", service_code::parameter_invalid},
        {"", service_code::parameter_invalid},
        {"{\"n\":NaN}", service_code::parameter_invalid},
        {"\xff", service_code::parameter_invalid},
        {std::string(100000, '['), service_code::parameter_invalid},
        {"{\"n\":2}", 0}};
    std::vector<std::future<answer>> answers;
    for (const auto& [body, code] : cases)
        answers.push_back(send(body));
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto a = await(std::move(answers[i]));
        EXPECT_EQ(a.code, cases[i].second) << cases[i].first.substr(0, 20) << ": " << a.message;
        EXPECT_EQ(a.message.empty(), a.code == 0);
    }
}

TEST_F(Engine, worker_that_dies_fails_its_calls_and_is_restarted) {
    made();
    add("import os\ndef predict(data):\n    os.kill(os.getpid(), 9) if data.get('die') else None\n "
        "   return 1\n");
    const auto a = ask(R"({"die": true})");
    EXPECT_EQ(a.code, service_code::worker_failed);
    EXPECT_THAT(a.message, HasSubstr("SIGKILL"));
    EXPECT_EQ(ask("{}").result_json, "1");
}

TEST_F(Engine, worker_that_hangs_is_killed_and_restarted) {
    made(300ms);
    add("def predict(data):\n    while data.get('hang'): pass\n    return 1\n");
    EXPECT_EQ(ask("{}").result_json, "1");
    const auto a = ask(R"({"hang": true})");
    EXPECT_EQ(a.code, service_code::worker_timeout);
    EXPECT_THAT(a.message, HasSubstr("300 ms"));
    EXPECT_EQ(ask("{}").result_json, "1");
}

TEST_F(Engine, worker_that_dies_idle_is_restarted_before_it_is_needed) {
    made();
    add("import os\nprint('loaded')\ndef predict(data):\n    return os.getpid()\n");
    const auto first = static_cast<pid_t>(std::stol(ask("{}").result_json));
    ::kill(first, SIGKILL);
    EXPECT_TRUE(eventually([&] {
        const auto text = logged();
        return text.find("model loaded") != text.rfind("model loaded");
    }));
    EXPECT_NE(std::stol(ask("{}").result_json), first);
}

TEST_F(Engine, worker_that_always_dies_is_given_up_with_its_reason) {
    made();
    add("import os, sys\nprint('out of luck', file=sys.stderr)\nos._exit(9)\n");
    const auto a = ask("{}");
    EXPECT_EQ(a.code, service_code::worker_failed);
    EXPECT_THAT(a.message, HasSubstr("exit status 9"));
    EXPECT_THAT(a.message, HasSubstr("out of luck"));
    EXPECT_EQ(ask("{}").code, service_code::worker_failed); // at once, without another start
}

TEST_F(Engine, model_that_cannot_be_loaded_says_why) {
    made();
    add("import no_such_module\n");
    const auto a = ask("{}");
    EXPECT_EQ(a.code, service_code::worker_failed);
    EXPECT_THAT(a.message, HasSubstr("no_such_module"));
}

TEST_F(Engine, model_without_predict_says_so) {
    made();
    add("x = 1\n");
    EXPECT_THAT(ask("{}").message, HasSubstr("no function `predict(data)`"));
}

TEST_F(Engine, printing_reaches_the_log_and_not_the_answers) {
    made();
    add("import os, sys\ndef predict(data):\n    print('to stdout')\n    print('to stderr', "
        "file=sys.stderr)\n    os.write(1, b'raw\\n')\n    return sys.stdin.read() + 'fine'\n");
    EXPECT_EQ(ask("{}").result_json, "\"fine\"");
    EXPECT_TRUE(eventually([&] { return logged().find("service 7: raw\n") != std::string::npos; }));
    EXPECT_THAT(logged(), HasSubstr("service 7: to stdout\n"));
    EXPECT_THAT(logged(), HasSubstr("service 7: to stderr\n"));
}

TEST_F(Engine, worker_sees_no_secret_of_the_studio) {
    ::setenv("AISTUDIO_ACCESS_TOKEN", "canary-4711", 1);
    made();
    add("import os\ndef predict(data):\n    return dict(os.environ)\n");
    const auto a = ask("{}");
    ::unsetenv("AISTUDIO_ACCESS_TOKEN");
    EXPECT_THAT(a.result_json, HasSubstr("\"OMP_NUM_THREADS\":\"1\""));
    EXPECT_THAT(a.result_json, Not(HasSubstr("canary")));
}

TEST_F(Engine, result_that_is_no_json_is_refused) {
    made();
    add("def predict(data):\n    return eval(data['give'])\n");
    for (const auto& [give, says] : {std::pair{"float('nan')", "NaN"},
                                     {"[float('inf')]", "infinity"},
                                     {"{1, 2}", "type set"},
                                     {"'\\\\ud800'", "cannot be written"},
                                     {"[].append", "cannot be written"}}) {
        const auto a = ask(std::string(R"({"give": ")") + give + "\"}");
        EXPECT_EQ(a.code, service_code::converter_failed) << give;
        EXPECT_THAT(a.message, HasSubstr(says));
    }
}

TEST_F(Engine, load_tells_when_calls_can_be_computed_or_why_not) {
    made();
    add(echo);
    EXPECT_EQ(served->statistics(id).workers, 0); // nothing is started before it is needed
    EXPECT_EQ(load().code, 0);
    EXPECT_EQ(served->statistics(id).workers, 1);
    EXPECT_EQ(load().code, 0);
    add("import no_such_module\n");
    EXPECT_THAT(load().message, HasSubstr("no_such_module"));
    add("import os\nos._exit(9)\n");
    EXPECT_THAT(load().message, HasSubstr("exit status 9"));
    served->remove(id);
    EXPECT_EQ(load().code, service_code::not_running);
}

TEST_F(Engine, several_workers_answer_side_by_side) {
    made();
    serving_options two;
    two.workers = 2;
    // Each waits until the other has begun, too.
    add("import os, time\ndef predict(data):\n    open(data['me'], 'w').close()\n"
        "    while not os.path.exists(data['other']): time.sleep(0.002)\n    return os.getpid()\n",
        {}, two);
    auto a = send(R"({"me": "a", "other": "b"})");
    auto b = send(R"({"me": "b", "other": "a"})");
    EXPECT_NE(await(std::move(a)).result_json, await(std::move(b)).result_json);
    EXPECT_EQ(served->statistics(id).workers, 2);
}

TEST_F(Engine, memory_limit_fails_the_call_that_wants_more_and_no_other) {
    made();
    serving_options little;
    little.memory_limit = std::int64_t{128} << 20U;
    add(echo,
        "kept = []\n"
        "def reader_infer(data_args):\n"
        "    while data_args.get('much'):\n"
        "        kept.append(bytearray(1 << 24))\n"
        "    return data_args, None\n",
        little);
    const auto a = ask(R"({"much": true})");
    EXPECT_EQ(a.code, service_code::converter_failed) << a.message;
    EXPECT_THAT(a.message, HasSubstr("line 4"));
    EXPECT_THAT(a.message, HasSubstr("memory limit"));
    add(echo, {}, little);
    EXPECT_EQ(ask(R"({"n":1})").result_json, R"({"n":1})");
}

TEST_F(Engine, time_limit_of_a_service_counts_in_place_of_the_studios) {
    made(30s);
    serving_options hasty;
    hasty.time_limit = 200ms;
    add("def predict(data):\n    while data.get('hang'): pass\n    return 1\n", {}, hasty);
    const auto a = ask(R"({"hang": true})");
    EXPECT_EQ(a.code, service_code::worker_timeout);
    EXPECT_THAT(a.message, HasSubstr("200 ms"));
    EXPECT_EQ(ask("{}").result_json, "1");
}

TEST_F(Engine, worker_that_prints_megabytes_answers_and_fills_no_log) {
    made();
    add("def predict(data):\n    for _ in range(100000): print('x' * 100)\n"
        "    print('y' * 10000000)\n    return 1\n");
    EXPECT_EQ(ask("{}").result_json, "1");
    EXPECT_LT(logged().size(), std::size_t{1} << 20U);
}

TEST_F(Engine, idle_worker_that_does_not_answer_is_replaced) {
    engine_options o{python(), at / "scratch", 30s, 1000, {}};
    o.health_interval = 50ms;
    o.health_limit = 2s;
    served.emplace(std::move(o));
    add("import os\ndef predict(data):\n    return os.getpid()\n");
    const auto first = static_cast<pid_t>(std::stol(ask("{}").result_json));
    ::kill(first, SIGSTOP);
    EXPECT_TRUE(eventually([&] { return !is_alive(first); }));
    EXPECT_NE(std::stol(ask("{}").result_json), first);
}

TEST_F(Engine, plain_model_that_fails_tells_the_line) {
    made();
    add("def predict(data):\n    x = data['n']\n    return 1 / x\n");
    const auto a = ask(R"({"n": 0})");
    EXPECT_EQ(a.code, service_code::converter_failed);
    EXPECT_THAT(a.message, HasSubstr("`predict` failed in line 3 of model.py"));
    EXPECT_THAT(a.message, HasSubstr("ZeroDivisionError"));
}

TEST_F(Engine, declared_inputs_of_a_plain_model_are_compared_with_each_call) {
    made();
    add(echo, {}, {}, {{"x", {-1, 2}, "float32"}, {"n", {}, "int64"}});
    EXPECT_EQ(ask(R"({"x":[[1,2]],"n":3})").code, 0);
    EXPECT_EQ(ask(R"({"n":3})").code, service_code::parameter_missing);
    for (const auto* bad :
         {R"({"x":[[1,2,3]],"n":3})", R"({"x":[[1],[1,2]],"n":3})", R"({"x":[["1","2"]],"n":3})",
          R"({"x":[[1,2]],"n":3.5})", R"({"x":[[1,2]],"n":true})"})
        EXPECT_EQ(ask(bad).code, service_code::parameter_invalid) << bad;
}

// Converters

TEST_F(Engine, converter_styles_of_the_platform_are_accepted) {
    for (const auto* reader :
         {"    return [[data_args['n']]], None\n",
          "    def reader():\n        return [[data_args['n']]], None\n    return reader\n",
          "    def reader():\n        yield [[data_args['n']]], None\n    return reader\n",
          "    import paddle.fluid as fluid\n    x = fluid.layers.data(name='x', shape=[1])\n"
          "    feeder = fluid.DataFeeder(place=fluid.CPUPlace(), feed_list=[x])\n"
          "    def reader():\n        return [[data_args['n']]], feeder\n    return reader\n"}) {
        if (std::string(reader).find("fluid") != std::string::npos &&
            std::system((python().string() + " -c 'import paddle' 2> /dev/null").c_str()) != 0)
            continue; // needs Paddle
        made();
        add(echo,
            std::string("def reader_infer(data_args):\n") + reader +
                "def output(results, data_args):\n    return [{'predict': r} for r in results]\n");
        const auto a = ask(R"({"n": 3})");
        EXPECT_EQ(a.result_json, R"([{"predict":[3]}])") << a.message;
    }
}

TEST_F(Engine, converter_that_fails_tells_the_line) {
    made();
    add(echo, "def reader_infer(data_args):\n"
              "    value = data_args['n']\n"
              "    return [[float(value)]], None\n"
              "def output(results, data_args):\n"
              "    return 1 / results[0][0]\n");
    const auto missing = ask("{}");
    EXPECT_EQ(missing.code, service_code::converter_failed);
    EXPECT_THAT(missing.message, HasSubstr("`reader_infer` failed in line 2 of the converter"));
    EXPECT_THAT(missing.message, HasSubstr("KeyError: 'n'"));
    EXPECT_THAT(missing.message, HasSubstr("value = data_args['n']"));
    EXPECT_THAT(ask(R"({"n": "abc"})").message, HasSubstr("line 3"));
    EXPECT_THAT(ask(R"({"n": 0})").message, HasSubstr("`output` failed in line 5"));
    EXPECT_EQ(ask(R"({"n": 4})").result_json, "0.25");
}

TEST_F(Engine, converter_that_cannot_be_loaded_tells_the_line) {
    for (const auto& [source, says] :
         {std::pair{"x = 1\ndef reader_infer(data_args:\n", "line 2"},
          {"import no_such_module\n", "no_such_module"},
          {"x = 1\nimport sys\nsys.exit(0)\n", "line 3"},
          {"def reader(data_args):\n    pass\n", "neither `reader_infer(data_args)`"}}) {
        made();
        add(echo, source);
        const auto a = ask("{}");
        EXPECT_EQ(a.code, service_code::converter_failed);
        EXPECT_THAT(a.message, HasSubstr(says));
    }
}

TEST_F(Engine, converter_that_returns_no_pair_is_told_what_to_return) {
    made();
    add(echo, "def reader_infer(data_args):\n    return 5\n");
    EXPECT_THAT(ask("{}").message, HasSubstr("must return a pair"));
}

// Life of services

TEST_F(Engine, removed_service_answers_what_waits_and_kills_its_worker) {
    made();
    add("import os\ndef predict(data):\n    return os.getpid()\n", gated);
    auto at_worker = send(R"({"wait": true})");
    ASSERT_TRUE(eventually([&] { return fs::exists(at / "model/waiting"); }));
    auto waiting = send("{}");
    served->remove(id);
    EXPECT_EQ(await(std::move(at_worker)).code, service_code::not_running);
    EXPECT_EQ(await(std::move(waiting)).code, service_code::not_running);
    EXPECT_EQ(ask("{}").code, service_code::not_running);
}

TEST_F(Engine, service_added_again_is_replaced) {
    made();
    add("def predict(data):\n    return 'old'\n");
    EXPECT_EQ(ask("{}").result_json, "\"old\"");
    add("def predict(data):\n    return 'new'\n");
    EXPECT_EQ(ask("{}").result_json, "\"new\"");
}

TEST_F(Engine, stop_answers_every_call_and_leaves_no_process) {
    made();
    add("import os\ndef predict(data):\n    if os.fork() == 0:\n        while True: pass\n"
        "    return os.getpid()\n");
    const auto pid = static_cast<pid_t>(std::stol(ask("{}").result_json));
    std::vector<std::future<answer>> answers;
    for (int i = 0; i < 50; ++i)
        answers.push_back(send("{}"));
    served->stop();
    for (auto& f : answers)
        EXPECT_EQ(f.wait_for(0s), std::future_status::ready);
    EXPECT_FALSE(is_alive(pid));
    EXPECT_EQ(ask("{}").code, service_code::not_running);
    EXPECT_EQ(served->add(id, {at / "model", "model.py", {}, {}, {}, {}}).error().code,
              errc::client_closed);
    EXPECT_TRUE(eventually([&] { // what the worker had started
        for (const auto& entry : fs::directory_iterator("/proc"))
            if (text_of(entry.path() / "cmdline").find((at / "scratch").string()) !=
                std::string::npos)
                return false;
        return true;
    }));
}

TEST_F(Engine, killed_studio_leaves_no_worker) {
    const auto pid_file = at / "model/pid";
    const pid_t studio = ::fork();
    if (studio == 0) {
        made();
        add("import os, time\nopen('pid.new', 'w').write(str(os.getpid()))\n"
            "os.rename('pid.new', 'pid')\nwhile True: time.sleep(1)\n");
        served->load(id, [](const answer&) {});
        for (;;)
            ::pause();
    }
    ASSERT_TRUE(eventually([&] { return fs::exists(pid_file); }));
    const auto worker = static_cast<pid_t>(std::stol(text_of(pid_file)));
    EXPECT_TRUE(is_alive(worker));
    ::kill(studio, SIGKILL);
    ::waitpid(studio, nullptr, 0);
    EXPECT_TRUE(eventually([&] { return !is_alive(worker); }));
}

TEST_F(Engine, interpreter_that_does_not_exist_is_refused) {
    made();
    write(at / "model/model.py", echo);
    const auto added = served->add(id, {at / "model", "model.py", {}, {}, {}, "/no/python"});
    ASSERT_FALSE(added);
    EXPECT_THAT(added.error().detail, HasSubstr("AISTUDIO_PYTHON"));
}

TEST_F(Engine, worker_source_is_readable_by_the_user_only) {
    made();
    add(echo);
    EXPECT_EQ(fs::status(at / "scratch/worker/worker.py").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

// Handlers in this process

TEST_F(Engine, handler_answers_calls) {
    made();
    served->serve(id, [](std::string_view json) -> result<std::string> {
        return "[" + std::string(json) + "]";
    });
    EXPECT_EQ(ask("5").result_json, "[5]");
}

TEST_F(Engine, handler_failures_are_told_apart) {
    made();
    served->serve(id, [](std::string_view json) -> result<std::string> {
        if (json == "throw")
            throw std::runtime_error("broke");
        if (json == "busy")
            return make_problem(errc::service_overloaded, "Later.");
        return make_problem(errc::invalid_argument, "No.");
    });
    const auto thrown = ask("throw");
    EXPECT_EQ(thrown.code, service_code::converter_failed);
    EXPECT_THAT(thrown.message, HasSubstr("broke"));
    EXPECT_EQ(ask("busy").code, service_code::queue_full);
    EXPECT_EQ(ask("busy").message, "Later.");
    EXPECT_EQ(ask("else").code, service_code::internal);
}

TEST_F(Engine, handlers_run_several_at_a_time_and_do_not_block_the_caller) {
    made();
    std::promise<void> second_runs;
    std::atomic<int> running = 0;
    served->serve(id, [&](std::string_view) -> result<std::string> {
        if (++running == 2)
            second_runs.set_value();
        else
            second_runs.get_future().wait();
        return "1";
    });
    auto one = send("{}");
    auto two = send("{}");
    EXPECT_EQ(await(std::move(one)).code, 0);
    EXPECT_EQ(await(std::move(two)).code, 0);
}

TEST_F(Engine, handlers_queue_is_bounded_and_answered_by_stop) {
    made(30s, 2);
    std::promise<void> gate;
    auto opened = gate.get_future().share();
    std::atomic<int> running = 0;
    served->serve(id, [&](std::string_view) -> result<std::string> {
        ++running;
        opened.wait();
        return "1";
    });
    std::vector<std::future<answer>> answers;
    int refused = 0;
    while (refused == 0) { // until the pool and the queue are full
        answers.push_back(send("{}"));
        if (answers.back().wait_for(20ms) == std::future_status::ready) {
            EXPECT_EQ(answers.back().get().code, service_code::queue_full);
            answers.pop_back();
            ++refused;
        }
    }
    std::thread stopping([&] { served->stop(); });
    for (int i = 0; i < 2; ++i) { // what waits is answered though the handlers still run
        EXPECT_EQ(await(std::move(answers.back())).code, service_code::not_running);
        answers.pop_back();
    }
    gate.set_value();
    stopping.join();
    for (auto& f : answers)
        EXPECT_EQ(await(std::move(f)).code, 0);
}

TEST_F(Engine, unknown_service_is_not_running) {
    made();
    EXPECT_EQ(ask("{}").code, service_code::not_running);
}

// Model folders

/// As Paddle 3 begins a graph with a parameter.
constexpr auto graph_text =
    R"({"base_code": {"magic": "pir"}, "program": {"ops": [{"#": "p", "A": []}]}})";

class ModelFolder : public Engine {
protected:
    void SetUp() override {
        made();
        fs::create_directories(at / "m");
    }
    std::string find() {
        const auto found = served->find_main_program(at / "m");
        return found ? *found : "error: " + found.error().detail;
    }
    std::string check(const std::string& main_program) {
        const auto checked = served->check({at / "m", main_program, {}, {}, {}, {}});
        return checked ? "fine" : checked.error().detail;
    }
};

TEST_F(ModelFolder, each_kind_of_model_is_found) {
    for (const auto& [graph, params] : {std::pair{"model.json", "model.pdiparams"},
                                        {"m.pdmodel", "m.pdiparams"},
                                        {"__model__", "__params__"}}) {
        fs::remove_all(at / "m");
        write(at / "m" / graph, graph_text);
        write(at / "m" / params, "");
        write(at / "m/metrics.json", "{}");
        EXPECT_EQ(find(), graph);
        EXPECT_EQ(check(graph), "fine");
        EXPECT_EQ(check(""), "fine");
    }
}

TEST_F(ModelFolder, model_below_is_found_when_there_is_none_at_the_top) {
    write(at / "m/sub/model.json", graph_text);
    write(at / "m/sub/model.pdiparams", "");
    EXPECT_EQ(find(), "sub/model.json");
    write(at / "m/top.pdmodel", "");
    EXPECT_EQ(find(), "top.pdmodel");
}

TEST_F(ModelFolder, graph_without_parameters_needs_no_file_of_them) {
    write(at / "m/model.json", R"({"base_code": {"magic": "pir"}, "program": {"ops": []}})");
    EXPECT_EQ(find(), "model.json");
    EXPECT_EQ(check("model.json"), "fine");
}

TEST_F(ModelFolder, folder_without_a_model_is_refused) {
    write(at / "m/readme.txt", "");
    EXPECT_THAT(find(), HasSubstr("holds no model"));
    EXPECT_THAT(check(""), HasSubstr("holds no model"));
}

TEST_F(ModelFolder, several_models_are_listed) {
    for (const auto* name : {"a.json", "b.json", "a.pdiparams", "b.pdiparams"})
        write(at / "m" / name, graph_text);
    EXPECT_THAT(find(), HasSubstr("several models (a.json, b.json)"));
    EXPECT_EQ(check("b.json"), "fine");
}

TEST_F(ModelFolder, bad_main_program_is_refused) {
    write(at / "m/model.json", graph_text);
    write(at / "m/metrics.json", "{}");
    write(at / "m/notes.txt", "");
    write(at / "other.json", "{}");
    EXPECT_THAT(check("model.json"), HasSubstr("model.pdiparams is missing"));
    EXPECT_THAT(check("metrics.json"), HasSubstr("not a graph that Paddle wrote"));
    EXPECT_THAT(check("nothing.json"), HasSubstr("has no file nothing.json"));
    EXPECT_THAT(check("../other.json"), HasSubstr("inside the model folder"));
    EXPECT_THAT(check("/etc/passwd"), HasSubstr("inside the model folder"));
    EXPECT_THAT(check("notes.txt"), HasSubstr("is not a main program"));
    EXPECT_FALSE(served->check({at / "none", "", {}, {}, {}, {}}));
}

// Frames and restarts

TEST(Frames, bodies_are_counted_and_measured) {
    const auto frame = frames::encode({"ab", ""});
    EXPECT_EQ(frame, std::string("\x0e\0\0\0\x02\0\0\0\x02\0\0\0ab\0\0\0\0", 18));
    EXPECT_EQ(frames::payload_size({0x0e, 0, 0, 0}), 14U);
    EXPECT_EQ(frames::payload_size({1, 2, 3, 4}), 0x04030201U);
}

TEST(Frames, answers_are_read_in_order) {
    const std::string payload("\x02\0\0\0\0\0\0\0\x01\0\0\0x\xa6\x01\0\0\x02\0\0\0no", 23);
    const auto answers = frames::decode(payload, 2);
    ASSERT_TRUE(answers);
    EXPECT_EQ((*answers)[0].result_json, "x");
    EXPECT_EQ((*answers)[1].code, 422);
    EXPECT_EQ((*answers)[1].message, "no");
}

TEST(Frames, garbage_is_refused_at_every_length) {
    const std::string payload("\x01\0\0\0\0\0\0\0\x01\0\0\0x", 13);
    ASSERT_TRUE(frames::decode(payload, 1));
    EXPECT_FALSE(frames::decode(payload, 2));
    EXPECT_FALSE(frames::decode(payload + "y", 1));
    for (std::size_t size = 0; size < payload.size(); ++size)
        EXPECT_FALSE(frames::decode(payload.substr(0, size), 1)) << size;
}

TEST(RestartPolicy, pause_doubles_until_it_gives_up_and_success_forgets) {
    restart_policy policy;
    EXPECT_EQ(policy.pause(), 0ms);
    for (const auto expected : {100ms, 200ms, 400ms, 800ms}) {
        policy.died();
        EXPECT_FALSE(policy.gave_up());
        EXPECT_EQ(policy.pause(), expected);
    }
    policy.died();
    EXPECT_TRUE(policy.gave_up());
    EXPECT_EQ(policy.pause(), restart_policy::hold);
    policy.succeeded();
    EXPECT_FALSE(policy.gave_up());
}

} // namespace
