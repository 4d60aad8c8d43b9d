#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/page.hpp>
#include <aistudio/types/secret.hpp>
#include <aistudio/types/timestamp.hpp>

#include <boost/core/type_name.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// The value types as data, so that an emitter needs no template. The compiler is the parser.
namespace aistudio::bindings {

/// What a member is, as far as a language can tell. Ids are their number or text. Enumerations are
/// text in other languages, so that a value which is new to the library survives.
enum class kind {
    text,
    secret,
    boolean,
    int32,
    int64,
    float64,
    time,
    enumeration,
    path,
    record,
    list,
    optional,
    nothing,
    /// Milliseconds.
    duration,
    /// A function of the caller's that returns nothing; `of` has its arguments.
    callback,
    /// One page of a list; `of` has its items' type.
    page
};

struct type_model {
    bindings::kind kind = kind::text;
    /// C++ name without its namespace; records and enumerations only.
    std::string name;
    /// One element for lists, optionals and pages.
    std::vector<type_model> of;
    /// Names of an enumeration's values.
    std::vector<std::string> values;
};

struct member_model {
    std::string name;
    type_model type;
    /// Of a default-constructed record, as text: `float32`, `0`, `true`; a duration's milliseconds.
    /// Empty for lists, optionals, records, callbacks and times, which start empty.
    std::string initial;
};

struct record_model {
    std::string name;
    std::vector<member_model> members;
};

template <class T, template <class...> class Of>
inline constexpr bool is_a = false;
template <class... A, template <class...> class Of>
inline constexpr bool is_a<Of<A...>, Of> = true;

template <class T>
std::string short_name() {
    const std::string full = boost::core::type_name<T>();
    return full.substr(full.rfind(':') == std::string::npos ? 0 : full.rfind(':') + 1);
}

template <class T>
inline constexpr bool is_callback = false;
template <class... A>
inline constexpr bool is_callback<std::function<void(A...)>> = true;

template <class E>
type_model enumeration_model() {
    type_model out{kind::enumeration, short_name<E>(), {}, {}};
    for (const auto& [value, name] : enum_table<E>::values)
        out.values.emplace_back(name);
    return out;
}

template <class T>
type_model model_of();

template <class... A>
type_model callback_model(std::type_identity<std::function<void(A...)>>) {
    return {kind::callback, {}, {model_of<std::remove_cvref_t<A>>()...}, {}};
}

template <class T>
type_model model_of() {
    if constexpr (std::is_void_v<T>)
        return {kind::nothing, {}, {}, {}};
    else if constexpr (std::same_as<T, std::chrono::milliseconds>)
        return {kind::duration, {}, {}, {}};
    else if constexpr (is_callback<T>)
        return callback_model(std::type_identity<T>{});
    else if constexpr (is_a<T, page>)
        return {kind::page, {}, {model_of<typename decltype(T::items)::value_type>()}, {}};
    else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>)
        return {kind::text, {}, {}, {}};
    else if constexpr (std::same_as<T, secret>)
        return {kind::secret, {}, {}, {}};
    else if constexpr (std::same_as<T, bool>)
        return {kind::boolean, {}, {}, {}};
    else if constexpr (std::integral<T>)
        return {sizeof(T) <= sizeof(std::int32_t) ? kind::int32 : kind::int64, {}, {}, {}};
    else if constexpr (std::floating_point<T>)
        return {kind::float64, {}, {}, {}};
    else if constexpr (std::same_as<T, timestamp>)
        return {kind::time, {}, {}, {}};
    else if constexpr (std::same_as<T, std::filesystem::path>)
        return {kind::path, {}, {}, {}};
    else if constexpr (std::is_enum_v<T>)
        return enumeration_model<T>();
    else if constexpr (is_a<T, open_enum>)
        return enumeration_model<typename T::enum_type>();
    else if constexpr (is_a<T, basic_id>)
        return model_of<typename T::value_type>();
    else if constexpr (is_a<T, std::vector>)
        return {kind::list, {}, {model_of<typename T::value_type>()}, {}};
    else if constexpr (is_a<T, std::optional>)
        return {kind::optional, {}, {model_of<typename T::value_type>()}, {}};
    else {
        static_assert(boost::describe::has_describe_members<T>::value,
                      "bindings know no such type: add it to `kind`");
        return {kind::record, short_name<T>(), {}, {}};
    }
}

template <class T>
std::string initial_text(const T& value) {
    if constexpr (std::same_as<T, std::string>)
        return value;
    else if constexpr (std::same_as<T, bool>)
        return value ? "true" : "false";
    else if constexpr (std::is_arithmetic_v<T>)
        return std::to_string(value);
    else if constexpr (std::same_as<T, std::chrono::milliseconds>)
        return std::to_string(value.count());
    else if constexpr (std::is_enum_v<T>)
        return std::string(enum_name(value));
    else if constexpr (is_a<T, open_enum>)
        return std::string(value.name());
    else if constexpr (is_a<T, basic_id>)
        return initial_text(value.value());
    else
        return {};
}

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_any_access>;

template <class T>
record_model record_of() {
    record_model out{short_name<T>(), {}};
    const T initial{};
    boost::mp11::mp_for_each<members_of<T>>([&](auto d) {
        using M = std::remove_cvref_t<decltype(initial.*d.pointer)>;
        out.members.push_back({d.name, model_of<M>(), initial_text(initial.*d.pointer)});
    });
    return out;
}

} // namespace aistudio::bindings
