// The least a program can do over epoll: one thread, plain HTTP, the record written and the answer
// read as JSON, nothing else. Shows what the system itself costs.
#include "answer.hpp"
#include "load.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace {

std::runtime_error failure(const char* what) {
    return std::runtime_error(std::string(what) + ": " +
                              std::error_code(errno, std::system_category()).message());
}

struct connection {
    int socket = -1;
    load::time_point started;
    std::size_t filled = 0;
    char buffer[4096 + simdjson::SIMDJSON_PADDING];
};

// The body of a whole answer; `whole` is false while bytes are missing.
struct answer {
    bool whole = false;
    bool right = false;
    std::string_view body;
};

answer parse(std::string_view text) {
    const auto header = text.find("\r\n\r\n");
    if (header == std::string_view::npos)
        return {};
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto field = text.substr(0, header).find(name);
    if (field == std::string_view::npos)
        return {true, false, {}};
    std::size_t length = 0;
    const char* digits = text.data() + field + name.size();
    std::from_chars(digits, text.data() + header, length);
    if (text.size() < header + 4 + length)
        return {};
    return {true, text.starts_with("HTTP/1.1 200 "), text.substr(header + 4, length)};
}

class client {
public:
    explicit client(const load::options& o)
        : options_(o), address_(load::parse_address(o.url)), meter_(o), epoll_(epoll_create1(0)) {
        if (address_.tls || o.open_loop())
            throw std::invalid_argument("This program knows plain HTTP and a closed loop only.");
        head_ = "POST " + address_.path + "?apiKey=" + o.key +
                " HTTP/1.1\r\nHost: " + address_.host_header() +
                "\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
                "Content-Length: ";
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    ~client() {
        for (const auto& c : connections_)
            close(c.socket);
        close(epoll_);
    }

    load::totals run() {
        connections_.resize(static_cast<std::size_t>(options_.concurrency()));
        for (auto& c : connections_)
            connect(c);
        meter_.begin();
        for (auto& c : connections_)
            start(c);
        while (open_calls_ > 0) {
            epoll_event events[256];
            const int ready = epoll_wait(epoll_, events, 256, -1);
            for (int i = 0; i < ready; ++i)
                receive(*static_cast<connection*>(events[i].data.ptr));
        }
        return meter_.result();
    }

private:
    void connect(connection& c) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        if (getaddrinfo(address_.host.c_str(), address_.port.c_str(), &hints, &found) != 0)
            throw std::runtime_error("The host is not known.");
        c.socket = socket(found->ai_family, SOCK_STREAM, 0);
        const int refused = ::connect(c.socket, found->ai_addr, found->ai_addrlen);
        freeaddrinfo(found);
        if (refused != 0)
            throw failure("connect");
        const int on = 1;
        setsockopt(c.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &c;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, c.socket, &event);
    }

    void start(connection& c) {
        if (!meter_.may_start())
            return;
        c.started = meter_.now();
        load::write_house(body_);
        char length[16];
        const auto end = std::to_chars(length, length + sizeof length, body_.size()).ptr;
        request_.assign(head_).append(length, end).append("\r\n\r\n").append(body_);
        const auto sent = send(c.socket, request_.data(), request_.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(request_.size()))
            throw failure("send");
        ++open_calls_;
    }

    void receive(connection& c) {
        const auto n = recv(c.socket, c.buffer + c.filled, 4096 - c.filled, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            throw failure("recv");
        c.filled += static_cast<std::size_t>(n);
        const answer a = parse({c.buffer, c.filled});
        if (!a.whole && c.filled < 4096)
            return;
        double price = 0;
        const bool right = a.right && reader_.read(a.body, price) && std::isfinite(price);
        c.filled = 0;
        --open_calls_;
        meter_.finished(c.started, right, "not the answer expected");
        start(c);
    }

    load::options options_;
    load::address address_;
    load::meter meter_;
    int epoll_;
    int open_calls_ = 0;
    std::string head_, body_, request_;
    std::vector<connection> connections_;
    answer_reader reader_;
};

} // namespace

int main(int argc, char** argv) {
    return load::main_of(argc, argv, {}, [](const load::options& o) { return client(o).run(); });
}
