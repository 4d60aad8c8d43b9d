#include "local/jobs/runner.hpp"

#include "local/jobs/exit_text.hpp"
#include "local/jobs/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
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

std::future<exit_report> start(runner& jobs, process_spec what) {
    auto ended = std::make_shared<std::promise<exit_report>>();
    auto future = ended->get_future();
    const auto started =
        jobs.start(std::move(what), [ended](exit_report r) { ended->set_value(std::move(r)); });
    EXPECT_TRUE(started) << (started ? "" : started.error().message());
    return future;
}

exit_report await(std::future<exit_report> end) {
    if (end.wait_for(patience) != std::future_status::ready)
        throw std::runtime_error("the job did not end");
    return end.get();
}

/// With a runner.
class Runner : public Job {
protected:
    std::future<exit_report> start(process_spec what) { return ::start(jobs, std::move(what)); }

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

// ---- limits
// ---------------------------------------------------------------------------------------

TEST_P(Runner, job_beyond_its_time_is_ended_with_the_reason) {
    auto what =
        spec("trap 'echo tidied > output/tidied; exit 0' TERM; while :; do sleep 0.01; done");
    what.limits.time = 300ms;
    const auto end = await(start(what));
    EXPECT_FALSE(end.stopped);
    EXPECT_EQ(end.exit_code, std::nullopt);
    EXPECT_THAT(end.message, HasSubstr("longer than its limit of 300 ms"));
    EXPECT_THAT(log(), HasSubstr("longer than its limit of 300 ms"));
    EXPECT_EQ(text_of(at / "output/tidied"), "tidied\n");
}

TEST_P(Runner, job_beyond_its_memory_is_ended_with_the_reason) {
    const auto mark = "mark-memory-" + std::to_string(::getpid());
    auto what = spec("python -c \"x = bytearray(80_000_000); import time; time.sleep(1000)\" " +
                     mark + "; echo survived");
    what.limits.memory_bytes = 60'000'000;
    const auto end = await(start(what));
    EXPECT_EQ(end.exit_code, std::nullopt);
    EXPECT_THAT(end.message, HasSubstr("more memory than its limit of 57.2 MiB"));
    EXPECT_THAT(log(), Not(HasSubstr("\nsurvived")));
    EXPECT_EQ(count_processes(mark), 0);
}

TEST_P(Runner, job_beyond_its_output_is_ended_with_the_reason) {
    auto what = spec("while :; do echo more >> output/file; done");
    what.limits.output_bytes = 20'000;
    const auto end = await(start(what));
    EXPECT_EQ(end.exit_code, std::nullopt);
    EXPECT_THAT(end.message, HasSubstr("output folder than its limit of 19.5 KiB"));
    EXPECT_THAT(log(), HasSubstr("output folder than its limit"));
}

TEST_P(Runner, job_that_ends_with_too_much_output_fails_too) {
    auto what = spec("echo 0123456789 > output/file");
    what.limits.output_bytes = 10;
    EXPECT_THAT(await(start(what)).message, HasSubstr("limit of 10 bytes"));
    fs::remove(at / "output/file");
    fs::remove(at / "log");
    what.id = "job-2"; // the first one's is free only after it was told
    what.command = "echo 0123456789";
    EXPECT_THAT(await(start(what)).message, HasSubstr("its log than its limit of 10 bytes"));
}

TEST_P(Runner, job_within_its_limits_succeeds) {
    auto what = spec("echo 0123456789 > output/file");
    what.limits = {std::chrono::minutes(10), 1LL << 30, 100'000};
    EXPECT_EQ(await(start(what)).exit_code, 0);
}

// ---- several processes
// ----------------------------------------------------------------------------

class Roles : public Runner {
protected:
    process_spec roles(std::string command, int trainers, int servers) {
        auto out = spec(std::move(command));
        out.counts = {trainers, servers};
        out.logs_folder = at / "logs";
        return out;
    }
    [[nodiscard]] std::string role_log(const std::string& role) const {
        return text_of(at / "logs" / role);
    }
};
INSTANTIATE_TEST_SUITE_P(Modes, Roles, testing::Bool(), mode_name);

TEST_P(Roles, parameter_server_job_starts_all_with_roles_and_endpoints) {
    const auto end = await(start(roles(
        "echo role $PADDLE_TRAINING_ROLE $TRAINING_ROLE of $PADDLE_TRAINERS $PADDLE_TRAINERS_NUM; "
        "echo id $PADDLE_TRAINER_ID at $PADDLE_CURRENT_ENDPOINT; echo servers "
        "$PADDLE_PSERVERS_IP_PORT_LIST; [ $PADDLE_TRAINING_ROLE = TRAINER ] || { touch "
        "output/$PADDLE_PORT; exec sleep 1000; }; "
        "while [ $(ls output | wc -l) -lt 2 ]; do sleep 0.02; done",
        2, 2)));
    EXPECT_EQ(end.exit_code, 0) << log();
    for (const auto* trainer : {"trainer.0", "trainer.1"})
        EXPECT_THAT(role_log(trainer), HasSubstr("role TRAINER TRAINER of 2 2\n"));
    for (const auto* server : {"pserver.0", "pserver.1"})
        EXPECT_THAT(role_log(server), HasSubstr("role PSERVER PSERVER of 2 2\n"));
    EXPECT_THAT(role_log("trainer.1"), HasSubstr("id 1 at 127.0.0.1:"));
    // Each server's own endpoint is in its place of everyone's list.
    const auto list = role_log("trainer.0").substr(role_log("trainer.0").find("servers ") + 8);
    const auto comma = list.find(',');
    EXPECT_THAT(role_log("pserver.0"), HasSubstr(" at " + list.substr(0, comma) + "\n"));
    EXPECT_THAT(role_log("pserver.1"), HasSubstr(" at " + list.substr(comma + 1)));
    EXPECT_THAT(log(), HasSubstr("\n[pserver.1] role PSERVER"));
    EXPECT_THAT(log(), HasSubstr("\n[trainer.0] role TRAINER"));
}

TEST_P(Roles, failing_trainer_ends_the_job_with_its_reason) {
    const auto mark = "mark-role-" + std::to_string(::getpid());
    const auto end = await(start(
        roles("[ \"$PADDLE_TRAINER_ID\" = 1 ] && exit 7; : " + mark + "; exec sleep 1000", 3, 1)));
    EXPECT_EQ(end.exit_code, 7);
    EXPECT_THAT(end.message, HasSubstr("trainer.1 ended with exit status 7"));
    EXPECT_THAT(log(), HasSubstr("trainer.1 ended with exit status 7"));
    EXPECT_EQ(count_processes(mark), 0);
}

TEST_P(Roles, trainer_that_crashes_tells_the_signal) {
    const auto end = await(
        start(roles("[ \"$PADDLE_TRAINER_ID\" = 0 ] && kill -SEGV $$; exec sleep 1000", 1, 1)));
    EXPECT_EQ(end.signal, SIGSEGV);
    EXPECT_THAT(end.message, HasSubstr("trainer.0 was ended by signal 11 (SIGSEGV)"));
}

TEST_P(Roles, stopped_job_leaves_no_process) {
    const auto mark = "mark-roles-" + std::to_string(::getpid());
    auto end = start(roles(stubborn_tree(mark), 2, 1));
    ASSERT_TRUE(eventually([&] { return count_processes(mark) >= 12; }));
    jobs.stop("job-1");
    EXPECT_TRUE(await(std::move(end)).stopped);
    EXPECT_EQ(count_processes(mark), 0);
}

TEST_P(Roles, trainer_ends_with_its_process_whoever_holds_its_output) {
    const auto end =
        await(start(roles("(while :; do echo noise; sleep 0.001; done) & echo done", 1, 1)));
    EXPECT_EQ(end.exit_code, 0);
    EXPECT_THAT(role_log("trainer.0"), HasSubstr("done\n"));
}

TEST_P(Roles, lines_of_several_processes_stay_whole) {
    const auto end = await(start(
        roles("i=0; while [ $i -lt 200 ]; do printf 'half '; printf '%s\\n' $i; i=$((i+1)); done; "
              "printf 'no newline'",
              3, 1)));
    EXPECT_EQ(end.exit_code, 0);
    std::istringstream lines(log());
    int whole = 0;
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("[trainer.") || line.starts_with("[pserver.")) {
            ++whole;
            const auto text = line.substr(line.find(' ') + 1);
            EXPECT_TRUE(text.starts_with("half ") || text == "no newline") << line;
        }
    EXPECT_GE(whole, 3 * 201);
    EXPECT_EQ(std::ranges::count(role_log("trainer.2"), '\n'), 200);
}

TEST_P(Roles, several_trainers_without_paddle_fail_with_the_reason) {
    write(at / "code/x", "");
    auto what = roles("true", 2, 0);
    what.python = "/usr/bin/python3"; // the system's, which has no PaddlePaddle
    if (!fs::exists(what.python))
        GTEST_SKIP() << "no Python of the system";
    const auto end = await(start(what));
    EXPECT_NE(end.exit_code, 0);
    EXPECT_THAT(end.message, HasSubstr("launcher of PaddlePaddle"));
    EXPECT_THAT(log(), HasSubstr("paddle"));
}

// ---- packages
// -------------------------------------------------------------------------------------

/// A wheel that pip installs without building anything.
constexpr auto make_wheel = R"(
import sys, zipfile
folder, name, version, text = sys.argv[1:]
info = f'{name}-{version}.dist-info'
files = {f'{name}.py': text, f'{info}/METADATA': f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n',
         f'{info}/WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'}
record = ''.join(f'{path},,\n' for path in [*files, f'{info}/RECORD'])
with zipfile.ZipFile(f'{folder}/{name}-{version}-py3-none-any.whl', 'w') as wheel:
    for path, content in {**files, f'{info}/RECORD': record}.items():
        wheel.writestr(path, content)
)";

class Packages : public Job {
protected:
    void SetUp() override {
        Job::SetUp();
        fs::create_directories(at / "wheels");
        const auto has_pip = ::aistudio::local::jobs::run(
            {{find_program(python())->string(), "-I", "-m", "pip", "--version"}, {}, {}, {}}, 60s);
        if (!has_pip || has_pip->status != 0)
            GTEST_SKIP() << "the interpreter has no pip";
    }
    void wheel(const std::string& name, const std::string& text) {
        const auto made =
            ::aistudio::local::jobs::run({{find_program(python())->string(), "-c", make_wheel,
                                           (at / "wheels").string(), name, "1.0", text},
                                          {},
                                          {},
                                          {}},
                                         60s);
        ASSERT_TRUE(made && made->status == 0) << (made ? made->output : made.error().message());
    }
    [[nodiscard]] runner_options options() const {
        return {at / "scratch",
                300ms,
                at / "packages",
                {"--no-index", "--find-links", (at / "wheels").string()}};
    }
    process_spec with(std::string id, std::vector<std::string> requirements, std::string command) {
        auto out = spec(std::move(command));
        out.log_file = at / ("log-" + id);
        out.code_folder = at / ("code-" + id);
        fs::create_directories(out.code_folder);
        out.id = std::move(id);
        out.requirements = std::move(requirements);
        return out;
    }
    [[nodiscard]] std::string log_of(const std::string& id) const {
        return text_of(at / ("log-" + id));
    }
    [[nodiscard]] int kept() const {
        int out = 0;
        std::error_code ignored;
        for ([[maybe_unused]] const auto& entry : fs::directory_iterator(at / "packages", ignored))
            ++out;
        return out;
    }
};
INSTANTIATE_TEST_SUITE_P(Modes, Packages, testing::Bool(), mode_name);

TEST_P(Packages, declared_package_is_imported_and_installed_once) {
    wheel("tiny_one", "text = 'from the wheel'");
    const std::string command = "python -c 'import tiny_one; print(tiny_one.text)'";
    {
        runner jobs(options());
        EXPECT_EQ(await(start(jobs, with("a", {"tiny_one>=1"}, command))).exit_code, 0)
            << log_of("a");
        EXPECT_THAT(log_of("a"), HasSubstr("installing packages: tiny_one>=1"));
        EXPECT_THAT(log_of("a"), HasSubstr("\nfrom the wheel\n"));
    }
    fs::remove_all(at / "wheels"); // nothing can be installed any more
    runner jobs(options());        // the cache outlives the studio
    EXPECT_EQ(await(start(jobs, with("b", {" tiny_one>=1"}, command))).exit_code, 0) << log_of("b");
    EXPECT_THAT(log_of("b"), HasSubstr("packages are in the cache"));
    EXPECT_THAT(log_of("b"), Not(HasSubstr("installing")));
    EXPECT_THAT(log_of("b"), HasSubstr("\nfrom the wheel\n"));
}

TEST_P(Packages, job_without_requirements_sees_none) {
    wheel("tiny_two", "");
    runner jobs(options());
    EXPECT_EQ(await(start(jobs, with("a", {"tiny_two"}, "true"))).exit_code, 0) << log_of("a");
    EXPECT_NE(await(start(jobs, with("b", {}, "python -c 'import tiny_two'"))).exit_code, 0);
}

TEST_P(Packages, two_jobs_at_once_install_once) {
    wheel("tiny_three", "");
    runner jobs(options());
    std::vector<std::future<exit_report>> ends;
    for (const auto* id : {"a", "b", "c"})
        ends.push_back(start(jobs, with(id, {"tiny_three"}, "python -c 'import tiny_three'")));
    for (auto& end : ends)
        EXPECT_EQ(await(std::move(end)).exit_code, 0);
    EXPECT_EQ(kept(), 1);
}

TEST_P(Packages, failed_installation_ends_the_job_with_pips_text_and_keeps_nothing) {
    runner jobs(options());
    auto one = start(jobs, with("a", {"no-such-package-here"}, "echo ran"));
    auto two = start(jobs, with("b", {"no-such-package-here"}, "echo ran"));
    for (auto* end : {&one, &two}) {
        const auto report = await(std::move(*end));
        EXPECT_EQ(report.exit_code, std::nullopt);
        EXPECT_THAT(report.message, HasSubstr("could not be installed"));
    }
    for (const auto* id : {"a", "b"}) {
        EXPECT_THAT(log_of(id),
                    HasSubstr("No matching distribution found for no-such-package-here"));
        EXPECT_THAT(log_of(id), Not(HasSubstr("\nran")));
    }
    EXPECT_EQ(kept(), 0);
}

TEST_P(Packages, what_an_interrupted_installation_left_is_not_used) {
    write(at / "packages/part-0123/packages/tiny.py", "");
    runner jobs(options());
    EXPECT_EQ(kept(), 0);
}

/// A package index that never answers.
class silent_index {
public:
    silent_index() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(socket_.get(), 16) != 0 ||
            ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("listen");
        url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    }
    /// Once somebody has connected.
    void await_call() const {
        pollfd wanted{socket_.get(), POLLIN, 0};
        if (::poll(&wanted, 1, 60'000) != 1)
            throw std::runtime_error("nobody asked the index");
    }
    std::string url;

private:
    open_file socket_;
};

TEST_P(Packages, stopped_installation_leaves_neither_process_nor_half_a_cache) {
    const silent_index index;
    auto o = options();
    o.pip_options = {"--index-url", index.url};
    runner jobs(o);
    auto end = start(jobs, with("a", {"tiny"}, "echo ran"));
    index.await_call();
    jobs.stop("a");
    EXPECT_TRUE(await(std::move(end)).stopped);
    EXPECT_EQ(kept(), 0);
    EXPECT_EQ(count_processes(index.url), 0);
    EXPECT_THAT(log_of("a"), HasSubstr("stopping"));
}

TEST_P(Packages, stop_of_the_first_leaves_the_installation_to_the_second) {
    const silent_index index;
    auto o = options();
    o.pip_options = {"--index-url", index.url};
    runner jobs(o);
    auto first = start(jobs, with("a", {"tiny"}, "true"));
    auto second = start(jobs, with("b", {"tiny"}, "true"));
    index.await_call();
    ASSERT_TRUE(eventually([&] { return log_of("b").find("installing") != std::string::npos; }));
    jobs.stop("a");
    EXPECT_TRUE(await(std::move(first)).stopped);
    EXPECT_GT(count_processes(index.url), 0);
    jobs.stop_all();
    EXPECT_TRUE(await(std::move(second)).stopped);
    EXPECT_EQ(count_processes(index.url), 0);
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
        refused_case{"option", [](auto& s) { s.requirements = {"--index-url=x"}; },
                     "option of pip"},
        refused_case{"no_trainer", [](auto& s) { s.counts = {0, 1}; }, "needs a trainer"},
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
