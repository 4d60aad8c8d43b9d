#pragma once

#include <aistudio/protocol/path_filter.hpp>

#include <algorithm>
#include <cstddef>

namespace aistudio {
namespace detail {

/// The characters of UTF-8 text; a byte that is not UTF-8 counts as a character of its own.
inline std::u32string to_characters(std::string_view text) {
    std::u32string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t more = lead >= 0xf0U ? 3 : lead >= 0xe0U ? 2 : lead >= 0xc0U ? 1 : 0;
        char32_t c = more == 0 ? lead : lead & (0x3fU >> more);
        std::size_t at = 1;
        for (; at <= more && i + at < text.size() &&
               (static_cast<unsigned char>(text[i + at]) & 0xc0U) == 0x80U;
             ++at)
            c = (c << 6U) | (static_cast<unsigned char>(text[i + at]) & 0x3fU);
        if (at <= more) { // broken: no character has this number
            c = 0x110000U + lead;
            at = 1;
        }
        out += c;
        i += at;
    }
    return out;
}

/// One step of a pattern: any text, or a character of some kind.
struct glob_step {
    std::size_t size = 1; ///< characters of the pattern
    bool any_text = false;
    bool matches = false; ///< the character looked at
};

/// Where the set that begins at `at` ends: the place of its `]`; npos: it is none.
inline std::size_t end_of_set(std::u32string_view pattern, std::size_t at) {
    ++at;
    if (at < pattern.size() && pattern[at] == U'!')
        ++at;
    return pattern.find(U']', at + 1); // a `]` that comes first is one of the set
}

inline bool in_set(std::u32string_view set, char32_t c) {
    for (std::size_t i = 0; i < set.size();) {
        const bool range = i + 2 < set.size() && set[i + 1] == U'-';
        if (range ? set[i] <= c && c <= set[i + 2] : set[i] == c)
            return true;
        i += range ? 3 : 1;
    }
    return false;
}

inline glob_step look_at(std::u32string_view pattern, std::size_t at, char32_t c) {
    if (pattern[at] == U'*')
        return {1, true, false};
    if (pattern[at] == U'?')
        return {1, false, true};
    const std::size_t end =
        pattern[at] == U'[' ? end_of_set(pattern, at) : std::u32string_view::npos;
    if (end == std::u32string_view::npos)
        return {1, false, pattern[at] == c};
    const bool negated = pattern[at + 1] == U'!';
    const std::size_t first = at + 1 + (negated ? 1 : 0);
    return {end + 1 - at, false, in_set(pattern.substr(first, end - first), c) != negated};
}

/// Goes back to the last `*` only: that one can take what those before it could.
inline bool match_characters(std::u32string_view pattern, std::u32string_view text) {
    constexpr std::size_t none = std::u32string_view::npos;
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t after_star = none;
    std::size_t taken = 0; // text up to which the star reaches
    while (t < text.size()) {
        const glob_step step = p < pattern.size() ? look_at(pattern, p, text[t]) : glob_step{};
        if (step.any_text) {
            after_star = ++p;
            taken = t;
        } else if (p < pattern.size() && step.matches) {
            p += step.size;
            ++t;
        } else if (after_star != none) {
            p = after_star;
            t = ++taken;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of(U'*', p) == none;
}

inline bool matches_any(const std::vector<std::string>& patterns, std::string_view path) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return glob_match(pattern.ends_with('/') ? pattern + '*' : pattern, path);
    });
}

} // namespace detail

AISTUDIO_DECL bool glob_match(std::string_view pattern, std::string_view text) {
    return detail::match_characters(detail::to_characters(pattern), detail::to_characters(text));
}

AISTUDIO_DECL bool path_filter::excludes(std::string_view path) const {
    return detail::matches_any(exclude, path);
}

AISTUDIO_DECL bool path_filter::accepts(std::string_view path) const {
    return (include.empty() || detail::matches_any(include, path)) && !excludes(path);
}

} // namespace aistudio
