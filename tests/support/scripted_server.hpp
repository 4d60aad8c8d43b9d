#pragma once

#include "certificates.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace aistudio::test {

/// A request as it arrived, not interpreted further.
struct raw_request {
    std::string head; ///< request line and headers, without the empty line
    std::string body;

    [[nodiscard]] std::string line() const { return head.substr(0, head.find("\r\n")); }
    [[nodiscard]] std::optional<std::string> header(std::string_view name) const {
        const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
        if (at == std::string::npos)
            return std::nullopt;
        const std::size_t begin = at + name.size() + 4;
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }
};

/// The server's end of one connection, for a script to do with as it likes. Blocking; what would
/// wait longer than ten seconds, or for a server that stops, fails.
class peer {
public:
    peer(int fd, SSL* tls) : fd_(fd), tls_(tls) {}
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;
    ~peer() {
        if (tls_ != nullptr)
            SSL_free(tls_);
        ::close(fd_);
    }

    /// The next request with its body; nullopt when the client closed or sent none.
    std::optional<raw_request> read_request() {
        auto r = read_head();
        if (!r || !read_body(*r))
            return std::nullopt;
        return r;
    }

    /// The next request without its body.
    std::optional<raw_request> read_head() {
        std::size_t end = 0;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
            if (!read_more())
                return std::nullopt;
        raw_request r{buffer_.substr(0, end), {}};
        buffer_.erase(0, end + 4);
        return r;
    }

    /// The body of a request whose head was read; false when it does not come.
    bool read_body(raw_request& r) {
        std::size_t length = 0;
        if (const auto text = r.header("Content-Length"))
            std::from_chars(text->data(), text->data() + text->size(), length);
        while (buffer_.size() < length)
            if (!read_more())
                return false;
        r.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
        return true;
    }

    /// Reads what has arrived, at most `most` bytes; false at the end.
    bool read_some(std::size_t most) {
        std::string piece(most, '\0');
        return receive(piece) > 0;
    }

    /// More has come than was read.
    [[nodiscard]] bool has_input() const {
        pollfd p{fd_, POLLIN, 0};
        return !buffer_.empty() || ::poll(&p, 1, 0) > 0;
    }

    bool send(std::string_view text) {
        while (!text.empty()) {
            const auto n =
                tls_ != nullptr
                    ? SSL_write(tls_, text.data(), static_cast<int>(text.size()))
                    : static_cast<int>(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL));
            if (n <= 0)
                return false;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

    bool respond(std::string_view body, std::string_view status = "200 OK",
                 std::string_view more_headers = {}) {
        return send("HTTP/1.1 " + std::string(status) +
                    "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                    std::string(more_headers) + "\r\n" + std::string(body));
    }

    /// Returns once the client has closed its end, or at once when the server stops.
    void wait_until_closed() {
        std::string piece(4096, '\0');
        while (receive(piece) > 0) {
        }
    }

    /// Reads nothing; false when the client has not closed its end after ten seconds.
    bool wait_unread_until_closed() {
        pollfd p{fd_, POLLRDHUP, 0};
        return ::poll(&p, 1, 10000) > 0;
    }

    /// Ends the connection with a reset in place of an orderly end.
    void reset() {
        const linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::shutdown(fd_, SHUT_RD); // what is in the buffer turns the close into a reset
    }

    [[nodiscard]] int fd() const noexcept { return fd_; }
    [[nodiscard]] SSL* tls() const noexcept { return tls_; }

private:
    bool read_more() {
        std::string piece(65536, '\0');
        const int n = receive(piece);
        if (n <= 0)
            return false;
        buffer_.append(piece, 0, static_cast<std::size_t>(n));
        return true;
    }

    int receive(std::string& out) {
        if (tls_ != nullptr)
            return SSL_read(tls_, out.data(), static_cast<int>(out.size()));
        pollfd p{fd_, POLLIN, 0};
        if (::poll(&p, 1, 10000) <= 0)
            return -1;
        return static_cast<int>(::recv(fd_, out.data(), out.size(), 0));
    }

    int fd_;
    SSL* tls_;
    std::string buffer_;
};

/// A server on an ephemeral loopback port that runs a script for each connection, each in a thread.
class scripted_server {
public:
    using script = std::function<void(peer&)>;

    explicit scripted_server(script what, SSL_CTX* tls = nullptr, int backlog = 1024)
        : script_(std::move(what)), tls_(tls), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener_, backlog) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no loopback port");
        port_ = ntohs(address.sin_port);
        if (script_)
            acceptor_ = std::thread([this] { accept_all(); });
    }
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;
    ~scripted_server() {
        ::shutdown(listener_, SHUT_RDWR);
        if (acceptor_.joinable())
            acceptor_.join();
        {
            const std::lock_guard lock(mutex_);
            for (const int fd : open_)
                ::shutdown(fd, SHUT_RDWR);
        }
        for (auto& thread : threads_)
            thread.join();
        ::close(listener_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string address(std::string_view path = "/") const {
        return (tls_ != nullptr ? "https://" : "http://") + authority() + std::string(path);
    }
    /// Connections accepted so far.
    [[nodiscard]] int connections() const noexcept { return connections_; }

    /// Keeps what a script saw for the test.
    void record(raw_request r) {
        const std::lock_guard lock(mutex_);
        seen_.push_back(std::move(r));
        changed_.notify_all();
    }
    [[nodiscard]] std::vector<raw_request> seen() const {
        const std::lock_guard lock(mutex_);
        return seen_;
    }
    /// Tells a test that a script came so far.
    void arrive() {
        const std::lock_guard lock(mutex_);
        ++arrivals_;
        changed_.notify_all();
    }
    [[nodiscard]] int arrivals() const {
        const std::lock_guard lock(mutex_);
        return arrivals_;
    }
    /// Waits until scripts have arrived `n` times; false after ten seconds.
    bool wait_for_arrivals(int n) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return arrivals_ >= n; });
    }

private:
    void accept_all() {
        for (;;) {
            const int fd = ::accept(listener_, nullptr, nullptr);
            if (fd < 0)
                return;
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            ++connections_;
            const std::lock_guard lock(mutex_);
            const auto entry = open_.insert(open_.end(), fd);
            threads_.emplace_back([this, entry] { serve(entry); });
        }
    }

    void serve(std::list<int>::iterator entry) {
        // OpenSSL writes to closed sockets; in the client's threads the signal shows a bug.
        sigset_t broken_pipe;
        sigemptyset(&broken_pipe);
        sigaddset(&broken_pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
        SSL* tls = nullptr;
        if (tls_ != nullptr) {
            tls = SSL_new(tls_);
            SSL_set_fd(tls, *entry);
        }
        peer p(*entry, tls);
        if (tls == nullptr || SSL_accept(tls) == 1)
            script_(p);
        const std::lock_guard lock(mutex_);
        open_.erase(entry);
    }

    script script_;
    SSL_CTX* tls_;
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::list<int> open_;
    std::vector<std::thread> threads_;
    std::vector<raw_request> seen_;
    int arrivals_ = 0;
    std::thread acceptor_;
};

/// A script that answers every request of a connection with what `answer` makes of it.
inline scripted_server::script keep_alive(std::function<std::string(const raw_request&)> answer) {
    return [answer = std::move(answer)](peer& p) {
        while (const auto r = p.read_request())
            if (!p.respond(answer(*r)))
                return;
    };
}

} // namespace aistudio::test
