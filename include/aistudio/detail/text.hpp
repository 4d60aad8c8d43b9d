#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace aistudio::detail {

/// ASCII letters count the same in both cases; the locale does not matter.
inline bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

/// Length of the UTF-8 character that `text` begins with; 0 when it begins with none, or with a
/// control character.
inline std::size_t printable_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned first = byte(0);
    if (first < 0x80)
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xc0U) != 0x80U)
            return 0;
    const unsigned second = byte(1);
    const bool refused = (first == 0xc2 && second < 0xa0) || // control characters again
                         (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                         (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    return refused ? 0 : size;
}

/// Text from outside as one printable line of UTF-8 of at most about `most` bytes: whatever a
/// server sends, it cannot move a terminal's cursor, break a log line or fill one.
inline std::string one_line(std::string_view text, std::size_t most) {
    std::string out;
    while (!text.empty()) {
        if (out.size() >= most)
            return out + "…";
        const std::size_t size = printable_length(text);
        if (size != 0)
            out.append(text.substr(0, size));
        else
            out += static_cast<unsigned char>(text.front()) < 0x80 ? " " : "\xef\xbf\xbd";
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

} // namespace aistudio::detail
