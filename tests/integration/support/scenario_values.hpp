#pragma once

#include <aistudio/codec/json.hpp>
#include <aistudio/types/page.hpp>

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

/// Any of our types from and to JSON under its members' C++ names, which are not those of the wire.
/// Leaves are read and written by the codec.
namespace aistudio::test {

namespace scenario_detail {

template <class T>
inline constexpr bool is_function = false;
template <class... A>
inline constexpr bool is_function<std::function<void(A...)>> = true;

/// Enumerations are numbers or text on the wire; here they are their names.
template <class E>
void fill_enum(const json_tree& from, E& out) {
    const auto* name = std::get_if<std::string>(&from.get());
    if (name == nullptr || !enum_from_name(*name, out))
        throw std::runtime_error("no such name: " + from.to_string());
}

template <class T>
void fill_leaf(const json_tree& from, T& out) {
    const auto text = to_json(from).value();
    json_document document;
    if (const auto done = from_json_into(document.parse(text).value(), out); !done)
        throw std::runtime_error(done.error().detail);
}

} // namespace scenario_detail

template <class T>
void fill(const json_tree& from, T& out);

template <class T>
void fill_described(const json_tree& from, T& out) {
    const auto* fields = std::get_if<json_tree::object>(&from.get());
    if (fields == nullptr)
        throw std::runtime_error("expected an object: " + from.to_string());
    for (const auto& [name, value] : *fields) {
        bool known = false;
        boost::mp11::mp_for_each<detail::described_members<T>>(
            [&, &name = name, &value = value](auto d) {
                if (name != d.name)
                    return;
                known = true;
                fill(value, out.*d.pointer);
            });
        if (!known)
            throw std::runtime_error("no such member: " + name);
    }
}

/// Members that `from` does not have keep what they are. Throws for names that nobody knows.
template <class T>
void fill(const json_tree& from, T& out) {
    if constexpr (scenario_detail::is_function<T>) {
        throw std::runtime_error("a function is no value");
    } else if constexpr (std::same_as<T, std::chrono::milliseconds>) {
        const auto* count = from.find("$ms");
        if (count == nullptr)
            throw std::runtime_error("expected {\"$ms\": ...}: " + from.to_string());
        out = T(std::get<std::int64_t>(count->get()));
    } else if constexpr (std::is_enum_v<T>) {
        scenario_detail::fill_enum(from, out);
    } else if constexpr (detail::is_a<T, std::optional>) {
        fill(from, out.emplace());
    } else if constexpr (detail::is_a<T, std::vector>) {
        out.clear();
        for (const auto& item : std::get<json_tree::array>(from.get()))
            fill(item, out.emplace_back());
    } else if constexpr (boost::describe::has_describe_members<T>::value) {
        fill_described(from, out);
    } else {
        scenario_detail::fill_leaf(from, out);
    }
}

template <class T>
json_tree shown(const T& value) {
    if constexpr (std::is_enum_v<T>) {
        return enum_name(value);
    } else if constexpr (detail::is_a<T, open_enum>) {
        return value.name();
    } else if constexpr (detail::is_a<T, std::optional>) {
        return value ? shown(*value) : json_tree();
    } else if constexpr (detail::is_a<T, std::vector>) {
        json_tree::array out;
        for (const auto& item : value)
            out.push_back(shown(item));
        return out;
    } else if constexpr (boost::describe::has_describe_members<T>::value) {
        json_tree::object out;
        boost::mp11::mp_for_each<detail::described_members<T>>(
            [&](auto d) { out.emplace_back(d.name, shown(value.*d.pointer)); });
        return out;
    } else {
        return from_json<json_tree>(std::string_view(to_json(value, secrets::reveal).value()))
            .value();
    }
}

} // namespace aistudio::test
