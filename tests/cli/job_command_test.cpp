#include "cli/command.hpp"

#include <csignal>

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
