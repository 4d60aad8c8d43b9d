#pragma once

#include <aistudio/transport/epoll_driver.hpp>
#include <aistudio/transport/native_io.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace aistudio::detail {

class epoll_stream final : public stream {
public:
    epoll_stream(epoll_driver& driver, int socket, stream_events& events)
        : driver_(&driver), socket_(socket), events_(&events) {
        epoll_event interest{};
        interest.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        interest.data.ptr = this;
        if (::epoll_ctl(driver_->epoll_, EPOLL_CTL_ADD, socket_, &interest) == 0)
            return;
        const auto why = last_socket_error();
        ::close(socket_);
        throw boost::system::system_error(why, "epoll_ctl");
    }
    epoll_stream(const epoll_stream&) = delete;
    epoll_stream& operator=(const epoll_stream&) = delete;
    ~epoll_stream() override {
        std::erase(driver_->ready_, this);
        if (closing_)
            std::erase(driver_->closed_, events_);
        if (socket_ >= 0)
            ::close(socket_);
    }

    std::size_t send(const char* data, std::size_t size,
                     boost::system::error_code& error) override {
        const std::size_t n = send_now(socket_, data, size, error);
        if (n > 0 || error)
            return n;
        out_ = data;
        out_size_ = size;
        return 0;
    }

    void receive(char* data, std::size_t size) override {
        in_ = data;
        in_size_ = size;
        if (readable_)
            enqueue(); // its event has passed
    }

    bool may_have_input() const override { return readable_; }
    bool is_quiet() override { return !readable_ && has_nothing_to_read(socket_); }

    void close() override {
        if (socket_ < 0)
            return;
        ::close(std::exchange(socket_, -1));
        in_ = nullptr;
        out_ = nullptr;
        closing_ = true;
        driver_->closed_.push_back(events_);
    }

    void on_event(std::uint32_t what) {
        if ((what & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
            readable_ = true;
            ended_ = ended_ || (what & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        }
        if ((what & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0 && out_ != nullptr)
            send_again();
        if (readable_ && in_ != nullptr)
            pull();
    }
    void on_ready() {
        queued_ = false;
        if (readable_ && in_ != nullptr)
            pull();
    }

private:
    void enqueue() {
        if (std::exchange(queued_, true))
            return;
        driver_->ready_.push_back(this);
    }

    void send_again() {
        boost::system::error_code error;
        const std::size_t n = send(std::exchange(out_, nullptr), out_size_, error);
        if (n > 0 || error)
            events_->on_sent(error, n);
    }

    void pull() {
        ssize_t n = 0;
        do
            n = ::recv(socket_, in_, in_size_, MSG_DONTWAIT);
        while (n < 0 && errno == EINTR);
        if (n < 0 && would_block()) {
            readable_ = ended_;
            return;
        }
        boost::system::error_code error;
        if (n < 0)
            error = last_socket_error();
        else if (n == 0)
            error = boost::asio::error::eof;
        // Fewer bytes than asked for: nothing is left, and the next byte will be a new event.
        readable_ = ended_ || (n > 0 && static_cast<std::size_t>(n) == in_size_);
        in_ = nullptr;
        events_->on_received(error, n > 0 ? static_cast<std::size_t>(n) : 0);
    }

    epoll_driver* driver_;
    int socket_;
    stream_events* events_;
    const char* out_ = nullptr; // null: nobody waits to send
    std::size_t out_size_ = 0;
    char* in_ = nullptr; // null: nobody receives
    std::size_t in_size_ = 0;
    bool readable_ = false; // there may be something to read
    bool ended_ = false;    // the peer closed: what is read ends
    bool queued_ = false;
    bool closing_ = false;
};

AISTUDIO_DECL epoll_driver::epoll_driver()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    epoll_event interest{};
    interest.events = EPOLLIN | EPOLLET;
    interest.data.ptr = nullptr;
    if (epoll_ < 0 || wake_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &interest) != 0) {
        const auto why = last_socket_error();
        ::close(epoll_);
        ::close(wake_);
        throw boost::system::system_error(why, "epoll");
    }
}

AISTUDIO_DECL epoll_driver::~epoll_driver() {
    serve_closed();
    ::close(wake_);
    ::close(epoll_);
}

AISTUDIO_DECL std::unique_ptr<stream> epoll_driver::adopt(native_socket socket,
                                                          stream_events& events) {
    return std::make_unique<epoll_stream>(*this, static_cast<int>(socket.number), events);
}

AISTUDIO_DECL void epoll_driver::wake() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

/// Time-outs in whole milliseconds, never too early.
inline int milliseconds_until(waiting_driver::clock::time_point until) {
    using namespace std::chrono;
    if (until == waiting_driver::clock::time_point::max())
        return -1;
    if (until == waiting_driver::clock::time_point::min())
        return 0;
    const auto left = ceil<milliseconds>(until - waiting_driver::clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

AISTUDIO_DECL void epoll_driver::wait(clock::time_point until) {
    std::array<epoll_event, 256> events; // NOLINT: filled by the system
    const bool busy = !ready_.empty() || !closed_.empty();
    const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                               busy ? 0 : milliseconds_until(until));
    for (int i = 0; i < n; ++i)
        if (auto* const s =
                static_cast<epoll_stream*>(events[static_cast<std::size_t>(i)].data.ptr))
            s->on_event(events[static_cast<std::size_t>(i)].events);
    serve_ready();
    serve_closed();
}

AISTUDIO_DECL void epoll_driver::serve_ready() {
    for (std::size_t left = ready_.size(); left > 0 && !ready_.empty(); --left) {
        epoll_stream* const next = ready_.front();
        ready_.erase(ready_.begin());
        next->on_ready();
    }
}

/// After the events: those already fetched may name a stream that was closed meanwhile.
AISTUDIO_DECL void epoll_driver::serve_closed() {
    while (!closed_.empty()) { // each may destroy others
        stream_events* const events = closed_.back();
        closed_.pop_back();
        events->on_closed();
    }
}

} // namespace aistudio::detail
