#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio::local::http {

/// `%41` to `A`; nullopt for a broken escape. `+` stays `+` unless `form` (query strings of forms).
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool form = false);

/// Decoded names and values of `a=1&b=2`, in their order. Broken escapes are kept as they are.
using parameters = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] parameters parse_query(std::string_view query, bool form = false);

/// The first value called `name`; nullopt when there is none.
[[nodiscard]] std::optional<std::string_view> find(const parameters& all, std::string_view name);

/// A request's target, cut at the first `?`; views into the request.
struct target {
    explicit target(std::string_view text);
    std::string_view path;
    std::string_view query;
};

/// `text` as a decimal number; nullopt when it is none or does not fit.
[[nodiscard]] std::optional<std::int64_t> parse_number(std::string_view text);

/// The parts between slashes, decoded, without the empty ones; nullopt for a broken escape.
[[nodiscard]] std::optional<std::vector<std::string>> segments(std::string_view path);

} // namespace aistudio::local::http
