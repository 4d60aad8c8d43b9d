#include "local/jobs/usage.hpp"

#include "local/jobs/process.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <string_view>

namespace aistudio::local::jobs {
namespace fs = std::filesystem;
using std::chrono::milliseconds;
namespace {

constexpr milliseconds look_interval{50};
constexpr milliseconds output_interval{200};
/// A look at a folder with very many files may take this part of the time at most.
constexpr int share_of_time = 20;

/// `Pss:  1234 kB` of /proc/PID/smaps_rollup; nothing when it may not be read.
std::optional<std::int64_t> proportional_memory(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
    for (std::string word; file >> word;) {
        std::int64_t kilobytes = 0;
        if (word == "Pss:" && file >> kilobytes)
            return kilobytes * 1024;
    }
    return std::nullopt;
}

std::int64_t resident_memory(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    std::int64_t whole = 0;
    std::int64_t resident = 0;
    return file >> whole >> resident ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

std::string decimal(double value, const char* unit) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    std::string out = text.data();
    if (out.ends_with(".0"))
        out.resize(out.size() - 2);
    return out + ' ' + unit;
}

} // namespace

std::int64_t bytes_below(const fs::path& folder) {
    std::int64_t total = 0;
    std::error_code ec;
    for (fs::recursive_directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) {
        std::error_code gone;
        if (at->symlink_status(gone).type() != fs::file_type::regular)
            continue;
        const auto size = at->file_size(gone);
        if (!gone)
            total += static_cast<std::int64_t>(size);
    }
    return total;
}

std::int64_t memory_below(pid_t ancestor) {
    std::int64_t total = 0;
    for (const pid_t pid : descendants(ancestor)) {
        const auto shared_out = proportional_memory(pid);
        total += shared_out ? *shared_out : resident_memory(pid);
    }
    return total;
}

std::string bytes_text(std::int64_t bytes) {
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 10'000)
        return std::to_string(bytes) + " bytes";
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return decimal(value, units.at(unit));
}

std::string time_text(milliseconds time) {
    return time.count() < 1000 ? std::to_string(time.count()) + " ms"
                               : decimal(static_cast<double>(time.count()) / 1000, "s");
}

usage_watch::usage_watch(const process_spec& spec, pid_t ancestor)
    : limits_(spec.limits), output_(spec.output_folder), log_(spec.log_file), ancestor_(ancestor) {}

std::optional<milliseconds> usage_watch::next_look() const {
    if (limits_.memory_bytes > 0)
        return look_interval;
    std::optional<milliseconds> out;
    if (limits_.output_bytes > 0)
        out = output_interval;
    if (limits_.time.count() > 0) {
        const auto left = std::chrono::ceil<milliseconds>(started_ + limits_.time - clock::now());
        out = std::clamp(left, milliseconds(0), out.value_or(milliseconds(std::chrono::hours(1))));
    }
    return out;
}

std::optional<crossed_limit> usage_watch::crossed() {
    if (auto found = time_crossed())
        return found;
    if (auto found = memory_crossed())
        return found;
    const auto now = clock::now();
    if (now < next_output_look_)
        return std::nullopt;
    auto found = output_crossed();
    next_output_look_ = clock::now() + std::max<clock::duration>(
                                           output_interval, (clock::now() - now) * share_of_time);
    return found;
}

std::optional<crossed_limit> usage_watch::crossed_at_the_end() const { return output_crossed(); }

std::optional<crossed_limit> usage_watch::time_crossed() const {
    if (limits_.time.count() <= 0 || clock::now() < started_ + limits_.time)
        return std::nullopt;
    return crossed_limit{"The job ran for longer than its limit of " + time_text(limits_.time) +
                             "; give it more time, or less to do.",
                         true};
}

std::optional<crossed_limit> usage_watch::memory_crossed() const {
    if (limits_.memory_bytes <= 0 || memory_below(ancestor_) <= limits_.memory_bytes)
        return std::nullopt;
    return crossed_limit{"The job used more memory than its limit of " +
                             bytes_text(limits_.memory_bytes) +
                             "; raise the limit, or work on smaller pieces.",
                         false};
}

std::optional<crossed_limit> usage_watch::output_crossed() const {
    if (limits_.output_bytes <= 0)
        return std::nullopt;
    const auto said = [&](const char* what) {
        return crossed_limit{std::string("The job wrote more to its ") + what +
                                 " than its limit of " + bytes_text(limits_.output_bytes) +
                                 "; raise the limit, or write less.",
                             false};
    };
    std::error_code missing;
    const auto log_size = fs::file_size(log_, missing);
    if (!missing && static_cast<std::int64_t>(log_size) > limits_.output_bytes)
        return said("log");
    if (bytes_below(output_) > limits_.output_bytes)
        return said("output folder");
    return std::nullopt;
}

} // namespace aistudio::local::jobs
