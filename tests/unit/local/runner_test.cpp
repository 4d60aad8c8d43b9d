#include "local/jobs/runner.hpp"

#include "local/jobs/exit_text.hpp"
#include "local/jobs/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

namespace {

namespace fs = std::filesystem;
using namespace aistudio::local::jobs;
using namespace std::chrono_literals;
using aistudio::errc;
using testing::HasSubstr;
using testing::Not;

constexpr auto patience = 60s;

std::string text_of(const fs::path& file) {
    std::ostringstream out; // its << survives a file of /proc that goes while it is read
    out << std::ifstream(file, std::ios::binary).rdbuf();
    return out.str();
}

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

/// Waits for a condition without counting on how long it takes.
bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
        if (condition())
            return true;
        std::this_thread::sleep_for(5ms);
    }
    return condition();
}

/// Processes with `mark` among their arguments, other than this one.
int count_processes(const std::string& mark) {
    int found = 0;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos)
            continue;
        if (name == std::to_string(::getpid()))
            continue;
        if (text_of(entry.path() / "cmdline").find(mark) != std::string::npos)
            ++found;
    }
    return found;
}

fs::path python() {
    const char* set = std::getenv("AISTUDIO_PYTHON");
    return set != nullptr ? set : "python3";
}

class folder {
public:
    folder() {
        std::string name = fs::temp_directory_path() / "runner_test.XXXXXX";
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

/// The files of one job. The parameter: isolated or a plain process.
class Job : public testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        if (GetParam() && !isolate_available())
            GTEST_SKIP() << "bubblewrap does not run here";
        fs::create_directories(at / "code");
        fs::create_directories(at / "output");
    }

    process_spec spec(std::string command) {
        return {"job-1",
                at / "code",
                at / "output",
                at / "log",
                std::move(command),
                python(),
                "paddle3.0_py3.10",
                {},
                GetParam()};
    }

    [[nodiscard]] std::string log() const { return text_of(at / "log"); }

    folder at;
};

/// With a runner.
class Runner : public Job {
protected:
    std::future<exit_report> start(process_spec what) {
        auto ended = std::make_shared<std::promise<exit_report>>();
        auto future = ended->get_future();
        const auto started =
            jobs.start(std::move(what), [ended](exit_report r) { ended->set_value(std::move(r)); });
        EXPECT_TRUE(started) << (started ? "" : started.error().message());
        return future;
    }

    static exit_report await(std::future<exit_report> end) {
        if (end.wait_for(patience) != std::future_status::ready)
            throw std::runtime_error("the job did not end");
        return end.get();
    }

    exit_report run(const std::string& command) { return await(start(spec(command))); }

    runner jobs{{at / "scratch", 300ms}};
};

std::string mode_name(const testing::TestParamInfo<bool>& mode) {
    return mode.param ? "isolated" : "plain";
}
INSTANTIATE_TEST_SUITE_P(Modes, Runner, testing::Bool(), mode_name);

TEST_P(Runner, command_succeeds_reports_zero_and_logs_both_streams) {
    const auto end = run("echo to-out; echo to-err >&2");
    EXPECT_EQ(end.exit_code, 0);
    EXPECT_EQ(end.signal, std::nullopt);
    EXPECT_EQ(end.message, "");
    EXPECT_THAT(log(), HasSubstr("to-out\nto-err\n"));
}

TEST_P(Runner, log_says_environment_interpreter_and_isolation) {
    run("true");
    EXPECT_THAT(log(), HasSubstr("environment paddle3.0_py3.10: Python 3."));
    EXPECT_THAT(log(),
                HasSubstr(GetParam() ? "isolated with bubblewrap" : "warning: not isolated"));
    EXPECT_THAT(log(), HasSubstr("$ true"));
}

TEST_P(Runner, python_is_the_interpreter_given) {
    const auto expected = find_program(python())->string();
    run("python -c 'import sys; print(\"one\", sys.prefix)'; python3 -c 'import sys; "
        "print(\"two\", "
        "sys.prefix)'");
    const auto prefix = ::aistudio::local::jobs::run(
        {{expected, "-c", "import sys; print(sys.prefix, end='')"}, {}, {}, {}}, 30s);
    EXPECT_THAT(log(), HasSubstr("one " + prefix->output + "\ntwo " + prefix->output + "\n"));
}

TEST_P(Runner, output_of_python_arrives_while_the_job_runs) {
    auto end = start(spec("python -c 'import time; print(\"early\"); time.sleep(1000)'"));
    EXPECT_TRUE(eventually([&] { return log().find("\nearly\n") != std::string::npos; }));
    jobs.stop("job-1");
    EXPECT_TRUE(await(std::move(end)).stopped);
}

TEST_P(Runner, datasets_are_found_by_variable_and_link) {
    write(at / "store/abc", "one row");
    auto what = spec("cat \"$AISTUDIO_DATASET_DIR\"data65/rows.csv ./datasets/data65/rows.csv");
    what.datasets = {{at / "store/abc", "data65/rows.csv"}};
    EXPECT_EQ(await(start(what)).exit_code, 0);
    EXPECT_THAT(log(), HasSubstr("one rowone row"));
}

TEST_P(Runner, dataset_written_by_a_job_is_unchanged) {
    write(at / "store/abc", "one row");
    auto what = spec("echo changed > ./datasets/data65/rows.csv");
    what.datasets = {{at / "store/abc", "data65/rows.csv"}};
    await(start(what));
    EXPECT_EQ(text_of(at / "store/abc"), "one row");
}

TEST_P(Runner, output_is_found_by_variable_and_link) {
    run("echo a > \"$AISTUDIO_OUTPUT_DIR\"/a; echo b > ./output/b");
    EXPECT_EQ(text_of(at / "output/a"), "a\n");
    EXPECT_EQ(text_of(at / "output/b"), "b\n");
}

TEST_P(Runner, output_folder_in_the_code_is_kept) {
    write(at / "code/output/mine", "kept");
    EXPECT_EQ(run("cat output/mine").exit_code, 0);
    EXPECT_THAT(log(), HasSubstr("note: ./output is part of the code"));
}

TEST_P(Runner, environment_holds_no_secret_of_the_studio) {
    ::setenv("AISTUDIO_ACCESS_TOKEN", "canary-4711", 1);
    ::setenv("https_proxy", "http://user:canary-4712@proxy", 1);
    run("env; cat /proc/self/environ");
    ::unsetenv("AISTUDIO_ACCESS_TOKEN");
    ::unsetenv("https_proxy");
    EXPECT_THAT(log(), HasSubstr("PADDLE_TRAINING_ROLE=TRAINER"));
    EXPECT_THAT(log(), HasSubstr("PADDLE_TRAINERS=1"));
    EXPECT_THAT(log(), Not(HasSubstr("canary-471")));
}

TEST_P(Runner, command_that_does_not_exist_reports_127) {
    const auto end = run("no-such-command --flag");
    EXPECT_EQ(end.exit_code, 127);
    EXPECT_THAT(end.message, HasSubstr("does not exist"));
    EXPECT_THAT(log(), HasSubstr("no-such-command"));
}

TEST_P(Runner, command_that_fails_reports_its_status) {
    const auto end = run("exit 3");
    EXPECT_EQ(end.exit_code, 3);
    EXPECT_THAT(end.message, HasSubstr("exit status 3"));
}

TEST_P(Runner, command_that_crashes_reports_the_signal) {
    const auto end = run("kill -SEGV $$");
    EXPECT_EQ(end.exit_code, std::nullopt);
    EXPECT_EQ(end.signal, SIGSEGV);
    EXPECT_THAT(end.message, HasSubstr("SIGSEGV"));
}

TEST_P(Runner, stopped_job_may_end_by_itself) {
    auto end =
        start(spec("trap 'echo tidied > output/tidied; exit 0' TERM; echo ready; while :; do sleep "
                   "0.01; done"));
    ASSERT_TRUE(eventually([&] { return log().find("\nready\n") != std::string::npos; }));
    jobs.stop("job-1");
    const auto report = await(std::move(end));
    EXPECT_TRUE(report.stopped);
    EXPECT_EQ(report.exit_code, std::nullopt);
    EXPECT_EQ(text_of(at / "output/tidied"), "tidied\n");
}

/// Ignores SIGTERM, leaves its session, and has a child that does the same.
std::string stubborn_tree(const std::string& mark) {
    return "python -c \"\n"
           "import os, signal, time\n"
           "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
           "for _ in range(2):\n"
           "    if os.fork() == 0: os.setsid()\n"
           "print('ready')\n"
           "time.sleep(1000)\n"
           "\" " +
           mark;
}

TEST_P(Runner, stopped_job_leaves_no_process) {
    const auto mark = "mark-stop-" + std::to_string(::getpid());
    auto end = start(spec(stubborn_tree(mark) + " & " + stubborn_tree(mark) + "; true"));
    ASSERT_TRUE(eventually([&] { return count_processes(mark) >= 8; }));
    jobs.stop("job-1");
    EXPECT_TRUE(await(std::move(end)).stopped);
    EXPECT_EQ(count_processes(mark), 0);
}

TEST_P(Runner, ended_job_leaves_no_background_process) {
    const auto mark = "mark-end-" + std::to_string(::getpid());
    const auto end = run("(" + stubborn_tree(mark) +
                         ") > ready & while ! grep -q ready ready; do sleep "
                         "0.01; done; exit 5");
    EXPECT_EQ(end.exit_code, 5);
    EXPECT_EQ(count_processes(mark), 0);
}

TEST_P(Runner, stop_all_ends_every_job_and_refuses_new_ones) {
    auto first = spec("sleep 1000");
    auto second = first;
    second.id = "job-2";
    second.log_file = at / "log-2";
    auto one = start(first);
    auto two = start(second);
    jobs.stop_all();
    EXPECT_TRUE(await(std::move(one)).stopped);
    EXPECT_TRUE(await(std::move(two)).stopped);
    const auto refused = jobs.start(first, [](const exit_report&) {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::client_closed);
}

TEST_P(Runner, id_that_runs_is_refused) {
    auto end = start(spec("sleep 1000"));
    const auto refused = jobs.start(spec("true"), [](const exit_report&) { ADD_FAILURE(); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::conflict);
    jobs.stop("job-1");
    await(std::move(end));
}

TEST_P(Runner, log_that_cannot_be_written_reports_why) {
    auto what = spec("true");
    what.log_file = at / "nowhere/log";
    const auto end = await(start(what));
    EXPECT_EQ(end.exit_code, std::nullopt);
    EXPECT_THAT(end.message, HasSubstr("could not be started"));
}

TEST_P(Runner, many_jobs_at_once_each_report_once) {
    std::vector<std::future<exit_report>> ends;
    for (int i = 0; i < 12; ++i) {
        auto what = spec("exit " + std::to_string(i));
        what.id = "job-" + std::to_string(i);
        what.log_file = at / ("log-" + std::to_string(i));
        what.code_folder = at / ("code-" + std::to_string(i));
        fs::create_directories(what.code_folder);
        ends.push_back(start(what));
    }
    for (int i = 0; i < 12; ++i)
        EXPECT_EQ(await(std::move(ends[i])).exit_code, i);
}

/// Without a runner of its own: a process with threads should not be forked.
class KilledStudio : public Job {};
INSTANTIATE_TEST_SUITE_P(Modes, KilledStudio, testing::Bool(), mode_name);

TEST_P(KilledStudio, leaves_no_process) {
    const auto mark = "mark-kill-" + std::to_string(::getpid());
    const pid_t studio = ::fork();
    if (studio == 0) {
        runner own({at / "own-scratch", 300ms});
        (void)own.start(spec(stubborn_tree(mark) + "; true"), [](const exit_report&) {});
        for (;;)
            ::pause();
    }
    EXPECT_TRUE(eventually([&] { return count_processes(mark) >= 4; }));
    ::kill(studio, SIGKILL);
    ::waitpid(studio, nullptr, 0);
    EXPECT_TRUE(eventually([&] { return count_processes(mark) == 0; }));
}

struct refused_case {
    std::string name;
    std::function<void(process_spec&)> spoil;
    std::string says;
};
void PrintTo(const refused_case& c, std::ostream* out) { *out << c.name; }

class RunnerRefusal : public testing::TestWithParam<refused_case> {};

TEST_P(RunnerRefusal, bad_spec_is_refused_with_a_reason) {
    const folder at;
    for (const auto* name : {"code", "output"})
        fs::create_directories(at / name);
    write(at / "file", "x");
    runner jobs({at / "scratch"});
    process_spec spec{"job",  at / "code", at / "output", at / "log",
                      "true", python(),    "e",           {{at / "file", "data1/f"}},
                      false};
    GetParam().spoil(spec);
    const auto refused = jobs.start(spec, [](const exit_report&) { ADD_FAILURE(); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::invalid_argument);
    EXPECT_THAT(refused.error().detail, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RunnerRefusal,
    testing::Values(
        refused_case{"id", [](auto& s) { s.id = "../job"; }, "job's id"},
        refused_case{"command", [](auto& s) { s.command = ""; }, "command"},
        refused_case{"code", [](auto& s) { s.code_folder /= "no"; }, "code folder"},
        refused_case{"output", [](auto& s) { s.output_folder /= "no"; }, "output folder"},
        refused_case{"climbing", [](auto& s) { s.datasets[0].relative = "../f"; }, "`..`"},
        refused_case{"absolute", [](auto& s) { s.datasets[0].relative = "/f"; }, "relative"},
        refused_case{"lost", [](auto& s) { s.datasets[0].host += "x"; }, "data1/f is missing"},
        refused_case{"no_python", [](auto& s) { s.python = "/no/python"; }, "AISTUDIO_PYTHON"},
        refused_case{"not_python", [](auto& s) { s.python = "/bin/false"; }, "cannot be used"}),
    [](const auto& c) { return c.param.name; });

/// What only isolation gives.
class IsolatedRunner : public Runner {};
INSTANTIATE_TEST_SUITE_P(Modes, IsolatedRunner, testing::Values(true), mode_name);

TEST_P(IsolatedRunner, documented_paths_exist) {
    write(at / "store/abc", "row");
    auto what = spec("set -e; pwd; cat /root/paddlejob/workspace/train_data/datasets/data7/f "
                     "/home/aistudio/data/data7/f; echo 1 > /root/paddlejob/workspace/output/one; "
                     "cat /home/aistudio/output/one");
    what.datasets = {{at / "store/abc", "data7/f"}};
    EXPECT_EQ(await(start(what)).exit_code, 0);
    EXPECT_THAT(log(), HasSubstr("/root/paddlejob/workspace/code\nrowrow1\n"));
}

TEST_P(IsolatedRunner, datasets_and_system_are_read_only) {
    write(at / "store/abc", "row");
    auto what =
        spec("for f in /home/aistudio/data/data7/f "
             "/root/paddlejob/workspace/train_data/datasets/data7/f /usr/f /etc/f; do "
             "(echo x > $f) 2> /dev/null && echo wrote $f; done; rm -f datasets/data7/f && echo "
             "removed; mount -o remount,rw /usr 2> /dev/null && echo remounted; exit 0");
    what.datasets = {{at / "store/abc", "data7/f"}};
    EXPECT_EQ(await(start(what)).exit_code, 0);
    EXPECT_THAT(log(), Not(HasSubstr("\nwrote ")));
    EXPECT_THAT(log(), Not(HasSubstr("\nremoved")));
    EXPECT_THAT(log(), Not(HasSubstr("\nremounted")));
}

TEST_P(IsolatedRunner, files_of_the_machine_are_out_of_sight) {
    write(at / "secret", "token");
    const auto end = run("cat " + (at / "secret").string());
    EXPECT_NE(end.exit_code, 0);
}

TEST(DescribeExit, status_beyond_128_counts_as_signal) {
    EXPECT_EQ(describe_exit(139 << 8, false).signal, SIGSEGV);
    EXPECT_EQ(describe_exit(200 << 8, false).exit_code, 200);
    EXPECT_EQ(describe_exit(SIGKILL, false).signal, SIGKILL);
    EXPECT_THAT(describe_exit(SIGKILL, false).message, HasSubstr("out of memory"));
}

TEST(Spawn, program_that_does_not_exist_is_refused) {
    const auto started = spawn({{"/no/such/program"}, {}, {}, {}});
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().detail, HasSubstr("/no/such/program cannot be started"));
}

TEST(Run, program_that_never_ends_is_killed) {
    const auto answer = run({{"/bin/sleep", "1000"}, {}, {}, {}}, 20ms);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::deadline_exceeded);
}

} // namespace
