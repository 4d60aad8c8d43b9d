#include "cli/ordered_lines.hpp"

#include <utility>

namespace aistudio::cli {

ordered_lines::ordered_lines(std::size_t on_their_way, std::size_t waiting,
                             std::function<bool(std::string_view)> write)
    : most_open_(on_their_way), most_unwritten_(on_their_way + waiting), write_(std::move(write)),
      writer_([this] { write_all(); }) {}

ordered_lines::~ordered_lines() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    writer_.join();
}

std::optional<std::uint64_t> ordered_lines::open() {
    std::unique_lock lock(mutex_);
    changed_.wait(
        lock, [&] { return stopped_ || (open_ < most_open_ && lines_.size() < most_unwritten_); });
    if (stopped_)
        return std::nullopt;
    ++open_;
    lines_.emplace_back();
    return written_ + lines_.size() - 1;
}

void ordered_lines::close(std::uint64_t number, std::string line) {
    const std::lock_guard lock(mutex_);
    --open_;
    if (!stopped_)
        lines_[number - written_] = std::move(line);
    changed_.notify_all(); // under the lock: after the last one this object may be gone
}

bool ordered_lines::finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_ == 0 && (stopped_ || lines_.empty()); });
    return !broken_;
}

void ordered_lines::abandon() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
}

void ordered_lines::write_all() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] {
            return ending_ || (!stopped_ && !lines_.empty() && lines_.front().has_value());
        });
        if (ending_)
            return;
        const std::string line = std::move(*lines_.front());
        lock.unlock();
        const bool fine = write_(line);
        lock.lock();
        lines_.pop_front(); // only now: `finish` means written
        ++written_;
        broken_ = broken_ || !fine;
        stopped_ = stopped_ || !fine;
        changed_.notify_all();
    }
}

} // namespace aistudio::cli
