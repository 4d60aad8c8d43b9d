#pragma once

#include "local/jobs/runner.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace aistudio::local::jobs {

/// A limit that a job has crossed.
struct crossed_limit {
    /// A sentence with the limit in it.
    std::string message;
    /// True when it may use the grace period; one that fills memory or disk may not.
    bool may_tidy_up = false;
};

/// Bytes of regular files below a folder; links are not followed.
[[nodiscard]] std::int64_t bytes_below(const std::filesystem::path& folder);

/// Memory of `ancestor`'s descendants together, bytes. What several share is counted once, where
/// the system tells.
[[nodiscard]] std::int64_t memory_below(pid_t ancestor);

/// `1500 bytes`, `1.5 MiB`: for messages.
[[nodiscard]] std::string bytes_text(std::int64_t bytes);
/// `250 ms`, `2 s`, `1.5 s`.
[[nodiscard]] std::string time_text(std::chrono::milliseconds time);

/// Holds what a running job uses against its limits.
class usage_watch {
public:
    /// The time counts from now. `ancestor`: all of the job's processes are below it.
    usage_watch(const process_spec& spec, pid_t ancestor);

    /// When to look next; nothing when there are no limits.
    [[nodiscard]] std::optional<std::chrono::milliseconds> next_look() const;
    /// Looks at everything whose turn it is.
    [[nodiscard]] std::optional<crossed_limit> crossed();
    /// Once the job has ended: what it left counts, so that a quick one gets away with nothing.
    [[nodiscard]] std::optional<crossed_limit> crossed_at_the_end() const;

private:
    using clock = std::chrono::steady_clock;

    [[nodiscard]] std::optional<crossed_limit> time_crossed() const;
    [[nodiscard]] std::optional<crossed_limit> memory_crossed() const;
    [[nodiscard]] std::optional<crossed_limit> output_crossed() const;

    process_limits limits_;
    std::filesystem::path output_;
    std::filesystem::path log_;
    pid_t ancestor_;
    clock::time_point started_ = clock::now();
    clock::time_point next_output_look_ = started_;
};

} // namespace aistudio::local::jobs
