// The least a program can do over io_uring: as epoll_loop.cpp, with registered sockets, one lasting
// order to receive for each, and requests that are handed over with the wait for answers.
#include "answer.hpp"
#include "loop.hpp"

#include <liburing.h>

#include <cstdlib>
#include <cstring>

namespace {

struct connection {
    int socket = -1;
    int number = 0; // among the registered ones
    load::time_point started;
    std::string request; // in place until it is handed over
    std::size_t filled = 0;
    char buffer[4096 + simdjson::SIMDJSON_PADDING];
};

// Memory that the kernel receives into.
class pieces {
public:
    static constexpr unsigned count = 256, size = 4096;

    void offer(io_uring& ring) {
        void* const pages = std::aligned_alloc(4096, count * sizeof(io_uring_buf));
        if (pages == nullptr)
            throw std::bad_alloc();
        offered_ = static_cast<io_uring_buf_ring*>(pages);
        io_uring_buf_reg what{};
        what.ring_addr = reinterpret_cast<std::uintptr_t>(pages);
        what.ring_entries = count;
        if (const int refused = io_uring_register_buf_ring(&ring, &what, 0); refused < 0)
            throw loop::failure("io_uring_register_buf_ring", -refused);
        io_uring_buf_ring_init(offered_);
        for (unsigned i = 0; i < count; ++i)
            give_back(i);
    }
    char* at(unsigned number) { return memory_.data() + std::size_t{number} * size; }
    void give_back(unsigned number) {
        io_uring_buf_ring_add(offered_, at(number), size, static_cast<unsigned short>(number),
                              io_uring_buf_ring_mask(count), 0);
        io_uring_buf_ring_advance(offered_, 1);
    }

private:
    io_uring_buf_ring* offered_ = nullptr;
    std::vector<char> memory_ = std::vector<char>(std::size_t{count} * size);
};

class client {
public:
    explicit client(const load::options& o)
        : options_(o), address_(load::parse_address(o.url)), meter_(o), requests_(o, address_) {
        io_uring_params wanted{};
        wanted.flags =
            IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
        wanted.cq_entries = 4096;
        if (const int refused = io_uring_queue_init_params(2048, &ring_, &wanted); refused < 0)
            throw loop::failure("io_uring_setup", -refused);
        pieces_.offer(ring_);
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    ~client() {
        for (const auto& c : connections_)
            close(c.socket);
        io_uring_queue_exit(&ring_);
    }

    load::totals run() {
        connect();
        meter_.begin();
        for (auto& c : connections_) {
            order_input(c);
            start(c);
        }
        while (open_calls_ > 0) {
            io_uring_submit_and_wait(&ring_, 1);
            unsigned head = 0;
            unsigned count = 0;
            io_uring_cqe* done = nullptr;
            io_uring_for_each_cqe(&ring_, head, done) {
                ++count;
                serve(*done);
            }
            io_uring_cq_advance(&ring_, count);
        }
        return meter_.result();
    }

private:
    void connect() {
        connections_.resize(static_cast<std::size_t>(options_.concurrency()));
        std::vector<int> sockets;
        for (auto& c : connections_) {
            c.number = static_cast<int>(sockets.size());
            c.socket = loop::connect_to(address_);
            sockets.push_back(c.socket);
        }
        const int refused =
            io_uring_register_files(&ring_, sockets.data(), static_cast<unsigned>(sockets.size()));
        if (refused < 0)
            throw loop::failure("io_uring_register_files", -refused);
    }

    io_uring_sqe& order() {
        if (io_uring_sqe* const free = io_uring_get_sqe(&ring_))
            return *free;
        io_uring_submit(&ring_);
        return *io_uring_get_sqe(&ring_);
    }

    void order_input(connection& c) {
        io_uring_sqe& o = order();
        io_uring_prep_recv_multishot(&o, c.number, nullptr, 0, 0);
        o.flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
        io_uring_sqe_set_data(&o, &c);
    }

    void start(connection& c) {
        if (!meter_.may_start())
            return;
        c.started = meter_.now();
        requests_.write(c.request);
        io_uring_sqe& o = order();
        io_uring_prep_send(&o, c.number, c.request.data(), c.request.size(),
                           MSG_NOSIGNAL | MSG_WAITALL);
        o.flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
        io_uring_sqe_set_data(&o, nullptr);
        ++open_calls_;
    }

    void serve(const io_uring_cqe& done) {
        auto* const c = static_cast<connection*>(io_uring_cqe_get_data(&done));
        if (c == nullptr)
            throw loop::failure("send", -done.res);
        if ((done.flags & IORING_CQE_F_MORE) == 0)
            order_input(*c);
        if (done.res == -ENOBUFS)
            return;
        if (done.res <= 0)
            throw loop::failure("recv", -done.res);
        const unsigned number = done.flags >> IORING_CQE_BUFFER_SHIFT;
        const auto size = static_cast<std::size_t>(done.res);
        if (c->filled + size > 4096)
            throw std::runtime_error("The answer is too long.");
        std::memcpy(c->buffer + c->filled, pieces_.at(number), size);
        pieces_.give_back(number);
        c->filled += size;
        read(*c);
    }

    void read(connection& c) {
        const answer a = parse({c.buffer, c.filled});
        if (!a.whole)
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
    io_uring ring_{};
    pieces pieces_;
    int open_calls_ = 0;
    std::vector<connection> connections_;
    answer_reader reader_;
};

} // namespace

int main(int argc, char** argv) {
    return load::main_of(argc, argv, {}, [](const load::options& o) { return client(o).run(); });
}
