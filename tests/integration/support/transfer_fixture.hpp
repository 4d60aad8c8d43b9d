#pragma once

#include "integration/support/studio_fixture.hpp"
#include "support/cutting_proxy.hpp"
#include "support/random_bytes.hpp"

#include <aistudio/protocol/digest.hpp>
#include <aistudio/sync_client.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

extern char** environ; // NOLINT: POSIX declares it nowhere

namespace aistudio::test {

inline constexpr std::uint64_t mib = std::uint64_t{1} << 20U;

/// A studio, a proxy before it, and a client that knows only the proxy's way.
class transfer_test : public studio_test {
protected:
    void SetUp() override {
        start();
        proxy_.emplace(port_of(studio().base_url()));
        connect();
    }
    void TearDown() override { client_.reset(); }

    /// Stops the studio and starts it again at the same address.
    void restart() {
        auto o = options();
        o.port = port_of(studio().base_url());
        stop();
        start(o);
    }
    void connect(client_options o = {}) {
        client_.reset();
        o.base_url = proxy_->url();
        o.access_token = studio().access_token();
        o.retry.base_delay = std::chrono::milliseconds{1};
        client_.emplace(o);
    }
    [[nodiscard]] sync_client& client() { return *client_; }
    [[nodiscard]] cutting_proxy& proxy() { return *proxy_; }

    /// A dataset without files.
    [[nodiscard]] dataset_id new_dataset_id() {
        return api()
            .call("POST", "/llm/files/datasets",
                  R"({"datasetName":"d","datasetType":1,"protocolId":1,"fileIds":[]})")
            .as<wire::created_dataset>()
            .dataset_id;
    }
    std::filesystem::path file(const std::string& name, std::string_view content) {
        const auto path = folder_ / "mine" / name;
        write_file(path, content);
        return path;
    }
    /// What the studio holds of a dataset's only file.
    [[nodiscard]] std::string stored(dataset_id id) {
        const auto d = client().datasets().get(id);
        if (!d || d->files.size() != 1)
            return "(" + std::to_string(d ? d->files.size() : 0) + " files)";
        const auto target = folder_ / "stored";
        const sync_client direct(
            {.base_url = studio().base_url(), .access_token = studio().access_token()});
        const auto got = direct.datasets().download(id, d->files.at(0).id, target);
        return got ? read_file(target) : got.error().message();
    }
    /// Bytes that the studio holds, of complete objects and of parts.
    [[nodiscard]] std::uint64_t bytes_in_store() {
        std::uint64_t sum = 0;
        for (const char* name : {"content", "tmp"})
            for (const auto& one :
                 std::filesystem::recursive_directory_iterator(options().directory / name))
                if (one.is_regular_file())
                    sum += one.file_size();
        return sum;
    }
    /// Hidden files that transfers left in a folder.
    [[nodiscard]] static std::vector<std::filesystem::path>
    left_in(const std::filesystem::path& folder) {
        std::vector<std::filesystem::path> out;
        std::error_code none;
        for (const auto& one : std::filesystem::directory_iterator(folder, none))
            if (one.path().filename().string().starts_with(".aistudio-"))
                out.push_back(one.path());
        return out;
    }

    std::optional<cutting_proxy> proxy_;
    std::optional<sync_client> client_;
};

/// This program once more, with one disabled test as its main loop, to be killed.
class child_test {
public:
    child_test(const std::string& name,
               const std::vector<std::pair<std::string, std::string>>& set) {
        std::vector<std::string> texts;
        for (char** e = environ; *e != nullptr; ++e)
            texts.emplace_back(*e);
        for (const auto& [variable, value] : set)
            texts.push_back(variable + "=" + value);
        std::vector<char*> environment;
        for (auto& text : texts)
            environment.push_back(text.data());
        environment.push_back(nullptr);
        std::string program = "/proc/self/exe";
        std::string filter = "--gtest_filter=" + name;
        std::string disabled = "--gtest_also_run_disabled_tests";
        std::array<char*, 4> arguments{program.data(), filter.data(), disabled.data(), nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        EXPECT_EQ(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(),
                                environment.data()),
                  0);
        posix_spawn_file_actions_destroy(&actions);
    }
    child_test(const child_test&) = delete;
    child_test& operator=(const child_test&) = delete;
    ~child_test() { kill(); }

    void kill() {
        if (pid_ <= 0)
            return;
        ::kill(pid_, SIGKILL);
        (void)wait();
    }
    /// Its exit status; -1: it was killed.
    int wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t pid_ = 0;
};

} // namespace aistudio::test
