#pragma once

#include "local/serving/engine.hpp"
#include "local/serving/service_meter.hpp"

#include <aistudio/protocol/service_codes.hpp>

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aistudio::local::serving {

/// A prediction call that waits for its answer.
struct call {
    std::string body;
    answer_handler done;
    std::shared_ptr<service_meter> meter;
    service_meter::clock::time_point arrived = service_meter::clock::now();

    void finish(answer a) {
        meter->answered(a.code, service_meter::clock::now() - arrived);
        done(std::move(a));
    }
};

inline void fail(call& failed, std::int64_t code, std::string message) {
    failed.finish({code, std::move(message), {}});
}

/// The answer of a service that is gone.
inline answer removed_answer() {
    return {service_code::not_running,
            "The service was paused, replaced or deleted, or the studio is stopping; start it and "
            "call again.",
            {}};
}

/// Calls that wait for one service. Thread-safe; answers are given outside its lock.
class call_queue {
public:
    explicit call_queue(std::size_t limit) : limit_(limit) {}

    /// Keeps a call, or answers it at once. True when the caller has to see to it that calls are
    /// taken: no one has been told since the last `take`.
    bool push(call c) {
        std::unique_lock lock(mutex_);
        auto refused = refusal();
        if (!refused) {
            waiting_.push_back(std::move(c));
            const bool enough = wake_at_ != 0 && waiting_.size() >= wake_at_;
            if (enough)
                wake_at_ = 0;
            return !std::exchange(announced_, true) || enough;
        }
        lock.unlock();
        c.finish(std::move(*refused));
        return false;
    }

    /// The oldest calls: at most `most`, and `bytes` in all, but at least one where there is one.
    std::vector<call> take(std::size_t most, std::size_t bytes) {
        const std::scoped_lock lock(mutex_);
        announced_ = false;
        wake_at_ = 0;
        std::vector<call> out;
        for (std::size_t used = 0; !waiting_.empty() && out.size() < most; waiting_.pop_front()) {
            used += waiting_.front().body.size();
            if (used > bytes && !out.empty())
                break;
            out.push_back(std::move(waiting_.front()));
        }
        announced_ = !waiting_.empty(); // the caller will come again
        return out;
    }

    /// Calls that were taken but not begun: they are the oldest again, however many wait.
    void put_back(std::vector<call> calls) {
        std::unique_lock lock(mutex_);
        const auto refused = closed_ ? std::optional(removed_answer()) : refused_;
        if (!refused) {
            waiting_.insert(waiting_.begin(), std::move_iterator(calls.begin()),
                            std::move_iterator(calls.end()));
            announced_ = !waiting_.empty(); // the caller will come again
            return;
        }
        lock.unlock();
        for (auto& c : calls)
            c.finish(*refused);
    }

    /// How many wait, and since when the oldest does.
    struct backlog {
        std::size_t calls = 0;
        service_meter::clock::time_point oldest;
    };
    [[nodiscard]] backlog waiting() const {
        const std::scoped_lock lock(mutex_);
        if (waiting_.empty())
            return {};
        return {waiting_.size(), waiting_.front().arrived};
    }

    /// The caller leaves the calls for now: it is to be told again once so many wait.
    void wake_at(std::size_t calls) {
        const std::scoped_lock lock(mutex_);
        wake_at_ = calls;
    }

    /// Answers all that wait, and until `accept` all that come, with `a`.
    void refuse(const answer& a) {
        std::unique_lock lock(mutex_);
        refused_ = a;
        answer_all(lock, a);
    }
    void accept() {
        const std::scoped_lock lock(mutex_);
        refused_.reset();
    }
    /// What `refuse` was told, as long as it holds.
    [[nodiscard]] std::optional<answer> refuses() const {
        const std::scoped_lock lock(mutex_);
        return refused_;
    }
    /// Answers all that wait, and for good all that come, that the service is gone.
    void close() {
        std::unique_lock lock(mutex_);
        closed_ = true;
        answer_all(lock, removed_answer());
    }

private:
    [[nodiscard]] std::optional<answer> refusal() const {
        if (closed_)
            return removed_answer();
        if (refused_)
            return refused_;
        if (waiting_.size() >= limit_)
            return answer{service_code::queue_full,
                          "Too many calls (" + std::to_string(limit_) +
                              ") wait for this service; call again later.",
                          {}};
        return std::nullopt;
    }

    void answer_all(std::unique_lock<std::mutex>& lock, const answer& a) {
        auto all = std::exchange(waiting_, {});
        announced_ = false;
        lock.unlock();
        for (auto& c : all)
            c.finish(a);
    }

    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::deque<call> waiting_;
    std::optional<answer> refused_;
    std::size_t wake_at_ = 0; // zero: no wish
    bool announced_ = false;
    bool closed_ = false;
};

/// What answers the calls of one service.
class backend {
public:
    backend() : meter_(std::make_shared<service_meter>()) {}
    virtual ~backend() = default;
    /// Any thread.
    virtual void predict(call c) = 0;
    /// Any thread. `done` is called once calls can be answered, or cannot: with code 0 or the
    /// reason.
    virtual void load(answer_handler done) = 0;
    /// Any thread. Answers every call that is not being worked on; nothing of the service is left
    /// soon after.
    virtual void close() = 0;

    [[nodiscard]] const std::shared_ptr<service_meter>& meter() const noexcept { return meter_; }

private:
    const std::shared_ptr<service_meter> meter_;
};

} // namespace aistudio::local::serving
