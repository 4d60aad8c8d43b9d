#pragma once

#include "mailbox.hpp"

#include <aistudio/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace aistudio::python {

/// How long Ctrl-C may go unseen.
inline constexpr std::chrono::milliseconds signal_interval{50};

/// Ends an operation from another thread. `executor` is where it completes, so that this cannot
/// meet its end.
class canceller : public std::enable_shared_from_this<canceller> {
public:
    explicit canceller(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
    /// `f` as the handler of an operation.
    template <class F>
    auto bind(F f) {
        return boost::asio::bind_cancellation_slot(
            signal_.slot(), [self = shared_from_this(), f = std::move(f)](auto value) mutable {
                f(std::move(value));
            });
    }
    void cancel() {
        boost::asio::post(executor_, [self = shared_from_this()] {
            self->signal_.emit(boost::asio::cancellation_type::terminal);
        });
    }

private:
    boost::asio::any_io_executor executor_;
    boost::asio::cancellation_signal signal_;
};

/// Where a Python thread waits, without the GIL, for an operation and its callbacks.
template <class T>
class waiting_place final : public mailbox {
public:
    void post(std::unique_ptr<letter> what) override {
        const std::lock_guard lock(mutex_);
        letters_.push_back(std::move(what));
        ready_.notify_one();
    }
    void complete(result<T> value) {
        const std::lock_guard lock(mutex_);
        value_.emplace(std::move(value));
        ready_.notify_one();
    }

    /// Returns when there is something, or after `time`. Letters come before the value.
    std::vector<std::unique_ptr<letter>> wait_for(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        ready_.wait_for(lock, time, [&] { return value_.has_value() || !letters_.empty(); });
        return std::exchange(letters_, {});
    }
    [[nodiscard]] bool done() {
        const std::lock_guard lock(mutex_);
        return value_.has_value() && letters_.empty();
    }
    /// The value; what is left of the letters is dropped.
    result<T> take() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [&] { return value_.has_value(); });
        return std::move(*value_);
    }

private:
    std::mutex mutex_;
    std::condition_variable ready_;
    std::optional<result<T>> value_;
    std::vector<std::unique_ptr<letter>> letters_;
};

/// True on the thread that Python runs signal handlers on.
[[nodiscard]] bool sees_signals();
/// Runs them; throws what they raise (KeyboardInterrupt). Takes the GIL.
void run_signal_handlers();
/// Takes the GIL.
void deliver_all(const std::vector<std::unique_ptr<letter>>& letters);

/// Waits without the GIL, which the caller must have released, for letters or the value. A Ctrl-C
/// cuts the operation off, by `cancel()`, and is thrown.
template <class T, class Cancel>
std::vector<std::unique_ptr<letter>> wait_for_letters(waiting_place<T>& place, Cancel cancel) {
    constexpr std::chrono::hours long_time{1000};
    const bool main = sees_signals();
    const auto interval = main ? signal_interval : std::chrono::milliseconds(long_time);
    while (!place.done()) {
        if (auto letters = place.wait_for(interval); !letters.empty())
            return letters;
        if (!main || place.done())
            continue;
        try {
            run_signal_handlers();
        } catch (...) {
            cancel();
            (void)place.take();
            throw;
        }
    }
    return {};
}

/// Waits for the value; letters are delivered on the way.
template <class T, class Cancel>
result<T> wait_at(waiting_place<T>& place, Cancel cancel) {
    while (!place.done())
        deliver_all(wait_for_letters(place, cancel));
    return place.take();
}

/// Starts an operation with `start(handler)` and waits for it.
template <class T, class Start>
result<T> wait_for(const std::shared_ptr<waiting_place<T>>& place,
                   const std::shared_ptr<canceller>& stop, Start start) {
    start(stop->bind([place](result<T> value) { place->complete(std::move(value)); }));
    return wait_at(*place, [&] { stop->cancel(); });
}

} // namespace aistudio::python
