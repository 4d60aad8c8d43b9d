#pragma once

#include "support/temporary_folder.hpp"

#include <aistudio/local/studio.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace aistudio::test {

/// How a command ended. A signal counts as 128 + signal.
struct command_result {
    int status = -1;
    std::string out;
    std::string err;
};

/// The built `aistudio` as a child process. Killed when it is forgotten.
class command {
public:
    using variables = std::map<std::string, std::string>;

    command(const std::vector<std::string>& arguments, const variables& environment,
            const std::string& input = {});
    command(const command&) = delete;
    command& operator=(const command&) = delete;
    ~command();

    /// Waits until `text` was printed on standard output or error. False when it ends before.
    bool prints(std::string_view text);
    void signal(int number) const;
    /// Waits for the end; kills it and fails the test when that takes too long.
    command_result wait();

private:
    bool read_more();

    pid_t pid_ = -1;
    int out_ = -1;
    int err_ = -1;
    command_result result_;
    std::chrono::steady_clock::time_point deadline_ =
        std::chrono::steady_clock::now() + std::chrono::seconds(100);
};

/// Tests of the command against a studio of their own.
class command_test : public testing::Test {
protected:
    static constexpr std::string_view token = "canary-token-4b7e";

    void SetUp() override;
    /// The studio's address and token, a home of its own, nothing of the developer's.
    command::variables environment() const;
    command_result run(const std::vector<std::string>& arguments,
                       const std::string& input = {}) const;
    /// `run` with --json; fails the test unless it succeeds with one JSON document on standard
    /// output.
    std::string run_json(std::vector<std::string> arguments, const std::string& input = {}) const;
    /// A member of a JSON object, strings without quotes.
    static std::string member(const std::string& json, std::string_view name);
    std::string file(const std::string& name, std::string_view content) const;

    temporary_folder folder_;
    std::optional<local::studio> studio_;
};

/// True when a process of this number exists.
bool is_alive(int pid);
/// Waits until `condition` holds, at most a minute.
bool eventually(const std::function<bool()>& condition);

} // namespace aistudio::test
