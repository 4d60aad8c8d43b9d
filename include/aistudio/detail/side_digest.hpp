#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace aistudio::detail {

/// Computes a digest beside a transfer, on a thread of its own: SHA-256 takes longer than sending
/// or storing the bytes. Short ones are computed in place, and start no thread.
///
/// @par Thread safety  One thread at a time.
class side_digest {
public:
    /// `update` takes the bytes in order; never two calls at a time.
    explicit side_digest(std::function<void(std::string_view)> update)
        : update_(std::move(update)) {}
    side_digest(const side_digest&) = delete;
    side_digest& operator=(const side_digest&) = delete;
    ~side_digest() {
        {
            const std::lock_guard lock(mutex_);
            queue_.clear();
            stopping_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable())
            thread_.join();
    }

    /// Copies the bytes. Waits while much is behind: then the digest is what holds everybody up.
    void add(std::string_view bytes) {
        if (!thread_.joinable() && in_place_ + bytes.size() <= most_in_place) {
            in_place_ += bytes.size();
            update_(bytes);
            return;
        }
        if (!thread_.joinable())
            thread_ = std::thread([this] { run(); });
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return queued_ < most_queued; });
        if (queue_.empty() || queue_.back().size() + bytes.size() > block)
            queue_.push_back(std::exchange(spare_, {}));
        queue_.back().append(bytes);
        queued_ += bytes.size();
        lock.unlock();
        changed_.notify_all();
    }
    /// All bytes are in the digest when this returns. Rethrows what `update` threw.
    void drain() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return queued_ == 0; });
        if (failed_)
            std::rethrow_exception(failed_);
    }

private:
    static constexpr std::size_t most_in_place = std::size_t{1} << 20U;
    static constexpr std::size_t most_queued = std::size_t{4} << 20U;
    static constexpr std::size_t block = std::size_t{256} << 10U;

    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (stopping_)
                return;
            std::string bytes = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            take(bytes);
            lock.lock();
            queued_ -= bytes.size();
            bytes.clear();
            spare_ = std::move(bytes);
            changed_.notify_all();
        }
    }
    void take(std::string_view bytes) noexcept {
        try {
            update_(bytes);
        } catch (...) {
            failed_ = std::current_exception();
        }
    }

    std::function<void(std::string_view)> update_;
    std::size_t in_place_ = 0;
    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> queue_;
    std::string spare_;
    std::size_t queued_ = 0; // bytes not yet in the digest
    bool stopping_ = false;
    std::exception_ptr failed_;
};

} // namespace aistudio::detail
