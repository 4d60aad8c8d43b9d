#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aistudio::local {

/// What `to_utf8` made of some bytes.
struct utf8_text {
    /// Whole characters; each byte that belongs to none became U+FFFD.
    std::string text;
    /// Bytes that were used. Fewer than given when the rest may be the beginning of a character.
    std::size_t used = 0;
};

/// Makes UTF-8 of any bytes. With `more` true an unfinished character at the end is left for the
/// next call.
[[nodiscard]] utf8_text to_utf8(std::string_view bytes, bool more);

/// Number of characters (code points) of valid UTF-8.
[[nodiscard]] std::size_t count_characters(std::string_view utf8) noexcept;

} // namespace aistudio::local
