#pragma once

#include "local/jobs/roles.hpp"

#include <aistudio/error.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Jobs as real processes.
namespace aistudio::local::jobs {

/// A file of a dataset that a job may read.
struct mount {
    /// Where its bytes are: a regular file.
    std::filesystem::path host;
    /// Where the job sees it, below the datasets folder: `data65/file.csv`. Relative, without `..`.
    std::string relative;
};

/// What a job may use; crossing one ends it. Zero: no limit.
struct process_limits {
    std::chrono::milliseconds time{0};
    /// Of all processes together.
    std::int64_t memory_bytes = 0;
    /// Of the output folder and, apart from it, of the log.
    std::int64_t output_bytes = 0;
};

/// What to run.
struct process_spec {
    /// The job's id; unique among the running ones. Names a folder: letters, digits, `-`, `_`.
    std::string id;
    /// The job's own copy of its code: the working directory. Gets the links `datasets` and
    /// `output` where it has nothing of these names.
    std::filesystem::path code_folder;
    /// Where its results go; must exist.
    std::filesystem::path output_folder;
    /// Standard output and error are appended here as they come; made when it is not there.
    std::filesystem::path log_file;
    /// Given to `/bin/sh -c`.
    std::string command;
    /// What `python` and `python3` mean for the command. A name without `/` is looked up on the
    /// PATH.
    std::filesystem::path python;
    /// Name of the environment, for the log.
    std::string environment;
    /// What it may read.
    std::vector<mount> datasets;
    /// Under bubblewrap where that works; false: as a plain process.
    bool isolate = true;
    /// Packages to install for it, or to take from the cache.
    std::vector<std::string> requirements{};
    /// How many processes run the command, and as what.
    process_counts counts{};
    /// With several processes: gets a log for each role; made when it is not there.
    std::filesystem::path logs_folder{};
    process_limits limits{};
};

/// How a job ended.
struct exit_report {
    /// Exit status of the command, with several processes that of the first that failed; not set
    /// when a signal, a limit or `stop` ended it, or when it never started.
    std::optional<int> exit_code;
    /// The signal that ended it, told also by an exit status of 128 + signal, as shells do.
    std::optional<int> signal;
    /// True when `stop` or `stop_all` ended it.
    bool stopped = false;
    /// Why it did not succeed, as a sentence; empty when the exit status is 0.
    std::string message;
};

/// How to run jobs.
struct runner_options {
    /// The runner's own folder, emptied at the start; on the file system of the datasets, so that
    /// they are linked and not copied.
    std::filesystem::path scratch;
    /// How long a stopped job may take to end by itself after SIGTERM, before everything of it gets
    /// SIGKILL.
    std::chrono::milliseconds grace{3000};
    /// Where packages of jobs are kept, one folder for each set of requirements.
    std::filesystem::path packages{};
    /// For every `pip install`, before the requirements.
    std::vector<std::string> pip_options{};
};

/// True when jobs can be isolated on this machine: bubblewrap is there and a trial run works. Tried
/// once a process.
bool isolate_available();

/// Runs jobs, any number at a time. Every process of a job is gone before its exit is reported,
/// whatever it started; none outlives the studio, not even when the studio is killed.
///
/// @par Thread safety  All members may be called from several threads, also from `on_exit`, but for
/// `stop_all` and the destructor.
class runner {
public:
    explicit runner(runner_options options);
    /// `stop_all`, then joins the runner's thread.
    ~runner();
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;

    /// Checks `spec`, finds out about its interpreter (the first time: one short process) and
    /// starts the job in the background. On success `on_exit` is called exactly once, from the
    /// runner's thread: with what went wrong when the process could not be started, too. It must
    /// not throw.
    /// @par Errors  errc::invalid_argument (a path that is missing or not allowed, an interpreter
    /// that does not work), errc::conflict (the id runs already), errc::client_closed (after
    /// `stop_all`).
    result<void> start(process_spec spec, std::function<void(exit_report)> on_exit);

    /// Ends a job: SIGTERM to all its processes, and SIGKILL after the grace period. Returns at
    /// once; the end is reported as usual. Unknown ids are ignored.
    void stop(const std::string& id);

    /// Refuses new jobs, ends all with the same grace period, and returns once every `on_exit` has
    /// returned. Calling it twice is fine.
    void stop_all();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace aistudio::local::jobs
