#pragma once

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace aistudio::detail {

/// Learns what becomes of a stream's transfers. Called by the driver from its own turn of the loop,
/// never from within a member of the stream.
class stream_events {
public:
    /// After a `send` that took nothing: `size` bytes of it are sent now, or none will be.
    virtual void on_sent(boost::system::error_code error, std::size_t size) = 0;
    /// `receive` got `size` bytes, or ended; `boost::asio::error::eof` when the peer closed.
    virtual void on_received(boost::system::error_code error, std::size_t size) = 0;
    /// The last call: nothing of the stream is in use any more.
    virtual void on_closed() = 0;

protected:
    ~stream_events() = default;
};

/// A connected socket that moves bytes. At most one `send` and one `receive` are under way; their
/// memory stays in place until they end or `on_closed`.
class stream {
public:
    /// Also ends everything; nothing follows then.
    virtual ~stream() = default;
    /// Sends what the system takes at once and returns how many bytes that were. 0: `error` says
    /// why it cannot, or there is none and `on_sent` follows.
    [[nodiscard]] virtual std::size_t send(const char* data, std::size_t size,
                                           boost::system::error_code& error) = 0;
    /// Receives at least one byte; `on_received` follows.
    virtual void receive(char* data, std::size_t size) = 0;
    /// False: as far as is known without asking the system, there is nothing to read.
    [[nodiscard]] virtual bool may_have_input() const = 0;
    /// Asks the system whether an idle stream is open and has nothing to read.
    [[nodiscard]] virtual bool is_quiet() = 0;
    /// Ends everything; `on_closed` follows, and no other call.
    virtual void close() = 0;
};

/// A socket as the system numbers it; `number` -1: none.
struct native_socket {
    std::intptr_t number = -1;
    bool is_v6 = false;
};

/// Makes streams that are served by one event loop.
class stream_driver {
public:
    virtual ~stream_driver() = default;
    /// Takes over a connected, non-blocking socket.
    [[nodiscard]] virtual std::unique_ptr<stream> adopt(native_socket socket,
                                                        stream_events& events) = 0;
};

/// A driver that waits by itself: the inside of `event_loop`.
class waiting_driver : public stream_driver {
public:
    using clock = std::chrono::steady_clock;
    /// Waits until something happened, `wake` was called or `until` has come, and serves what
    /// happened. A time in the past: does not wait.
    virtual void wait(clock::time_point until) = 0;
    /// Ends the present wait, or the next one. From any thread.
    virtual void wake() noexcept = 0;
};

} // namespace aistudio::detail
