#include "local/jobs/package_cache.hpp"

#include "local/jobs/exit_text.hpp"
#include "local/jobs/process.hpp"
#include "local/jobs/requirements.hpp"
#include "local/jobs/workspace.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

extern "C" char** environ; // NOLINT: the system's name

namespace aistudio::local::jobs {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

constexpr std::string_view part_prefix = "part-";
constexpr std::size_t max_shown_text = std::size_t{64} << 10U;

/// Pip's own settings of the studio's user, proxies with their passwords too: unlike a job, pip
/// runs no code of the packages, since only wheels are taken.
std::vector<std::string> pip_environment() {
    auto out = harmless_environment();
    for (char** at = environ; *at != nullptr; ++at) {
        const std::string_view entry = *at;
        for (const std::string_view name : {"PIP_", "HOME=", "PATH=", "XDG_CONFIG_", "http_proxy=",
                                            "https_proxy=", "HTTP_PROXY=", "HTTPS_PROXY="})
            if (entry.starts_with(name))
                out.emplace_back(entry);
    }
    return out;
}

/// The end of a text is where pip says what went wrong.
std::string shown_text(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored))
        return {};
    auto text = store::read_all(file);
    if (text.size() > max_shown_text)
        text.erase(0, text.size() - max_shown_text);
    if (!text.empty() && text.back() != '\n')
        text += '\n';
    return text;
}

} // namespace

/// One run of pip, and who waits for it.
class package_cache::installation : public std::enable_shared_from_this<installation> {
public:
    installation(package_cache& cache, std::string key, fs::path part)
        : cache_(cache), key_(std::move(key)), part_(std::move(part)), end_(cache.io_) {}
    ~installation() { give_up(); }
    installation(const installation&) = delete;
    installation& operator=(const installation&) = delete;

    void start(const interpreter& python, const std::vector<std::string>& requirements) {
        fs::create_directories(part_);
        const open_file log(
            ::open(text_file().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        if (!log)
            store::throw_system("open " + text_file().string());
        auto started = spawn({command_line(python, requirements),
                              pip_environment(),
                              part_,
                              {{log.get(), 1}, {log.get(), 2}},
                              SIGKILL});
        if (!started)
            throw std::runtime_error(started.error().detail);
        pip_ = std::make_unique<child>(std::move(*started));
        end_.assign(::fcntl(pip_->handle(), F_DUPFD_CLOEXEC, 0));
        end_.async_wait(end_.wait_read,
                        [self = shared_from_this()](boost::system::error_code error) {
                            if (!error)
                                self->ended();
                        });
    }

    void add(const std::string& who, ready done) { waiting_.emplace_back(who, std::move(done)); }
    /// True when nobody is left.
    bool remove(const std::string& who) {
        std::erase_if(waiting_, [&](const auto& one) { return one.first == who; });
        return waiting_.empty();
    }
    [[nodiscard]] auto take_waiting() { return std::exchange(waiting_, {}); }

    void stop() {
        if (!pip_)
            return;
        boost::system::error_code ignored;
        end_.cancel(ignored);
        for (const pid_t pid : descendants(pip_->pid()))
            ::kill(pid, SIGKILL);
        pip_.reset(); // kills and reaps
    }

    void give_up() {
        stop();
        discard();
    }
    /// What is not kept.
    void discard() const {
        std::error_code ignored;
        fs::remove_all(part_, ignored);
    }

private:
    [[nodiscard]] fs::path text_file() const { return part_ / "pip.log"; }
    [[nodiscard]] fs::path packages() const { return part_ / "packages"; }

    [[nodiscard]] std::vector<std::string>
    command_line(const interpreter& python, const std::vector<std::string>& requirements) const {
        std::vector<std::string> out{python.executable.string(),
                                     "-I",
                                     "-m",
                                     "pip",
                                     "install",
                                     "--no-input",
                                     "--disable-pip-version-check",
                                     "--progress-bar",
                                     "off",
                                     "--only-binary",
                                     ":all:",
                                     "--target",
                                     packages().string()};
        out.insert(out.end(), cache_.pip_options_.begin(), cache_.pip_options_.end());
        out.emplace_back("--");
        out.insert(out.end(), requirements.begin(), requirements.end());
        return out;
    }

    void ended() {
        const auto self = shared_from_this();
        const auto report = describe_exit(pip_->reap(), false);
        pip_.reset();
        cache_.finish(key_, report.exit_code == 0 ? keep() : failed(report));
    }

    packages_outcome keep() {
        const auto folder = cache_.folder_ / key_;
        try {
            fs::create_directories(packages()); // nothing was to be installed
            const auto opened = store::open_file(::open(part_.c_str(), O_RDONLY | O_CLOEXEC));
            if (opened)
                ::syncfs(opened.get());
            fs::rename(packages(), folder);
            store::sync_folder(cache_.folder_);
        } catch (const std::exception& e) {
            return {
                {}, false, std::string("The packages could not be kept: ") + e.what() + ".", {}};
        }
        return {folder, true, {}, {}};
    }

    packages_outcome failed(const exit_report& report) const {
        const auto how = report.exit_code ? "exit status " + std::to_string(*report.exit_code)
                                          : "signal " + std::to_string(report.signal.value_or(0));
        return {{},
                false,
                "The job's packages could not be installed: pip ended with " + how +
                    "; what it said is in the log.",
                shown_text(text_file())};
    }

    package_cache& cache_;
    std::string key_;
    fs::path part_;
    asio::posix::stream_descriptor end_;
    std::unique_ptr<child> pip_;
    std::vector<std::pair<std::string, ready>> waiting_;
};

package_cache::package_cache(asio::io_context& io, fs::path folder,
                             std::vector<std::string> pip_options)
    : io_(io), folder_(std::move(folder)), pip_options_(std::move(pip_options)) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder_, ignored))
        if (entry.path().filename().native().starts_with(part_prefix))
            fs::remove_all(entry.path(), ignored);
}

package_cache::~package_cache() {
    for (const auto& [key, one] : running_)
        one->stop();
}

fs::path package_cache::find(const interpreter& python,
                             const std::vector<std::string>& requirements) const {
    auto folder = folder_ / requirements_key(python, requirements);
    std::error_code ignored;
    return fs::is_directory(folder, ignored) ? folder : fs::path();
}

void package_cache::want(const std::string& who, const interpreter& python,
                         const std::vector<std::string>& requirements, ready done) {
    const auto key = requirements_key(python, requirements);
    if (const auto found = running_.find(key); found != running_.end())
        return found->second->add(who, std::move(done));
    const auto one = std::make_shared<installation>(
        *this, key, folder_ / (std::string(part_prefix) + key.substr(0, 16)));
    one->add(who, std::move(done));
    running_.emplace(key, one);
    try {
        one->start(python, requirements);
    } catch (const std::exception& e) {
        asio::post(io_, [this, key, why = std::string(e.what())] {
            finish(key, {{}, false, "The job's packages could not be installed: " + why + ".", {}});
        });
    }
}

void package_cache::leave(const std::string& who) {
    std::erase_if(running_, [&](const auto& one) {
        const bool unwanted = one.second->remove(who);
        if (unwanted)
            one.second->give_up(); // before the job is told to have ended
        return unwanted;
    });
}

void package_cache::finish(const std::string& key, packages_outcome outcome) {
    const auto found = running_.find(key);
    if (found == running_.end())
        return;
    const auto one = found->second;
    running_.erase(found);
    one->discard(); // before anyone hears that it is over
    for (const auto& [who, done] : one->take_waiting())
        done(outcome);
}

} // namespace aistudio::local::jobs
