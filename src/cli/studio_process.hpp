#pragma once

#include <boost/describe/class.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

/// A local studio in a process of its own, found by its folder.
namespace aistudio::cli {

/// What a running studio leaves in its folder for `local status` and `local down`.
struct running_studio_file {
    int pid = 0;
    std::string base_url;
};
BOOST_DESCRIBE_STRUCT(running_studio_file, (), (pid, base_url))

struct studio_status {
    /// `running`, `stopped`, or `stale`: it ended without tidying up.
    std::string state;
    std::filesystem::path directory;
    std::string base_url;
    std::optional<int> pid;
};
BOOST_DESCRIBE_STRUCT(studio_status, (), (state, directory, base_url, pid))

/// `$XDG_DATA_HOME/aistudio/studio`, else `~/.local/share/aistudio/studio`.
[[nodiscard]] std::filesystem::path default_studio_directory();

/// Writes the file, mode 0600, replaced as a whole.
void write_running_file(const std::filesystem::path& directory, const running_studio_file& content);
void remove_running_file(const std::filesystem::path& directory);

/// Looks at the file and at the folder's lock: a process number alone proves nothing.
[[nodiscard]] studio_status find_studio(const std::filesystem::path& directory);

/// Asks the studio of the folder to stop and waits until it has let go of the folder.
/// @return  false when it did not within `patience`.
[[nodiscard]] bool stop_studio(const studio_status& found, std::chrono::milliseconds patience);

/// Runs `body` in a new process with a session of its own; its output goes to `log`. `body` calls
/// `ready` once with a text; this function returns that text, or throws `api_error` with the one
/// that `body` threw before. Must be called before there are threads.
[[nodiscard]] std::string
run_in_background(const std::filesystem::path& log,
                  const std::function<int(std::function<bool(std::string)> ready)>& body);

} // namespace aistudio::cli
