#include "cli/progress.hpp"

#include "cli/text.hpp"

#include <algorithm>
#include <cmath>

namespace aistudio::cli {
namespace {

constexpr std::size_t longest_bar = 30;
constexpr std::size_t shortest_bar = 5;

std::string bar(double fraction, std::size_t width) {
    const auto filled = static_cast<std::size_t>(std::floor(fraction * static_cast<double>(width)));
    std::string out = "[";
    out.append(filled, '#').append(width - filled, '.');
    return out + "]";
}

std::string rate(std::uint64_t done, std::chrono::duration<double> elapsed) {
    return elapsed.count() > 0
               ? "  " + human_bytes(static_cast<double>(done) / elapsed.count()) + "/s"
               : "";
}

} // namespace

std::string progress_line(std::string_view label, transfer_progress at,
                          std::chrono::duration<double> elapsed, std::size_t columns) {
    std::string out = one_line(label) + "  ";
    const auto done = static_cast<double>(at.done);
    if (at.total == 0)
        return out + human_bytes(done) + rate(at.done, elapsed);
    const double fraction = std::min(1.0, done / static_cast<double>(at.total));
    const std::string percent =
        " " + std::to_string(static_cast<int>(std::floor(fraction * 100))) + " %  ";
    const std::string facts = percent + human_bytes(done) + " of " +
                              human_bytes(static_cast<double>(at.total)) + rate(at.done, elapsed);
    const std::size_t taken =
        display_width(out) + display_width(facts) + 3; // brackets, last column
    if (columns >= taken + shortest_bar)
        out += bar(fraction, std::min(longest_bar, columns - taken));
    return out + facts;
}

bool live_line::due() {
    if (!enabled_)
        return false;
    const auto now = clock::now();
    if (shown_ && now - last_ < std::chrono::milliseconds(100))
        return false;
    last_ = now;
    return true;
}

void live_line::show(std::string_view text) {
    if (!enabled_)
        return;
    *out_ << '\r' << text << "\033[K" << std::flush;
    shown_ = true;
}

void live_line::clear() {
    if (shown_)
        *out_ << "\r\033[K" << std::flush;
    shown_ = false;
}

} // namespace aistudio::cli
