#pragma once

#include "local/http/message.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

namespace aistudio::local::http {

struct server_limits {
    std::uint32_t header_bytes = 64U << 10U;
    /// Between the first byte of a request and the end of its head; between two pieces of a body.
    std::chrono::milliseconds slow_client{30000};
    /// Between two requests.
    std::chrono::milliseconds idle{75000};
};

class session;

/// An HTTP/1.1 server on one I/O thread. Connections are kept open; pipelined requests are answered
/// in their order.
class server {
public:
    /// Binds and listens. Throws `boost::system::system_error`.
    server(boost::asio::io_context& io, boost::asio::thread_pool& pool, application& app,
           const boost::asio::ip::tcp::endpoint& at, server_limits limits = {});
    ~server();

    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return endpoint_; }

    /// Starts to accept; connections made before it wait.
    void start();
    /// Stops to accept and closes idle connections; busy ones finish their answer. On the I/O
    /// thread.
    void close();
    /// Closes the rest. On the I/O thread.
    void abort();
    /// Connections open now. Any thread.
    [[nodiscard]] std::size_t open_sessions() const noexcept { return open_.load(); }

private:
    friend class session;
    boost::asio::awaitable<void> accept();

    boost::asio::io_context& io_;
    boost::asio::thread_pool& pool_;
    application& application_;
    server_limits limits_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::endpoint endpoint_;
    std::unordered_set<session*> sessions_;
    std::atomic<std::size_t> open_{0};
    bool closing_ = false;
};

} // namespace aistudio::local::http
