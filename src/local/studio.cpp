#include <aistudio/local/studio.hpp>

#include "local/faults/fault_script.hpp"
#include "local/http/envelope.hpp"
#include "local/http/server.hpp"
#include "local/objects/gateway.hpp"
#include "local/routes/chat.hpp"
#include "local/routes/hub.hpp"
#include "local/routes/prediction.hpp"
#include "local/routes/routes.hpp"
#include "local/settings.hpp"
#include "local/store/folder_lock.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

namespace aistudio::local {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::ip::tcp;

namespace {

constexpr std::size_t pool_threads = 4;
/// Handlers get numbers of their own, so that they never meet those of services in the database.
constexpr std::int64_t first_handler_id = 1'000'000'000;
/// How long busy connections may take to finish their answer when the studio stops.
constexpr std::chrono::seconds drain_time{2};

fs::path made(const fs::path& folder) {
    if (fs::create_directories(folder))
        fs::permissions(folder, fs::perms::owner_all);
    return folder;
}

std::string address_of(const tcp::endpoint& at) {
    const auto a = at.address();
    std::string host = a.is_unspecified() ? (a.is_v6() ? "::1" : "127.0.0.1") : a.to_string();
    if (host.find(':') != std::string::npos)
        host = "[" + host + "]";
    return "http://" + host + ":" + std::to_string(at.port());
}

/// The user's clock, in the studio's resolution; else the system's.
objects::grants::clock clock_for(const studio_options& options) {
    return [told = options.clock] {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(
            told ? told() : std::chrono::system_clock::now());
    };
}

/// Calls the user's log function, one line at a time.
class log_sink {
public:
    explicit log_sink(std::function<void(std::string_view)> f) : function_(std::move(f)) {}
    void operator()(std::string_view line) {
        if (!function_)
            return;
        const std::lock_guard lock(mutex_);
        function_(line);
    }

private:
    std::mutex mutex_;
    std::function<void(std::string_view)> function_;
};

/// Everything of a studio that runs. Made in the order of the members, taken down by
/// `~running_studio`.
class running_studio final : public http::application {
public:
    running_studio(const studio_options& options, store::folder_lock lock)
        : lock_(std::move(lock)), log_(options.log), token_(token_for(options)),
          database_(options.directory / "studio.db"), contents_(database_, options.directory),
          server_(io_, pool_, *this, {asio::ip::make_address(options.address), options.port}),
          base_url_(address_of(server_.endpoint())), grants_(base_url_, clock_for(options)),
          objects_(database_, contents_, options.directory),
          uploads_(database_, contents_, objects_), gateway_(pool_, objects_, uploads_, grants_),
          engine_(engine_options_for(options)),
          prediction_(table_, engine_, faults_, options.max_request_bytes, clock_for(options),
                      [this] { pause_idle(); }),
          datasets_(database_, contents_, options.user), projects_(database_, options.user),
          project_files_(database_, contents_, projects_),
          project_versions_(database_, contents_, projects_, project_files_),
          runner_({options.directory / "runner", local::jobs::runner_options{}.grace,
                   options.directory / "packages", options.pip_options}),
          jobs_(database_, contents_, objects_, datasets_, projects_, project_files_,
                project_versions_, runner_, pool_, job_settings_for(options)),
          services_(database_, contents_, objects_, projects_, jobs_, engine_, table_,
                    options.directory / "services", base_url_, clock_for(options),
                    domain::reader_of(project_files_)),
          repositories_(database_, contents_, objects_, options.user),
          hub_(pool_, repositories_, grants_, token_), answers_(database_),
          api_(pool_, answers_, token_, options.user) {
        add_routes(options.user);
        jobs_.recover();
        services_.recover([this](std::string_view line) { log_(line); });
        asio::post(pool_, [this] {
            uploads_.expire();
            contents_.sweep();
        });
        server_.start();
        look_for_idle_services();
        io_thread_ = std::thread([this] { io_.run(); });
        log_("listening on " + base_url_);
    }

    ~running_studio() override {
        stopping_ = true;
        asio::post(io_, asio::use_future([this] {
                       server_.close();
                       idle_timer_.cancel();
                   }))
            .wait();
        jobs_.close();
        runner_.stop_all();
        engine_.stop();
        if (chat_)
            chat_->stop();
        wait_for_sessions();
        chat_.reset();
        pool_.join();
        note_last_calls();
        guard_.reset();
        io_.stop();
        io_thread_.join();
        database_.checkpoint();
        log_("stopped");
    }
    running_studio(const running_studio&) = delete;
    running_studio& operator=(const running_studio&) = delete;

    [[nodiscard]] const std::string& base_url() const { return base_url_; }
    [[nodiscard]] const secret& token() const { return token_; }

    [[nodiscard]] std::unique_ptr<http::exchange> begin(const http::request_head& head) override {
        const auto target = http::view(head.target());
        if (routes::prediction::owns(target))
            return prediction_.begin(head);
        if (objects::gateway::owns(http::target(target).path))
            return gateway_.begin(head);
        if (routes::hub::owns(http::target(target).path))
            return hub_.begin(head);
        if (chat_ && target.starts_with(routes::chat_base))
            return chat_->begin(head);
        return api_.begin(head);
    }

    [[nodiscard]] http::response malformed(std::string why) override {
        return routes::json_answer(
            400, http::failure(http::new_log_id(), service_code::parameter_invalid, why));
    }

    [[nodiscard]] bool ignores_tls() override { return faults_.next_tls(); }

    [[nodiscard]] faults::fault_script& faults() { return faults_; }

    [[nodiscard]] result<endpoint> serve(std::string name, service_handler handler) {
        if (name.empty() || !handler)
            return make_problem(errc::invalid_argument, "A handler needs a name and a function.");
        const std::lock_guard lock(handlers_mutex_);
        if (handlers_.contains(name))
            return make_problem(errc::conflict,
                                "A handler called `" + name + "` is served already.");
        const service_id id(first_handler_id + static_cast<std::int64_t>(handlers_.size()));
        endpoint e{base_url_ + "/serving/online/" + to_string(id), secret(store::random_uuid())};
        engine_.serve(id, std::move(handler));
        table_.set(id.value(), {e.api_key, true, id});
        handlers_.emplace(std::move(name), id);
        return e;
    }

    [[nodiscard]] result<std::string> serve_chat(chat_handler handler) {
        if (!handler)
            return make_problem(errc::invalid_argument, "A chat handler needs a function.");
        if (std::exchange(serves_chat_, true))
            return make_problem(errc::conflict, "A chat handler is served already.");
        auto made = std::make_unique<routes::chat>(std::move(handler), token_);
        asio::post(io_, asio::use_future([&] { chat_ = std::move(made); })).wait();
        return base_url_ + std::string(routes::chat_base);
    }

private:
    void add_routes(const std::string& user) {
        routes::add_status_route(api_, user);
        routes::add_no_chat_route(api_);
        routes::add_dataset_routes(api_, datasets_, contents_, grants_);
        routes::add_project_routes(api_, projects_, project_files_, project_versions_, contents_,
                                   grants_);
        routes::add_job_routes(api_, pool_, jobs_, objects_, grants_, stopping_);
        routes::add_service_routes(api_, pool_, services_, contents_, grants_, engine_);
        routes::add_hub_routes(api_, repositories_, contents_);
        routes::add_fault_routes(api_, faults_);
    }

    /// Services pause when nobody called them for long; how exactly that is kept over a crash, this
    /// says.
    static constexpr std::chrono::minutes idle_interval{1};

    void look_for_idle_services() {
        idle_timer_.expires_after(idle_interval);
        idle_timer_.async_wait([this](boost::system::error_code error) {
            if (error)
                return;
            pause_idle();
            look_for_idle_services();
        });
    }

    void pause_idle() {
        asio::post(pool_, [this] {
            try {
                services_.pause_idle();
                services_.note_last_calls();
            } catch (const std::exception& e) {
                log_(std::string("idle services cannot be paused: ") + e.what());
            }
        });
    }

    void note_last_calls() {
        try {
            services_.note_last_calls();
        } catch (const std::exception& e) {
            log_(std::string("the last calls of services cannot be noted: ") + e.what());
        }
    }

    domain::job_settings job_settings_for(const studio_options& o) {
        return {o.directory / "jobs",
                default_python(o.python),
                o.environments,
                o.isolate_jobs,
                o.max_running_jobs,
                clock_for(o),
                [this](std::string_view line) { log_(line); }};
    }

    serving::engine_options engine_options_for(const studio_options& o) {
        serving::engine_options out;
        out.python = default_python(o.python);
        out.scratch = o.directory / "engine";
        out.call_timeout = o.call_timeout;
        out.max_queued_calls = o.max_queued_calls;
        out.log = [this](std::string_view line) { log_(line); };
        out.io = &io_;
        return out;
    }

    /// Lets busy connections finish, then cuts the rest off. All must be gone before what they use
    /// goes.
    void wait_for_sessions() {
        const auto patience = std::chrono::steady_clock::now() + drain_time;
        while (server_.open_sessions() > 0) {
            if (std::chrono::steady_clock::now() > patience)
                asio::post(io_, [this] { server_.abort(); });
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }

    std::atomic<bool> stopping_{false};
    store::folder_lock lock_;
    log_sink log_;
    secret token_;
    store::database database_;
    store::content_store contents_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
    asio::steady_timer idle_timer_{io_};
    asio::thread_pool pool_{pool_threads};
    http::server server_;
    std::string base_url_;
    objects::grants grants_;
    objects::object_store objects_;
    objects::multipart_uploads uploads_;
    objects::gateway gateway_;
    serving::engine engine_;
    domain::prediction_table table_;
    faults::fault_script faults_;
    routes::prediction prediction_;
    domain::datasets datasets_;
    domain::projects projects_;
    domain::project_files project_files_;
    domain::project_versions project_versions_;
    jobs::runner runner_;
    domain::jobs jobs_;
    domain::services services_;
    domain::repositories repositories_;
    routes::hub hub_;
    std::unique_ptr<http::guest> chat_; // changed on the I/O thread
    routes::recorded_answers answers_;
    routes::api api_;
    bool serves_chat_ = false;
    std::mutex handlers_mutex_;
    std::map<std::string, service_id> handlers_;
    std::thread io_thread_;
};

problem already_running(const fs::path& folder, long holder) {
    const auto who =
        holder > 0 ? "process " + std::to_string(holder) : std::string("another process");
    return make_problem(errc::already_running,
                        "The folder `" + folder.string() + "` is in use by " + who + ".",
                        phase::store);
}

problem start_failed(const studio_options& o, const boost::system::system_error& e) {
    if (e.code() == asio::error::address_in_use)
        return make_problem(errc::address_in_use,
                            "Port " + std::to_string(o.port) + " of " + o.address + " is taken.");
    auto p = make_problem(errc::invalid_argument, "The studio cannot listen on " + o.address + ".");
    p.cause = e.code();
    return p;
}

problem store_failed(const std::string& why) {
    return make_problem(errc::store_failed, why, phase::store);
}

} // namespace

struct studio::impl {
    std::mutex mutex;
    std::unique_ptr<running_studio> running; // null once stopped
    std::string base_url;
    secret token;
    std::string user;
};

result<studio> studio::start(studio_options options) {
    if (auto checked = check_options(options); !checked)
        return checked.error();
    try {
        options.directory = fs::absolute(made(options.directory));
        store::folder_lock lock;
        if (const auto holder = lock.take(options.directory); holder != 0)
            return already_running(options.directory, holder);
        auto i = std::make_unique<impl>();
        i->running = std::make_unique<running_studio>(options, std::move(lock));
        i->base_url = i->running->base_url();
        i->token = i->running->token();
        i->user = options.user;
        return studio(std::move(i));
    } catch (const boost::system::system_error& e) {
        return start_failed(options, e);
    } catch (const refusal& r) {
        return store_failed(r.message());
    } catch (const std::exception& e) {
        return store_failed(e.what());
    }
}

studio::studio(std::unique_ptr<impl> i) noexcept : impl_(std::move(i)) {}
studio::studio(studio&&) noexcept = default;
studio& studio::operator=(studio&&) noexcept = default;
studio::~studio() { stop(); }

std::string studio::base_url() const { return impl_->base_url; }
secret studio::access_token() const { return impl_->token; }
std::string studio::user() const { return impl_->user; }

result<endpoint> studio::serve(std::string name, service_handler handler) {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->running)
        return make_problem(errc::client_closed, "The studio is stopped.");
    return impl_->running->serve(std::move(name), std::move(handler));
}

result<std::string> studio::serve_chat(chat_handler handler) {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->running)
        return make_problem(errc::client_closed, "The studio is stopped.");
    return impl_->running->serve_chat(std::move(handler));
}

namespace {

/// `use(faults)` of a studio that runs; its refusals as errors.
template <class Impl, class Use>
auto with_faults(Impl& i, Use use) -> result<decltype(use(i.running->faults()))> {
    const std::lock_guard lock(i.mutex);
    if (!i.running)
        return make_problem(errc::client_closed, "The studio is stopped.");
    try {
        if constexpr (std::is_void_v<decltype(use(i.running->faults()))>) {
            use(i.running->faults());
            return {};
        } else {
            return use(i.running->faults());
        }
    } catch (const refusal& r) {
        const auto* row = find_service_code(r.code());
        return make_problem(row != nullptr ? row->meaning : errc::internal_error, r.message());
    }
}

} // namespace

result<fault> studio::add_fault(fault what) {
    return with_faults(*impl_, [&](auto& faults) { return faults.add(std::move(what)); });
}

result<std::vector<fault>> studio::list_faults(service_id service) const {
    return with_faults(*impl_, [&](auto& faults) { return faults.list(service); });
}

result<void> studio::remove_fault(fault_id id) {
    return with_faults(*impl_, [&](auto& faults) { faults.remove(id); });
}

result<void> studio::clear_faults(service_id service) {
    return with_faults(*impl_, [&](auto& faults) { faults.clear(service); });
}

void studio::stop() noexcept {
    if (!impl_)
        return;
    const std::lock_guard lock(impl_->mutex);
    impl_->running.reset();
}

} // namespace aistudio::local
