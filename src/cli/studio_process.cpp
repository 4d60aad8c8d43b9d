#include "cli/studio_process.hpp"

#include "local/store/folder_lock.hpp"

#include <aistudio/client_options.hpp>
#include <aistudio/codec/json.hpp>
#include <aistudio/error.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace aistudio::cli {
namespace {

namespace fs = std::filesystem;

fs::path running_file(const fs::path& directory) { return directory / "running.json"; }

std::optional<running_studio_file> read_running_file(const fs::path& directory) {
    std::ifstream in(running_file(directory), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto content = from_json<running_studio_file>(text);
    return content && content->pid > 0 ? std::optional(*content) : std::nullopt;
}

/// True while a studio holds the folder. The system lets go of the lock when its process dies.
bool is_locked(const fs::path& directory) {
    if (!fs::exists(directory / "lock"))
        return false;
    local::store::folder_lock lock;
    return lock.take(directory) != 0;
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto n = ::write(descriptor, text.data(), text.size());
        if (n < 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

std::string read_all(int descriptor) {
    std::string out;
    char piece[4096];
    for (ssize_t n = 0; (n = ::read(descriptor, piece, sizeof piece)) > 0;)
        out.append(piece, static_cast<std::size_t>(n));
    return out;
}

void redirect(const char* file, int flags, int to) {
    const int from = ::open(file, flags | O_CLOEXEC, 0600);
    if (from >= 0 && ::dup2(from, to) >= 0)
        ::close(from);
}

/// What the new process does. The first byte told is `+` for ready or `-` for a reason why not.
[[noreturn]] void be_background(const fs::path& log, int tell,
                                const std::function<int(std::function<bool(std::string)>)>& body) {
    ::setsid();
    std::signal(SIGPIPE, SIG_IGN);
    redirect("/dev/null", O_RDONLY, STDIN_FILENO);
    redirect(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, STDOUT_FILENO);
    ::dup2(STDOUT_FILENO, STDERR_FILENO);
    int status = 1;
    try {
        status = body([tell](const std::string& text) {
            const bool heard = write_all(tell, "+" + text);
            ::close(tell);
            return heard; // false: whoever asked for a studio is gone
        });
    } catch (const api_error& e) {
        write_all(tell, "-" + e.problem().detail + '\n' + std::string(info(e.problem().code).name));
    } catch (const std::exception& e) {
        write_all(tell, "-" + std::string(e.what()) + "\ninternal_error");
    }
    ::_exit(status); // the parent's objects are not this process's to destroy
}

problem problem_from(const std::string& told) {
    const auto split = told.rfind('\n');
    const auto name =
        split == std::string::npos ? std::string("internal_error") : told.substr(split + 1);
    const auto why = told.empty()
                         ? std::string("The process ended before it answered; look at its log.")
                         : told.substr(1, split == std::string::npos ? split : split - 1);
    for (int code = 1; info(static_cast<errc>(code)).name != "unknown"; ++code)
        if (info(static_cast<errc>(code)).name == name)
            return make_problem(static_cast<errc>(code), why, phase::none);
    return make_problem(errc::internal_error, why, phase::none);
}

} // namespace

fs::path default_studio_directory() {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name); // NOLINT: nothing changes the environment here
        return fs::path(value == nullptr ? "" : value);
    };
    const auto data = variable("XDG_DATA_HOME");
    return (data.empty() ? variable("HOME") / ".local" / "share" : data) / "aistudio" / "studio";
}

void write_running_file(const fs::path& directory, const running_studio_file& content) {
    write_private_file(running_file(directory), to_json(content).value() + '\n').value();
}

void remove_running_file(const fs::path& directory) {
    std::error_code ignored;
    fs::remove(running_file(directory), ignored);
}

studio_status find_studio(const fs::path& directory) {
    studio_status out{"stopped", fs::absolute(directory), {}, {}};
    const auto file = read_running_file(directory);
    const bool locked = is_locked(directory);
    if (file && !locked)
        out.state = "stale";
    if (!file || !locked)
        return out;
    out.state = "running";
    out.base_url = file->base_url;
    out.pid = file->pid;
    return out;
}

bool stop_studio(const studio_status& found, std::chrono::milliseconds patience) {
    if (::kill(*found.pid, SIGTERM) != 0 && errno != ESRCH)
        throw api_error(make_problem(errc::forbidden, "Process " + std::to_string(*found.pid) +
                                                          " belongs to somebody else."));
    const auto until = std::chrono::steady_clock::now() + patience;
    while (is_locked(found.directory)) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        std::this_thread::sleep_for(
            std::chrono::milliseconds(10)); // another process: nothing to wait on
    }
    return true;
}

std::string run_in_background(const fs::path& log,
                              const std::function<int(std::function<bool(std::string)>)>& body) {
    int pipe[2];
    if (::pipe(pipe) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    for (const int end : pipe)
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
    const pid_t child = ::fork();
    if (child < 0)
        throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
        ::close(pipe[0]);
        be_background(log, pipe[1], body);
    }
    ::close(pipe[1]);
    const auto told = read_all(pipe[0]);
    ::close(pipe[0]);
    if (told.starts_with('+'))
        return told.substr(1);
    ::waitpid(child, nullptr, 0);
    throw api_error(problem_from(told));
}

} // namespace aistudio::cli
