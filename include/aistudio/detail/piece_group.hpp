#pragma once

/// @file
/// Several pieces of one operation at a time, and the right to do them, which they share.

#include <aistudio/transport/client_core.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

namespace aistudio::detail {

/// Wakes coroutines that wait for something to change.
class change_signal {
public:
    explicit change_signal(const boost::asio::any_io_executor& strand)
        : timer_(strand, std::chrono::steady_clock::time_point::max()) {}
    void raise() { timer_.cancel(); }
    /// Until `raise`, or until `op` is interrupted.
    boost::asio::awaitable<void> wait(operation& op) {
        const interrupter::scope scope(op.stop, [this] { timer_.cancel(); });
        if (op.stop.reason() == errc::ok)
            co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    /// Until `raise`.
    boost::asio::awaitable<void> wait() {
        co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }

private:
    boost::asio::steady_timer timer_;
};

/// Coroutines that belong to one operation. Each has an operation of its own, with the options and
/// the deadline of the whole, and ends when the whole is interrupted. The whole waits for all of
/// them before it ends.
///
/// @par Thread safety  None; used on the client's strand.
class piece_group {
public:
    using body = std::function<boost::asio::awaitable<void>(operation&)>;

    piece_group(boost::asio::any_io_executor strand, operation& whole)
        : strand_(std::move(strand)), whole_(&whole), state_(std::make_shared<state>(strand_)) {}

    void start(body what) {
        auto own = std::make_shared<operation>();
        own->options = whole_->options;
        own->deadline = whole_->deadline;
        state_->running.insert(own.get());
        boost::asio::co_spawn(strand_, run(own, std::move(what)),
                              [s = state_, own](std::exception_ptr failed) {
                                  s->running.erase(own.get());
                                  if (failed)
                                      s->failed = failed;
                                  s->changed.raise();
                              });
    }
    [[nodiscard]] std::size_t running() const noexcept { return state_->running.size(); }
    void interrupt(errc why) { state_->interrupt(why); }

    /// Until at most `most` run. Rethrows what one of them threw.
    boost::asio::awaitable<void> until_left(std::size_t most) {
        const auto s = state_;
        const interrupter::scope scope(whole_->stop, [this] { interrupt(whole_->stop.reason()); });
        while (s->running.size() > most)
            co_await s->changed.wait();
        if (s->failed)
            std::rethrow_exception(std::exchange(s->failed, nullptr));
    }

private:
    struct state {
        explicit state(const boost::asio::any_io_executor& strand) : changed(strand) {}
        void interrupt(errc why) {
            const auto all = running; // an interrupted one may end at once
            for (operation* one : all)
                if (running.contains(one))
                    one->stop.interrupt(why);
        }
        std::unordered_set<operation*> running;
        change_signal changed;
        std::exception_ptr failed;
    };
    static boost::asio::awaitable<void> run(std::shared_ptr<operation> own, body what) {
        co_await what(*own);
    }

    boost::asio::any_io_executor strand_;
    operation* whole_;
    std::shared_ptr<state> state_;
};

/// Something that several pieces need and that runs out: a grant, a signed address. Whoever finds
/// it used up asks for the next one; the others wait for that.
///
/// @par Thread safety  None; used on the client's strand.
template <class T>
class renewable {
public:
    using maker = std::function<boost::asio::awaitable<result<T>>(operation&)>;

    renewable(const boost::asio::any_io_executor& strand, maker make)
        : changed_(strand), make_(std::move(make)) {}

    /// One newer than number `used_up`; 0: any.
    boost::asio::awaitable<result<T>> get(operation& op, unsigned used_up) {
        while (number_ <= used_up) {
            if (op.stop.reason() != errc::ok)
                co_return make_problem(op.stop.reason(), {});
            if (asking_) {
                co_await changed_.wait(op);
                continue;
            }
            asking_ = true;
            auto next = co_await make_(op);
            asking_ = false;
            changed_.raise();
            if (!next)
                co_return next.error();
            value_ = std::move(*next);
            ++number_;
        }
        co_return *value_;
    }
    /// Puts one in place without asking.
    void set(T value) {
        value_ = std::move(value);
        ++number_;
    }
    [[nodiscard]] unsigned number() const noexcept { return number_; }

private:
    change_signal changed_;
    maker make_;
    std::optional<T> value_;
    unsigned number_ = 0;
    bool asking_ = false;
};

} // namespace aistudio::detail
