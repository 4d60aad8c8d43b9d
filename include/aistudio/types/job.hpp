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
    /// Kind of accelerator asked for; empty: not told.
    std::string device{};
    /// Number of accelerators asked for.
    int gpus = 1;
    /// Free text given at submission.
    std::string remark{};
    /// SHA-256 of the submitted code archive, hex: jobs with the same one ran the same code. Empty:
    /// no archive (yet), or not told.
    std::string code_sha256{};
    /// The job that `jobs::async_resubmit` made this one of, if any.
    std::optional<job_id> resubmitted_from{};
    /// Datasets mounted for it.
    std::vector<dataset_id> datasets{};
    /// Python packages installed for it.
    std::vector<std::string> requirements{};
    /// Processes that train, each with the command.
    int trainers = 1;
    /// Parameter servers beside them.
    int servers = 0;
    /// Limit of its run time, ms; 0: none.
    std::int64_t time_limit_ms = 0;
    /// Limit of its processes' memory together, bytes; 0: none.
    std::int64_t memory_limit_bytes = 0;
    /// Limit of its output folder and, apart from it, of its log, bytes; 0: none.
    std::int64_t output_limit_bytes = 0;
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
    /// Number of the project's version that it runs; not set without a project.
    std::optional<int> version{};

    friend bool operator==(const job&, const job&) = default;
};
BOOST_DESCRIBE_STRUCT(job, (),
                      (id, name, stage, project, command, environment, device, gpus, remark,
                       code_sha256, resubmitted_from, datasets, requirements, trainers, servers,
                       time_limit_ms, memory_limit_bytes, output_limit_bytes, exit_code, message,
                       created_at, started_at, finished_at, version))

/// What to run as a job.
struct new_job {
    /// Must not be empty.
    std::string name{};
    /// Local folder with the code; packed as a zip of at most 50 MiB (official client's limit).
    /// Empty: the files of `project`, as they are in the studio.
    std::filesystem::path folder{};
    /// Shell command, started inside the unpacked folder, such as `python train.py`. Empty: the
    /// main file of `project`.
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
    /// The project it belongs to, which keeps the code as a version. Only the local studio uses it.
    std::optional<project_id> project{};
    /// Free text to tell executions apart. Only the local studio keeps it.
    std::string remark{};
    /// Python packages it needs beside those of the environment, one each, as pip names them:
    /// `name`, `name[extra]`, `name>=1.2,<2; python_version > "3.8"`. No options, addresses or
    /// paths. Installed once for all jobs that ask for the same with the same interpreter. Only the
    /// local studio installs them.
    std::vector<std::string> requirements{};
    /// Processes that train together, each with `command`: 1 to 16. More than one are started by
    /// `paddle.distributed.launch`, which the environment must have. Only the local studio.
    int trainers = 1;
    /// Parameter servers beside them, each with `command` too: 0 to 16. With any, the studio itself
    /// starts all processes, and the job ends when its trainers have. Only the local studio.
    int servers = 0;
    /// Longest time it may run, ms, without waiting and the installation of packages; 0: no limit.
    /// Crossing this or one of the limits below ends the job as failed, with the reason. Only the
    /// local studio keeps limits.
    std::int64_t time_limit_ms = 0;
    /// Most memory its processes may have together, bytes, looked at 20 times a second; 0: no
    /// limit.
    std::int64_t memory_limit_bytes = 0;
    /// Most bytes its output folder may have and, apart from it, its log; 0: no limit.
    std::int64_t output_limit_bytes = 0;

    friend bool operator==(const new_job&, const new_job&) = default;
};
BOOST_DESCRIBE_STRUCT(new_job, (),
                      (name, folder, command, environment, device, gpus, payment, datasets, project,
                       remark, requirements, trainers, servers, time_limit_ms, memory_limit_bytes,
                       output_limit_bytes))

/// What a job made from another one has different from it. What is not set stays as it was.
struct job_changes {
    /// Not empty.
    std::optional<std::string> name{};
    /// Not empty.
    std::optional<std::string> command{};
    /// May be empty.
    std::optional<std::string> remark{};
    /// One that `jobs::async_options` lists.
    std::optional<std::string> environment{};
    /// 1, 4 or 8.
    std::optional<int> gpus{};
    /// Local folder with other code, as in `new_job`; empty: the earlier job's own code.
    std::filesystem::path folder{};
    /// In place of the earlier job's; empty: the same.
    std::vector<std::string> requirements{};
    /// 1 to 16.
    std::optional<int> trainers{};
    /// 0 to 16.
    std::optional<int> servers{};
    /// Milliseconds; 0: no limit.
    std::optional<std::int64_t> time_limit_ms{};
    /// Bytes; 0: no limit.
    std::optional<std::int64_t> memory_limit_bytes{};
    /// Bytes; 0: no limit.
    std::optional<std::int64_t> output_limit_bytes{};

    friend bool operator==(const job_changes&, const job_changes&) = default;
};
BOOST_DESCRIBE_STRUCT(job_changes, (),
                      (name, command, remark, environment, gpus, folder, requirements, trainers,
                       servers, time_limit_ms, memory_limit_bytes, output_limit_bytes))

/// One file of a job's code.
struct code_file {
    /// Path relative to the code folder, with `/` between parts.
    std::string path{};
    /// Bytes.
    std::int64_t size = 0;
    /// Of its content, lower-case hex.
    std::string sha256{};

    friend bool operator==(const code_file&, const code_file&) = default;
};
BOOST_DESCRIBE_STRUCT(code_file, (), (path, size, sha256))

/// The code of a job, as it was submitted; nothing changes it later.
struct job_version {
    /// The job.
    job_id job{};
    /// As `job::version`.
    std::optional<int> number{};
    /// As `job::code_sha256`.
    std::string sha256{};
    /// Its files, in the order of their paths.
    std::vector<code_file> files{};

    friend bool operator==(const job_version&, const job_version&) = default;
};
BOOST_DESCRIBE_STRUCT(job_version, (), (job, number, sha256, files))

/// An environment that a job may run in.
struct environment_choice {
    /// As in `new_job::environment`.
    std::string name{};
    /// The interpreter that stands for it in the studio.
    std::string python{};
    /// True for the one of jobs that name none.
    bool is_default = false;

    friend bool operator==(const environment_choice&, const environment_choice&) = default;
};
BOOST_DESCRIBE_STRUCT(environment_choice, (), (name, python, is_default))

/// Accelerators that a job may ask for.
struct resource_choice {
    /// As in `new_job::device`.
    std::string device{};
    /// As in `new_job::gpus`.
    int gpus = 1;
    /// How many times faster than one accelerator it uses up compute time in the cloud; 0: the
    /// platform does not say. The local studio charges nothing.
    int price_factor = 0;

    friend bool operator==(const resource_choice&, const resource_choice&) = default;
};
BOOST_DESCRIBE_STRUCT(resource_choice, (), (device, gpus, price_factor))

/// What a job may ask for.
struct job_choices {
    /// Values of `new_job::environment`.
    std::vector<environment_choice> environments{};
    /// Kinds and numbers of accelerators.
    std::vector<resource_choice> resources{};
    /// Values of `new_job::payment`.
    std::vector<std::string> payments{};
    /// Jobs that run at a time; the rest wait in order.
    int max_running = 0;

    friend bool operator==(const job_choices&, const job_choices&) = default;
};
BOOST_DESCRIBE_STRUCT(job_choices, (), (environments, resources, payments, max_running))

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
