#pragma once

#include "local/store/files.hpp"

#include <aistudio/error.hpp>

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Child processes of the studio.
namespace aistudio::local::jobs {

using store::open_file;

/// What to execute.
struct program {
    /// `[0]` is the program's path; it is not looked up.
    std::vector<std::string> arguments;
    /// `NAME=value`; nothing else reaches it.
    std::vector<std::string> environment;
    /// Working directory; empty: that of the studio.
    std::filesystem::path folder;
    /// Its descriptors: (ours, its). 0, 1 and 2 are /dev/null unless named; all others are closed.
    std::vector<std::pair<int, int>> descriptors;
    /// Sent to it when the thread that started it ends, so also when the studio is killed.
    int death_signal = 9;
};

/// A child in a session of its own. Destroying a child that has not been reaped kills it and waits
/// for it.
class child {
public:
    child(pid_t pid, open_file handle) noexcept : pid_(pid), handle_(std::move(handle)) {}
    child(child&& other) noexcept;
    child& operator=(child&&) = delete;
    ~child();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// A descriptor that becomes readable when the child has ended.
    [[nodiscard]] int handle() const noexcept { return handle_.get(); }
    /// Takes the child's wait status, once it has ended; blocks until then. Nothing is left of the
    /// child after it.
    int reap() noexcept;
    /// Sends `signal` to the child alone; nothing once it was reaped.
    void kill(int signal) noexcept;

private:
    pid_t pid_;
    open_file handle_;
};

/// Starts a program. Call it from a thread that lives as long as the child should.
/// @par Errors  errc::invalid_argument, naming the program and why the system refused.
result<child> spawn(const program& what);

/// A descriptor that becomes readable when process `pid` has ended; empty when there is no such
/// process.
open_file watch_process(pid_t pid);

/// Two ends of a pipe, closed on exec: (read, write). Throws `std::system_error`.
std::pair<open_file, open_file> make_pipe();

/// All processes below `ancestor`, in no order. A snapshot: call again until it is empty.
std::vector<pid_t> descendants(pid_t ancestor);

/// What a short program printed.
struct captured {
    int status = 0;     ///< Wait status.
    std::string output; ///< Standard output and error together, at most 64 KiB.
};

/// Runs a program to its end; it is killed after `limit`.
/// @par Errors  as `spawn`; errc::deadline_exceeded.
result<captured> run(program what, std::chrono::milliseconds limit);

/// The file that a shell would run for `name`: itself when it has a `/`, else the first on `PATH`.
std::optional<std::filesystem::path> find_program(const std::filesystem::path& name);

} // namespace aistudio::local::jobs
