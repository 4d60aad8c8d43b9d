#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace aistudio::test {

/// Stands before a studio of this machine as if it were the studio itself: passes everything on,
/// counts the bytes, and breaks connections, with a reset, where it is told to. Addresses of the
/// studio in its answers become this one's; where a signature names the studio's host, the request
/// gets it back. (Ports of five digits each, so that no length changes.)
class cutting_proxy {
public:
    enum class fate {
        pass,
        cut_request, ///< before anything of the request is passed on
        cut_answer,  ///< when the answer begins: the server has done what it was asked
        fail         ///< nothing is passed on; the answer is a 503 of the proxy's own
    };
    struct totals {
        std::uint64_t up = 0;   ///< bytes passed on to the server
        std::uint64_t down = 0; ///< bytes passed on to the client
        int cuts = 0;           ///< times that connections were broken
        int open_at_cuts = 0;   ///< connections broken
    };

    explicit cutting_proxy(std::uint16_t server) : server_(server) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto address = local(0);
        if (::bind(listener_, as_address(address), sizeof address) != 0 ||
            ::listen(listener_, 64) != 0)
            throw std::runtime_error("the proxy cannot listen");
        socklen_t size = sizeof address;
        ::getsockname(listener_, as_address(address), &size);
        port_ = ntohs(address.sin_port);
        wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        thread_ = std::thread([this] { run(); });
    }
    cutting_proxy(const cutting_proxy&) = delete;
    cutting_proxy& operator=(const cutting_proxy&) = delete;
    ~cutting_proxy() {
        stopping_ = true;
        wake();
        thread_.join();
        ::close(listener_);
        ::close(wake_);
    }

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] totals seen() const {
        const std::lock_guard lock(mutex_);
        return totals_;
    }
    void forget() {
        const std::lock_guard lock(mutex_);
        totals_ = {};
    }
    /// The server is at another port now.
    void server(std::uint16_t port) { server_ = port; }
    /// Asked for each request, with its first line.
    void script(std::function<fate(std::string_view line)> s) {
        const std::lock_guard lock(mutex_);
        script_ = std::move(s);
    }
    /// Breaks all connections each time that so many bytes more were passed on, up or down, from
    /// now on.
    void cut_after(std::deque<std::uint64_t> gaps) {
        const std::lock_guard lock(mutex_);
        gaps_ = std::move(gaps);
        since_cut_ = 0;
    }
    /// New connections are broken at once, and so are those that are open; or no longer.
    void refuse(bool yes) {
        refusing_ = yes;
        wake();
    }
    /// Called on the proxy's thread, with all bytes so far.
    void watch(std::function<void(const totals&)> w) {
        const std::lock_guard lock(mutex_);
        watch_ = std::move(w);
    }

private:
    struct pair {
        int client = -1;
        int upstream = -1;
        bool request_next = true; ///< what comes from the client begins a request
        bool cut_at_answer = false;
        bool deaf = false; ///< answered already: what else the client sends is for nobody
    };
    static constexpr std::size_t chunk = std::size_t{64} << 10U;

    static sockaddr_in local(std::uint16_t port) {
        sockaddr_in out{};
        out.sin_family = AF_INET;
        out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        out.sin_port = htons(port);
        return out;
    }
    static sockaddr* as_address(sockaddr_in& a) {
        return reinterpret_cast<sockaddr*>(&a); // NOLINT: the system's interface
    }
    void wake() {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto n = ::write(wake_, &one, sizeof one);
    }

    static void keep_little(int fd) { // what lies in a buffer when a line is cut is lost
        const int size = 64 << 10;
        ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
    static void reset(int fd) {
        const linger now{1, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(fd);
    }

    static void rename(std::span<char> text, std::uint16_t from, std::uint16_t to) {
        const auto old_name = "127.0.0.1:" + std::to_string(from);
        const auto new_name = "127.0.0.1:" + std::to_string(to);
        if (old_name.size() != new_name.size())
            return;
        for (auto at = text.begin();; at += static_cast<std::ptrdiff_t>(old_name.size())) {
            at = std::search(at, text.end(), old_name.begin(), old_name.end());
            if (at == text.end())
                return;
            std::copy(new_name.begin(), new_name.end(), at);
        }
    }

    void run() {
        while (!stopping_) {
            std::vector<pollfd> all{{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
            for (const auto& p : pairs_) {
                all.push_back({p.client, POLLIN, 0});
                all.push_back({p.upstream, POLLIN, 0});
            }
            ::poll(all.data(), all.size(), -1);
            std::uint64_t ignored = 0;
            [[maybe_unused]] const auto n = ::read(wake_, &ignored, sizeof ignored);
            if (refusing_)
                cut_all();
            serve(all);
            if ((all[0].revents & POLLIN) != 0)
                accept_one();
        }
        cut_all();
    }

    void serve(const std::vector<pollfd>& all) {
        std::size_t i = 2;
        const auto count = pairs_.size();
        auto p = pairs_.begin();
        for (std::size_t k = 0; k < count && i + 1 < all.size(); ++k, i += 2) {
            const auto now = p++;
            if (now->client != all[i].fd)
                return; // all were cut meanwhile
            const bool alive = (all[i].revents == 0 || from_client(*now)) &&
                               (all[i + 1].revents == 0 || from_server(*now));
            if (!alive)
                drop(now);
            if (due()) {
                cut_all();
                return;
            }
        }
    }

    void accept_one() {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0)
            return;
        const int upstream = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto address = local(server_);
        if (refusing_ || ::connect(upstream, as_address(address), sizeof address) != 0) {
            reset(client);
            ::close(upstream);
            return;
        }
        keep_little(client);
        keep_little(upstream);
        pairs_.push_back({client, upstream});
    }

    bool from_client(pair& p) {
        std::array<char, chunk> bytes; // NOLINT: filled by recv
        const auto n = ::recv(p.client, bytes.data(), bytes.size(), 0);
        if (n <= 0)
            return false;
        const std::string_view piece(bytes.data(), static_cast<std::size_t>(n));
        if (p.deaf)
            return true;
        if (std::exchange(p.request_next, false)) {
            const fate f = ask(piece.substr(0, piece.find("\r\n")));
            if (f == fate::fail) {
                p.deaf = true;
                return pass(p.client,
                            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n"
                            "Content-Type: application/json\r\nConnection: close\r\n\r\n{}",
                            &totals::down);
            }
            if (f == fate::cut_request) {
                count_cut(1);
                return false;
            }
            p.cut_at_answer = f == fate::cut_answer;
            const auto head_end = piece.find("\r\n\r\n");
            if (piece.substr(0, piece.find("\r\n")).find("authorization=") !=
                std::string_view::npos)
                rename({bytes.data(), std::min(head_end, piece.size())}, port_, server_);
        }
        return pass(p.upstream, piece, &totals::up);
    }
    bool from_server(pair& p) {
        std::array<char, chunk> bytes; // NOLINT: filled by recv
        const auto n = ::recv(p.upstream, bytes.data(), bytes.size(), 0);
        if (n <= 0)
            return false;
        p.request_next = true;
        if (p.cut_at_answer) {
            count_cut(1);
            return false;
        }
        const std::span<char> piece(bytes.data(), static_cast<std::size_t>(n));
        rename(piece, server_, port_);
        return pass(p.client, {piece.data(), piece.size()}, &totals::down);
    }
    bool pass(int to, std::string_view piece, std::uint64_t totals::* which) {
        while (!piece.empty()) {
            const auto n = ::send(to, piece.data(), piece.size(), MSG_NOSIGNAL);
            if (n <= 0)
                return false;
            count(static_cast<std::uint64_t>(n), which);
            piece.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

    fate ask(std::string_view line) {
        const std::lock_guard lock(mutex_);
        return script_ ? script_(line) : fate::pass;
    }
    void count(std::uint64_t n, std::uint64_t totals::* which) {
        const std::lock_guard lock(mutex_);
        totals_.*which += n;
        since_cut_ += n;
        if (watch_)
            watch_(totals_);
    }
    void count_cut(std::size_t connections) {
        const std::lock_guard lock(mutex_);
        ++totals_.cuts;
        totals_.open_at_cuts += static_cast<int>(connections);
    }
    bool due() {
        const std::lock_guard lock(mutex_);
        if (gaps_.empty() || since_cut_ < gaps_.front())
            return false;
        gaps_.pop_front();
        since_cut_ = 0;
        return true;
    }

    void drop(std::list<pair>::iterator p) {
        reset(p->client);
        reset(p->upstream);
        pairs_.erase(p);
    }
    void cut_all() {
        if (!pairs_.empty())
            count_cut(pairs_.size());
        while (!pairs_.empty())
            drop(pairs_.begin());
    }

    int listener_ = -1;
    int wake_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::uint16_t> server_;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> refusing_ = false;
    mutable std::mutex mutex_;
    totals totals_;
    std::uint64_t since_cut_ = 0;
    std::deque<std::uint64_t> gaps_;
    std::function<fate(std::string_view)> script_;
    std::function<void(const totals&)> watch_;
    std::list<pair> pairs_;
    std::thread thread_;
};

} // namespace aistudio::test
