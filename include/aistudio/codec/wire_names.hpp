#pragma once

#include <string_view>
#include <utility>

namespace aistudio {

/// How the members of `T` are called in JSON. The default is the member's own name, which is what
/// user types want.
///
/// A specialisation may set `camel_case = true` (`created_at` becomes `createdAt`) and list
/// exceptions in `static constexpr std::pair<std::string_view, std::string_view> renamed[]`
/// (member, JSON name).
template <class T>
struct wire_names {};

namespace detail {

template <class T>
concept has_renamed = requires { wire_names<T>::renamed; };
template <class T>
concept has_camel_case = requires { wire_names<T>::camel_case; };

/// JSON name of a member, computed at compile time into a fixed buffer.
struct wire_name {
    char text[64]{};
    std::size_t size = 0;

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, size}; }
};

constexpr wire_name copy_name(std::string_view from, bool camel) {
    wire_name name;
    bool upper = false;
    for (const char c : from) {
        if (camel && c == '_') {
            upper = true;
            continue;
        }
        name.text[name.size++] =
            upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        upper = false;
    }
    return name;
}

template <class T>
constexpr wire_name make_wire_name(std::string_view member) {
    if constexpr (has_renamed<T>)
        for (const auto& [from, to] : wire_names<T>::renamed)
            if (from == member)
                return copy_name(to, false);
    return copy_name(member, has_camel_case<T>);
}

} // namespace detail
} // namespace aistudio
