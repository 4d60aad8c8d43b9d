#pragma once

#include "local/jobs/process.hpp"
#include "local/serving/frames.hpp"

#include <aistudio/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace aistudio::local::serving {

/// How a worker's process ended.
struct worker_end {
    bool timed_out = false; ///< It was killed because an exchange took too long.
    std::string reason;     ///< `was ended by signal 9 (SIGKILL)`, with the worker's last line.
};

/// How many lines of what a worker prints go on to the log: at most `burst` at once and
/// `per_second` for long.
class line_budget {
public:
    using clock = std::chrono::steady_clock;
    static constexpr double burst = 500;
    static constexpr double per_second = 50;

    /// True when a line may go on; then `dropped` says how many before it did not.
    bool take(clock::time_point now) {
        const std::chrono::duration<double> passed = now - last_;
        last_ = now;
        left_ = std::min(burst, left_ + passed.count() * per_second);
        if (left_ < 1) {
            ++dropped_;
            return false;
        }
        left_ -= 1;
        return true;
    }
    std::uint64_t dropped() { return std::exchange(dropped_, 0); }

private:
    clock::time_point last_ = clock::now();
    double left_ = burst;
    std::uint64_t dropped_ = 0;
};

/// Counts processes, so that their end can be waited for.
class process_count {
public:
    void begin() {
        const std::lock_guard lock(mutex_);
        ++count_;
    }
    void end() {
        const std::lock_guard lock(mutex_);
        if (--count_ == 0)
            none_.notify_all();
    }
    /// False when some are left after `patience`.
    bool wait_for_none(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        return none_.wait_for(lock, patience, [this] { return count_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable none_;
    int count_ = 0;
};

/// One worker and the frames to and from it. Used on the engine's I/O thread only, which has to
/// start it, too, since a worker dies with the thread that started it.
class worker_process : public std::enable_shared_from_this<worker_process> {
public:
    /// Called at most once each; the payload is valid during the call.
    using reply_handler = std::function<void(std::string_view payload)>;
    using end_handler = std::function<void(worker_end)>;
    using line_handler = std::function<void(std::string_view line)>;

    /// @par Errors  as `jobs::spawn`.
    static result<std::shared_ptr<worker_process>> start(boost::asio::io_context& io,
                                                         jobs::program what, line_handler on_line,
                                                         end_handler on_end,
                                                         std::shared_ptr<process_count> count);

    /// Sends a frame and gives the payload of the answer to `on_reply`. The worker takes frames one
    /// after the other: `limit` counts from when the answers before it came; zero: none. When an
    /// exchange fails, the process is killed and `on_end` is called in place of every `on_reply`
    /// to come.
    void exchange(const std::string& frame, std::chrono::milliseconds limit,
                  reply_handler on_reply);

    [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

    /// Kills the process and what it started; no handler is called any more.
    void abandon();

    worker_process(boost::asio::io_context& io, jobs::child process, jobs::open_file channel,
                   jobs::open_file output, line_handler on_line, end_handler on_end,
                   std::shared_ptr<process_count> count);
    ~worker_process();
    worker_process(const worker_process&) = delete;
    worker_process& operator=(const worker_process&) = delete;

private:
    void watch();
    void read_output();
    void take_output(std::string_view text);
    void print_line();
    void arm();
    void write();
    void receive();
    void take_replies();
    void forget_taken();
    void replied(std::string_view payload);
    void kill();
    void ended();

    jobs::child process_;
    boost::asio::local::stream_protocol::socket channel_;
    boost::asio::posix::stream_descriptor output_;
    boost::asio::posix::stream_descriptor end_;
    boost::asio::steady_timer timer_;
    line_handler on_line_;
    end_handler on_end_;
    std::shared_ptr<process_count> count_; // null once it has ended
    struct pending {
        std::chrono::milliseconds limit;
        reply_handler on_reply;
    };
    std::deque<pending> pending_; // the first is being worked on
    std::string outgoing_;        // frames behind those that are being written
    std::string writing_;
    std::string incoming_; // bytes that came, the first `taken_` of them done with
    std::size_t received_ = 0;
    std::size_t taken_ = 0;
    std::array<char, 16384> buffer_;
    std::string line_;
    std::string last_line_;
    line_budget budget_;
    std::uint64_t number_ = 0; // of the first pending exchange
    bool receiving_ = false;
    bool timed_out_ = false;
};

} // namespace aistudio::local::serving
