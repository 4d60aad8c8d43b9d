#pragma once

#include <aistudio/detail/config.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aistudio {

/// A point in time, UTC, in milliseconds. The epoch itself (a default-constructed value) means "not
/// known".
using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// `2026-11-21T11:28:00Z`, with `.123` before the `Z` when there are milliseconds; empty for "not
/// known" and for times outside the years 1 to 9999.
[[nodiscard]] AISTUDIO_DECL std::string to_string(timestamp time);

/// Reads `YYYY-MM-DD`, a `T` or a space, `hh:mm:ss`, an optional fraction, an optional `Z`.
/// Anything else is nullopt.
[[nodiscard]] AISTUDIO_DECL std::optional<timestamp> parse_timestamp(std::string_view text);

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/timestamp.ipp>
#endif
