#include "cli/input.hpp"

#include "cli/arguments.hpp"

#include <aistudio/error.hpp>

#include <cctype>
#include <cerrno>
#include <fcntl.h>
#include <iostream>
#include <optional>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

namespace aistudio::cli {
namespace {

[[noreturn]] void fail(errc code, const std::string& name, std::string_view why) {
    throw api_error(make_problem(code, "`" + name + "` " + std::string(why) + "."));
}

int open_input(const std::string& name) {
    const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        fail(errno == ENOENT ? errc::file_not_found : errc::file_unreadable, name,
             "cannot be opened");
    return descriptor;
}

/// A terminal without echo.
class hidden_typing {
public:
    hidden_typing() {
        termios now{};
        if (::tcgetattr(STDIN_FILENO, &now) != 0)
            return;
        before_ = now;
        now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &now);
    }
    hidden_typing(const hidden_typing&) = delete;
    hidden_typing& operator=(const hidden_typing&) = delete;
    ~hidden_typing() {
        if (before_)
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &*before_);
    }

private:
    std::optional<termios> before_;
};

} // namespace

input::input(const std::string& name, const interrupts& watch)
    : name_(name == "-" ? "standard input" : name), watch_(&watch),
      descriptor_(name == "-" ? STDIN_FILENO : open_input(name)) {}

input::~input() {
    if (descriptor_ != STDIN_FILENO)
        ::close(descriptor_);
}

bool input::fill() {
    if (at_ > 0)
        buffer_.erase(0, std::exchange(at_, 0));
    if (buffer_.size() > max_bytes)
        fail(errc::limit_exceeded, name_, "has a record of more than 256 MiB");
    pollfd watched[]{{descriptor_, POLLIN, 0}, {watch_->descriptor(), POLLIN, 0}};
    while (::poll(watched, 2, -1) < 0 && errno == EINTR) {
    }
    watch_->throw_if_raised();
    char piece[65536];
    const auto n = ::read(descriptor_, piece, sizeof piece);
    if (n < 0)
        fail(errc::file_unreadable, name_, "cannot be read");
    buffer_.append(piece, static_cast<std::size_t>(n));
    return n > 0;
}

bool input::read_line(std::string& line) {
    std::size_t searched = at_;
    while (true) {
        const auto end = buffer_.find('\n', searched);
        if (end != std::string::npos) {
            line.assign(buffer_, at_, end - at_);
            at_ = end + 1;
            break;
        }
        searched = buffer_.size() - at_; // fill() moves what is left to the front
        if (fill())
            continue;
        if (buffer_.empty())
            return false;
        line = std::exchange(buffer_, {});
        break;
    }
    if (line.ends_with('\r'))
        line.pop_back();
    return true;
}

std::string input::read_all() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
}

std::string read_argument(std::string_view argument, const interrupts& watch) {
    if (argument == "-")
        return input("-", watch).read_all();
    if (argument.starts_with('@'))
        return input(std::string(argument.substr(1)), watch).read_all();
    return std::string(argument);
}

bool confirmed(std::string_view question, const interrupts& watch) {
    input in("-", watch);
    std::string line;
    while (true) {
        std::cerr << question << " [y/N]: " << std::flush;
        if (!in.read_line(line))
            throw usage_error("Nobody answers; --force does not ask.");
        for (char& c : line)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (line == "y" || line == "yes")
            return true;
        if (line.empty() || line == "n" || line == "no")
            return false;
    }
}

secret read_secret(std::string_view prompt, const interrupts& watch) {
    std::string line;
    if (::isatty(STDIN_FILENO) == 0) {
        (void)input("-", watch).read_line(line);
        return secret(std::move(line));
    }
    std::cerr << prompt << std::flush;
    {
        const hidden_typing scope;
        (void)input("-", watch).read_line(line);
    }
    std::cerr << '\n';
    return secret(std::move(line));
}

} // namespace aistudio::cli
