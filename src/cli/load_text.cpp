#include "cli/load_text.hpp"

#include "cli/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace aistudio::cli {
namespace {

struct unit {
    double size; // nanoseconds
    const char* name;
};
constexpr std::array<unit, 4> units{{{1, "ns"}, {1e3, "us"}, {1e6, "ms"}, {1e9, "s"}}};

std::string three_digits(double value) {
    char text[32];
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

struct shown_percentile {
    double percent;
    const char* name;
};
constexpr std::array<shown_percentile, 9> shown{{{0, "min"},
                                                 {50, "p50"},
                                                 {75, "p75"},
                                                 {90, "p90"},
                                                 {95, "p95"},
                                                 {99, "p99"},
                                                 {99.9, "p99.9"},
                                                 {99.99, "p99.99"},
                                                 {100, "max"}}};

constexpr std::size_t name_width = 8;
constexpr std::size_t value_width = 10;

std::string bar(double fraction, std::size_t width, bool blocks) {
    constexpr std::array<const char*, 8> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const double cells = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(width);
    std::string out;
    if (!blocks)
        return out.assign(static_cast<std::size_t>(std::lround(cells)), '#');
    const auto all = static_cast<std::size_t>(std::lround(cells * 8));
    for (std::size_t i = 0; i < all / 8; ++i)
        out += "█";
    return out + eighths[all % 8];
}

} // namespace

std::string human_duration(std::chrono::nanoseconds value) {
    const auto count = static_cast<double>(value.count());
    std::size_t i = 0;
    while (i + 1 < units.size() && count >= 999.5 * units[i].size)
        ++i;
    if (i == 0)
        return std::to_string(value.count()) + " ns";
    return three_digits(count / units[i].size) + ' ' + units[i].name;
}

std::string human_rate(double per_second) {
    char text[32];
    std::snprintf(text, sizeof text, per_second < 9.95 ? "%.2f" : "%.0f", per_second);
    return text;
}

std::string progress_text(const bulk_progress& at) {
    std::string out = std::to_string(at.done);
    if (at.total)
        out += " of " + std::to_string(*at.total);
    out += " records  " + human_rate(at.per_second) + "/s  " + std::to_string(at.in_flight) +
           " in flight  p50 " + human_duration(at.latency.p50) + "  p99 " +
           human_duration(at.latency.p99) + "  " + std::to_string(at.failed) + " failed";
    return out;
}

std::string summary_text(const bulk_summary& s) {
    const auto done = s.ok + s.failed;
    const double seconds = std::chrono::duration<double>(s.elapsed).count();
    std::string out = std::to_string(done) + " records in " + human_duration(s.elapsed) + "  " +
                      human_rate(seconds > 0 ? static_cast<double>(done) / seconds : 0) +
                      "/s  p50 " + human_duration(s.latency.p50) + "  p99 " +
                      human_duration(s.latency.p99) + "  " + std::to_string(s.failed) + " failed";
    if (s.retries > 0)
        out += "  " + std::to_string(s.retries) + " sent again";
    if (s.hedges > 0)
        out += "  " + std::to_string(s.hedges) + " second copies";
    return out;
}

std::string percentile_plot(const latency_histogram& values, std::size_t columns, bool blocks) {
    const std::size_t taken = name_width + value_width + 3;
    const std::size_t width = std::clamp<std::size_t>(columns, taken + 10, taken + 60) - taken;
    const auto longest = std::max(static_cast<double>(values.max().count()), 1.0);
    std::string out;
    for (const auto& row : shown) {
        const auto value = row.percent == 0 ? values.min() : values.percentile(row.percent);
        std::string number = human_duration(value);
        number.insert(0, number.size() < value_width ? value_width - number.size() : 0, ' ');
        out += padded(row.name, name_width) + number + "  " +
               bar(static_cast<double>(value.count()) / longest, width, blocks) + '\n';
    }
    return out;
}

} // namespace aistudio::cli
