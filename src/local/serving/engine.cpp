#include "local/serving/engine.hpp"

#include "local/jobs/workspace.hpp"
#include "local/serving/embedded.hpp"
#include "local/serving/handler_backend.hpp"
#include "local/serving/model_backend.hpp"
#include "local/serving/model_folder.hpp"
#include "local/store/files.hpp"

#include <aistudio/codec/json.hpp>

#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace aistudio::local::serving {
namespace asio = boost::asio;
namespace fs = std::filesystem;

/// The first body a worker gets.
struct worker_settings {
    std::string folder;
    std::string main_program;
    std::vector<tensor_spec> inputs;
    std::vector<tensor_spec> outputs;
    std::string converter;
};
BOOST_DESCRIBE_STRUCT(worker_settings, (), (folder, main_program, inputs, outputs, converter))

namespace {

/// Handlers are for users' own tests: enough threads that one slow handler does not hold up the
/// others.
std::size_t handler_threads() { return std::clamp(std::thread::hardware_concurrency(), 4U, 16U); }

problem closed() {
    return make_problem(errc::client_closed, "The studio is stopping; no service was added.");
}

void write_worker(const fs::path& folder) {
    for (const auto& file : embedded::worker_files()) {
        const auto path = folder / fs::path(file.name);
        fs::create_directories(path.parent_path());
        store::write_private(path, file.content);
    }
}

jobs::program worker_program(const fs::path& python, const fs::path& folder) {
    auto environment = jobs::harmless_environment();
    environment.insert(environment.end(),
                       {"PATH=" + python.parent_path().string() + ":/usr/local/bin:/usr/bin:/bin",
                        "HOME=" + folder.string(), "OMP_NUM_THREADS=1",
                        "PYTHONDONTWRITEBYTECODE=1"});
    // -I: nothing from the user's site packages or the working directory; -u: lines reach the log
    // as they are printed; -B: the folder stays as it was written.
    return {{python.string(), "-I", "-u", "-B", (folder / "worker.py").string()},
            std::move(environment),
            folder,
            {}};
}

} // namespace

struct engine::impl {
    explicit impl(engine_options o)
        : options(std::move(o)), work(io.get_executor()), thread([this] { io.run(); }) {}

    result<worker_plan> plan(service_id id, const model_spec& model) {
        const auto python =
            jobs::find_program(model.python.empty() ? options.python : model.python);
        if (!python)
            return make_problem(
                errc::invalid_argument,
                "There is no Python interpreter to serve the model with; set --python or "
                "AISTUDIO_PYTHON.");
        auto settings =
            to_json(worker_settings{fs::absolute(model.folder).string(), model.main_program,
                                    model.inputs, model.outputs, model.converter});
        if (!settings)
            return settings.error();
        return worker_plan{"service " + to_string(id), worker_program(*python, worker_folder()),
                           std::move(*settings),       options.call_timeout,
                           options.max_queued_calls,   options.log};
    }

    [[nodiscard]] fs::path worker_folder() const {
        return fs::absolute(options.scratch) / "worker";
    }

    result<void> prepare() {
        const std::scoped_lock lock(mutex);
        if (stopped)
            return closed();
        if (std::exchange(prepared, true))
            return {};
        try {
            write_worker(worker_folder());
        } catch (const std::exception& e) {
            prepared = false;
            return make_problem(errc::store_failed,
                                std::string("The worker's files cannot be written: ") + e.what() +
                                    ".");
        }
        return {};
    }

    /// Puts `b` in place of what serves `id`; false after `stop`.
    bool replace(service_id id, std::shared_ptr<backend> b) {
        std::shared_ptr<backend> before;
        {
            const std::scoped_lock lock(mutex);
            if (stopped)
                return false;
            before = std::exchange(services[id], std::move(b));
        }
        if (before)
            before->close();
        return true;
    }

    std::shared_ptr<backend> find(service_id id) {
        const std::scoped_lock lock(mutex);
        const auto found = services.find(id);
        return found == services.end() ? nullptr : found->second;
    }

    std::shared_ptr<backend> take(service_id id) {
        const std::scoped_lock lock(mutex);
        const auto found = services.extract(id);
        return found ? found.mapped() : nullptr;
    }

    asio::thread_pool& handlers() {
        const std::scoped_lock lock(mutex);
        if (!pool)
            pool.emplace(handler_threads());
        return *pool;
    }

    void stop() {
        std::map<service_id, std::shared_ptr<backend>> all;
        asio::thread_pool* running = nullptr;
        {
            const std::scoped_lock lock(mutex);
            stopped = true;
            all.swap(services);
            running = pool ? &*pool : nullptr;
        }
        for (const auto& [id, b] : all)
            b->close();
        const std::scoped_lock once(stopping);
        if (!thread.joinable())
            return;
        if (running != nullptr)
            running->join();
        work.reset();
        thread.join();
    }

    engine_options options;
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work;

    std::mutex mutex;
    std::map<service_id, std::shared_ptr<backend>> services;
    std::optional<asio::thread_pool> pool;
    bool prepared = false;
    bool stopped = false;

    std::mutex stopping;
    std::thread thread; // last: it uses all of the above
};

engine::engine(engine_options options) : impl_(std::make_unique<impl>(std::move(options))) {}

engine::~engine() { stop(); }

result<void> engine::check(const model_spec& model) const {
    auto checked = model_folder::check(model);
    if (!checked)
        return checked.error();
    return {};
}

result<std::string> engine::find_main_program(const fs::path& folder) const {
    return model_folder::find_main_program(folder);
}

result<void> engine::add(service_id id, model_spec model) {
    auto checked = model_folder::check(std::move(model));
    if (!checked)
        return checked.error();
    auto plan = impl_->plan(id, *checked);
    if (!plan)
        return plan.error();
    if (auto prepared = impl_->prepare(); !prepared)
        return prepared;
    const auto added = std::make_shared<model_backend>(impl_->io, std::move(*plan));
    if (!impl_->replace(id, added))
        return closed();
    added->open();
    return {};
}

void engine::remove(service_id id) {
    if (const auto removed = impl_->take(id))
        removed->close();
}

void engine::serve(service_id id, service_handler handler) {
    impl_->replace(id, std::make_shared<handler_backend>(
                           impl_->handlers(), impl_->options.max_queued_calls, std::move(handler)));
}

void engine::predict(service_id id, std::string body, answer_handler done) {
    constexpr std::size_t most = frames::max_payload - (std::size_t{1} << 20U);
    if (body.size() > most)
        return done({service_code::payload_too_large,
                     "The body is too large for a worker; send less.",
                     {}});
    if (const auto found = impl_->find(id))
        return found->predict({std::move(body), std::move(done)});
    done({service_code::not_running, "The service is not running; resume or deploy it.", {}});
}

void engine::stop() { impl_->stop(); }

} // namespace aistudio::local::serving
