#include "local/jobs/runner.hpp"

#include "local/jobs/exit_text.hpp"
#include "local/jobs/package_cache.hpp"
#include "local/jobs/process.hpp"
#include "local/jobs/requirements.hpp"
#include "local/jobs/sandbox.hpp"
#include "local/jobs/supervisor.hpp"
#include "local/jobs/usage.hpp"
#include "local/jobs/workspace.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace aistudio::local::jobs {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

problem invalid(std::string why) { return make_problem(errc::invalid_argument, std::move(why)); }

bool is_plain_id(const std::string& id) {
    return !id.empty() && id.size() <= 128 &&
           std::all_of(id.begin(), id.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_';
           });
}

result<void> check_mount(const mount& dataset) {
    std::error_code ignored;
    if (!stays_below(dataset.relative))
        return invalid("The dataset path \"" + dataset.relative +
                       "\" must be relative and must not hold `..`.");
    if (!fs::is_regular_file(dataset.host, ignored))
        return invalid("The dataset file " + dataset.relative +
                       " is missing in the studio's folder.");
    return {};
}

result<void> check_spec(const process_spec& spec) {
    std::error_code ignored;
    if (!is_plain_id(spec.id))
        return invalid("A job's id is made of letters, digits, `-` and `_`.");
    if (spec.command.empty() || spec.command.find('\0') != std::string::npos)
        return invalid("The command of a job must not be empty and must not hold a zero byte.");
    if (!fs::is_directory(spec.code_folder, ignored))
        return invalid("The job's code folder is missing.");
    if (!fs::is_directory(spec.output_folder, ignored))
        return invalid("The job's output folder is missing.");
    for (const auto& dataset : spec.datasets)
        if (auto checked = check_mount(dataset); !checked)
            return checked;
    for (const auto& one : spec.requirements)
        if (auto why = why_no_requirement(one); !why.empty())
            return invalid(std::move(why));
    if (spec.counts.trainers < 1 || spec.counts.servers < 0)
        return invalid("A job needs a trainer.");
    return {};
}

/// The log, opened to append: the job writes to it directly, the studio only before and after it.
class job_log {
public:
    explicit job_log(const fs::path& file)
        : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
        if (!file_)
            store::throw_system("open " + file.string());
    }
    void line(const std::string& text) const {
        const auto whole = "[studio] " + text + "\n";
        text_as_it_is(whole);
    }
    void text_as_it_is(const std::string& whole) const {
        [[maybe_unused]] const auto written = ::write(file_.get(), whole.data(), whole.size());
    }
    [[nodiscard]] int descriptor() const { return file_.get(); }

private:
    open_file file_;
};

/// One job and its processes. Used on the runner's thread only.
class running_job : public std::enable_shared_from_this<running_job> {
public:
    using exit_handler = std::function<void(exit_report)>;

    running_job(asio::io_context& io, const runner_options& options, package_cache& packages,
                process_spec spec, interpreter python, exit_handler on_exit)
        : options_(options), cache_(packages), spec_(std::move(spec)), python_(std::move(python)),
          on_exit_(std::move(on_exit)), end_(io), timer_(io), look_(io) {}

    /// May report the end at once, when nothing could be started.
    void start() {
        attempt([this] {
            log_.emplace(spec_.log_file);
            log_->line("job " + spec_.id + ", environment " + spec_.environment + ": Python " +
                       python_.version + " at " + python_.executable.string());
            if (spec_.requirements.empty())
                launch();
            else
                get_packages();
        });
    }

    void stop() {
        if (stopped_ || !log_)
            return;
        const auto self = shared_from_this(); // its end may be the last to hold it
        stopped_ = true;
        log_->line("stopping");
        if (child_)
            return end_soon();
        cache_.leave(spec_.id);
        finish({{}, {}, true, "The job was stopped."});
    }

private:
    template <class F>
    void attempt(F work) {
        try {
            work();
        } catch (const std::exception& e) {
            finish({{}, {}, false, std::string("The job could not be started: ") + e.what() + "."});
        }
    }

    void get_packages() {
        packages_ = cache_.find(python_, spec_.requirements);
        if (!packages_.empty()) {
            log_->line("packages are in the cache: " + named_requirements());
            return launch();
        }
        log_->line("installing packages: " + named_requirements());
        cache_.want(spec_.id, python_, spec_.requirements,
                    [self = shared_from_this()](const packages_outcome& outcome) {
                        self->attempt([&] { self->have_packages(outcome); });
                    });
    }

    void have_packages(const packages_outcome& outcome) {
        if (outcome.folder.empty()) {
            log_->text_as_it_is(outcome.text);
            log_->line(outcome.message);
            return finish({{}, {}, false, outcome.message});
        }
        packages_ = outcome.folder;
        log_->line("packages are installed");
        launch();
    }

    [[nodiscard]] std::string named_requirements() const {
        return boost::algorithm::join(spec_.requirements, ", ");
    }

    /// SIGTERM, and SIGKILL after the grace period.
    void end_soon() {
        signal_all(SIGTERM);
        // The supervisor keeps the grace period itself; it is killed only when it fails to.
        const auto patience = isolated_ ? options_.grace : options_.grace + std::chrono::seconds(2);
        timer_.expires_after(patience);
        timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
            if (!error)
                self->kill();
        });
    }

    void launch() {
        isolated_ = spec_.isolate && isolate_available();
        files_ = std::make_unique<workspace>(options_.scratch, spec_, python_, isolated_);
        const auto seen =
            isolated_ ? sandbox::layout_for(*files_, python_, packages_) : plain_layout();
        files_->link_into(spec_.code_folder, seen);
        write_header(seen);
        if (spec_.counts.several())
            fs::create_directories(spec_.logs_folder);
        auto started = spawn(isolated_ ? isolated_program(seen) : plain_program(seen));
        status_end_.close();
        if (!started)
            throw std::runtime_error(started.error().detail);
        child_ = std::make_unique<child>(std::move(*started));
        watch();
        usage_.emplace(spec_, child_->pid());
        look_at_limits();
    }

    /// What crossed a limit is ended: the rest of its time would not help it.
    void look_at_limits() {
        const auto next = usage_->next_look();
        if (!next)
            return;
        look_.expires_after(*next);
        look_.async_wait([self = shared_from_this()](boost::system::error_code error) {
            if (error || self->stopped_)
                return;
            self->crossed_ = self->usage_->crossed();
            if (!self->crossed_)
                return self->look_at_limits();
            self->log_->line(self->crossed_->message);
            if (self->crossed_->may_tidy_up)
                self->end_soon();
            else
                self->kill_command();
        });
    }

    [[nodiscard]] layout plain_layout() const {
        return {spec_.code_folder,
                files_->datasets(),
                spec_.output_folder,
                spec_.code_folder,
                files_->programs(),
                packages_,
                {files_->roles_program(), spec_.logs_folder, spec_.log_file, files_->scratch()}};
    }

    /// What the shell is given.
    [[nodiscard]] std::string shell_text(const layout& seen) const {
        return spec_.counts.several()
                   ? role_command(python_.executable, seen.roles, spec_.counts, spec_.command)
                   : spec_.command;
    }

    void write_header(const layout& seen) const {
        if (isolated_)
            log_->line("isolated with bubblewrap");
        else
            log_->line("warning: not isolated, the documented paths do not exist (" + why_plain() +
                       ") Use AISTUDIO_DATASET_DIR and AISTUDIO_OUTPUT_DIR.");
        log_->line("datasets in " + seen.datasets.string() + ", output in " + seen.output.string());
        for (const auto& note : files_->notes())
            log_->line("note: " + note);
        if (spec_.counts.servers > 0)
            log_->line(std::to_string(spec_.counts.servers) + " parameter servers and " +
                       std::to_string(spec_.counts.trainers) + " trainers");
        else if (spec_.counts.several())
            log_->line(std::to_string(spec_.counts.trainers) +
                       " trainers, started by paddle.distributed.launch");
        log_->line("$ " + spec_.command);
    }

    [[nodiscard]] std::string why_plain() const {
        return spec_.isolate ? sandbox::why_unavailable() : "isolation is turned off.";
    }

    program isolated_program(const layout& seen) {
        std::tie(status_, status_end_) = make_pipe();
        return {sandbox::command_line(spec_, *files_, python_, packages_, shell_text(seen)),
                job_environment(seen),
                {},
                {{log_->descriptor(), 1},
                 {log_->descriptor(), 2},
                 {status_end_.get(), sandbox::status_descriptor}}};
    }

    [[nodiscard]] program plain_program(const layout& seen) const {
        const auto grace = std::chrono::duration<double>(options_.grace).count();
        return {supervisor_line(python_.executable.string(), grace, shell_text(seen)),
                job_environment(seen),
                spec_.code_folder,
                {{log_->descriptor(), 1}, {log_->descriptor(), 2}},
                SIGTERM}; // the supervisor then ends what is below it
    }

    /// bubblewrap itself may end a little before the last process of its namespace.
    [[nodiscard]] int handle_of_last() {
        if (isolated_) {
            read_status(); // the first document
            if (const auto first = sandbox::first_process(status_text_))
                last_ = watch_process(*first);
        }
        return last_ ? last_.get() : child_->handle();
    }

    void watch() {
        end_.assign(::fcntl(handle_of_last(), F_DUPFD_CLOEXEC, 0));
        end_.async_wait(end_.wait_read,
                        [self = shared_from_this()](boost::system::error_code error) {
                            if (!error)
                                self->ended();
                        });
    }

    /// A process of the job's own namespace cannot be reached by a group, so each is signalled; the
    /// namespace's first process, which is bubblewrap's, takes no signal but SIGKILL.
    void signal_all(int signal) {
        if (!isolated_)
            return child_->kill(signal);
        for (const pid_t pid : descendants(child_->pid()))
            ::kill(pid, signal);
    }

    /// Leaves the supervisor, so that it ends what has just been started, too.
    void kill_command() {
        for (const pid_t pid : descendants(child_->pid()))
            ::kill(pid, SIGKILL);
    }

    void kill() {
        for (const pid_t pid : descendants(child_->pid()))
            ::kill(pid, SIGKILL);
        child_->kill(SIGKILL);
    }

    void ended() {
        timer_.cancel();
        look_.cancel();
        auto report = describe_exit(child_->reap(), stopped_);
        while (isolated_ && read_status()) {
        }
        if (isolated_ && !stopped_ && !crossed_ && !sandbox::command_ended(status_text_))
            report = set_up_failed(report);
        if (!stopped_)
            report = explained(std::move(report));
        if (report.message.empty())
            log_->line("the command ended with exit status 0");
        else
            log_->line(report.message);
        finish(std::move(report));
    }

    /// With the reason that only we, or the starter of several processes, know.
    [[nodiscard]] exit_report explained(exit_report report) {
        if (!crossed_)
            crossed_ = usage_->crossed_at_the_end();
        if (crossed_)
            return {{}, {}, false, crossed_->message};
        if (!spec_.counts.several() || report.exit_code == 0)
            return report;
        if (auto failure = read_role_failure(spec_.logs_folder))
            return {failure->exit_code, failure->signal, false, std::move(failure->message)};
        return report;
    }

    /// bubblewrap says how the command ended; when it does not, it was killed itself or could not
    /// begin.
    static exit_report set_up_failed(const exit_report& seen) {
        if (seen.signal)
            return seen;
        return {{}, {}, false, "bubblewrap could not set the job up; its reason is in the log."};
    }

    /// Appends what comes next to `status_text_`; false at the end.
    bool read_status() {
        std::array<char, 1024> buffer;
        const auto got = ::read(status_.get(), buffer.data(), buffer.size());
        if (got > 0)
            status_text_.append(buffer.data(), static_cast<std::size_t>(got));
        return got > 0 || (got < 0 && errno == EINTR);
    }

    void finish(exit_report report) {
        files_.reset();
        log_.reset();
        std::exchange(on_exit_, nullptr)(std::move(report));
    }

    const runner_options& options_;
    package_cache& cache_;
    process_spec spec_;
    interpreter python_;
    exit_handler on_exit_;
    asio::posix::stream_descriptor end_;
    asio::steady_timer timer_;
    asio::steady_timer look_;
    fs::path packages_; // empty: none are asked for
    std::optional<usage_watch> usage_;
    std::optional<crossed_limit> crossed_;
    std::optional<job_log> log_;
    std::unique_ptr<workspace> files_;
    std::unique_ptr<child> child_;
    open_file status_;
    open_file status_end_;
    std::string status_text_;
    open_file last_;
    bool isolated_ = false;
    bool stopped_ = false;
};

} // namespace

struct runner::impl {
    explicit impl(runner_options o)
        : options(std::move(o)), work(io.get_executor()), thread([this] { io.run(); }) {
        std::error_code ignored;
        fs::remove_all(options.scratch, ignored); // what a killed studio left
        if (options.packages.empty())
            options.packages = options.scratch / "packages";
        packages.emplace(io, options.packages, options.pip_options);
    }

    /// Holds the id, so that a second start is refused at once.
    result<void> reserve(const std::string& id) {
        const std::scoped_lock lock(mutex);
        if (closed)
            return make_problem(errc::client_closed,
                                "Job " + id + " was not started: the studio is stopping.");
        if (!ids.insert(id).second)
            return make_problem(errc::conflict, "Job " + id + " runs already.");
        return {};
    }

    void launch(process_spec spec, interpreter python, std::function<void(exit_report)> on_exit) {
        const auto id = spec.id;
        auto forget = [this, id, then = std::move(on_exit)](exit_report report) {
            jobs.erase(id);
            then(std::move(report));
            const std::scoped_lock lock(mutex);
            ids.erase(id);
            changed.notify_all();
        };
        const auto job = std::make_shared<running_job>(io, options, *packages, std::move(spec),
                                                       std::move(python), std::move(forget));
        jobs.emplace(id, job);
        job->start();
    }

    void stop(const std::string& id) {
        const auto found = jobs.find(id);
        const auto job = found == jobs.end() ? nullptr : found->second; // its end takes it away
        if (job)
            job->stop();
    }

    void stop_each() {
        const auto now = jobs; // a job that ends leaves the list
        for (const auto& [id, job] : now)
            job->stop();
    }

    runner_options options;
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work;
    std::optional<package_cache> packages;                    // on the thread only
    std::map<std::string, std::shared_ptr<running_job>> jobs; // on the thread only

    std::mutex mutex;
    std::condition_variable changed;
    std::set<std::string> ids;
    bool closed = false;

    std::thread thread; // last: it uses all of the above
};

runner::runner(runner_options options) : impl_(std::make_unique<impl>(std::move(options))) {}

runner::~runner() {
    stop_all();
    impl_->work.reset();
    impl_->thread.join();
}

result<void> runner::start(process_spec spec, std::function<void(exit_report)> on_exit) {
    if (auto checked = check_spec(spec); !checked)
        return checked;
    auto python = inspect_interpreter(spec.python);
    if (!python)
        return python.error();
    if (auto reserved = impl_->reserve(spec.id); !reserved)
        return reserved;
    asio::post(impl_->io, [this, spec = std::move(spec), python = std::move(*python),
                           on_exit = std::move(on_exit)]() mutable {
        impl_->launch(std::move(spec), std::move(python), std::move(on_exit));
    });
    return {};
}

void runner::stop(const std::string& id) {
    asio::post(impl_->io, [this, id] { impl_->stop(id); });
}

void runner::stop_all() {
    std::unique_lock lock(impl_->mutex);
    impl_->closed = true;
    asio::post(impl_->io, [this] { impl_->stop_each(); });
    impl_->changed.wait(lock, [this] { return impl_->ids.empty(); });
}

} // namespace aistudio::local::jobs
