#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Jobs of several processes: trainers that train together, parameter servers.
namespace aistudio::local::jobs {

/// How many processes a job has.
struct process_counts {
    int trainers = 1;
    int servers = 0;
    [[nodiscard]] bool several() const noexcept { return trainers > 1 || servers > 0; }
};

/// `trainer.0`, `trainer.1`, `pserver.0` ...: the names of a job's processes and of their logs.
[[nodiscard]] std::vector<std::string> role_names(process_counts counts);

/// Where the program that starts the processes finds things, as the job sees them.
struct role_places {
    /// The program itself, `roles_source`.
    std::filesystem::path program;
    /// Folder with a log for each role.
    std::filesystem::path logs;
    /// The whole log.
    std::filesystem::path log;
    /// A folder of its own for the launcher's files; made when it is not there.
    std::filesystem::path scratch;
};

/// What `/bin/sh -c` is given to start all processes of a job, each of which runs `command`.
[[nodiscard]] std::string role_command(const std::filesystem::path& python,
                                       const role_places& places, process_counts counts,
                                       std::string_view command);

/// Why the first of them failed, as the program noted it.
struct role_failure {
    std::optional<int> exit_code;
    std::optional<int> signal;
    std::string message;
};
/// @param logs  the folder, as the studio sees it.
[[nodiscard]] std::optional<role_failure> read_role_failure(const std::filesystem::path& logs);

/// Starts the processes and keeps their output apart. Several trainers without parameter servers
/// are started by `paddle.distributed.launch`, which starts this program in each of its processes
/// in turn; with parameter servers it starts all of them itself, since the launcher would wait for
/// servers, which never end. Python, as the supervisor is.
extern const char* const roles_source;

} // namespace aistudio::local::jobs
