#pragma once

#include <aistudio/error.hpp>
#include <aistudio/protocol/limit_list.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace aistudio::detail {

/// A `limit_list` with one Asio timer for its alarm. With no limit set there is no pending timer,
/// so that `io_context::run` returns when nothing is in flight.
///
/// @par Thread safety  None; used on one strand.
class watchdog : public std::enable_shared_from_this<watchdog> {
public:
    using clock = std::chrono::steady_clock;

    /// A wait that can be ended. `on_expiry` is called on the strand once the set time has passed.
    class limit final : limit_list::limit {
    public:
        limit(watchdog& owner, std::function<void(errc)> on_expiry)
            : owner_(&owner), on_expiry_(std::move(on_expiry)) {}
        limit(const limit&) = delete;
        limit& operator=(const limit&) = delete;
        ~limit() override { clear(); }

        /// The wait must end by `when`, else it ends with `why`.
        void set(clock::time_point when, errc why) {
            if (owner_->limits_.set(*this, when, why))
                owner_->sleep();
        }
        void clear() {
            if (!is_set())
                return;
            limit_list::limit::clear();
            owner_->rest();
        }

    private:
        void on_expiry(errc why) override { on_expiry_(why); }
        watchdog* owner_;
        std::function<void(errc)> on_expiry_;
    };

    explicit watchdog(const boost::asio::any_io_executor& strand) : timer_(strand) {}

private:
    void sleep() {
        timer_.expires_at(limits_.alarm());
        timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
            if (error)
                return;
            self->limits_.look(clock::now());
            if (!self->limits_.empty())
                self->sleep();
        });
    }

    void rest() {
        if (!limits_.empty())
            return;
        limits_.forget_alarm();
        timer_.cancel();
    }

    boost::asio::steady_timer timer_;
    limit_list limits_;
};

} // namespace aistudio::detail
