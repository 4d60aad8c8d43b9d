#include "cli/text.hpp"

#include <array>
#include <cstdio>
#include <cwchar>
#include <locale.h>

namespace aistudio::cli {
namespace {

/// The C library knows the widths of all characters, but only within a UTF-8 locale. The user's may
/// be another one.
class utf8_locale {
public:
    utf8_locale() {
        static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        if (utf8 != nullptr)
            before_ = uselocale(utf8);
    }
    utf8_locale(const utf8_locale&) = delete;
    utf8_locale& operator=(const utf8_locale&) = delete;
    ~utf8_locale() {
        if (before_ != nullptr)
            uselocale(before_);
    }

private:
    locale_t before_ = nullptr;
};

/// Calls `f(bytes, code point)` for each character; bytes that are not UTF-8 come one by one as
/// U+FFFD.
template <class F>
void for_each_character(std::string_view text, F f) {
    const utf8_locale scope;
    std::mbstate_t state{};
    while (!text.empty()) {
        wchar_t c = 0;
        std::size_t n = std::mbrtowc(&c, text.data(), text.size(), &state);
        if (n == 0) {
            n = 1; // a NUL
        } else if (n > text.size()) {
            n = 1;
            c = 0xFFFD;
            state = {};
        }
        f(text.substr(0, n), c);
        text.remove_prefix(n);
    }
}

bool is_control(wchar_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

} // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for_each_character(text, [&](std::string_view, wchar_t c) {
        const int columns = ::wcwidth(c);
        width += columns < 0 ? 1U : static_cast<std::size_t>(columns);
    });
    return width;
}

std::string one_line(std::string_view text) {
    std::string out;
    for_each_character(text, [&](std::string_view bytes, wchar_t c) {
        if (is_control(c))
            out += c == L'\n' || c == L'\t' ? " " : "?";
        else
            out += c == 0xFFFD ? "\xEF\xBF\xBD" : bytes;
    });
    return out;
}

std::string harmless(std::string_view text) {
    std::string out;
    for_each_character(text, [&](std::string_view bytes, wchar_t c) {
        if (is_control(c) && c != L'\n' && c != L'\t')
            out += '?';
        else
            out += c == 0xFFFD ? "\xEF\xBF\xBD" : bytes;
    });
    return out;
}

std::string padded(std::string text, std::size_t width) {
    const auto taken = display_width(text);
    if (taken < width)
        text.append(width - taken, ' ');
    return text;
}

std::string human_bytes(double bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < units.size()) {
        bytes /= 1024;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return text;
}

} // namespace aistudio::cli
