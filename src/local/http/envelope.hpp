#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aistudio::local::http {

/// A new id for an answer; no two of one studio's life are equal, and two studios' hardly ever.
[[nodiscard]] std::string new_log_id();

/// The envelope of a success; `result` is JSON.
[[nodiscard]] std::string success(std::string_view log_id, std::string_view result);
/// The envelope of a failure. Bytes of `message` that are not UTF-8 are replaced.
[[nodiscard]] std::string failure(std::string_view log_id, std::int64_t code,
                                  std::string_view message);

/// The HTTP status that goes with an `errorCode`.
[[nodiscard]] unsigned status_of(std::int64_t code) noexcept;

} // namespace aistudio::local::http
