#pragma once

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

namespace aistudio::python {

/// How long Ctrl-C may go unseen.
inline constexpr std::chrono::milliseconds signal_interval{50};

/// Where a Python thread waits, without the GIL, for an operation.
template <class T>
class waiting_place : public std::enable_shared_from_this<waiting_place<T>> {
public:
    auto handler() {
        return boost::asio::bind_cancellation_slot(
            signal_.slot(), [self = this->shared_from_this()](result<T> value) {
                const std::lock_guard lock(self->mutex_);
                self->value_.emplace(std::move(value));
                self->ready_.notify_one();
            });
    }

    /// False when nothing came within `time`.
    bool wait_for(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        return ready_.wait_for(lock, time, [&] { return value_.has_value(); });
    }

    /// `executor` is where the operation completes, so that this cannot meet its end.
    void cancel(const boost::asio::any_io_executor& executor) {
        boost::asio::post(executor, [self = this->shared_from_this()] {
            self->signal_.emit(boost::asio::cancellation_type::terminal);
        });
    }

    result<T> wait() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [&] { return value_.has_value(); });
        return std::move(*value_);
    }

private:
    std::mutex mutex_;
    std::condition_variable ready_;
    std::optional<result<T>> value_;
    boost::asio::cancellation_signal signal_;
};

/// True on the thread that Python runs signal handlers on.
[[nodiscard]] bool sees_signals();
/// Runs them; throws what they raise (KeyboardInterrupt). Takes the GIL.
void run_signal_handlers();

/// Starts an operation with `start(handler)` and waits for it without the GIL, which the caller
/// must have released. A Ctrl-C cuts the operation off and is thrown.
template <class T, class Start>
result<T> wait_for(const boost::asio::any_io_executor& executor, Start start) {
    const auto place = std::make_shared<waiting_place<T>>();
    start(place->handler());
    if (!sees_signals())
        return place->wait();
    while (!place->wait_for(signal_interval)) {
        try {
            run_signal_handlers();
        } catch (...) {
            place->cancel(executor);
            (void)place->wait();
            throw;
        }
    }
    return place->wait();
}

} // namespace aistudio::python
