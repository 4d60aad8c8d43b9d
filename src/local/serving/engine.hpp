#pragma once

#include <aistudio/error.hpp>
#include <aistudio/local/studio.hpp>
#include <aistudio/types/ids.hpp>
#include <aistudio/types/service.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio {
class io_context;
}

/// Prediction services: models in Python worker processes, and handlers in this process.
namespace aistudio::local::serving {

/// How to serve.
struct engine_options {
    /// Interpreter of workers whose model names none. A name without `/` is looked up on the PATH.
    std::filesystem::path python;
    /// The engine's own folder; made when it is not there. Holds the worker's source, readable by
    /// this user only.
    std::filesystem::path scratch;
    /// Longest time a worker may take for one batch; then it is killed and restarted. Zero: no
    /// limit.
    std::chrono::milliseconds call_timeout{30000};
    /// Calls that may wait for one service, those being answered not counted.
    std::size_t max_queued_calls = 1024;
    /// Receives one line for each event and each line the workers print. Called from the engine's
    /// one I/O thread.
    std::function<void(std::string_view)> log;
    /// How often a worker that has nothing to do is asked whether it is well, and how long it may
    /// take to answer. Zero interval: never.
    std::chrono::milliseconds health_interval{30000};
    std::chrono::milliseconds health_limit{10000};
    /// Where the I/O is done, by one thread that runs it from before `stop` is called until that
    /// has returned; workers die with that thread. Null: a thread of the engine's own.
    boost::asio::io_context* io = nullptr;
};

/// A model to serve.
struct model_spec {
    /// Where its files are; must stay unchanged while it is served.
    std::filesystem::path folder;
    /// The graph file relative to `folder`: `*.json`, `*.pdmodel` or `__model__` of Paddle,
    /// `*.onnx`, or a `*.py` file with a function `predict(data)`. Empty: found as
    /// `find_main_program` does.
    std::string main_program;
    /// Inputs to check; empty: not checked.
    std::vector<tensor_spec> inputs;
    /// Outputs to check; empty: not checked.
    std::vector<tensor_spec> outputs;
    /// Python source with `reader_infer(data_args)`, `output(results, data_args)` or both; empty:
    /// none.
    std::string converter;
    /// Interpreter; empty: that of the engine.
    std::filesystem::path python;
    serving_options options{};
};

/// The answer to a prediction call.
struct answer {
    /// 0, or one of `service_code`.
    std::int64_t code = 0;
    /// Why it failed, as a sentence; empty on success.
    std::string message;
    /// JSON text: what the converter or the model gave; empty on failure.
    std::string result_json;
};

/// Receives an answer; must not throw.
using answer_handler = std::function<void(answer)>;

/// Serves any number of models and handlers.
///
/// A model has one worker process or several, started when calls need them. Calls that arrive while
/// they work wait, and are then computed together where the model can. A worker that dies fails the
/// calls it was at, and is restarted, after a pause that grows while it keeps failing.
///
/// @par Thread safety  All members may be called from several threads; `stop` and the destructor
/// not from a handler or an `answer_handler`.
class engine {
public:
    explicit engine(engine_options options);
    /// `stop()`.
    ~engine();
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    /// Checks what can be checked without a process: the folder, the main program and its
    /// parameters.
    /// @par Errors  errc::invalid_argument, with a sentence for the user.
    [[nodiscard]] result<void> check(const model_spec& model) const;

    /// The one graph file below `folder`, relative to it, with `/` between the parts. Files
    /// directly in `folder` come first; only when there is none, its subfolders are searched.
    /// @par Errors  errc::invalid_argument when there is none, or several (the message lists them).
    [[nodiscard]] result<std::string> find_main_program(const std::filesystem::path& folder) const;

    /// Serves `model` as `id`; the first call starts a worker and waits for it. A service of that
    /// id is replaced, as by `remove`.
    /// @par Errors  as `check`; errc::store_failed when `scratch` cannot be written;
    /// errc::client_closed after `stop`.
    result<void> add(service_id id, model_spec model);

    /// Starts a worker for `id` unless one has the model, and calls `done` exactly once, from one
    /// of the engine's threads: with code 0 as soon as calls can be computed, or with the reason
    /// why not.
    void load(service_id id, answer_handler done);

    /// What the calls of `id` came to since it was added; all zero for an unknown id.
    [[nodiscard]] service_statistics statistics(service_id id) const;

    /// Ends a service and its worker. Calls that wait or are at the worker get `not_running`.
    /// Unknown ids are ignored.
    void remove(service_id id);

    /// Serves `handler` as `id`, on a few threads of the engine, so that a slow handler holds up no
    /// one's I/O.
    void serve(service_id id, service_handler handler);

    /// Answers the call `body` (JSON) and calls `done` exactly once: from the caller's thread
    /// before `predict` returns when it is refused at once, else from one of the engine's threads.
    ///
    /// Failures: `not_running` (no such service, or it was removed), `queue_full`,
    /// `parameter_invalid` (the body does not fit), `converter_failed` (the user's Python, or a
    /// handler's exception), `worker_failed`, `worker_timeout`.
    void predict(service_id id, std::string body, answer_handler done);

    /// Ends all services, answers every call (`not_running`), kills the workers and joins the
    /// threads. Calling it twice is fine.
    void stop();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace aistudio::local::serving
