#pragma once

#include <aistudio/client_options.hpp>

#include <chrono>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace aistudio::cli {

/// One line about a transfer, at most `columns` wide: label, bar, percent, bytes, rate. Without a
/// total: no bar.
[[nodiscard]] std::string progress_line(std::string_view label, transfer_progress at,
                                        std::chrono::duration<double> elapsed, std::size_t columns);

/// A line on a terminal that is written over until it is cleared. Says nothing on anything but a
/// terminal.
/// @par Thread safety  One thread at a time.
class live_line {
public:
    using clock = std::chrono::steady_clock;

    live_line(std::ostream& out, bool enabled) : out_(&out), enabled_(enabled) {}
    live_line(const live_line&) = delete;
    live_line& operator=(const live_line&) = delete;
    ~live_line() { clear(); }

    /// True when it is time to show something new: a terminal, and not more often than ten times a
    /// second.
    [[nodiscard]] bool due();
    void show(std::string_view text);
    /// Removes what is shown.
    void clear();
    [[nodiscard]] bool enabled() const noexcept { return enabled_; }

private:
    std::ostream* out_;
    bool enabled_;
    bool shown_ = false;
    clock::time_point last_{};
};

} // namespace aistudio::cli
