#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text as it looks on a terminal.
namespace aistudio::cli {

/// Columns that UTF-8 `text` takes on a terminal: 2 for wide characters such as Chinese ones, 0 for
/// combining marks.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` on one line and without control characters, so that nothing from a service can steer the
/// terminal.
[[nodiscard]] std::string one_line(std::string_view text);

/// `text` without control characters but line ends and tabs, for the same reason.
[[nodiscard]] std::string harmless(std::string_view text);

/// `text` followed by blanks up to `width` columns; longer text stays whole.
[[nodiscard]] std::string padded(std::string text, std::size_t width);

/// `1.5 MiB`; bytes below 1024 are exact.
[[nodiscard]] std::string human_bytes(double bytes);

} // namespace aistudio::cli
