#include "cli/command.hpp"

#include <csignal>
#include <thread>

namespace aistudio::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Without a studio in this process: the command starts its own.
class local_command : public command_test {
protected:
    void SetUp() override {}
    std::string directory() const { return (folder_ / "a studio").string(); }
    std::vector<std::string> words(const std::string& verb,
                                   std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"local", verb, "--dir", directory()});
        return more;
    }
};

TEST_F(local_command, up_with_json_prints_one_line_and_ends_with_ctrl_c) {
    for (const int number : {SIGINT, SIGTERM}) {
        command up(words("up", {"--json", "--quiet", "--user", "somebody"}), environment());
        ASSERT_TRUE(up.prints("}\n"));
        const auto status = run_json(words("status"));
        EXPECT_EQ(member(status, "state"), "running");
        up.signal(number);
        const auto ended = up.wait();
        EXPECT_EQ(ended.status, 0) << ended.err;
        EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 1);
        EXPECT_EQ(member(ended.out, "user"), "somebody");
        EXPECT_EQ(member(ended.out, "base_url"), member(status, "base_url"));
        EXPECT_EQ(ended.err, "");
        EXPECT_EQ(member(run(words("status", {"--json"})).out, "state"), "stopped");
    }
}

TEST_F(local_command, announced_studio_answers_the_announced_token) {
    command up(words("up", {"--json", "--quiet", "--token", "canary-of-up"}), environment());
    ASSERT_TRUE(up.prints("}\n"));
    auto client = environment();
    client["AISTUDIO_BASE_URL"] = member(run_json(words("status")), "base_url");
    client["AISTUDIO_ACCESS_TOKEN"] = "canary-of-up";
    const auto listed = command({"dataset", "list", "--json"}, client).wait();
    EXPECT_EQ(listed.out, "[]\n") << listed.err;
    up.signal(SIGINT);
    EXPECT_EQ(member(up.wait().out, "token"), "canary-of-up");
}

TEST_F(local_command, up_for_people_does_not_print_the_token) {
    command up(words("up", {"--token", "canary-of-up"}), environment());
    ASSERT_TRUE(up.prints("AISTUDIO_BASE_URL"));
    up.signal(SIGINT);
    const auto ended = up.wait();
    EXPECT_EQ(ended.status, 0);
    EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("canary")));
}

TEST_F(local_command, instructions_for_people_work) {
    command up(words("up"), environment());
    ASSERT_TRUE(up.prints("aistudio dataset list"));
    const auto token = read_file(fs::path(directory()) / "token");
    up.signal(SIGINT);
    const auto ended = up.wait();
    EXPECT_THAT(ended.out, HasSubstr("$(cat '" + directory() + "/token')"));
    EXPECT_THAT(ended.out + ended.err, Not(HasSubstr(token.substr(0, token.size() - 1))));
}

TEST_F(local_command, detached_studio_lives_until_down) {
    const auto up = run(words("up", {"--detach", "--json"}));
    ASSERT_EQ(up.status, 0) << up.err;
    const auto status = run_json(words("status"));
    const int pid = std::stoi(member(status, "pid"));
    EXPECT_TRUE(is_alive(pid));
    EXPECT_EQ(member(up.out, "base_url"), member(status, "base_url"));
    for (const char* name : {"running.json", "studio.log"})
        EXPECT_EQ(fs::status(fs::path(directory()) / name).permissions(),
                  fs::perms::owner_read | fs::perms::owner_write)
            << name;
    EXPECT_THAT(read_file(fs::path(directory()) / "studio.log"),
                Not(HasSubstr(member(up.out, "token"))));

    const auto again = run(words("up", {"--detach"}));
    EXPECT_EQ(again.status, 1);
    EXPECT_THAT(again.err, AllOf(HasSubstr("already_running"), HasSubstr(std::to_string(pid))));

    EXPECT_EQ(member(run_json(words("down")), "state"), "stopped");
    EXPECT_TRUE(eventually([&] { return !is_alive(pid); }));
    EXPECT_FALSE(fs::exists(fs::path(directory()) / "running.json"));
    EXPECT_EQ(run(words("status")).status, 1);
    EXPECT_EQ(run(words("down")).status, 0) << "a second time changes nothing";
}

TEST_F(local_command, studio_killed_hard_is_stale_and_starts_again) {
    run(words("up", {"--detach"}));
    const int pid = std::stoi(member(run_json(words("status")), "pid"));
    ::kill(pid, SIGKILL);
    ASSERT_TRUE(eventually(
        [&] { return member(run(words("status", {"--json"})).out, "state") == "stale"; }));
    EXPECT_EQ(run(words("up", {"--detach"})).status, 0);
    EXPECT_NE(std::stoi(member(run_json(words("status")), "pid")), pid);
    EXPECT_EQ(run(words("down")).status, 0);
}

TEST_F(local_command, process_number_of_somebody_else_is_left_alone) {
    file("a studio/running.json",
         "{\"pid\":" + std::to_string(::getpid()) + ",\"base_url\":\"http://127.0.0.1:1\"}");
    EXPECT_EQ(member(run(words("status", {"--json"})).out, "state"), "stale");
    EXPECT_EQ(run(words("down")).status, 0); // this process is still here to see it
    EXPECT_FALSE(fs::exists(fs::path(directory()) / "running.json"));
}

TEST_F(local_command, taken_port_is_told_in_front_and_behind) {
    command up(words("up", {"--json", "--quiet"}), environment());
    ASSERT_TRUE(up.prints("}\n"));
    const auto url = member(run_json(words("status")), "base_url");
    const auto port = url.substr(url.rfind(':') + 1);
    for (const bool detach : {false, true}) {
        std::vector<std::string> other{"local",  "up", "--dir", (folder_ / "other").string(),
                                       "--port", port};
        if (detach)
            other.emplace_back("--detach");
        const auto refused = run(other);
        EXPECT_EQ(refused.status, 1);
        EXPECT_THAT(refused.err, HasSubstr("address_in_use"));
    }
    up.signal(SIGINT);
    EXPECT_EQ(up.wait().status, 0);
}

TEST_F(local_command, wrong_arguments_are_refused) {
    EXPECT_EQ(run(words("up", {"--environment", "x"})).status, 2);
    EXPECT_EQ(run(words("up", {"--user", "a b"})).status, 1);
    EXPECT_EQ(run({"local", "up", "--dir", file("a-file", "x"), "--detach"}).status, 1);
}

TEST_F(local_command, ending_studio_ends_its_jobs) {
    const auto up = run(words("up", {"--detach", "--json", "--no-isolation"}));
    auto client = environment();
    client["AISTUDIO_BASE_URL"] = member(up.out, "base_url");
    client["AISTUDIO_ACCESS_TOKEN"] = member(up.out, "token");
    file("code/x", "");
    command job({"job", "submit", "-n", "j", "-p", (folder_ / "code").string(), "-c",
                 "echo pid=$$; exec sleep 1000", "-f"},
                client);
    ASSERT_TRUE(job.prints("\npid="));
    EXPECT_EQ(run(words("down")).status, 0);
    const auto ended = job.wait();
    EXPECT_EQ(ended.status, 1);
    const auto at = ended.out.find("\npid=") + 5;
    EXPECT_TRUE(eventually([&] { return !is_alive(std::stoi(ended.out.substr(at))); }));
}

/// The profile file.
class config_command : public command_test {};

TEST_F(config_command, saved_token_and_address_are_used_and_never_shown) {
    const auto saved = run({"config", "--token", "-", "--base-url", studio_->base_url()},
                           std::string(token) + "\n");
    EXPECT_EQ(saved.status, 0) << saved.err;
    const auto profile = folder_ / "home" / ".config" / "aistudio" / "config.json";
    EXPECT_EQ(fs::status(profile).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    auto bare = environment();
    bare.erase("AISTUDIO_ACCESS_TOKEN");
    bare.erase("AISTUDIO_BASE_URL");
    EXPECT_EQ(command({"dataset", "list", "--json"}, bare).wait().out, "[]\n");
    const auto shown = command({"config", "--show"}, bare).wait();
    EXPECT_THAT(shown.out,
                AllOf(HasSubstr("***"), HasSubstr("profile file"), HasSubstr(studio_->base_url())));
    EXPECT_THAT(run({"config", "--show"}).out, HasSubstr("AISTUDIO_BASE_URL"));
    EXPECT_THAT(run({"config", "--show", "--base-url", "http://localhost:1"}).out,
                HasSubstr("(option)"));
}

TEST_F(config_command, profiles_are_kept_apart) {
    auto bare = environment();
    bare.erase("AISTUDIO_BASE_URL");
    for (const char* name : {"lab", "home"})
        EXPECT_EQ(command({"config", "--profile", name, "--base-url",
                           std::string("http://") + name + ":1"},
                          bare)
                      .wait()
                      .status,
                  0);
    EXPECT_THAT(command({"config", "--show", "--profile", "lab"}, bare).wait().out,
                HasSubstr("http://lab:1"));
    EXPECT_EQ(command({"dataset", "list", "--profile", "nowhere"}, bare).wait().status, 1);
}

TEST_F(config_command, readable_profile_file_is_refused) {
    run({"config", "--base-url", studio_->base_url()});
    fs::permissions(folder_ / "home" / ".config" / "aistudio" / "config.json", fs::perms(0644));
    const auto refused = run({"dataset", "list"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, HasSubstr("chmod 600"));
}

TEST_F(config_command, empty_or_broken_values_are_refused) {
    EXPECT_EQ(run({"config", "--token", "-"}, "\n").status, 2);
    EXPECT_EQ(run({"config", "--base-url", "ftp://x"}).status, 1);
    EXPECT_FALSE(fs::exists(folder_ / "home" / ".config" / "aistudio" / "config.json"));
}

TEST_F(config_command, completion_scripts_are_accepted_by_their_shells) {
    const auto script = file("bash.sh", run({"completion", "bash"}).out +
                                            "COMP_WORDS=(aistudio --json dataset up); "
                                            "COMP_CWORD=3; _aistudio; echo \"${COMPREPLY[*]}\"\n");
    const auto out = (folder_ / "out").string();
    ASSERT_EQ(std::system(("bash '" + script + "' > '" + out + "'").c_str()), 0);
    EXPECT_EQ(read_file(out), "upload update\n");
}

} // namespace
} // namespace aistudio::test
