#pragma once

#include "cli/table.hpp"
#include "cli/text.hpp"

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/secret.hpp>
#include <aistudio/types/timestamp.hpp>

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Tables out of described structs.
namespace aistudio::cli {

template <class T>
concept described_struct = boost::describe::has_describe_members<T>::value;
template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_any_access>;

inline std::string cell(const std::string& value) { return one_line(value); }
inline std::string cell(const std::filesystem::path& value) { return one_line(value.string()); }
inline std::string cell(const secret& value) { return value.empty() ? "" : "***"; }
inline std::string cell(timestamp value) { return to_string(value); }
inline std::string cell(std::chrono::milliseconds value) {
    return std::to_string(value.count()) + " ms";
}
inline std::string cell(bool value) { return value ? "yes" : "no"; }
inline std::string cell(double value) {
    auto text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text + '0' : text;
}
template <std::integral T>
    requires(!std::same_as<T, bool>)
std::string cell(T value) {
    return std::to_string(value);
}
template <class Tag, class Rep>
std::string cell(const basic_id<Tag, Rep>& value) {
    return value.empty() ? "" : one_line(to_string(value));
}
template <class E>
std::string cell(const open_enum<E>& value) {
    return one_line(value.name());
}
template <class E>
    requires std::is_enum_v<E>
std::string cell(E value) {
    return std::string(enum_name(value));
}
template <class T>
std::string cell(const std::optional<T>& value) {
    return value ? cell(*value) : "";
}
/// A struct has fields of its own, and no cell.
template <described_struct T>
std::string cell(const T&) {
    return {};
}
/// Structs within a cell are counted, anything else is listed.
template <class T>
std::string cell(const std::vector<T>& values) {
    if constexpr (described_struct<T>) {
        return std::to_string(values.size());
    } else {
        std::string out;
        for (const auto& value : values)
            out.append(out.empty() ? "" : ",").append(cell(value));
        return out;
    }
}

/// `created_at` as `CREATED AT`.
[[nodiscard]] std::string column_title(std::string_view member);

/// The members of `T` shown in lists; specialise for types that have too many. Empty: all.
template <class T>
inline constexpr std::span<const std::string_view> list_columns{};

/// Calls `f(descriptor)` for each member of `T` that lists show.
template <class T, class F>
void for_each_column(F f) {
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
        const auto& chosen = list_columns<T>;
        if (chosen.empty() || std::find(chosen.begin(), chosen.end(), member.name) != chosen.end())
            f(member);
    });
}

/// One row an item.
template <described_struct T>
table to_table(const std::vector<T>& items) {
    table out;
    for_each_column<T>([&](auto member) { out.header.push_back(column_title(member.name)); });
    for (const T& item : items) {
        auto& row = out.rows.emplace_back();
        for_each_column<T>([&](auto member) { row.push_back(cell(item.*member.pointer)); });
    }
    return out;
}

/// The members of a struct within a struct, as if they were its own.
template <described_struct T>
void add_fields(field_list& fields, const T& item) {
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
        fields.emplace_back(column_title(member.name), cell(item.*member.pointer));
    });
}

/// All fields that have a value; lists of structs follow as tables of their own.
template <described_struct T>
std::string to_text(const T& item, bool bold) {
    field_list fields;
    std::string tables;
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
        const auto& value = item.*member.pointer;
        if constexpr (described_struct<std::remove_cvref_t<decltype(value)>>)
            add_fields(fields, value);
        else if (std::string text = cell(value); !text.empty())
            fields.emplace_back(column_title(member.name), std::move(text));
        if constexpr (requires { to_table(value); })
            if (!value.empty())
                tables += '\n' + render(to_table(value), bold);
    });
    return render(fields, bold) + tables;
}

} // namespace aistudio::cli
