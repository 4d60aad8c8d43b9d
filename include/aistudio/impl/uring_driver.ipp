#pragma once

#include <aistudio/transport/uring_driver.hpp>

#if defined(AISTUDIO_HAS_LIBURING)

#include <aistudio/transport/native_io.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <liburing.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace aistudio::detail {

/// Names the thread; unlike the system's names, never used again for another.
inline std::uint64_t this_thread_number() noexcept {
    static std::atomic<std::uint64_t> last = 0;
    thread_local const std::uint64_t mine = ++last;
    return mine;
}

/// One io_uring with memory that the kernel receives into.
class uring_ring {
public:
    using clock = waiting_driver::clock;

    uring_ring() {
        io_uring_params wanted{};
        // All of the kernel's work is done when this thread asks for it, in one go (since 6.1).
        // Disabled: it becomes this thread's with `enable`.
        wanted.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                       IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE;
        wanted.cq_entries = completions;
        check(::io_uring_queue_init_params(submissions, &ring_, &wanted), "io_uring_setup");
        try {
            offer_pieces();
        } catch (...) {
            ::io_uring_queue_exit(&ring_);
            throw;
        }
    }
    uring_ring(const uring_ring&) = delete;
    uring_ring& operator=(const uring_ring&) = delete;
    ~uring_ring() {
        ::io_uring_queue_exit(&ring_);
        ::munmap(offered_, offered_size);
    }

    /// From now on it is this thread's.
    void enable() {
        // liburing 2.3 declares a function for this, but its library does not have it.
        if (::syscall(__NR_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr,
                      0) < 0)
            check(-errno, "io_uring_register");
        owner_ = this_thread_number();
    }
    [[nodiscard]] bool is_enabled() const noexcept { return owner_ != 0; }
    [[nodiscard]] bool is_here() const noexcept { return owner_ == this_thread_number(); }

    /// A place for the next order; goes to the kernel with the next wait.
    [[nodiscard]] io_uring_sqe& order() {
        for (;;) {
            if (io_uring_sqe* const free = ::io_uring_get_sqe(&ring_))
                return *free;
            submit_now();
        }
    }
    static void receives_pieces(io_uring_sqe& order) {
        order.flags |= IOSQE_BUFFER_SELECT;
        order.buf_group = 0;
    }

    /// Hands orders over and waits for a completion, in one system call.
    void wait(clock::time_point until) {
        const int outcome = enter(until);
        if (outcome != -ETIME && outcome != -EINTR && outcome != -EAGAIN && outcome != -EBUSY)
            check(outcome, "io_uring_enter");
    }

    [[nodiscard]] unsigned completed() const noexcept { return ::io_uring_cq_ready(&ring_); }
    /// The `i`th one that was not passed yet.
    [[nodiscard]] const io_uring_cqe& completion(unsigned i) const noexcept {
        return ring_.cq.cqes[(*ring_.cq.khead + i) & ring_.cq.ring_mask];
    }
    void pass(unsigned count) noexcept { ::io_uring_cq_advance(&ring_, count); }

    /// What a completion brought; in place until `give_back`.
    [[nodiscard]] std::string_view piece(const io_uring_cqe& from) const noexcept {
        return {pieces_.get() + number_of(from) * piece_size, static_cast<std::size_t>(from.res)};
    }
    void give_back(const io_uring_cqe& from) noexcept {
        const auto number = number_of(from);
        ::io_uring_buf_ring_add(offered_, pieces_.get() + number * piece_size, piece_size,
                                static_cast<unsigned short>(number),
                                ::io_uring_buf_ring_mask(piece_count), 0);
        ::io_uring_buf_ring_advance(offered_, 1);
    }

private:
    static constexpr unsigned submissions = 256;
    static constexpr unsigned completions = 4096;
    /// A turn of the loop receives so many pieces at most; what comes then waits for the next.
    static constexpr unsigned piece_count = 256;
    static constexpr unsigned piece_size = 8192;
    static constexpr std::size_t offered_size = piece_count * sizeof(io_uring_buf);

    static void check(int outcome, const char* what) {
        if (outcome < 0)
            throw boost::system::system_error(-outcome, boost::system::system_category(), what);
    }
    static std::size_t number_of(const io_uring_cqe& from) noexcept {
        return from.flags >> IORING_CQE_BUFFER_SHIFT;
    }

    void offer_pieces() {
        void* const pages = ::mmap(nullptr, offered_size, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) // NOLINT: the system's macro
            check(-errno, "mmap");
        offered_ = static_cast<io_uring_buf_ring*>(pages);
        io_uring_buf_reg what{};
        what.ring_addr = reinterpret_cast<std::uintptr_t>(pages);
        what.ring_entries = piece_count;
        const int refused = ::io_uring_register_buf_ring(&ring_, &what, 0);
        if (refused < 0) {
            ::munmap(pages, offered_size);
            check(refused, "io_uring_register");
        }
        pieces_ = std::make_unique_for_overwrite<char[]>(std::size_t{piece_count} * piece_size);
        ::io_uring_buf_ring_init(offered_);
        for (unsigned i = 0; i < piece_count; ++i)
            ::io_uring_buf_ring_add(offered_, pieces_.get() + std::size_t{i} * piece_size,
                                    piece_size, static_cast<unsigned short>(i),
                                    ::io_uring_buf_ring_mask(piece_count), static_cast<int>(i));
        ::io_uring_buf_ring_advance(offered_, piece_count);
    }

    void submit_now() {
        const int outcome = ::io_uring_submit(&ring_);
        if (outcome != -EINTR && outcome != -EAGAIN && outcome != -EBUSY)
            check(outcome, "io_uring_enter");
    }

    [[nodiscard]] int enter(clock::time_point until) {
        if (until == clock::time_point::max())
            return ::io_uring_submit_and_wait(&ring_, 1);
        const auto left =
            until == clock::time_point::min() ? clock::duration::zero() : until - clock::now();
        if (left <= clock::duration::zero())
            return ::io_uring_submit_and_get_events(&ring_);
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        __kernel_timespec time{seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
        io_uring_cqe* first = nullptr;
        return ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &time, nullptr);
    }

    io_uring ring_{};
    std::uint64_t owner_ = 0; // no thread yet
    io_uring_buf_ring* offered_ = nullptr;
    std::unique_ptr<char[]> pieces_;
};

/// A socket as long as the kernel may have an order for it: also after its stream is gone.
struct uring_socket {
    enum class order : std::uintptr_t { input, room };

    uring_socket(int n, stream_events& e) : number(n), events(&e) {}
    uring_socket(const uring_socket&) = delete;
    uring_socket& operator=(const uring_socket&) = delete;
    ~uring_socket() { ::close(number); }

    [[nodiscard]] std::uintptr_t tag(order what) const noexcept {
        return reinterpret_cast<std::uintptr_t>(this) | static_cast<std::uintptr_t>(what);
    }
    [[nodiscard]] bool has_input() const noexcept { return !early.empty() || end; }

    /// Nobody is interested any more. The kernel's orders end by the shutdown, some time later.
    void leave() noexcept {
        left = true;
        in = nullptr;
        out = nullptr;
        ::shutdown(number, SHUT_RDWR);
    }

    int number;
    stream_events* events; // null: nobody is told
    char* in = nullptr;    // null: nobody receives
    std::size_t in_size = 0;
    const char* out = nullptr; // null: nobody waits to send
    std::size_t out_size = 0;
    std::string early;             // came before anybody asked
    boost::system::error_code end; // nothing comes after it
    unsigned arrived = 0;          // completions with input that are not served yet
    bool receiving = false;        // the kernel has the order
    bool awaiting_room = false;    // this one as well
    bool queued = false;           // in `ready_`
    bool left = false;
    bool owned = true; // its stream is still there
};

class uring_stream final : public stream {
public:
    uring_stream(uring_driver& driver, uring_socket& socket) : driver_(&driver), socket_(&socket) {
        order_input(driver, socket);
    }
    uring_stream(const uring_stream&) = delete;
    uring_stream& operator=(const uring_stream&) = delete;
    ~uring_stream() override {
        socket_->events = nullptr;
        socket_->owned = false;
        if (!socket_->left)
            leave();
    }

    std::size_t send(const char* data, std::size_t size,
                     boost::system::error_code& error) override {
        const std::size_t n = send_now(socket_->number, data, size, error);
        if (n > 0 || error)
            return n;
        socket_->out = data;
        socket_->out_size = size;
        order_room(*driver_, *socket_);
        return 0;
    }

    void receive(char* data, std::size_t size) override {
        socket_->in = data;
        socket_->in_size = size;
        if (socket_->has_input())
            enqueue();
        else if (!socket_->receiving)
            order_input(*driver_, *socket_);
    }

    bool may_have_input() const override { return socket_->arrived > 0 || socket_->has_input(); }
    bool is_quiet() override { return !may_have_input() && has_nothing_to_read(socket_->number); }

    void close() override {
        if (socket_->left)
            return;
        leave();
        driver_->closed_.push_back(socket_);
    }

    /// Outside the ring's thread it is only noted: `move_here` does it.
    static void order_input(uring_driver& driver, uring_socket& s) {
        s.receiving = true;
        if (!driver.ring_->is_here())
            return;
        io_uring_sqe& order = driver.ring_->order();
        ::io_uring_prep_recv_multishot(&order, s.number, nullptr, 0, 0);
        uring_ring::receives_pieces(order);
        order.user_data = s.tag(uring_socket::order::input);
    }
    static void order_room(uring_driver& driver, uring_socket& s) {
        if (std::exchange(s.awaiting_room, true) || !driver.ring_->is_here())
            return;
        io_uring_sqe& order = driver.ring_->order();
        ::io_uring_prep_poll_add(&order, s.number, POLLOUT);
        order.user_data = s.tag(uring_socket::order::room);
    }

    static void on_room(uring_driver& driver, uring_socket& s) {
        s.awaiting_room = false;
        if (s.out == nullptr)
            return;
        boost::system::error_code error;
        const std::size_t n = send_now(s.number, s.out, s.out_size, error);
        if (n == 0 && !error)
            return order_room(driver, s);
        s.out = nullptr;
        s.events->on_sent(error, n);
    }

    static void on_input(uring_driver& driver, uring_socket& s, const io_uring_cqe& what) {
        --s.arrived;
        s.receiving = (what.flags & IORING_CQE_F_MORE) != 0;
        const std::size_t got = take(driver, s, what);
        if (got > 0)
            s.events->on_received({}, got);
        deliver(s);
        if (!s.receiving && s.in != nullptr) // the kernel ran out of memory to receive into
            order_input(driver, s);
    }

    /// Hands out what is there as long as somebody asks.
    static void deliver(uring_socket& s) {
        while (s.in != nullptr && !s.early.empty()) {
            const std::size_t got = std::min(s.in_size, s.early.size());
            std::memcpy(std::exchange(s.in, nullptr), s.early.data(), got);
            s.early.erase(0, got);
            s.events->on_received({}, got);
        }
        if (s.in != nullptr && s.end) {
            s.in = nullptr;
            s.events->on_received(s.end, 0);
        }
    }

private:
    /// More than a session ticket or a farewell is a peer that floods us.
    static constexpr std::size_t most_early = std::size_t{256} << 10U;

    void leave() {
        socket_->leave();
        driver_->some_ended_ = true;
    }
    void enqueue() {
        if (!std::exchange(socket_->queued, true))
            driver_->ready_.push_back(socket_);
    }

    /// Takes what came over; returns how much of it lies where somebody waits for it.
    static std::size_t take(uring_driver& driver, uring_socket& s, const io_uring_cqe& what) {
        if ((what.flags & IORING_CQE_F_BUFFER) == 0) {
            if (what.res == 0)
                s.end = boost::asio::error::eof;
            else if (what.res != -ENOBUFS && what.res != -ECANCELED)
                s.end = {-what.res, boost::system::system_category()};
            return 0;
        }
        std::string_view piece = driver.ring_->piece(what);
        std::size_t got = 0;
        if (s.in != nullptr && s.early.empty()) {
            got = std::min(s.in_size, piece.size());
            std::memcpy(std::exchange(s.in, nullptr), piece.data(), got);
            piece.remove_prefix(got);
        }
        if (!s.left)
            s.early += piece;
        driver.ring_->give_back(what);
        if (s.early.size() > most_early && !s.end) {
            s.end = boost::asio::error::connection_aborted;
            ::shutdown(s.number, SHUT_RDWR);
        }
        return got;
    }

    uring_driver* driver_;
    uring_socket* socket_;
};

AISTUDIO_DECL uring_driver::uring_driver() : ring_(std::make_unique<uring_ring>()) {
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_ < 0)
        throw boost::system::system_error(last_socket_error(), "eventfd");
}

AISTUDIO_DECL uring_driver::~uring_driver() {
    serve_closed();
    ::close(wake_);
}

AISTUDIO_DECL std::unique_ptr<stream> uring_driver::adopt(native_socket socket,
                                                          stream_events& events) {
    sockets_.push_back(std::make_unique<uring_socket>(static_cast<int>(socket.number), events));
    return std::make_unique<uring_stream>(*this, *sockets_.back());
}

AISTUDIO_DECL void uring_driver::wake() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

AISTUDIO_DECL void uring_driver::wait(clock::time_point until) {
    if (!ring_->is_here())
        move_here();
    const bool busy = !ready_.empty() || !closed_.empty();
    ring_->wait(busy ? clock::time_point::min() : until);
    serve_completions();
    serve_ready();
    serve_closed();
    if (some_ended_)
        release_ended();
}

/// The kernel serves a ring for one thread only. What it was asked for is asked for again here; it
/// has touched nothing meanwhile.
AISTUDIO_DECL void uring_driver::move_here() {
    if (ring_->is_enabled()) {
        serve_completions();
        ring_ = std::make_unique<uring_ring>();
    }
    ring_->enable();
    watch_wake();
    for (const auto& s : sockets_) {
        if (std::exchange(s->receiving, false) && !s->left)
            uring_stream::order_input(*this, *s);
        if (std::exchange(s->awaiting_room, false) && !s->left)
            uring_stream::order_room(*this, *s);
    }
}

AISTUDIO_DECL void uring_driver::watch_wake() {
    io_uring_sqe& order = ring_->order();
    ::io_uring_prep_poll_multishot(&order, wake_, POLLIN); // never read: each write is told once
    order.user_data = 0;
}

AISTUDIO_DECL void uring_driver::serve_completions() {
    const unsigned count = ring_->completed();
    const auto socket_of = [](const io_uring_cqe& c) {
        return reinterpret_cast<uring_socket*>(c.user_data & ~std::uintptr_t{1});
    };
    const auto is_input = [](const io_uring_cqe& c) { return (c.user_data & 1U) == 0; };
    // First all are told that something came, so that none is taken for quiet.
    for (; noted_ < count; ++noted_) {
        const io_uring_cqe& c = ring_->completion(noted_);
        if (c.user_data != 0 && is_input(c))
            ++socket_of(c)->arrived;
    }
    for (unsigned left = count; left > 0; --left) {
        const io_uring_cqe c = ring_->completion(0);
        ring_->pass(1);
        --noted_;
        if (c.user_data != 0)
            is_input(c) ? uring_stream::on_input(*this, *socket_of(c), c)
                        : uring_stream::on_room(*this, *socket_of(c));
        else if ((c.flags & IORING_CQE_F_MORE) == 0)
            watch_wake();
    }
}

AISTUDIO_DECL void uring_driver::serve_ready() {
    for (std::size_t left = ready_.size(); left > 0; --left) {
        uring_socket* const next = ready_.front();
        ready_.erase(ready_.begin());
        next->queued = false;
        uring_stream::deliver(*next);
    }
}

AISTUDIO_DECL void uring_driver::serve_closed() {
    while (!closed_.empty()) { // each may destroy others
        uring_socket* const next = closed_.back();
        closed_.pop_back();
        if (stream_events* const events = std::exchange(next->events, nullptr))
            events->on_closed();
    }
}

/// Sockets that nobody has an interest in and for which the kernel has no order any more.
AISTUDIO_DECL void uring_driver::release_ended() {
    some_ended_ = false;
    std::erase_if(sockets_, [this](const auto& s) {
        const bool in_use = s->receiving || s->awaiting_room || s->queued || s->owned;
        some_ended_ = some_ended_ || (s->left && in_use);
        return s->left && !in_use;
    });
}

} // namespace aistudio::detail

#endif // AISTUDIO_HAS_LIBURING
