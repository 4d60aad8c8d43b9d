#pragma once

#include <aistudio/detail/shared_bytes.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
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
        work_.notify_one();
        if (thread_.joinable())
            thread_.join();
    }

    /// Holds the memory until the bytes are digested; nobody may write to them meanwhile. Waits
    /// while much is behind: then the digest is what holds everybody up.
    void add(shared_bytes piece) {
        const std::size_t size = piece.bytes.size();
        if (!thread_.joinable() && in_place_ + size <= most_in_place) {
            in_place_ += size;
            update_(piece.bytes);
            return;
        }
        if (!thread_.joinable())
            thread_ = std::thread([this] { run(); });
        std::unique_lock lock(mutex_);
        if (queued_ >= most_queued)
            room_.wait(lock, [this] { return queued_ <= most_queued / 2; });
        append(std::move(piece));
        const bool enough = queued_ < worth_waking && queued_ + size >= worth_waking;
        queued_ += size;
        lock.unlock();
        if (enough)
            work_.notify_one();
    }
    /// True when `add` would have to wait.
    [[nodiscard]] bool is_behind() {
        const std::lock_guard lock(mutex_);
        return queued_ >= most_queued;
    }
    /// All bytes are in the digest when this returns. Rethrows what `update` threw.
    void drain() {
        std::unique_lock lock(mutex_);
        draining_ = true;
        work_.notify_one();
        room_.wait(lock, [this] { return queued_ == 0; });
        draining_ = false;
        if (failed_)
            std::rethrow_exception(failed_);
    }

private:
    static constexpr std::size_t most_in_place = std::size_t{1} << 20U;
    static constexpr std::size_t most_queued = std::size_t{4} << 20U;
    /// Less is left to lie: to wake a thread costs as much as to digest some ten thousand bytes.
    static constexpr std::size_t worth_waking = std::size_t{256} << 10U;

    /// Pieces that lie behind each other in memory become one.
    void append(shared_bytes piece) {
        if (!queue_.empty() && queue_.back().memory == piece.memory &&
            queue_.back().bytes.end() == piece.bytes.begin())
            queue_.back().bytes = {queue_.back().bytes.data(),
                                   queue_.back().bytes.size() + piece.bytes.size()};
        else
            queue_.push_back(std::move(piece));
    }
    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            work_.wait(lock, [this] {
                return stopping_ || queued_ >= worth_waking || (draining_ && queued_ > 0);
            });
            if (stopping_)
                return;
            shared_bytes piece = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            take(piece.bytes);
            piece.memory.reset();
            lock.lock();
            queued_ -= piece.bytes.size();
            if (queued_ <= most_queued / 2)
                room_.notify_one();
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
    std::condition_variable work_; // for the thread
    std::condition_variable room_; // for whoever adds
    std::deque<shared_bytes> queue_;
    std::size_t queued_ = 0; // bytes not yet in the digest
    bool draining_ = false;
    bool stopping_ = false;
    std::exception_ptr failed_;
};

} // namespace aistudio::detail
