#include "local/serving/worker_process.hpp"

#include "local/jobs/exit_text.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace aistudio::local::serving {
namespace asio = boost::asio;
using boost::system::error_code;
namespace {

constexpr std::size_t longest_line = 4096;

std::pair<jobs::open_file, jobs::open_file> make_socket_pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        store::throw_system("socketpair");
    return {jobs::open_file(ends[0]), jobs::open_file(ends[1])};
}

int duplicate(int descriptor) {
    const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        store::throw_system("dup");
    return copy;
}

std::string describe(int status, const std::string& last_line) {
    std::string out;
    if (WIFSIGNALED(status))
        out = "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
              jobs::signal_name(WTERMSIG(status)) + ")";
    else
        out = "ended with exit status " + std::to_string(WEXITSTATUS(status));
    return last_line.empty() ? out : out + ", its last line was \"" + last_line + "\"";
}

} // namespace

result<std::shared_ptr<worker_process>> worker_process::start(asio::io_context& io,
                                                              jobs::program what,
                                                              line_handler on_line,
                                                              end_handler on_end) {
    try {
        auto [ours, its] = make_socket_pair();
        auto [output, output_end] = jobs::make_pipe();
        what.descriptors = {{its.get(), 0}, {output_end.get(), 1}, {output_end.get(), 2}};
        auto process = jobs::spawn(what);
        if (!process)
            return process.error();
        auto self = std::make_shared<worker_process>(io, std::move(*process), std::move(ours),
                                                     std::move(output), std::move(on_line),
                                                     std::move(on_end));
        self->watch();
        self->read_output();
        return self;
    } catch (const std::system_error& e) { // out of descriptors
        return make_problem(errc::internal_error, e.what());
    }
}

worker_process::worker_process(asio::io_context& io, jobs::child process, jobs::open_file channel,
                               jobs::open_file output, line_handler on_line, end_handler on_end)
    : process_(std::move(process)),
      channel_(io, asio::local::stream_protocol(), duplicate(channel.get())),
      output_(io, duplicate(output.get())), end_(io, duplicate(process_.handle())), timer_(io),
      on_line_(std::move(on_line)), on_end_(std::move(on_end)) {}

void worker_process::exchange(std::string frame, std::chrono::milliseconds limit,
                              reply_handler on_reply) {
    frame_ = std::move(frame);
    on_reply_ = std::move(on_reply);
    ++number_;
    arm(limit);
    asio::async_write(channel_, asio::buffer(frame_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                          if (error)
                              return self->kill();
                          self->receive();
                      });
}

void worker_process::arm(std::chrono::milliseconds limit) {
    if (limit.count() <= 0)
        return;
    timer_.expires_after(limit);
    timer_.async_wait([self = shared_from_this(), number = number_](error_code error) {
        if (error || !self->on_reply_ || self->number_ != number)
            return; // answered just before
        self->timed_out_ = true;
        self->kill();
    });
}

void worker_process::receive() {
    asio::async_read(channel_, asio::buffer(header_),
                     [self = shared_from_this()](error_code error, std::size_t) {
                         if (error)
                             return self->kill();
                         self->receive_payload();
                     });
}

void worker_process::receive_payload() {
    const auto size = frames::payload_size(header_);
    if (size > frames::max_payload)
        return kill();
    payload_.resize(size);
    asio::async_read(channel_, asio::buffer(payload_),
                     [self = shared_from_this()](error_code error, std::size_t) {
                         if (error)
                             return self->kill();
                         self->replied();
                     });
}

void worker_process::replied() {
    if (timed_out_ || !on_reply_)
        return; // killed meanwhile: the end tells
    timer_.cancel();
    std::exchange(on_reply_, nullptr)(std::exchange(payload_, {}));
}

void worker_process::abandon() {
    on_reply_ = nullptr;
    on_end_ = nullptr;
    kill();
}

void worker_process::kill() {
    if (process_.pid() > 0)
        ::kill(-process_.pid(), SIGKILL); // its session: also what the user's code started
}

void worker_process::watch() {
    end_.async_wait(end_.wait_read, [self = shared_from_this()](error_code error) {
        if (!error)
            self->ended();
    });
}

void worker_process::ended() {
    kill();
    timer_.cancel();
    error_code ignored;
    output_.non_blocking(true, ignored);
    std::array<char, 4096> rest;
    while (const auto got = output_.read_some(asio::buffer(rest), ignored))
        take_output({rest.data(), got});
    print_line();
    channel_.close(ignored);
    output_.close(ignored);
    on_reply_ = nullptr;
    const auto status = process_.reap();
    if (auto tell = std::exchange(on_end_, nullptr))
        tell({timed_out_, describe(status, last_line_)});
}

void worker_process::read_output() {
    output_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](error_code error, std::size_t got) {
                                if (error)
                                    return;
                                self->take_output({self->buffer_.data(), got});
                                self->read_output();
                            });
}

void worker_process::take_output(std::string_view text) {
    for (const char c : text) {
        if (c == '\n' || line_.size() >= longest_line)
            print_line();
        if (c != '\n')
            line_ += c;
    }
}

void worker_process::print_line() {
    if (line_.empty())
        return;
    if (on_line_)
        on_line_(line_);
    last_line_ = std::exchange(line_, {}).substr(0, 300);
}

} // namespace aistudio::local::serving
