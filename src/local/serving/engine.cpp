#include "local/serving/engine.hpp"

#include "local/jobs/workspace.hpp"
#include "local/serving/embedded.hpp"
#include "local/serving/handler_backend.hpp"
#include "local/serving/model_backend.hpp"
#include "local/serving/model_folder.hpp"
#include "local/store/files.hpp"

#include <aistudio/codec/json.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

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
    std::int64_t memory_limit = 0;
    int max_batch = 1;
};
BOOST_DESCRIBE_STRUCT(worker_settings, (),
                      (folder, main_program, inputs, outputs, converter, memory_limit, max_batch))

namespace {

/// Handlers are for users' own tests: enough threads that one slow handler does not hold up the
/// others.
std::size_t handler_threads() { return std::clamp(std::thread::hardware_concurrency(), 4U, 16U); }

/// A worker that was killed ends at once, unless the machine is in trouble.
constexpr std::chrono::seconds end_patience{10};

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
        : options(std::move(o)),
          own_io(options.io == nullptr ? std::make_unique<asio::io_context>(1) : nullptr),
          io(own_io ? *own_io : *options.io), work(io.get_executor()) {
        if (own_io)
            thread = std::thread([this] { io.run(); });
    }

    result<worker_plan> plan(service_id id, const model_spec& model) {
        const auto python =
            jobs::find_program(model.python.empty() ? options.python : model.python);
        if (!python)
            return make_problem(
                errc::invalid_argument,
                "There is no Python interpreter to serve the model with; set --python or "
                "AISTUDIO_PYTHON.");
        const auto& wanted = model.options;
        auto settings = to_json(
            worker_settings{fs::absolute(model.folder).string(), model.main_program, model.inputs,
                            model.outputs, model.converter, wanted.memory_limit, wanted.max_batch});
        if (!settings)
            return settings.error();
        worker_plan out;
        out.name = "service " + to_string(id);
        out.program = worker_program(*python, worker_folder());
        out.settings = std::move(*settings);
        out.workers = static_cast<std::size_t>(std::max(1, wanted.workers));
        out.batching = {static_cast<std::size_t>(std::max(1, wanted.max_batch)),
                        wanted.batch_delay};
        out.call_timeout = wanted.time_limit.count() > 0 ? wanted.time_limit : options.call_timeout;
        out.health_interval = options.health_interval;
        out.health_limit = options.health_limit;
        out.max_queued_calls = wanted.max_queued > 0 ? static_cast<std::size_t>(wanted.max_queued)
                                                     : options.max_queued_calls;
        out.log = options.log;
        out.processes = processes;
        return out;
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
        if (std::exchange(ended, true))
            return;
        if (running != nullptr)
            running->join();
        if (!all.empty()) // what was begun before has reached the workers' count then
            asio::post(io, asio::use_future([] {})).wait_for(end_patience);
        processes->wait_for_none(end_patience);
        work.reset();
        if (thread.joinable())
            thread.join();
    }

    engine_options options;
    const std::unique_ptr<asio::io_context> own_io;
    asio::io_context& io;
    const std::shared_ptr<process_count> processes = std::make_shared<process_count>();
    asio::executor_work_guard<asio::io_context::executor_type> work;

    std::mutex mutex;
    std::map<service_id, std::shared_ptr<backend>> services;
    std::optional<asio::thread_pool> pool;
    bool prepared = false;
    bool stopped = false;

    std::mutex stopping;
    bool ended = false;
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
    return {};
}

void engine::load(service_id id, answer_handler done) {
    if (const auto found = impl_->find(id))
        return found->load(std::move(done));
    asio::post(impl_->io, [done = std::move(done)] { done(removed_answer()); });
}

service_statistics engine::statistics(service_id id) const {
    const auto found = impl_->find(id);
    return found ? found->meter()->read() : service_statistics{};
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
    if (const auto found = impl_->find(id)) {
        found->meter()->arrived();
        return found->predict({std::move(body), std::move(done), found->meter()});
    }
    done({service_code::not_running, "The service is not running; resume or deploy it.", {}});
}

void engine::stop() { impl_->stop(); }

} // namespace aistudio::local::serving
