#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace aistudio::cli {

/// Writes lines in a thread of its own, so that whoever reads them slowly holds up the source of
/// the lines and not the calls in flight.
///
/// @par Thread safety  `wait_for_room` and `finish`: one thread. `put` and `abandon`: any.
class line_writer {
public:
    /// @param most   Lines that may wait to be written before `wait_for_room` waits.
    /// @param write  Called in the thread, one line at a time; false: it failed, nothing more is
    /// written.
    line_writer(std::size_t most, std::function<bool(std::string_view)> write);
    line_writer(const line_writer&) = delete;
    line_writer& operator=(const line_writer&) = delete;
    /// Waits for nobody: lines not written yet are dropped.
    ~line_writer();

    /// Waits while too many lines wait. False once nothing more is written.
    [[nodiscard]] bool wait_for_room();
    /// Takes a line; never waits. False once nothing more is written.
    bool put(std::string line);
    /// Waits until all lines are written. False when writing failed.
    [[nodiscard]] bool finish();
    /// Writes nothing more.
    void abandon();

private:
    void write_all();

    const std::size_t most_;
    std::function<bool(std::string_view)> write_;
    std::mutex mutex_;
    std::condition_variable come_; // lines, for the writer
    std::condition_variable gone_; // for who waits for room or the end
    std::deque<std::string> lines_;
    std::size_t unwritten_ = 0; // those the writer has in its hands included
    std::atomic<bool> stopped_{false};
    bool broken_ = false;
    bool ending_ = false;
    std::thread writer_;
};

} // namespace aistudio::cli
