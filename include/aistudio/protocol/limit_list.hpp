#pragma once

#include <aistudio/error.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace aistudio {

/// Any number of time limits behind one alarm. Setting and clearing one costs a few instructions;
/// the alarm goes off at the earliest time that was ever asked for, and only then are the limits
/// looked through. Reads no clock.
///
/// @par Thread safety  None.
class limit_list {
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr time_point never = time_point::max();

    /// One limit. Leaves the list when destroyed.
    class limit {
    public:
        limit() = default;
        limit(const limit&) = delete;
        limit& operator=(const limit&) = delete;
        virtual ~limit() { unlink(); }

        /// Called by `look`, once, after the limit has left the list.
        virtual void on_expiry(errc why) = 0;
        void clear() noexcept { unlink(); }
        [[nodiscard]] bool is_set() const noexcept { return next_ != nullptr; }

    private:
        friend class limit_list;
        void unlink() noexcept {
            if (next_ == nullptr)
                return;
            next_->prev_ = prev_;
            prev_->next_ = next_;
            next_ = prev_ = nullptr;
        }
        limit* next_ = nullptr;
        limit* prev_ = nullptr;
        time_point when_ = never;
        errc why_ = errc::deadline_exceeded;
    };

    limit_list() = default;
    limit_list(const limit_list&) = delete;
    limit_list& operator=(const limit_list&) = delete;

    /// `l` expires at `when` with `why`, in place of what it was set to. True when the alarm has
    /// moved to an earlier time.
    [[nodiscard]] bool set(limit& l, time_point when, errc why) noexcept {
        l.when_ = when;
        l.why_ = why;
        if (when == never) {
            l.unlink();
            return false;
        }
        if (l.next_ == nullptr)
            link(l, head_);
        if (when >= alarm_)
            return false;
        alarm_ = when;
        return true;
    }

    /// When to call `look`; `never` before a limit was set.
    [[nodiscard]] time_point alarm() const noexcept { return alarm_; }
    [[nodiscard]] bool empty() const noexcept { return head_.next_ == &head_; }
    /// Nothing is waited for: the alarm may be turned off.
    void forget_alarm() noexcept { alarm_ = never; }

    /// Expires what is due. A limit that is set or cleared by another's `on_expiry` is respected.
    void look(time_point now) {
        anchor due;
        time_point next = never;
        for (limit* l = head_.next_; l != &head_;) {
            limit* const after = l->next_;
            if (l->when_ <= now) {
                l->unlink();
                link(*l, due);
            } else {
                next = std::min(next, l->when_);
            }
            l = after;
        }
        alarm_ = next;
        while (due.next_ != &due) {
            limit* const l = due.next_;
            l->unlink();
            l->on_expiry(l->why_);
        }
    }

private:
    /// The end of a ring of limits.
    class anchor final : public limit {
    public:
        anchor() { next_ = prev_ = this; }
        ~anchor() override { next_ = nullptr; }
        void on_expiry(errc) override {}
    };

    static void link(limit& l, limit& before) noexcept {
        l.next_ = &before;
        l.prev_ = before.prev_;
        before.prev_->next_ = &l;
        before.prev_ = &l;
    }

    anchor head_;
    time_point alarm_ = never;
};

} // namespace aistudio
