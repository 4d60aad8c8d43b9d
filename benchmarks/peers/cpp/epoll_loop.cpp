// The least a program can do over epoll: one thread, plain HTTP, the record written and the answer
// read as JSON, nothing else. Shows what the system itself costs.
#include "answer.hpp"
#include "loop.hpp"

#include <sys/epoll.h>

namespace {

struct connection {
    int socket = -1;
    load::time_point started;
    std::size_t filled = 0;
    char buffer[4096 + simdjson::SIMDJSON_PADDING];
};

class client {
public:
    explicit client(const load::options& o)
        : options_(o), address_(load::parse_address(o.url)), meter_(o), requests_(o, address_),
          epoll_(epoll_create1(0)) {}
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
        c.socket = loop::connect_to(address_);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &c;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, c.socket, &event);
    }

    void start(connection& c) {
        if (!meter_.may_start())
            return;
        c.started = meter_.now();
        requests_.write(request_);
        const auto sent = send(c.socket, request_.data(), request_.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(request_.size()))
            throw loop::failure("send");
        ++open_calls_;
    }

    void receive(connection& c) {
        const auto n = recv(c.socket, c.buffer + c.filled, 4096 - c.filled, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            throw loop::failure("recv");
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
    loop::request_writer requests_;
    int epoll_;
    int open_calls_ = 0;
    std::string request_;
    std::vector<connection> connections_;
    answer_reader reader_;
};

} // namespace

int main(int argc, char** argv) {
    return load::main_of(argc, argv, {}, [](const load::options& o) { return client(o).run(); });
}
