#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/secret.hpp>
#include <aistudio/types/timestamp.hpp>

#include <boost/describe/class.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

/// Sandboxes one project may have at a time (platform documentation).
inline constexpr std::size_t max_sandboxes_per_project = 5;

/// Life of a prediction service: draft -> sandbox -> online, with paused beside the last two.
enum class service_state { unknown, draft, sandbox, online, paused };

template <>
struct enum_table<service_state> {
    static constexpr std::pair<service_state, std::string_view> values[] = {
        {service_state::unknown, "unknown"}, {service_state::draft, "draft"},
        {service_state::sandbox, "sandbox"}, {service_state::online, "online"},
        {service_state::paused, "paused"},
    };
};

/// A declared input or output of a model.
struct tensor_spec {
    /// Name in the model's graph.
    std::string name{};
    /// Sizes; -1 where any size is accepted, usually the first (the batch).
    std::vector<std::int64_t> shape{};
    /// `float32`, `float64`, `int32`, `int64`, `uint8` or `bool`.
    std::string dtype = "float32";

    friend bool operator==(const tensor_spec&, const tensor_spec&) = default;
};
BOOST_DESCRIBE_STRUCT(tensor_spec, (), (name, shape, dtype))

/// How the workers of a service, processes that run its model, answer calls.
struct serving_options {
    /// Processes that answer side by side, 1 to 16. Each loads the model for itself, when calls
    /// need it.
    int workers = 1;
    /// Memory one worker may have for data, in bytes; Python and Paddle use about 256 MiB of it.
    /// Code that asks for more gets Python's `MemoryError`. Zero: no limit; else at least 64 MiB.
    std::int64_t memory_limit = std::int64_t{4} << 30U;
    /// Longest time one call, or calls that are computed together, may take; then the worker is
    /// killed and restarted, and they fail. Zero: the studio's `call_timeout`; at most 1 day.
    std::chrono::milliseconds time_limit{0};
    /// Most calls that the model computes together, 1 to 1024; they fail together when the worker
    /// dies. 1: each alone, as it always is with plain Python models and with models whose first
    /// dimension is fixed.
    int max_batch = 64;
    /// How long a call waits for others to be computed together with, at most 10 s. Zero: only what
    /// arrived while the workers were busy goes together.
    std::chrono::milliseconds batch_delay{0};
    /// Calls that may wait, those in the workers not counted; more are refused as overload
    /// (errc::service_overloaded). Zero: the studio's `max_queued_calls`; at most 1,000,000.
    int max_queued = 0;

    friend bool operator==(const serving_options&, const serving_options&) = default;
};
BOOST_DESCRIBE_STRUCT(serving_options, (),
                      (workers, memory_limit, time_limit, max_batch, batch_delay, max_queued))

/// A prediction service.
struct service {
    /// Given by the service.
    service_id id{};
    /// Not empty.
    std::string name{};
    /// The project it was made in.
    project_id project{};
    /// Where it is in its life.
    open_enum<service_state> state{};
    /// Address for prediction calls; set once it is online.
    std::string url{};
    /// Key for prediction calls; set once it is online.
    secret api_key{};
    /// The model's main program, relative to the model folder; empty in a draft that has none yet.
    std::string main_program{};
    /// Declared inputs; empty: not checked.
    std::vector<tensor_spec> inputs{};
    /// Declared outputs; empty: not checked.
    std::vector<tensor_spec> outputs{};
    /// True when it has converters; false when parameters reach the model unchanged.
    bool has_converter = false;
    /// When it was created.
    timestamp created_at{};
    /// When its state or definition last changed.
    timestamp updated_at{};
    /// The model's files, relative to the model folder, sorted; at most the first 1,000.
    std::vector<std::string> files{};
    /// How its workers answer calls.
    serving_options options{};
    /// What a draft lacks for its sandbox: `model`, `main_program`; empty: nothing.
    std::vector<std::string> missing{};
    /// When the last call came, tests included; not set before the first.
    timestamp last_call_at{};
    /// When it pauses by itself if no call comes: 24 h after the last one for a sandbox, 14 days
    /// for an online service; not set for others.
    timestamp pauses_at{};
    /// Until when keys from before a rotation are valid; not set when only `api_key` is.
    timestamp old_keys_until{};

    friend bool operator==(const service&, const service&) = default;
};
BOOST_DESCRIBE_STRUCT(service, (),
                      (id, name, project, state, url, api_key, main_program, inputs, outputs,
                       has_converter, created_at, updated_at, files, options, missing, last_call_at,
                       pauses_at, old_keys_until))

/// What to create a prediction service from. The model comes from exactly one of a job's output, a
/// project's files, and a local folder or archive; a draft may have none yet.
struct new_service {
    /// Must not be empty.
    std::string name{};
    /// The project it belongs to.
    project_id project{};
    /// Job whose output holds the model; empty when `model_folder` is given.
    job_id job{};
    /// Folder of the model below the job's output folder; empty: the output folder itself.
    std::string job_path{};
    /// Local folder with the model files, or an archive of them (`.zip`, `.tar`, `.tar.gz`); empty
    /// when the model comes from elsewhere.
    std::filesystem::path model_folder{};
    /// The main program, relative to the model folder: Paddle's graph file (`*.json`, `*.pdmodel`,
    /// `__model__`), `*.onnx`, or a `*.py` file with a function `predict(data)`. Empty: found by
    /// itself when there is exactly one that is not Python.
    std::string main_program{};
    /// Inputs by name, shape and type, compared with the model's when the sandbox is made, and with
    /// each call when there is no converter; empty: as the model has them.
    std::vector<tensor_spec> inputs{};
    /// Outputs, compared with the model's when the sandbox is made; empty: not compared.
    std::vector<tensor_spec> outputs{};
    /// Local Python file with `reader_infer(data_args)` and `output(results, data_args)`; empty: no
    /// converters.
    std::filesystem::path converter{};
    /// Folder among the files of `project` that holds the model, `.` for all of them; empty when
    /// the model comes from elsewhere.
    std::string project_path{};
    /// Which files and folders of the source make the model, relative to it; empty: all.
    std::vector<std::string> files{};
    /// How its workers answer calls.
    serving_options options{};

    friend bool operator==(const new_service&, const new_service&) = default;
};
BOOST_DESCRIBE_STRUCT(new_service, (),
                      (name, project, job, job_path, model_folder, main_program, inputs, outputs,
                       converter, project_path, files, options))

/// What to change of a service; what is not set stays. A draft can have everything changed, any
/// other service only its name.
struct service_changes {
    /// Not empty.
    std::optional<std::string> name{};
    /// With one of `job`, `model_folder` and `project_path` the draft gets the model from there, as
    /// in `new_service`, in place of the one it had.
    job_id job{};
    /// Folder of the model below the job's output folder; empty: the output folder itself.
    std::string job_path{};
    /// Local folder or archive with the model files.
    std::filesystem::path model_folder{};
    /// Folder among the project's files that holds the model, `.` for all of them.
    std::string project_path{};
    /// Which files and folders of the new source make the model; empty: all.
    std::vector<std::string> files{};
    /// The main program, relative to the model folder; empty text: found by itself.
    std::optional<std::string> main_program{};
    /// Inputs; an empty list: as the model has them.
    std::optional<std::vector<tensor_spec>> inputs{};
    /// Outputs; an empty list: not compared.
    std::optional<std::vector<tensor_spec>> outputs{};
    /// Local Python file with converters; an empty path: none from now on.
    std::optional<std::filesystem::path> converter{};
    /// How its workers answer calls; all of it is replaced.
    std::optional<serving_options> options{};

    friend bool operator==(const service_changes&, const service_changes&) = default;
};
BOOST_DESCRIBE_STRUCT(service_changes, (),
                      (name, job, job_path, model_folder, project_path, files, main_program, inputs,
                       outputs, converter, options))

/// What a service's calls came to, tests included, since the studio started or the service was
/// first called. Times are milliseconds from a call's arrival to its answer, of all calls that were
/// not refused.
struct service_statistics {
    /// Of which service.
    service_id id{};
    /// From when on is counted; not set before the first call.
    timestamp since{};
    /// Calls that were answered, with success or failure.
    std::int64_t calls = 0;
    /// Those of `calls` that failed.
    std::int64_t errors = 0;
    /// Calls beside `calls` that were refused because too many waited.
    std::int64_t refused = 0;
    /// Calls that wait or are being computed now.
    std::int64_t in_flight = 0;
    /// How often the model was run for `calls`; fewer when calls were computed together.
    std::int64_t batches = 0;
    /// Workers that have the model loaded now.
    int workers = 0;
    /// How often a worker died or was killed.
    std::int64_t worker_failures = 0;
    /// Mean time.
    double mean_ms = 0;
    /// Time that half of the calls did not exceed.
    double p50_ms = 0;
    /// Time that 90 of 100 calls did not exceed.
    double p90_ms = 0;
    /// Time that 99 of 100 calls did not exceed.
    double p99_ms = 0;
    /// The longest time.
    double max_ms = 0;

    friend bool operator==(const service_statistics&, const service_statistics&) = default;
};
BOOST_DESCRIBE_STRUCT(service_statistics, (),
                      (id, since, calls, errors, refused, in_flight, batches, workers,
                       worker_failures, mean_ms, p50_ms, p90_ms, p99_ms, max_ms))

/// Where and with which key to call a service.
struct endpoint {
    /// Without the key.
    std::string url{};
    /// Sent as `?apiKey=`.
    secret api_key{};

    friend bool operator==(const endpoint&, const endpoint&) = default;
};
BOOST_DESCRIBE_STRUCT(endpoint, (), (url, api_key))

} // namespace aistudio
