#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace aistudio::cli {

/// Writes answers in the order of their questions while several are on their way. Bounded on both
/// sides: how many are on their way, and how many finished ones wait for a slow one before them.
///
/// @par Thread safety  `open` and `finish`: one thread. `close` and `abandon`: any.
class ordered_lines {
public:
    /// @param write  Called in a thread of its own, one line at a time; false: it failed, nothing
    /// more is written.
    ordered_lines(std::size_t on_their_way, std::size_t waiting,
                  std::function<bool(std::string_view)> write);
    ordered_lines(const ordered_lines&) = delete;
    ordered_lines& operator=(const ordered_lines&) = delete;
    /// Waits for nobody: lines not written yet are dropped. All that were opened must be closed
    /// before.
    ~ordered_lines();

    /// Waits for room and takes the next number; nullopt once nothing more is written.
    [[nodiscard]] std::optional<std::uint64_t> open();
    /// The line of a number has come.
    void close(std::uint64_t number, std::string line);
    /// Waits until all that were opened are closed, and written unless abandoned. False when
    /// writing failed.
    bool finish();
    /// Writes nothing more.
    void abandon();

private:
    void write_all();

    const std::size_t most_open_;
    const std::size_t most_unwritten_;
    std::function<bool(std::string_view)> write_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::optional<std::string>> lines_; // the first has the number written_
    std::uint64_t written_ = 0;
    std::size_t open_ = 0;
    bool stopped_ = false;
    bool broken_ = false;
    bool ending_ = false;
    std::thread writer_;
};

} // namespace aistudio::cli
