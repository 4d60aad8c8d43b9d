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

result<std::shared_ptr<worker_process>>
worker_process::start(asio::io_context& io, jobs::program what, line_handler on_line,
                      end_handler on_end, std::shared_ptr<process_count> count) {
    try {
        auto [ours, its] = make_socket_pair();
        auto [output, output_end] = jobs::make_pipe();
        what.descriptors = {{its.get(), 0}, {output_end.get(), 1}, {output_end.get(), 2}};
        auto process = jobs::spawn(what);
        if (!process)
            return process.error();
        auto self = std::make_shared<worker_process>(io, std::move(*process), std::move(ours),
                                                     std::move(output), std::move(on_line),
                                                     std::move(on_end), std::move(count));
        self->watch();
        self->read_output();
        return self;
    } catch (const std::system_error& e) { // out of descriptors
        return make_problem(errc::internal_error, e.what());
    }
}

worker_process::worker_process(asio::io_context& io, jobs::child process, jobs::open_file channel,
                               jobs::open_file output, line_handler on_line, end_handler on_end,
                               std::shared_ptr<process_count> count)
    : process_(std::move(process)),
      channel_(io, asio::local::stream_protocol(), duplicate(channel.get())),
      output_(io, duplicate(output.get())), end_(io, duplicate(process_.handle())), timer_(io),
      on_line_(std::move(on_line)), on_end_(std::move(on_end)), count_(std::move(count)) {
    count_->begin();
}

worker_process::~worker_process() {
    if (count_)
        count_->end();
}

void worker_process::exchange(const std::string& frame, std::chrono::milliseconds limit,
                              reply_handler on_reply) {
    pending_.push_back({limit, std::move(on_reply)});
    if (pending_.size() == 1)
        arm();
    outgoing_ += frame;
    if (writing_.empty())
        write();
    if (!std::exchange(receiving_, true))
        receive();
}

void worker_process::write() {
    std::swap(writing_, outgoing_);
    asio::async_write(channel_, asio::buffer(writing_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                          self->writing_.clear();
                          if (error)
                              return self->kill();
                          if (!self->outgoing_.empty())
                              self->write();
                      });
}

/// Bounds the exchange that the worker is at.
void worker_process::arm() {
    ++number_;
    const auto limit = pending_.front().limit;
    if (limit.count() <= 0)
        return;
    timer_.expires_after(limit);
    timer_.async_wait([self = shared_from_this(), number = number_](error_code error) {
        if (error || self->pending_.empty() || self->number_ != number)
            return; // answered just before
        self->timed_out_ = true;
        self->kill();
    });
}

void worker_process::receive() {
    constexpr std::size_t piece = std::size_t{64} << 10U;
    if (incoming_.size() < received_ + piece)
        incoming_.resize(received_ + piece);
    channel_.async_read_some(
        asio::buffer(incoming_.data() + received_, incoming_.size() - received_),
        [self = shared_from_this()](error_code error, std::size_t got) {
            if (error)
                return self->kill();
            self->received_ += got;
            self->take_replies();
        });
}

void worker_process::take_replies() {
    while (received_ - taken_ >= frames::header_size) {
        std::array<unsigned char, frames::header_size> header;
        std::copy_n(incoming_.data() + taken_, header.size(), header.begin());
        const auto size = frames::payload_size(header);
        if (size > frames::max_payload || pending_.empty())
            return kill(); // speaks another language, or unasked
        const auto whole = frames::header_size + size;
        if (received_ - taken_ < whole)
            break;
        const auto at = taken_ + frames::header_size;
        taken_ += whole;
        replied(std::string_view(incoming_).substr(at, size));
        if (timed_out_ || !on_end_)
            return; // killed meanwhile: the end tells
    }
    forget_taken();
    receive();
}

/// What is left is the beginning of a reply.
void worker_process::forget_taken() {
    std::copy(incoming_.begin() + static_cast<std::ptrdiff_t>(taken_),
              incoming_.begin() + static_cast<std::ptrdiff_t>(received_), incoming_.begin());
    received_ -= std::exchange(taken_, 0);
    constexpr std::size_t much = std::size_t{4} << 20U;
    if (received_ == 0 && incoming_.size() > much)
        std::string().swap(incoming_); // after one large answer
}

void worker_process::replied(std::string_view payload) {
    if (timed_out_)
        return;
    const auto on_reply = std::move(pending_.front().on_reply);
    pending_.pop_front();
    timer_.cancel();
    if (!pending_.empty())
        arm();
    if (on_reply)
        on_reply(payload);
}

void worker_process::abandon() {
    for (auto& exchange : pending_)
        exchange.on_reply = nullptr;
    on_end_ = nullptr;
    on_line_ = nullptr;
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
    std::array<char, 16384> rest;
    while (const auto got = output_.read_some(asio::buffer(rest), ignored))
        take_output({rest.data(), got});
    print_line();
    channel_.close(ignored);
    output_.close(ignored);
    pending_.clear();
    const auto status = process_.reap();
    if (const auto count = std::exchange(count_, nullptr))
        count->end();
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
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        line_ += text.substr(0, std::min(end, longest_line - line_.size()));
        if (end == text.size())
            return; // the rest of a line that is too long is left out
        print_line();
        text.remove_prefix(end + 1);
    }
}

void worker_process::print_line() {
    if (line_.empty())
        return;
    const bool shown = on_line_ && budget_.take(line_budget::clock::now());
    if (const auto left_out = shown ? budget_.dropped() : 0; left_out != 0)
        on_line_("(" + std::to_string(left_out) + " lines before this one were left out)");
    if (shown)
        on_line_(line_);
    last_line_ = std::exchange(line_, {}).substr(0, 300);
}

} // namespace aistudio::local::serving
