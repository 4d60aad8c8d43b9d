#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/secret.hpp>
#include <aistudio/types/timestamp.hpp>

#include <boost/describe/class.hpp>

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
    /// The model's graph file, relative to the model folder.
    std::string main_program{};
    /// Declared inputs; empty: not checked.
    std::vector<tensor_spec> inputs{};
    /// Declared outputs; empty: not checked.
    std::vector<tensor_spec> outputs{};
    /// True when it has converters; false when parameters reach the model unchanged.
    bool has_converter = false;
    /// When it was created.
    timestamp created_at{};
    /// When its state last changed.
    timestamp updated_at{};

    friend bool operator==(const service&, const service&) = default;
};
BOOST_DESCRIBE_STRUCT(service, (),
                      (id, name, project, state, url, api_key, main_program, inputs, outputs,
                       has_converter, created_at, updated_at))

/// What to create a prediction service from. The model comes either from a job's output or from a
/// local folder.
struct new_service {
    /// Must not be empty.
    std::string name{};
    /// The project it belongs to.
    project_id project{};
    /// Job whose output holds the model; empty when `model_folder` is given.
    job_id job{};
    /// Folder of the model below the job's output folder; empty: the output folder itself.
    std::string job_path{};
    /// Local folder with the model files; empty when `job` is given.
    std::filesystem::path model_folder{};
    /// The graph file relative to the model folder (`model.json`, `model.pdmodel`, `__model__`);
    /// empty: found by itself when there is exactly one.
    std::string main_program{};
    /// Inputs to check; empty: not checked.
    std::vector<tensor_spec> inputs{};
    /// Outputs to check; empty: not checked.
    std::vector<tensor_spec> outputs{};
    /// Local Python file with `reader_infer(data_args)` and `output(results, data_args)`; empty: no
    /// converters.
    std::filesystem::path converter{};

    friend bool operator==(const new_service&, const new_service&) = default;
};
BOOST_DESCRIBE_STRUCT(new_service, (),
                      (name, project, job, job_path, model_folder, main_program, inputs, outputs,
                       converter))

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
