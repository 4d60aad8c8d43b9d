#pragma once

#include <aistudio/error.hpp>
#include <aistudio/transport/epoll_driver.hpp>
#include <aistudio/transport/event_loop.hpp>
#include <aistudio/transport/uring_driver.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace aistudio {

namespace detail {

inline problem no_uring(boost::system::error_code why) {
    problem p = make_problem(errc::invalid_configuration,
                             "io_uring cannot be used here; choose io_backend::automatic, which "
                             "falls back to epoll.");
    if (why)
        p.detail += " The system says: " + why.message() + ".";
    p.cause = why;
    return p;
}

/// On io_uring; throws `api_error` where that is not possible.
inline std::unique_ptr<waiting_driver> make_uring_driver() {
#if defined(AISTUDIO_HAS_LIBURING)
    try {
        return std::make_unique<uring_driver>();
    } catch (const boost::system::system_error& refused) {
        throw api_error(no_uring(refused.code()));
    }
#else
    throw api_error(no_uring(boost::asio::error::operation_not_supported));
#endif
}

/// What `chosen` says; `automatic` becomes what it is.
inline std::unique_ptr<waiting_driver> make_waiting_driver(io_backend& chosen) {
    if (chosen != io_backend::epoll) {
        try {
            auto made = make_uring_driver();
            chosen = io_backend::io_uring;
            return made;
        } catch (const api_error&) {
            if (chosen == io_backend::io_uring)
                throw;
        }
    }
    chosen = io_backend::epoll;
    return std::make_unique<epoll_driver>();
}

} // namespace detail

AISTUDIO_DECL event_loop*& event_loop::current() noexcept {
    static thread_local event_loop* running = nullptr;
    return running;
}

AISTUDIO_DECL event_loop::event_loop(io_backend wanted)
    : backend_(wanted), driver_(detail::make_waiting_driver(backend_)) {}

AISTUDIO_DECL event_loop::~event_loop() {
    shutdown(); // services first: they hold functions that refer to us
    drop_posted();
    destroy();
}

/// What was posted and never ran is destroyed; doing so may post again.
AISTUDIO_DECL void event_loop::drop_posted() {
    for (;;) {
        std::vector<std::unique_ptr<task>> gone;
        {
            const std::lock_guard lock(mutex_);
            gone.swap(posted_);
        }
        if (gone.empty())
            return;
    }
}

AISTUDIO_DECL void event_loop::post(std::unique_ptr<task> what) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        posted_.push_back(std::move(what));
        has_posted_.store(true, std::memory_order_relaxed);
        wake = std::exchange(sleeping_, false);
    }
    if (wake)
        driver_->wake();
}

AISTUDIO_DECL void event_loop::work_finished() noexcept {
    if (work_.fetch_sub(1, std::memory_order_acq_rel) == 1 && !running_in_this_thread())
        driver_->wake();
}

AISTUDIO_DECL void event_loop::stop() noexcept {
    stopped_ = true;
    driver_->wake();
}

AISTUDIO_DECL void event_loop::run_posted() {
    if (!has_posted_.load(std::memory_order_relaxed))
        return;
    {
        const std::lock_guard lock(mutex_);
        batch_.swap(posted_);
        has_posted_.store(false, std::memory_order_relaxed);
    }
    // By index: a function that throws leaves the rest for the next `run`.
    struct put_back {
        event_loop& loop;
        std::size_t done = 0;
        ~put_back() {
            auto& batch = loop.batch_;
            batch.erase(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(done));
            if (batch.empty())
                return;
            const std::lock_guard lock(loop.mutex_);
            loop.posted_.insert(loop.posted_.begin(), std::make_move_iterator(batch.begin()),
                                std::make_move_iterator(batch.end()));
            loop.has_posted_.store(true, std::memory_order_relaxed);
            batch.clear();
        }
    } progress{*this};
    while (progress.done < batch_.size() && !stopped_) {
        const auto next = std::move(batch_[progress.done++]);
        next->run();
    }
}

AISTUDIO_DECL event_loop::clock::time_point event_loop::next_time() const noexcept {
    auto next = clock::time_point::max();
    for (const timer* t : timers_)
        next = std::min(next, t->when_);
    return next;
}

AISTUDIO_DECL void event_loop::run_timers() {
    const auto next = next_time();
    if (next == clock::time_point::max() || clock::now() < next)
        return;
    const auto now = clock::now();
    for (std::size_t i = 0; i < timers_.size();) { // each may set and clear others
        timer* const t = timers_[i];
        if (t->when_ > now) {
            ++i;
            continue;
        }
        t->set(clock::time_point::max());
        t->on_time();
    }
}

AISTUDIO_DECL void event_loop::run() { run_until(clock::time_point::max()); }

AISTUDIO_DECL void event_loop::run_for(clock::duration time) { run_until(clock::now() + time); }

AISTUDIO_DECL void event_loop::run_until(clock::time_point end) {
    struct entry {
        event_loop* outer;
        explicit entry(event_loop* loop) : outer(std::exchange(current(), loop)) {}
        entry(const entry&) = delete;
        entry& operator=(const entry&) = delete;
        ~entry() { current() = outer; }
    } const here(this);
    for (;;) {
        run_posted();
        run_timers();
        if (stopped_ || (end != clock::time_point::max() && clock::now() >= end))
            return;
        auto until = std::min(next_time(), end);
        {
            const std::lock_guard lock(mutex_);
            if (!posted_.empty())
                until = clock::time_point::min();
            else if (work_.load(std::memory_order_acquire) == 0)
                stopped_ = true;
            else
                sleeping_ = true;
        }
        if (stopped_)
            return;
        driver_->wait(until);
        const std::lock_guard lock(mutex_);
        sleeping_ = false;
    }
}

} // namespace aistudio
