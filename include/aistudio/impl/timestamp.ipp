#pragma once

#include <aistudio/types/timestamp.hpp>

#include <array>
#include <charconv>
#include <cstdio>

namespace aistudio {

AISTUDIO_DECL std::string to_string(timestamp time) {
    using namespace std::chrono;
    constexpr timestamp first = sys_days{year{1} / 1 / 1};
    constexpr timestamp last = sys_days{year{10000} / 1 / 1} - milliseconds{1};
    if (time == timestamp{} || time < first || time > last)
        return {};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    std::array<char, 40> text{};
    const long millis = static_cast<long>(clock.subseconds().count());
    int size = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02ld:%02ld:%02ld", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<long>(clock.hours().count()), static_cast<long>(clock.minutes().count()),
        static_cast<long>(clock.seconds().count()));
    std::string out(text.data(), static_cast<std::size_t>(size));
    if (millis != 0) {
        size = std::snprintf(text.data(), text.size(), ".%03ld", millis);
        out.append(text.data(), static_cast<std::size_t>(size));
    }
    return out + 'Z';
}

namespace detail {

/// Takes exactly `digits` decimal digits off the front of `text`; -1 when they are not there.
inline int take_number(std::string_view& text, std::size_t digits) {
    int value = -1;
    if (text.size() < digits || text.front() == '-')
        return -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
    if (error != std::errc{} || end != text.data() + digits)
        return -1;
    text.remove_prefix(digits);
    return value;
}

inline bool take_char(std::string_view& text, std::string_view allowed) {
    if (text.empty() || allowed.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

/// Milliseconds of `.123456`; digits past the third are dropped. Nothing there is 0, a point alone
/// -1.
inline int take_fraction(std::string_view& text) {
    if (!take_char(text, "."))
        return 0;
    int millis = 0;
    int digits = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9';
         text.remove_prefix(1), ++digits)
        if (digits < 3)
            millis = millis * 10 + (text.front() - '0');
    if (digits == 0)
        return -1;
    for (; digits < 3; ++digits)
        millis *= 10;
    return millis;
}

} // namespace detail

AISTUDIO_DECL std::optional<timestamp> parse_timestamp(std::string_view text) {
    using namespace std::chrono;
    const int y = detail::take_number(text, 4);
    if (!detail::take_char(text, "-"))
        return std::nullopt;
    const int mo = detail::take_number(text, 2);
    if (!detail::take_char(text, "-"))
        return std::nullopt;
    const int d = detail::take_number(text, 2);
    if (!detail::take_char(text, "T "))
        return std::nullopt;
    const int h = detail::take_number(text, 2);
    if (!detail::take_char(text, ":"))
        return std::nullopt;
    const int mi = detail::take_number(text, 2);
    if (!detail::take_char(text, ":"))
        return std::nullopt;
    const int s = detail::take_number(text, 2);
    const int fraction = detail::take_fraction(text);
    detail::take_char(text, "Z");
    const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                              day{static_cast<unsigned>(d)}};
    const bool in_range = y > 0 && mo > 0 && d > 0 && h >= 0 && h < 24 && mi >= 0 && mi < 60 &&
                          s >= 0 && s < 61 && fraction >= 0;
    if (!in_range || !date.ok() || !text.empty())
        return std::nullopt;
    return timestamp{sys_days{date}.time_since_epoch() + hours{h} + minutes{mi} + seconds{s} +
                     milliseconds{fraction}};
}

} // namespace aistudio
