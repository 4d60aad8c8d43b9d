// What a studio keeps when its process is killed, and when its disk is full. It runs in a child
// process: this program itself, started again with one disabled test as its main loop.

#include "integration/support/studio_fixture.hpp"

#include <aistudio/protocol/digest.hpp>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <map>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ; // NOLINT: POSIX declares it nowhere

namespace aistudio::test {
namespace {

constexpr const char* folder_variable = "AISTUDIO_TEST_STUDIO_FOLDER";
constexpr const char* limit_variable = "AISTUDIO_TEST_FILE_LIMIT";

/// A studio in a process of its own.
class child_studio {
public:
    explicit child_studio(const std::filesystem::path& folder, std::size_t file_limit = 0) {
        const auto ready = folder / "ready";
        std::filesystem::create_directories(folder);
        std::filesystem::remove(ready);
        std::vector<std::string> environment;
        for (char** e = environ; *e != nullptr; ++e)
            environment.emplace_back(*e);
        environment.push_back(std::string(folder_variable) + "=" + folder.string());
        if (file_limit > 0)
            environment.push_back(std::string(limit_variable) + "=" + std::to_string(file_limit));
        std::vector<char*> env;
        for (auto& e : environment)
            env.push_back(e.data());
        env.push_back(nullptr);
        std::string program = "/proc/self/exe";
        std::string filter = "--gtest_filter=studio_child.DISABLED_run";
        std::string disabled = "--gtest_also_run_disabled_tests";
        char* arguments[] = {program.data(), filter.data(), disabled.data(), nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        EXPECT_EQ(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, env.data()),
                  0);
        posix_spawn_file_actions_destroy(&actions);
        EXPECT_TRUE(eventually([&] { return std::filesystem::exists(ready); }))
            << "the child did not start";
        base_url_ = read_file(ready);
    }
    ~child_studio() { kill(); }
    child_studio(const child_studio&) = delete;
    child_studio& operator=(const child_studio&) = delete;

    void kill() {
        if (pid_ <= 0)
            return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    [[nodiscard]] studio_caller caller() const { return {base_url_, secret("child-token")}; }
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    pid_t pid_ = 0;
    std::string base_url_;
};

local::studio_options child_options(const std::filesystem::path& folder) {
    local::studio_options o;
    o.directory = folder / "studio";
    o.token = secret("child-token");
    return o;
}

/// The child's main loop; ends by a signal only.
TEST(studio_child, DISABLED_run) {
    const char* folder = std::getenv(folder_variable);
    if (folder == nullptr)
        GTEST_SKIP() << "only as a child process";
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (const char* limit = std::getenv(limit_variable)) {
        const rlimit l{std::strtoul(limit, nullptr, 10), std::strtoul(limit, nullptr, 10)};
        ::setrlimit(RLIMIT_FSIZE, &l);
        std::signal(SIGXFSZ, SIG_IGN);
    }
    auto studio = local::studio::start(child_options(folder));
    ASSERT_TRUE(studio) << studio.error().message();
    const std::filesystem::path ready = std::filesystem::path(folder) / "ready";
    std::ofstream(ready.string() + ".new") << studio->base_url();
    std::filesystem::rename(ready.string() + ".new", ready);
    while (true)
        ::pause();
}

/// What was acknowledged of one project's files.
struct kept_files {
    std::map<std::string, std::string> contents;
    std::map<int, std::map<std::string, std::string>> versions;
};

/// Writes, renames, removes and saves until the studio is gone. At most one change, the last one,
/// was not acknowledged: `pending` names its file.
kept_files edit_until_killed(studio_caller caller, project_id id, std::atomic<int>& count,
                             std::string& pending) {
    const std::string path = "/api/local/v1/projects/" + to_string(id);
    kept_files kept;
    try {
        for (int i = 0;; ++i, ++count) {
            const auto name = "d" + std::to_string(i % 5) + "/f" + std::to_string(i % 17);
            const auto text = std::to_string(i);
            pending = name;
            const auto body = to_json(wire::project_text{name, text}).value();
            EXPECT_EQ(caller.call("PUT", path + "/files", body).code, 0);
            kept.contents[name] = text;
            if (i % 4 != 3)
                continue;
            const auto v = caller.post<project_version>(path + "/versions", wire::save_version{});
            kept.versions[v.number] = kept.contents;
        }
    } catch (const std::exception&) {
        return kept;
    }
}

TEST(studio_crash, files_and_versions_of_a_killed_studio_are_whole) {
    temporary_folder folder;
    project_id id;
    kept_files kept;
    std::string pending;
    {
        child_studio child(folder.path());
        id = child.caller().create_project("p");
        std::atomic<int> count{0};
        std::thread writer([&] { kept = edit_until_killed(child.caller(), id, count, pending); });
        EXPECT_TRUE(eventually([&] { return count > 40; }));
        child.kill();
        writer.join();
    }
    const auto studio = local::studio::start(child_options(folder.path()));
    ASSERT_TRUE(studio) << studio.error().message();
    studio_caller api(studio->base_url(), studio->access_token());
    const std::string path = "/api/local/v1/projects/" + to_string(id);
    const auto text_of = [&](const std::string& name, int version) {
        return api.get<std::string>(path + "/text?path=" + name +
                                    "&version=" + std::to_string(version));
    };
    for (const auto& [name, text] : kept.contents)
        if (name != pending) {
            EXPECT_EQ(text_of(name, 0), text);
        }
    for (const auto& [number, contents] : kept.versions) {
        const auto v = api.get<project_version>(path + "/versions/" + std::to_string(number));
        EXPECT_EQ(v.file_count, static_cast<int>(contents.size()));
        for (const auto& [name, text] : contents)
            EXPECT_EQ(text_of(name, number), text);
    }
    for (const auto& f : api.get<std::vector<project_file>>(path + "/files"))
        if (!f.folder) {
            EXPECT_EQ(sha256::of(text_of(f.path, 0)), f.sha256);
        }
    EXPECT_TRUE(std::filesystem::is_empty(folder / "studio" / "tmp"));
}

struct acknowledged {
    std::vector<std::pair<project_id, std::string>> projects;
    std::vector<std::pair<dataset_id, std::string>> datasets; // id and content of its one file
};

/// Writes until the studio is gone; returns what it acknowledged.
acknowledged write_until_killed(studio_caller caller, int thread, std::atomic<int>& count) {
    acknowledged done;
    try {
        for (int i = 0;; ++i) {
            const auto name = "n" + std::to_string(thread) + "-" + std::to_string(i);
            done.projects.emplace_back(caller.create_project(name), name);
            ++count;
            const std::string content(static_cast<std::size_t>(1000 + i * 777),
                                      static_cast<char>('a' + thread));
            done.datasets.emplace_back(caller.upload_dataset(name, "f", content + name),
                                       content + name);
            ++count;
        }
    } catch (const std::exception&) {
        return done; // the connection broke: what was under way was not acknowledged
    }
}

void expect_all(studio_caller& api, const acknowledged& done) {
    for (const auto& [id, name] : done.projects)
        EXPECT_EQ(api.get<project>("/api/local/v1/projects/" + to_string(id)).name, name);
    for (const auto& [id, content] : done.datasets) {
        const auto e = api.call("POST", "/studio/dataset/detail", "datasetId=" + to_string(id));
        ASSERT_EQ(e.code, 0) << e.message;
        const auto file = e.as<dataset>().files.at(0);
        EXPECT_EQ(file.sha256, sha256::of(content));
        const auto url = api.get<wire::file_url>("/llm/files/datasets/" + to_string(id) + "/file/" +
                                                 to_string(file.id) + "/download");
        EXPECT_EQ(api.fetch(url.url).body, content);
    }
}

TEST(studio_crash, kill_9_under_load_loses_nothing_acknowledged) {
    temporary_folder folder;
    std::vector<acknowledged> all;
    for (int round = 0; round < 3; ++round) {
        child_studio child(folder.path());
        std::atomic<int> count{0};
        std::vector<acknowledged> done(3);
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&, t] {
                done[static_cast<std::size_t>(t)] = write_until_killed(child.caller(), t, count);
            });
        EXPECT_TRUE(eventually([&] { return count > 30 + 7 * round; }));
        child.kill();
        for (auto& t : threads)
            t.join();
        for (auto& d : done)
            all.push_back(std::move(d));
    }
    auto o = child_options(folder.path());
    const auto studio = local::studio::start(o);
    ASSERT_TRUE(studio) << studio.error().message();
    studio_caller api(studio->base_url(), studio->access_token());
    for (const auto& done : all)
        expect_all(api, done);
    EXPECT_TRUE(std::filesystem::is_empty(folder / "studio" / "tmp"));
}

/// True while a process has this word on its command line.
bool runs(const std::string& word) {
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
        std::ifstream file(process.path() / "cmdline", std::ios::binary);
        const std::string line{std::istreambuf_iterator<char>(file), {}};
        if (line.find('\0' + word + '\0') != std::string::npos)
            return true;
    }
    return false;
}

TEST(studio_crash, job_that_ran_when_killed_is_failed_and_its_processes_are_gone) {
    temporary_folder folder;
    const std::string seconds = "61." + std::to_string(::getpid()); // nobody else sleeps so long
    job_id id;
    {
        child_studio child(folder.path());
        auto api = child.caller();
        wire::create_job r;
        r.name = "j";
        r.cmd = "sleep " + seconds + " & wait";
        id = api.submit_job(r, {{"f", "x"}});
        ASSERT_TRUE(eventually([&] { return runs(seconds); }));
    }
    EXPECT_TRUE(eventually([&] { return !runs(seconds); }));
    const auto studio = local::studio::start(child_options(folder.path()));
    ASSERT_TRUE(studio) << studio.error().message();
    studio_caller api(studio->base_url(), studio->access_token());
    const auto j = api.get_job(id);
    EXPECT_EQ(j.stage, job_stage::failed);
    EXPECT_FALSE(j.message.empty());
    EXPECT_TRUE(api.get<log_chunk>("/api/local/v1/jobs/" + id.value() + "/log?offset=1000000").end);
}

TEST(studio_crash, second_process_on_the_folder_is_refused_with_the_first_ones_id) {
    temporary_folder folder;
    child_studio child(folder.path());
    const auto second = local::studio::start(child_options(folder.path()));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, errc::already_running);
    EXPECT_NE(second.error().detail.find(std::to_string(child.pid())), std::string::npos)
        << second.error().detail;
    child.kill();
    EXPECT_TRUE(local::studio::start(child_options(folder.path())));
}

TEST(studio_crash, full_disk_refuses_the_upload_and_keeps_the_rest) {
    temporary_folder folder;
    child_studio child(folder.path(), std::size_t{4} << 20U); // no file may grow beyond 4 MiB
    auto api = child.caller();
    const auto small = api.upload_dataset("d", "f", "small");
    const auto grant = api.get<wire::sts_grant>("/llm/files/acl");
    const auto refused =
        api.object("PUT", grant, grant.file_key, std::string(std::size_t{12} << 20U, 'x'));
    EXPECT_EQ(refused.status, 507U) << refused.body;
    EXPECT_NE(refused.body.find("full"), std::string::npos) << refused.body;
    EXPECT_TRUE(eventually([&] { return std::filesystem::is_empty(folder / "studio" / "tmp"); }));
    EXPECT_EQ(api.object("GET", grant, grant.file_key).status, 404U);
    EXPECT_EQ(api.object("PUT", grant, grant.file_key, "fits").status, 200U);
    EXPECT_EQ(api.call("POST", "/studio/dataset/detail", "datasetId=" + to_string(small)).code, 0);
}

} // namespace
} // namespace aistudio::test
