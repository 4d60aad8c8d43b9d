#include "cli/line_writer.hpp"

#include <utility>

namespace aistudio::cli {

line_writer::line_writer(std::size_t most, std::function<bool(std::string_view)> write)
    : most_(most), write_(std::move(write)), writer_([this] { write_all(); }) {}

line_writer::~line_writer() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        ending_ = true;
    }
    come_.notify_all();
    writer_.join();
}

bool line_writer::wait_for_room() {
    std::unique_lock lock(mutex_);
    gone_.wait(lock, [&] { return stopped_ || unwritten_ < most_; });
    return !stopped_;
}

bool line_writer::put(std::string line) {
    const std::lock_guard lock(mutex_);
    if (stopped_)
        return false;
    lines_.push_back(std::move(line));
    ++unwritten_;
    if (lines_.size() == 1) // else the writer knows
        come_.notify_one();
    return true;
}

bool line_writer::finish() {
    std::unique_lock lock(mutex_);
    gone_.wait(lock, [&] { return stopped_ || unwritten_ == 0; });
    return !broken_;
}

void line_writer::abandon() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    gone_.notify_all();
}

void line_writer::write_all() {
    std::unique_lock lock(mutex_);
    while (true) {
        come_.wait(lock, [&] { return ending_ || !lines_.empty(); });
        if (ending_)
            return;
        const auto batch = std::exchange(lines_, {});
        lock.unlock();
        bool fine = true;
        for (auto line = batch.begin(); fine && line != batch.end() && !stopped_; ++line)
            fine = write_(*line);
        lock.lock();
        unwritten_ -= batch.size(); // only now: `finish` means written
        broken_ = broken_ || !fine;
        if (!fine)
            stopped_ = true;
        gone_.notify_all();
    }
}

} // namespace aistudio::cli
