#pragma once

#include <aistudio/transport/asio_engine.hpp>
#include <aistudio/transport/connection.hpp>
#include <aistudio/transport/event_loop.hpp>
#include <aistudio/transport/watchdog.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace aistudio::detail {

/// Opens sockets with Asio, on the client's strand.
class asio_opener final : public socket_opener {
public:
    asio_opener(client_strand strand, const client_options& options)
        : strand_(std::move(strand)), limits_(options.limits),
          dog_(std::make_shared<watchdog>(strand_)) {}

    std::shared_ptr<attempt> open(const url& target, const std::optional<url>& proxy,
                                  time_point deadline,
                                  std::function<void(opened_socket)> done) override {
        auto out = std::make_shared<pending>(*this, route{target, proxy}, deadline);
        boost::asio::co_spawn(strand_, run(out, std::move(done)), boost::asio::detached);
        return out;
    }

private:
    struct pending final : attempt {
        pending(const asio_opener& owner, route r, time_point deadline)
            : where(std::move(r)), limits(owner.limits_), link(owner.strand_, owner.dog_),
              clock(limits, deadline) {}
        void abort(errc why) override { stop.interrupt(why); }

        route where;
        time_limits limits;
        connection link;
        attempt_clock clock;
        interrupter stop;
    };

    static boost::asio::awaitable<void> run(std::shared_ptr<pending> p,
                                            std::function<void(opened_socket)> done) {
        co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                                   boost::asio::use_awaitable); // never done inline
        step s = co_await p->link.open_socket(p->where, p->clock, p->stop);
        opened_socket out;
        if (s.ok())
            out.socket = p->link.release_socket();
        if (s.ok() && out.socket.number < 0)
            s = {errc::connect_failed, phase::connect, "The socket cannot be taken over.", {}};
        out.code = s.code;
        out.phase = s.phase;
        out.detail = std::move(s.detail);
        out.cause = s.cause;
        done(std::move(out));
    }

    client_strand strand_;
    time_limits limits_;
    std::shared_ptr<watchdog> dog_;
};

/// A stream on an Asio socket, for any event loop and system.
class asio_stream final : public stream {
public:
    asio_stream(const client_strand& strand, boost::asio::ip::tcp::socket socket,
                stream_events& events)
        : inside_(std::make_shared<inside>(strand, std::move(socket), events)) {}
    asio_stream(const asio_stream&) = delete;
    asio_stream& operator=(const asio_stream&) = delete;
    ~asio_stream() override {
        inside_->events = nullptr;
        inside_->shut();
    }

    std::size_t send(const char* data, std::size_t size,
                     boost::system::error_code& error) override {
        const std::size_t n =
            inside_->socket.write_some(boost::asio::const_buffer(data, size), error);
        if (!error)
            return n;
        if (error != boost::asio::error::would_block && error != boost::asio::error::try_again)
            return 0;
        error = {};
        ++inside_->pending;
        inside_->socket.async_write_some(
            boost::asio::const_buffer(data, size),
            [in = inside_](boost::system::error_code failed, std::size_t sent) {
                if (in->ends())
                    in->events->on_sent(failed, sent);
            });
        return 0;
    }

    void receive(char* data, std::size_t size) override {
        ++inside_->pending;
        inside_->socket.async_read_some(
            boost::asio::mutable_buffer(data, size),
            [in = inside_](boost::system::error_code failed, std::size_t got) {
                if (in->ends())
                    in->events->on_received(failed, got);
            });
    }

    bool may_have_input() const override { return false; }
    bool is_quiet() override {
        char byte = 0;
        boost::system::error_code error;
        inside_->socket.receive(boost::asio::buffer(&byte, 1),
                                boost::asio::ip::tcp::socket::message_peek, error);
        return error == boost::asio::error::would_block || error == boost::asio::error::try_again;
    }

    void close() override {
        inside_->closed = true;
        inside_->shut();
        ++inside_->pending;
        boost::asio::post(inside_->strand, [in = inside_] { in->ends(); });
    }

private:
    struct inside {
        inside(const client_strand& s, boost::asio::ip::tcp::socket sock, stream_events& e)
            : strand(s), socket(std::move(sock)), events(&e) {}
        void shut() {
            boost::system::error_code ignored;
            socket.close(ignored);
        }
        /// An operation has ended. True when there is somebody to tell.
        bool ends() {
            --pending;
            if (events == nullptr)
                return false;
            if (!closed)
                return true;
            if (pending == 0)
                std::exchange(events, nullptr)->on_closed();
            return false;
        }
        client_strand strand;
        boost::asio::ip::tcp::socket socket;
        stream_events* events; // null once nobody is interested
        int pending = 0;
        bool closed = false;
    };
    std::shared_ptr<inside> inside_;
};

class asio_home final : public engine_home, public stream_driver {
public:
    explicit asio_home(client_strand strand)
        : strand_(std::move(strand)), timer_(std::make_shared<boost::asio::steady_timer>(strand_)) {
    }

    bool is_here() const noexcept override { return strand_.running_in_this_thread(); }
    void post(std::function<void()> what) override { boost::asio::post(strand_, std::move(what)); }
    void set_alarm(time_point when) override {
        alarm_ = when;
        sleep();
    }
    void keep_running(bool on) override {
        running_ = on;
        sleep();
    }
    stream_driver& driver() override { return *this; }
    void attach(std::weak_ptr<exchange_engine> engine) override { engine_ = std::move(engine); }

    std::unique_ptr<stream> adopt(native_socket from, stream_events& events) override {
        boost::asio::ip::tcp::socket socket(strand_);
        using boost::asio::ip::tcp;
        socket.assign(from.is_v6 ? tcp::v6() : tcp::v4(),
                      static_cast<tcp::socket::native_handle_type>(from.number));
        socket.non_blocking(true);
        return std::make_unique<asio_stream>(strand_, std::move(socket), events);
    }

private:
    /// A timer that waits keeps the loop running, so it waits only while something is under way,
    /// and is moved only to an earlier time.
    void sleep() {
        if (!running_ || alarm_ == never) {
            if (std::exchange(asleep_until_, never) != never)
                timer_->cancel();
            return;
        }
        if (asleep_until_ <= alarm_)
            return;
        asleep_until_ = alarm_;
        timer_->expires_at(alarm_);
        timer_->async_wait([engine = engine_, timer = timer_, this](boost::system::error_code e) {
            const auto alive = engine.lock();
            if (e || !alive)
                return;
            asleep_until_ = never;
            alive->on_alarm();
        });
    }

    client_strand strand_;
    std::shared_ptr<boost::asio::steady_timer> timer_;
    std::weak_ptr<exchange_engine> engine_;
    time_point alarm_ = never;
    time_point asleep_until_ = never;
    bool running_ = false;
};

#if defined(AISTUDIO_HAS_EVENT_LOOP)

class loop_home final : public engine_home, event_loop::timer {
public:
    explicit loop_home(event_loop& loop) : timer(loop), loop_(&loop) {}
    bool is_here() const noexcept override { return loop_->running_in_this_thread(); }
    void post(std::function<void()> what) override {
        boost::asio::post(loop_->get_executor(), std::move(what));
    }
    void set_alarm(time_point when) override { set(when); }
    void keep_running(bool on) override { on ? loop_->work_started() : loop_->work_finished(); }
    stream_driver& driver() override { return loop_->driver(); }
    void attach(std::weak_ptr<exchange_engine> engine) override { engine_ = std::move(engine); }

private:
    void on_time() override {
        if (const auto alive = engine_.lock())
            alive->on_alarm();
    }
    event_loop* loop_;
    std::weak_ptr<exchange_engine> engine_;
};

#endif

AISTUDIO_DECL std::shared_ptr<engine_home>
make_engine_home([[maybe_unused]] const boost::asio::any_io_executor& executor,
                 const client_strand& strand) {
#if defined(AISTUDIO_HAS_EVENT_LOOP)
    if (const auto* direct = executor.target<event_loop::executor_type>())
        return std::make_shared<loop_home>(direct->loop());
#endif
    return std::make_shared<asio_home>(strand);
}

AISTUDIO_DECL std::shared_ptr<exchange_engine>
make_exchange_engine(const boost::asio::any_io_executor& executor, const client_strand& strand,
                     const client_options& options, environment env) {
    const auto home = make_engine_home(executor, strand);
    const auto engine = std::make_shared<exchange_engine>(
        options, std::move(env), home, std::make_unique<asio_opener>(strand, options));
    home->attach(engine);
    return engine;
}

} // namespace aistudio::detail
