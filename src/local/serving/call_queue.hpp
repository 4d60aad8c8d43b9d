#pragma once

#include "local/serving/engine.hpp"

#include <aistudio/protocol/service_codes.hpp>

#include <deque>
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
};

inline void fail(call& failed, std::int64_t code, std::string message) {
    failed.done({code, std::move(message), {}});
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
            return !std::exchange(announced_, true);
        }
        lock.unlock();
        c.done(std::move(*refused));
        return false;
    }

    /// The oldest calls: at most `most`, and `bytes` in all, but at least one where there is one.
    std::vector<call> take(std::size_t most, std::size_t bytes) {
        const std::scoped_lock lock(mutex_);
        announced_ = false;
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

    [[nodiscard]] bool empty() const {
        const std::scoped_lock lock(mutex_);
        return waiting_.empty();
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
            c.done(a);
    }

    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::deque<call> waiting_;
    std::optional<answer> refused_;
    bool announced_ = false;
    bool closed_ = false;
};

/// What answers the calls of one service.
class backend {
public:
    virtual ~backend() = default;
    /// Any thread.
    virtual void predict(call c) = 0;
    /// Any thread. Answers every call that is not being worked on; nothing of the service is left
    /// soon after.
    virtual void close() = 0;
};

} // namespace aistudio::local::serving
