#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/timestamp.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

/// Where a job is. The service may know more stages: they arrive as `unknown` with their name kept.
enum class job_stage { unknown, pending, running, succeeded, failed, stopped };

template <>
struct enum_table<job_stage> {
    static constexpr std::pair<job_stage, std::string_view> values[] = {
        {job_stage::unknown, "Unknown"}, {job_stage::pending, "Pending"},
        {job_stage::running, "Running"}, {job_stage::succeeded, "Succeeded"},
        {job_stage::failed, "Failed"},   {job_stage::stopped, "Stopped"},
    };
};

/// True for the stages a job never leaves. Unknown stages count as not final.
constexpr bool is_final(job_stage stage) noexcept {
    return stage == job_stage::succeeded || stage == job_stage::failed ||
           stage == job_stage::stopped;
}

/// One execution of a command on the service (the wire calls it a pipeline).
struct job {
    /// Given by the service.
    job_id id{};
    /// As submitted.
    std::string name{};
    /// Where it is.
    open_enum<job_stage> stage{};
    /// The project it belongs to, if any.
    std::optional<project_id> project{};
    /// The command line it runs.
    std::string command{};
    /// Name of the environment, such as `paddle3.0_py3.10`.
    std::string environment{};
    /// Free text given at submission.
    std::string remark{};
    /// Datasets mounted for it.
    std::vector<dataset_id> datasets{};
    /// Exit status of the command; not set while it runs, or when a signal or the studio ended it.
    std::optional<int> exit_code{};
    /// Why it failed or was stopped, as a sentence; empty otherwise.
    std::string message{};
    /// When it was submitted.
    timestamp created_at{};
    /// When its command was started.
    timestamp started_at{};
    /// When its command ended.
    timestamp finished_at{};

    friend bool operator==(const job&, const job&) = default;
};
BOOST_DESCRIBE_STRUCT(job, (),
                      (id, name, stage, project, command, environment, remark, datasets, exit_code,
                       message, created_at, started_at, finished_at))

/// What to run as a job.
struct new_job {
    /// Must not be empty.
    std::string name{};
    /// Local folder with the code; packed as a zip of at most 50 MiB (official client's limit).
    std::filesystem::path folder{};
    /// Shell command, started inside the unpacked folder, such as `python train.py`.
    std::string command{};
    /// Name of the environment. The cloud knows paddle2.4_py3.7, paddle2.5_py3.10,
    /// paddle2.6_py3.10, paddle3.0_py3.10.
    std::string environment = "paddle3.0_py3.10";
    /// Kind of accelerator; the cloud knows `v100`, the local studio runs on the CPU whatever is
    /// asked.
    std::string device = "v100";
    /// Number of accelerators: 1, 4 or 8.
    int gpus = 1;
    /// How the cloud charges: `acoin` or `coupon`.
    std::string payment = "acoin";
    /// Datasets to mount, at most 3 (official client's limit); empty: those attached to `project`.
    std::vector<dataset_id> datasets{};
    /// The project it belongs to. Only the local studio uses it.
    std::optional<project_id> project{};
    /// Free text to tell executions apart. Only the local studio keeps it.
    std::string remark{};

    friend bool operator==(const new_job&, const new_job&) = default;
};
BOOST_DESCRIBE_STRUCT(new_job, (),
                      (name, folder, command, environment, device, gpus, payment, datasets, project,
                       remark))

/// One file below a job's output folder.
struct output_file {
    /// Path relative to the output folder, with `/` between parts.
    std::string path{};
    /// Bytes.
    std::int64_t size = 0;
    /// When it was written.
    timestamp modified_at{};

    friend bool operator==(const output_file&, const output_file&) = default;
};
BOOST_DESCRIBE_STRUCT(output_file, (), (path, size, modified_at))

/// A piece of a job's log.
struct log_chunk {
    /// Byte position of `text` in the log.
    std::int64_t offset = 0;
    /// Where to go on: pass it as the next call's offset.
    std::int64_t next_offset = 0;
    /// Whole UTF-8 characters; bytes of the log that are not UTF-8 arrive as U+FFFD.
    std::string text{};
    /// True when the job has ended and nothing follows.
    bool end = false;

    friend bool operator==(const log_chunk&, const log_chunk&) = default;
};
BOOST_DESCRIBE_STRUCT(log_chunk, (), (offset, next_offset, text, end))

/// Which archive of a finished job to download.
enum class job_archive { unknown, log, output };

template <>
struct enum_table<job_archive> {
    static constexpr std::pair<job_archive, std::string_view> values[] = {
        {job_archive::unknown, "unknown"},
        {job_archive::log, "log"},
        {job_archive::output, "output"},
    };
};

} // namespace aistudio
