#pragma once

#include <aistudio/protocol/latency_histogram.hpp>
#include <aistudio/resources/bulk_options.hpp>

#include <chrono>
#include <string>

/// Rates and latencies for people.
namespace aistudio::cli {

/// Three digits and a unit: `850 us`, `1.62 ms`, `23.4 s`.
[[nodiscard]] std::string human_duration(std::chrono::nanoseconds value);

/// Two digits at least: `0.52`, `98`, `12300`.
[[nodiscard]] std::string human_rate(double per_second);

/// `1200 of 5000 records  598/s  16 in flight  p50 1.60 ms  p99 4.10 ms  0 failed`
[[nodiscard]] std::string progress_text(const bulk_progress& at);

/// `5000 records in 8.36 s  598/s  p50 1.60 ms  p99 4.10 ms  0 failed`, then what was out of the
/// ordinary.
[[nodiscard]] std::string summary_text(const bulk_summary& s);

/// One line a percentile: its name, the value, a bar as long as the value. `blocks`: the bars of
/// eighths of Unicode blocks, else of `#`.
[[nodiscard]] std::string percentile_plot(const latency_histogram& values, std::size_t columns,
                                          bool blocks);

} // namespace aistudio::cli
