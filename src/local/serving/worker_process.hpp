#pragma once

#include "local/jobs/process.hpp"
#include "local/serving/frames.hpp"

#include <aistudio/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace aistudio::local::serving {

/// How a worker's process ended.
struct worker_end {
    bool timed_out = false; ///< It was killed because an exchange took too long.
    std::string reason;     ///< `was ended by signal 9 (SIGKILL)`, with the worker's last line.
};

/// One worker and the frames to and from it. Used on the engine's I/O thread only, which has to
/// start it, too, since a worker dies with the thread that started it.
class worker_process : public std::enable_shared_from_this<worker_process> {
public:
    /// Called at most once each.
    using reply_handler = std::function<void(std::string payload)>;
    using end_handler = std::function<void(worker_end)>;
    using line_handler = std::function<void(std::string_view line)>;

    /// @par Errors  as `jobs::spawn`.
    static result<std::shared_ptr<worker_process>> start(boost::asio::io_context& io,
                                                         jobs::program what, line_handler on_line,
                                                         end_handler on_end);

    /// Sends a frame and gives the payload of the answer to `on_reply`. One exchange at a time.
    /// When it fails, the process is killed and `on_end` is called in place of `on_reply`. `limit`
    /// zero: none.
    void exchange(std::string frame, std::chrono::milliseconds limit, reply_handler on_reply);

    [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

    /// Kills the process and what it started; no handler is called any more.
    void abandon();

    worker_process(boost::asio::io_context& io, jobs::child process, jobs::open_file channel,
                   jobs::open_file output, line_handler on_line, end_handler on_end);

private:
    void watch();
    void read_output();
    void take_output(std::string_view text);
    void print_line();
    void arm(std::chrono::milliseconds limit);
    void receive();
    void receive_payload();
    void replied();
    void kill();
    void ended();

    jobs::child process_;
    boost::asio::local::stream_protocol::socket channel_;
    boost::asio::posix::stream_descriptor output_;
    boost::asio::posix::stream_descriptor end_;
    boost::asio::steady_timer timer_;
    line_handler on_line_;
    end_handler on_end_;
    reply_handler on_reply_;
    std::string frame_;
    std::array<unsigned char, frames::header_size> header_{};
    std::string payload_;
    std::array<char, 4096> buffer_;
    std::string line_;
    std::string last_line_;
    std::uint64_t number_ = 0; // of the exchange
    bool timed_out_ = false;
};

} // namespace aistudio::local::serving
