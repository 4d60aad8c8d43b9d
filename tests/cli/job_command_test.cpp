#include "cli/command.hpp"

#include <csignal>
#include <cstdlib>

namespace aistudio::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class job_command : public command_test {
protected:
    std::string code() const {
        file("code/hello.txt", "hello from the code\n");
        return (folder_ / "code").string();
    }
    std::vector<std::string> submission(const std::string& command) const {
        return {"job", "submit", "--name", "j", "--folder", code(), "--cmd", command};
    }
    /// A file of a tar.gz whose name was printed.
    std::string unpacked(std::string archive, const std::string& name) const {
        archive.pop_back();
        const auto to = folder_ / "unpacked";
        std::filesystem::create_directories(to);
        const auto command = "tar -xzf '" + archive + "' -C '" + to.string() + "'";
        EXPECT_EQ(std::system(command.c_str()), 0) << command;
        return read_file(to / name);
    }
    std::string submit(const std::string& command) const {
        return member(run_json(submission(command)), "pipelineId");
    }
};

TEST_F(job_command, submit_with_follow_prints_the_log_and_the_job) {
    auto words = submission("cat hello.txt; echo result > output/r.txt");
    words.push_back("--follow");
    const auto ended = run(words);
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_THAT(ended.out, AllOf(HasSubstr("hello from the code\n"), HasSubstr("Succeeded")));
}

TEST_F(job_command, submit_with_follow_and_json_keeps_the_log_off_the_document) {
    auto words = submission("cat hello.txt");
    words.insert(words.end(), {"--follow", "--json"});
    const auto ended = run(words);
    EXPECT_EQ(member(ended.out, "stage"), "Succeeded");
    EXPECT_THAT(ended.err, HasSubstr("hello from the code"));
}

TEST_F(job_command, log_outputs_and_downloads_of_an_ended_job) {
    const auto id =
        submit("echo 日志; mkdir -p output/m; echo model > output/m/f.txt; echo r > output/r.txt");
    EXPECT_EQ(member(run_json({"job", "wait", id}), "stage"), "Succeeded");
    EXPECT_THAT(run({"job", "log", id}).out, HasSubstr("日志\n"));
    EXPECT_THAT(member(run_json({"job", "log", id}), "text"), HasSubstr("日志"));
    EXPECT_THAT(member(run_json({"job", "log", id, "--follow"}), "text"), HasSubstr("日志"));
    EXPECT_THAT(run({"job", "outputs", id}).out, HasSubstr("m/f.txt"));
    const auto out = (folder_ / "out").string();
    EXPECT_EQ(run({"job", "download", id, "--to", out}).status, 0);
    EXPECT_EQ(read_file(folder_ / "out" / "m" / "f.txt"), "model\n");
    EXPECT_EQ(run({"job", "download", id, "r.txt", "--to", out + "/one.txt"}).status, 0);
    EXPECT_EQ(read_file(folder_ / "out" / "one.txt"), "r\n");
    const auto archive = run({"job", "download", id, "--archive", "output", "--to", out});
    EXPECT_EQ(archive.out, out + "/" + id + "_output.tar.gz\n") << archive.err;
    const auto log = run({"job", "download", id, "--archive", "log", "--to", out});
    EXPECT_EQ(log.out, out + "/" + id + "_log.tar.gz\n") << log.err;
    EXPECT_EQ(unpacked(log.out, id + "_log.txt"), run({"job", "log", id}).out);
    EXPECT_EQ(unpacked(archive.out, "m/f.txt"), "model\n");
    EXPECT_EQ(unpacked(archive.out, "r.txt"), "r\n");
    EXPECT_THAT(run({"job", "list", "--stage", "succeeded"}).out, HasSubstr(id));
    EXPECT_EQ(run_json({"job", "list", "--stage", "Running"}), "[]\n");
}

TEST_F(job_command, failed_job_fails_the_wait) {
    const auto id = submit("exit 3");
    const auto waited = run({"job", "wait", id, "--json"});
    EXPECT_EQ(waited.status, 1);
    EXPECT_EQ(member(waited.out, "stage"), "Failed");
    EXPECT_EQ(member(waited.out, "exitCode"), "3");
}

TEST_F(job_command, wait_ends_at_its_timeout) {
    const auto id = submit("sleep 1000");
    const auto waited = run({"job", "wait", id, "--timeout", "0.3"});
    EXPECT_EQ(waited.status, 1);
    EXPECT_THAT(waited.err, HasSubstr("deadline_exceeded"));
    EXPECT_EQ(run({"job", "stop", id}).out, id + " stopped\n");
    EXPECT_EQ(run({"job", "wait", id}).status, 1);
    EXPECT_EQ(member(run_json({"job", "show", id}), "stage"), "Stopped");
}

TEST_F(job_command, interrupted_follow_leaves_the_job_running) {
    const auto id = submit("echo started; sleep 1000");
    for (const int number : {SIGINT, SIGTERM}) {
        command following({"job", "log", "-f", id}, environment());
        ASSERT_TRUE(following.prints("started"));
        following.signal(number);
        const auto ended = following.wait();
        EXPECT_EQ(ended.status, 128 + number);
        EXPECT_THAT(ended.err,
                    AllOf(HasSubstr("Interrupted"), HasSubstr("aistudio job stop " + id)));
    }
    EXPECT_EQ(member(run_json({"job", "show", id}), "stage"), "Running");
    EXPECT_EQ(run({"job", "stop", id}).status, 0);
}

TEST_F(job_command, options_are_shown_with_their_price_factors) {
    const auto shown = run({"job", "options"});
    EXPECT_EQ(shown.status, 0) << shown.err;
    EXPECT_THAT(shown.out, AllOf(HasSubstr("paddle3.0_py3.10"), HasSubstr("PRICE FACTOR"),
                                 HasSubstr("8x"), HasSubstr("not stated")));
    EXPECT_THAT(run_json({"job", "options", "--device", "v100"}), HasSubstr("\"priceFactor\":8"));
}

TEST_F(job_command, price_is_told_before_more_than_one_accelerator_is_asked_for) {
    auto words = submission("true");
    words.insert(words.end(), {"--gpus", "4"});
    const auto submitted = run(words);
    EXPECT_EQ(submitted.status, 0) << submitted.err;
    EXPECT_THAT(submitted.err, HasSubstr("8x as fast as one"));
}

TEST_F(job_command, code_is_read_back_changed_and_run_anew) {
    const auto id = submit("cat hello.txt");
    EXPECT_EQ(run({"job", "wait", id}).status, 0);
    EXPECT_THAT(run({"job", "version", id}).out, HasSubstr("hello.txt"));
    EXPECT_EQ(member(run_json({"job", "version", id}), "pipelineId"), id);
    const auto old = (folder_ / "old").string();
    EXPECT_EQ(run({"job", "version", id, "--to", old}).out, old + "\n");
    EXPECT_EQ(read_file(folder_ / "old" / "hello.txt"), "hello from the code\n");
    file("old/hello.txt", "hello from the change\n");
    const auto again =
        run({"job", "resubmit", id, "--folder", old, "--remark", "changed", "--follow"});
    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_THAT(again.out, HasSubstr("hello from the change\n"));
    const auto same =
        run({"job", "resubmit", id, "--cmd", "cat hello.txt; echo twice", "--follow"});
    EXPECT_THAT(same.out, HasSubstr("hello from the code\ntwice\n"));
    EXPECT_THAT(run({"job", "list", "--remark", "changed"}).out, HasSubstr("changed"));
    EXPECT_EQ(run_json({"job", "list", "--from", "2999-01-01"}), "[]\n");
    EXPECT_EQ(run_json({"job", "list", "--before", "2001-01-01T00:00:00Z"}), "[]\n");
    EXPECT_EQ(run({"job", "list", "--from", "yesterday"}).status, 2);
    EXPECT_EQ(run({"job", "resubmit", "job-4711"}).status, 1);
}

TEST_F(job_command, logs_of_roles_are_printed_apart) {
    auto words = submission("echo I am $PADDLE_TRAINING_ROLE; [ $PADDLE_TRAINING_ROLE = TRAINER ] "
                            "|| { touch output/up; "
                            "exec sleep 1000; }; while [ ! -e output/up ]; do sleep 0.02; done");
    words.insert(words.end(), {"--trainers", "2", "--servers", "1", "--wait", "--json"});
    const auto id = member(run(words).out, "pipelineId");
    EXPECT_EQ(run({"job", "log", id, "--role", "trainer.1"}).out, "I am TRAINER\n");
    EXPECT_EQ(run({"job", "log", id, "--role", "pserver.0", "--follow"}).out, "I am PSERVER\n");
    EXPECT_EQ(run({"job", "log", id, "--role", "trainer.9"}).status, 1);
}

TEST_F(job_command, limits_have_units_and_end_the_job) {
    auto words = submission("sleep 1000");
    words.insert(words.end(), {"--time-limit", "300ms", "--memory-limit", "2G", "--output-limit",
                               "1.5M", "--wait", "--json"});
    const auto ended = run(words);
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(member(ended.out, "message"), HasSubstr("limit of 300 ms"));
    EXPECT_EQ(member(ended.out, "memoryLimitBytes"), "2147483648");
    EXPECT_EQ(member(ended.out, "outputLimitBytes"), "1572864");
    for (const std::string bad : {"soon", "-1", "5 parsecs", "1e300", ""}) {
        auto wrong = submission("true");
        wrong.insert(wrong.end(), {"--time-limit=" + bad});
        EXPECT_NE(run(wrong).status, 0) << bad;
    }
}

TEST_F(job_command, requirements_are_read_from_a_file) {
    file("needs.txt", "# packages\n\nno-such-package-here==1.0 # why\n");
    auto words = submission("true");
    words.insert(words.end(), {"--requirements", (folder_ / "needs.txt").string(), "--json"});
    const auto submitted = run(words);
    EXPECT_THAT(submitted.out, HasSubstr("\"requirements\":[\"no-such-package-here==1.0\"]"))
        << submitted.err;
    EXPECT_EQ(run({"job", "stop", member(submitted.out, "pipelineId")}).status, 0);
    file("needs.txt", "--index-url http://127.0.0.1:9\n");
    EXPECT_EQ(run(words).status, 1);
    words.back() = "--quiet";
    words[words.size() - 2] = "/no/such/file";
    EXPECT_EQ(run(words).status, 2);
}

TEST_F(job_command, bad_submissions_are_refused) {
    EXPECT_EQ(run({"job", "submit", "--name", "j", "--folder", "/no/such", "--cmd", "x"}).status,
              1);
    EXPECT_EQ(run({"job", "submit", "--name", "", "--folder", code(), "--cmd", "x"}).status, 1);
    EXPECT_EQ(run({"job", "submit", "--name", "j", "--folder", code()}).status, 2);
    EXPECT_EQ(run({"job", "show", "no-such-job"}).status, 1);
    EXPECT_EQ(run_json({"job", "list"}), "[]\n");
}

} // namespace
} // namespace aistudio::test
