#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio {

/// The names of an enum's values, as they stand on the wire and in tables. Specialise beside the
/// enum with `static constexpr std::pair<E, std::string_view> values[]`.
template <class E>
struct enum_table;

/// True for enums that travel as their number instead of their name.
template <class E>
inline constexpr bool wire_as_number = false;

/// The name of `value`, empty when the enum has no such value.
template <class E>
constexpr std::string_view enum_name(E value) noexcept {
    for (const auto& [candidate, name] : enum_table<E>::values)
        if (candidate == value)
            return name;
    return {};
}

/// Looks `name` up; false when no value has it.
template <class E>
constexpr bool enum_from_name(std::string_view name, E& out) noexcept {
    for (const auto& [candidate, text] : enum_table<E>::values) {
        if (text == name) {
            out = candidate;
            return true;
        }
    }
    return false;
}

/// The names of all values but `E::unknown`: what may be asked for.
template <class E>
std::vector<std::string> enum_names() {
    std::vector<std::string> out;
    for (const auto& [value, name] : enum_table<E>::values) {
        if constexpr (requires { E::unknown; })
            if (value == E::unknown)
                continue;
        out.emplace_back(name);
    }
    return out;
}

/// An enum that the service may extend: a value this version does not know compares equal to
/// `E::unknown` and keeps its text, so that it can be shown and written back unchanged.
template <class E>
class open_enum {
public:
    using enum_type = E;

    constexpr open_enum() = default;
    constexpr open_enum(E value) noexcept
        : value_(value) {} // NOLINT: an enumerator is a valid open value

    /// The value named `name`, or `E::unknown` remembering `name`.
    [[nodiscard]] static open_enum from_name(std::string_view name) {
        open_enum result;
        if (!enum_from_name(name, result.value_)) {
            result.value_ = E::unknown;
            result.text_ = name;
        }
        return result;
    }

    [[nodiscard]] constexpr E value() const noexcept { return value_; }
    [[nodiscard]] std::string_view name() const noexcept {
        return text_.empty() ? enum_name(value_) : text_;
    }

    friend bool operator==(const open_enum&, const open_enum&) = default;
    friend bool operator==(const open_enum& a, E b) noexcept { return a.value_ == b; }

private:
    E value_ = E::unknown;
    std::string text_; // only set when value_ is unknown
};

} // namespace aistudio
