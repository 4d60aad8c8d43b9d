#include "local/jobs/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>
#include <unordered_map>

namespace aistudio::local::jobs {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (const auto& text : texts)
        out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

/// Everything the child needs, made before the fork: the parent has threads, so between fork and
/// exec only async-signal-safe calls are allowed.
struct plan {
    std::vector<char*> arguments;
    std::vector<char*> environment;
    const char* folder = nullptr;
    std::vector<std::pair<int, int>> descriptors;
    int death_signal = 0;
    int report = -1; // end of a pipe that exec closes; gets errno when something fails
    pid_t parent = 0;
};

[[noreturn]] void fail(const plan& p) {
    const int why = errno;
    [[maybe_unused]] const auto written = ::write(p.report, &why, sizeof why);
    ::_exit(127);
}

void reset_signals() {
    for (int number = 1; number < 32; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void close_on_exec_above(int last) {
#if defined(SYS_close_range)
    constexpr unsigned close_range_cloexec = 4;
    ::syscall(SYS_close_range, static_cast<unsigned>(last) + 1, ~0U, close_range_cloexec);
#else
    (void)last; // ours are all closed on exec
#endif
}

[[noreturn]] void become(const plan& p) {
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, p.death_signal);
    if (::getppid() != p.parent)
        ::_exit(127); // the studio died before it could be watched
    if (p.folder != nullptr && ::chdir(p.folder) != 0)
        fail(p);
    int last = 2;
    for (const auto& [ours, its] : p.descriptors) {
        if (::dup2(ours, its) < 0)
            fail(p);
        last = std::max(last, its);
    }
    close_on_exec_above(last);
    reset_signals();
    ::execve(p.arguments[0], p.arguments.data(), p.environment.data());
    fail(p);
}

/// Signals are held back over the fork, so that no handler of the parent runs in the child.
pid_t fork_child(const plan& p) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0)
        become(p);
    const int why = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = why;
    return pid;
}

constexpr int first_free_descriptor = 64; // above every number a child is given

open_file duplicate(int descriptor) {
    const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, first_free_descriptor);
    if (copy < 0)
        store::throw_system("dup");
    return open_file(copy);
}

problem refused(const program& what, int why) {
    return make_problem(errc::invalid_argument,
                        what.arguments.front() + " cannot be started: " + std::strerror(why) + ".");
}

int read_report(int descriptor) {
    int why = 0;
    ssize_t got;
    do {
        got = ::read(descriptor, &why, sizeof why);
    } while (got < 0 && errno == EINTR);
    return got == sizeof why ? why : 0;
}

int wait_for(pid_t pid) noexcept {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1; // the program around us took it
    return status;
}

/// The parent's pid in a line of /proc/<pid>/stat; the name before it may hold anything but ends
/// with the last `)`.
std::optional<pid_t> parent_in(const std::string& line) {
    const auto end = line.rfind(')');
    if (end == std::string::npos || end + 4 >= line.size())
        return std::nullopt;
    pid_t parent = 0;
    const auto parsed = std::from_chars(line.data() + end + 4, line.data() + line.size(), parent);
    if (parsed.ec != std::errc{})
        return std::nullopt;
    return parent;
}

std::unordered_multimap<pid_t, pid_t> children_of_all() {
    std::unordered_multimap<pid_t, pid_t> out;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
        const auto name = entry.path().filename().string();
        pid_t pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{})
            continue;
        std::ifstream file(entry.path() / "stat");
        std::string line;
        if (!std::getline(file, line))
            continue; // it has just ended
        if (const auto parent = parent_in(line))
            out.emplace(*parent, pid);
    }
    return out;
}

/// Reads what there is, without waiting; false at the end.
bool drain(int descriptor, std::string& out) {
    constexpr std::size_t limit = 65536;
    std::array<char, 4096> buffer;
    const auto got = ::read(descriptor, buffer.data(), buffer.size());
    if (got <= 0)
        return got < 0 && (errno == EINTR || errno == EAGAIN);
    out.append(buffer.data(), std::min(static_cast<std::size_t>(got), limit - out.size()));
    return true;
}

} // namespace

child::child(child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), handle_(std::move(other.handle_)) {}

child::~child() {
    kill(SIGKILL);
    reap();
}

int child::reap() noexcept {
    if (pid_ <= 0)
        return -1;
    const int status = wait_for(pid_);
    pid_ = -1;
    return status;
}

void child::kill(int signal) noexcept {
    if (pid_ > 0)
        ::kill(pid_, signal);
}

result<child> spawn(const program& what) {
    auto [report, report_end] = make_pipe();
    const open_file nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!nothing)
        store::throw_system("/dev/null");

    plan p;
    std::vector<open_file>
        copies; // so that giving out a low number never closes one that is still needed
    for (const int standard : {0, 1, 2})
        p.descriptors.emplace_back(copies.emplace_back(duplicate(nothing.get())).get(), standard);
    for (const auto& [ours, its] : what.descriptors)
        p.descriptors.emplace_back(copies.emplace_back(duplicate(ours)).get(), its);
    copies.push_back(duplicate(report_end.get()));
    p.report = copies.back().get();
    p.arguments = pointers(what.arguments);
    p.environment = pointers(what.environment);
    if (!what.folder.empty())
        p.folder = what.folder.c_str();
    p.death_signal = what.death_signal;
    p.parent = ::getpid();

    const pid_t pid = fork_child(p);
    if (pid < 0)
        return refused(what, errno);
    copies.clear();
    report_end.close();
    if (const int why = read_report(report.get()); why != 0) {
        wait_for(pid);
        return refused(what, why);
    }
    child started(pid, watch_process(pid));
    if (started.handle() < 0)
        return refused(what, errno);
    return started;
}

open_file watch_process(pid_t pid) {
    return open_file(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

std::pair<open_file, open_file> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        store::throw_system("pipe");
    return {open_file(ends[0]), open_file(ends[1])};
}

std::vector<pid_t> descendants(pid_t ancestor) {
    const auto children = children_of_all();
    std::vector<pid_t> out{ancestor};
    for (std::size_t next = 0; next < out.size(); ++next) {
        const auto [first, last] = children.equal_range(out[next]);
        for (auto it = first; it != last; ++it)
            out.push_back(it->second);
    }
    out.erase(out.begin());
    return out;
}

result<captured> run(program what, std::chrono::milliseconds limit) {
    auto [output, output_end] = make_pipe();
    what.descriptors.insert(what.descriptors.end(), {{output_end.get(), 1}, {output_end.get(), 2}});
    auto started = spawn(what);
    if (!started)
        return started.error();
    output_end.close();

    captured out;
    const auto deadline = std::chrono::steady_clock::now() + limit;
    pollfd wanted{output.get(), POLLIN, 0};
    do {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) ==
                                     0) // the child is killed on return
            return make_problem(errc::deadline_exceeded,
                                what.arguments.front() + " did not end within " +
                                    std::to_string(limit.count()) + " ms.");
    } while (drain(output.get(), out.output));
    out.status = started->reap();
    return out;
}

std::optional<std::filesystem::path> find_program(const std::filesystem::path& name) {
    if (name.native().find('/') != std::string::npos) {
        if (::access(name.c_str(), X_OK) != 0)
            return std::nullopt;
        return std::filesystem::absolute(name).lexically_normal();
    }
    const char* search = std::getenv("PATH");
    std::string_view rest = search != nullptr ? search : "/usr/local/bin:/usr/bin:/bin";
    while (!name.empty() && !rest.empty()) {
        const auto colon = std::min(rest.find(':'), rest.size());
        const auto candidate = std::filesystem::path(rest.substr(0, colon)) / name;
        std::error_code unreadable; // someone else's folder on the PATH
        if (candidate.is_absolute() && std::filesystem::is_regular_file(candidate, unreadable) &&
            ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return std::nullopt;
}

} // namespace aistudio::local::jobs
