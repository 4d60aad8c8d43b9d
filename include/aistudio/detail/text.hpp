#pragma once

#include <algorithm>
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

} // namespace aistudio::detail
