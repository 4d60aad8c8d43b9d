#include "local/utf8.hpp"

#include <algorithm>

namespace aistudio::local {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

unsigned byte(std::string_view s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

std::size_t length_by_first(unsigned first) {
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    if (first >= 0xF0 && first <= 0xF4)
        return 4;
    return 0;
}

// Overlong forms, surrogates and values above U+10FFFF show in the second byte.
bool second_fits(unsigned first, unsigned second) {
    switch (first) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= 0x9F;
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return second >= 0x80 && second <= 0xBF;
    }
}

/// Bytes at the front that agree with being a character of `length` bytes.
std::size_t agreeing(std::string_view s, std::size_t length) {
    std::size_t n = 1;
    while (n < std::min(length, s.size())) {
        const bool fits =
            n == 1 ? second_fits(byte(s, 0), byte(s, 1)) : (byte(s, n) & 0xC0U) == 0x80U;
        if (!fits)
            break;
        ++n;
    }
    return n;
}

} // namespace

utf8_text to_utf8(std::string_view bytes, bool more) {
    utf8_text out;
    out.text.reserve(bytes.size());
    while (out.used < bytes.size()) {
        const auto rest = bytes.substr(out.used);
        const auto length = length_by_first(byte(rest, 0));
        const auto agree = length == 0 ? 0 : agreeing(rest, length);
        if (length != 0 && agree == length) {
            out.text.append(rest.substr(0, length));
            out.used += length;
            continue;
        }
        if (more && agree == rest.size())
            break; // may go on
        out.text.append(replacement);
        out.used += std::max<std::size_t>(agree, 1);
    }
    return out;
}

std::size_t count_characters(std::string_view utf8) noexcept {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

} // namespace aistudio::local
