#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aistudio::local::objects {

/// The studio's only bucket.
inline constexpr std::string_view bucket = "aistudio-local";

/// Keys may come with a slash in front, as the platform hands some out.
[[nodiscard]] std::string_view without_leading_slash(std::string_view key);

/// The key in a request path `/{bucket}/{key}`, percent-decoded; nullopt when it is not a valid
/// key: too long, with a broken escape, a control character, or a segment that is empty, `.` or
/// `..`.
[[nodiscard]] std::optional<std::string> key_of_path(std::string_view path);

/// True when all of it may be used as a key.
[[nodiscard]] bool is_valid_key(std::string_view key);

/// `/{bucket}/{key}`, percent-encoded.
[[nodiscard]] std::string path_of_key(std::string_view key);

} // namespace aistudio::local::objects
