#pragma once

#include <aistudio/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

namespace aistudio::detail {

/// One timer for all time limits of a transport. Moving a limit costs no timer operation: the timer
/// fires at the earliest time it was ever asked for, looks, and goes to sleep again. With no limit
/// set there is no pending timer, so that `io_context::run` returns when nothing is in flight.
///
/// @par Thread safety  None; used on one strand.
class watchdog : public std::enable_shared_from_this<watchdog> {
public:
    using clock = std::chrono::steady_clock;

    /// A wait that can be ended. `on_expiry` is called on the strand once the set time has passed.
    class limit {
    public:
        limit(watchdog& owner, std::function<void(errc)> on_expiry)
            : owner_(&owner), on_expiry_(std::move(on_expiry)) {}
        limit(const limit&) = delete;
        limit& operator=(const limit&) = delete;
        ~limit() { clear(); }

        /// The wait must end by `when`, else it ends with `why`.
        void set(clock::time_point when, errc why) {
            when_ = when;
            why_ = why;
            if (when != clock::time_point::max())
                owner_->watch(*this);
        }
        void clear() { owner_->forget(*this); }

    private:
        friend class watchdog;
        watchdog* owner_;
        std::function<void(errc)> on_expiry_;
        clock::time_point when_ = clock::time_point::max();
        errc why_ = errc::deadline_exceeded;
    };

    explicit watchdog(const boost::asio::any_io_executor& strand) : timer_(strand) {}

private:
    void watch(limit& l) {
        limits_.insert(&l);
        if (!pending_ || l.when_ < alarm_)
            sleep_until(l.when_);
    }

    void forget(limit& l) {
        l.when_ = clock::time_point::max();
        if (limits_.erase(&l) != 0 && limits_.empty()) {
            pending_ = false;
            timer_.cancel();
        }
    }

    void sleep_until(clock::time_point when) {
        pending_ = true;
        alarm_ = when;
        timer_.expires_at(when);
        timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
            if (!error)
                self->look();
        });
    }

    void look() {
        pending_ = false;
        const auto now = clock::now();
        std::vector<limit*> expired;
        auto next = clock::time_point::max();
        for (limit* l : limits_)
            if (l->when_ <= now)
                expired.push_back(l);
            else
                next = std::min(next, l->when_);
        if (next != clock::time_point::max())
            sleep_until(next);
        for (limit* l : expired) {
            if (limits_.erase(l) == 0)
                continue; // an earlier callback ended it
            l->when_ = clock::time_point::max();
            l->on_expiry_(l->why_);
        }
    }

    boost::asio::steady_timer timer_;
    std::unordered_set<limit*> limits_;
    clock::time_point alarm_{};
    bool pending_ = false;
};

} // namespace aistudio::detail
