#include "cli/command.hpp"

#include <aistudio/codec/json_value.hpp>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace aistudio::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts)
        out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

/// A file without a name that holds `text`: nobody has to feed a pipe.
int input_of(const std::string& text) {
    char name[] = "/tmp/aistudio-input-XXXXXX";
    const int file = ::mkostemp(name, O_CLOEXEC);
    ::unlink(name);
    EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::lseek(file, 0, SEEK_SET);
    return file;
}

struct pipe_ends {
    pipe_ends() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }
    int ends[2]{-1, -1};
};

/// Appends what there is; false at the end.
bool drain(int descriptor, std::string& to) {
    char piece[65536];
    const auto n = ::read(descriptor, piece, sizeof piece);
    if (n > 0)
        to.append(piece, static_cast<std::size_t>(n));
    return n > 0;
}

} // namespace

command::command(const std::vector<std::string>& arguments, const variables& environment,
                 const std::string& input) {
    std::vector<std::string> words{AISTUDIO_COMMAND};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<std::string> settings;
    for (const auto& [name, value] : environment)
        settings.push_back(name + "=" + value);
    const auto argv = pointers(words);
    const auto envp = pointers(settings);
    const int in = input_of(input);
    const pipe_ends out;
    const pipe_ends err;
    pid_ = ::fork();
    if (pid_ == 0) {
        ::dup2(in, STDIN_FILENO);
        ::dup2(out.ends[1], STDOUT_FILENO);
        ::dup2(err.ends[1], STDERR_FILENO);
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    for (const int end : {in, out.ends[1], err.ends[1]})
        ::close(end);
    out_ = out.ends[0];
    err_ = err.ends[0];
}

command::~command() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    for (const int end : {out_, err_})
        if (end >= 0)
            ::close(end);
}

/// Waits for more of either stream. False when both have ended or it takes too long.
bool command::read_more() {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    pollfd streams[]{{out_, POLLIN, 0}, {err_, POLLIN, 0}}; // poll ignores descriptors of -1
    if ((out_ < 0 && err_ < 0) || left.count() <= 0 ||
        ::poll(streams, 2, static_cast<int>(left.count())) <= 0)
        return false;
    const auto read = [](const pollfd& stream, int& descriptor, std::string& to) {
        if (stream.revents != 0 && !drain(descriptor, to)) {
            ::close(descriptor);
            descriptor = -1;
        }
    };
    read(streams[0], out_, result_.out);
    read(streams[1], err_, result_.err);
    return true;
}

bool command::prints(std::string_view text) {
    const auto printed = [&] {
        return result_.out.find(text) != std::string::npos ||
               result_.err.find(text) != std::string::npos;
    };
    while (!printed())
        if (!read_more())
            return false;
    return true;
}

void command::signal(int number) const { ::kill(pid_, number); }

command_result command::wait() {
    while (read_more()) {
    }
    if (std::chrono::steady_clock::now() > deadline_) {
        ADD_FAILURE() << "the command does not end; it printed: " << result_.out << result_.err;
        ::kill(pid_, SIGKILL);
    }
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    result_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result_;
}

void command_test::SetUp() {
    local::studio_options options;
    options.directory = folder_ / "studio";
    options.token = secret(std::string(token));
    options.isolate_jobs = false;
    studio_ = local::studio::start(options).value();
}

command::variables command_test::environment() const {
    const char* path = std::getenv("PATH");
    command::variables out{{"PATH", path == nullptr ? "/usr/bin:/bin" : path},
                           {"HOME", (folder_ / "home").string()},
                           {"LANG", "C.UTF-8"},
                           {"NO_PROXY", "*"},
                           {"AISTUDIO_ACCESS_TOKEN", std::string(token)}};
    if (studio_)
        out["AISTUDIO_BASE_URL"] = studio_->base_url();
    if (const char* python = std::getenv("AISTUDIO_PYTHON"))
        out["AISTUDIO_PYTHON"] = python;
    for (const char* name : {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"})
        if (const char* value = std::getenv(name))
            out[name] = value;
    return out;
}

command_result command_test::run(const std::vector<std::string>& arguments,
                                 const std::string& input) const {
    auto ended = command(arguments, environment(), input).wait();
    EXPECT_THAT(ended.out + ended.err, testing::Not(testing::HasSubstr(std::string(token))));
    EXPECT_THAT(ended.out + ended.err, testing::Not(testing::HasSubstr("\033")))
        << "not a terminal";
    return ended;
}

std::string command_test::run_json(std::vector<std::string> arguments,
                                   const std::string& input) const {
    arguments.emplace_back("--json");
    const auto ended = run(arguments, input);
    EXPECT_EQ(ended.status, 0) << ended.err;
    json_document document;
    EXPECT_TRUE(document.parse(ended.out)) << ended.out;
    return ended.out;
}

std::string command_test::member(const std::string& json, std::string_view name) {
    json_document document;
    const auto root = document.parse(json);
    const auto found = root ? root->find(name) : std::nullopt;
    if (!found) {
        ADD_FAILURE() << "no " << name << " in " << json;
        return {};
    }
    const auto text = found->get_string();
    return text ? std::string(*text) : found->to_string();
}

std::string command_test::file(const std::string& name, std::string_view content) const {
    write_file(folder_ / name, content);
    return (folder_ / name).string();
}

bool is_alive(int pid) { return ::kill(pid, 0) == 0 || errno == EPERM; }

bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

} // namespace aistudio::test
