#pragma once

#include <aistudio/codec/base64.hpp>
#include <aistudio/codec/json_fault.hpp>
#include <aistudio/codec/json_value.hpp>
#include <aistudio/codec/json_writer.hpp>
#include <aistudio/codec/matrix.hpp>
#include <aistudio/codec/value_names.hpp>
#include <aistudio/codec/wire_names.hpp>
#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/secret.hpp>
#include <aistudio/types/timestamp.hpp>

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace aistudio {
namespace detail {

template <class T>
concept described = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;
template <class T>
using described_members = boost::describe::describe_members<T, boost::describe::mod_any_access>;
template <class T, template <class...> class Of>
inline constexpr bool is_a = false;
template <class... A, template <class...> class Of>
inline constexpr bool is_a<Of<A...>, Of> = true;
template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;
template <class T>
inline constexpr bool is_span = false;
template <class T, std::size_t N>
inline constexpr bool is_span<std::span<T, N>> = true;
template <class T>
inline constexpr bool is_id = false;
template <class Tag, class Rep>
inline constexpr bool is_id<basic_id<Tag, Rep>> = true;
template <class T>
concept string_map = is_a<T, std::map> && std::same_as<typename T::key_type, std::string>;
template <class>
inline constexpr bool unsupported = false;

template <class T, class D>
inline constexpr wire_name member_name = make_wire_name<T>(D::name);

/// `,"name":` and the byte that `json_writer::member` may read behind it.
template <class T, class D>
inline constexpr auto member_text = [] {
    constexpr std::string_view name = member_name<T, D>.view();
    struct {
        char text[name.size() + 5]{',', '"'};
    } all;
    std::copy(name.begin(), name.end(), all.text + 2);
    all.text[name.size() + 2] = '"';
    all.text[name.size() + 3] = ':';
    return all;
}();

template <class T>
bool read_value(json_value v, T& out, json_fault& e);

template <std::integral T>
bool read_integer(json_value v, T& out, json_fault& e) {
    if constexpr (std::unsigned_integral<T>) {
        const auto n = v.get_uint64();
        if (!n || *n > std::numeric_limits<T>::max())
            return e.fail("expected a non-negative whole number in range");
        out = static_cast<T>(*n);
    } else {
        const auto n = v.get_int64();
        if (!n || *n < std::numeric_limits<T>::min() || *n > std::numeric_limits<T>::max())
            return e.fail("expected a whole number in range");
        out = static_cast<T>(*n);
    }
    return true;
}

template <class E>
bool read_enum(json_value v, E& out, json_fault& e) {
    if constexpr (wire_as_number<E>) {
        int number = 0;
        if (!read_integer(v, number, e))
            return false;
        out = enum_name(static_cast<E>(number)).empty() ? E::unknown : static_cast<E>(number);
    } else {
        const auto text = v.get_string();
        if (!text)
            return e.fail("expected a string");
        if (!enum_from_name(*text, out))
            out = E::unknown;
    }
    return true;
}

inline bool read_timestamp(json_value v, timestamp& out, json_fault& e) {
    if (const auto millis = v.get_int64()) {
        out = timestamp{std::chrono::milliseconds{*millis}};
        return true;
    }
    const auto text = v.get_string();
    if (!text)
        return e.fail("expected a time");
    out = parse_timestamp(*text).value_or(
        timestamp{}); // opaque text in the wire's description: unreadable is "not known"
    return true;
}

template <class Sequence>
bool read_sequence(json_value v, Sequence& out, json_fault& e) {
    if (v.kind() != json_kind::array)
        return e.fail("expected an array");
    std::size_t index = 0;
    if constexpr (is_std_array<Sequence>) {
        if (v.size() != out.size())
            return e.fail("expected an array of " + std::to_string(out.size()) + " elements");
    } else {
        out.clear();
        out.reserve(v.size());
    }
    for (const json_value item : v.items()) {
        if constexpr (is_std_array<Sequence>) {
            if (!read_value(item, out[index], e))
                return e.inside(index);
        } else {
            typename Sequence::value_type element{};
            if (!read_value(item, element, e))
                return e.inside(index);
            out.push_back(std::move(element));
        }
        ++index;
    }
    return true;
}

template <class Map>
bool read_map(json_value v, Map& out, json_fault& e) {
    if (v.kind() != json_kind::object)
        return e.fail("expected an object");
    out.clear();
    for (const json_field field : v.fields())
        if (!read_value(field.value, out[std::string(field.key)], e))
            return e.inside(field.key);
    return true;
}

/// Reads the member called `key`, if there is one. Keys nobody asks for are skipped: the service
/// will grow.
template <class T>
bool read_member(json_field field, T& out, json_fault& e) {
    bool ok = true;
    bool found = false;
    boost::mp11::mp_for_each<described_members<T>>([&](auto d) {
        using member = decltype(d);
        if (found || member_name<T, member>.view() != field.key)
            return;
        found = true;
        auto& target = out.*member::pointer;
        if (field.value.is_null() && !is_a<std::decay_t<decltype(target)>, std::optional>)
            return; // null: as if absent
        ok = read_value(field.value, target, e) || e.inside(field.key);
    });
    return ok;
}

template <class T>
bool read_described(json_value v, T& out, json_fault& e) {
    if (v.kind() != json_kind::object)
        return e.fail("expected an object");
    for (const json_field field : v.fields())
        if (!read_member(field, out, e))
            return false;
    return true;
}

template <class T>
bool read_value(json_value v, T& out, json_fault& e) {
    if constexpr (std::same_as<T, bool>) {
        const auto b = v.get_bool();
        if (!b)
            return e.fail("expected true or false");
        out = *b;
        return true;
    } else if constexpr (std::integral<T>) {
        return read_integer(v, out, e);
    } else if constexpr (std::floating_point<T>) {
        const auto n = v.get_double();
        if (!n)
            return e.fail("expected a number");
        out = static_cast<T>(*n);
        return true;
    } else if constexpr (std::same_as<T, std::string> || std::same_as<T, secret> ||
                         std::same_as<T, std::filesystem::path>) {
        const auto s = v.get_string();
        if (!s)
            return e.fail("expected a string");
        out = T(std::string(*s));
        return true;
    } else if constexpr (std::same_as<T, timestamp>) {
        return read_timestamp(v, out, e);
    } else if constexpr (is_id<T>) {
        typename T::value_type raw{};
        if (!read_value(v, raw, e))
            return false;
        out = T(std::move(raw));
        return true;
    } else if constexpr (is_a<T, open_enum>) {
        const auto s = v.get_string();
        if (!s)
            return e.fail("expected a string");
        out = T::from_name(*s);
        return true;
    } else if constexpr (std::is_enum_v<T>) {
        return read_enum(v, out, e);
    } else if constexpr (is_a<T, std::optional>) {
        out.reset();
        return v.is_null() || read_value(v, out.emplace(), e);
    } else if constexpr (is_a<T, std::vector> || is_std_array<T>) {
        return read_sequence(v, out, e);
    } else if constexpr (string_map<T>) {
        return read_map(v, out, e);
    } else if constexpr (described<T>) {
        return read_described(v, out, e);
    } else {
        static_assert(
            unsupported<T>,
            "aistudio: this type cannot be read from JSON; describe it with BOOST_DESCRIBE_STRUCT");
    }
}

template <class T>
void write_value(json_writer& w, const T& value);

template <class T>
void write_described(json_writer& w, const T& value) {
    w.begin_object();
    boost::mp11::mp_for_each<described_members<T>>([&](auto d) {
        using member = decltype(d);
        if (w.failed())
            return; // all of it will be thrown away
        const auto& field = value.*member::pointer;
        if constexpr (is_a<std::decay_t<decltype(field)>, std::optional>)
            if (!field)
                return; // absent, not null: the service keeps its default
        w.member(member_text<T, member>.text);
        write_value(w, field);
        if (w.failed())
            w.name_error(member_name<T, member>.view());
    });
    w.end_object();
}

template <class Sequence>
void write_sequence(json_writer& w, const Sequence& values) {
    if constexpr (json_number<typename Sequence::value_type>)
        return w.numbers(values.data(), values.size());
    w.begin_array();
    std::size_t index = 0;
    for (const auto& value : values) {
        write_value(w, value);
        if (w.failed())
            return w.name_error(index);
        ++index;
    }
    w.end_array();
}

template <class T>
void write_rows(json_writer& w, const matrix_view<T>& values) {
    w.begin_array();
    for (std::size_t row = 0; row < values.rows; ++row) {
        w.numbers(values.row(row), values.columns, values.column_stride);
        if (w.failed())
            return w.name_error(row);
    }
    w.end_array();
}

template <class Map>
void write_map(json_writer& w, const Map& map) {
    w.begin_object();
    for (const auto& [key, value] : map) {
        w.key(key);
        if (w.failed())
            return; // the key cannot be shown
        write_value(w, value);
        if (w.failed())
            return w.name_error(key);
    }
    w.end_object();
}

inline void write_timestamp(json_writer& w, timestamp value) {
    const std::string text = to_string(value);
    text.empty() ? w.null() : w.string(text);
}

template <class T>
void write_value(json_writer& w, const T& value) {
    if constexpr (std::same_as<T, bool>) {
        w.boolean(value);
    } else if constexpr (std::signed_integral<T>) {
        w.integer(value);
    } else if constexpr (std::unsigned_integral<T>) {
        w.unsigned_integer(value);
    } else if constexpr (std::floating_point<T>) {
        w.number(value);
    } else if constexpr (std::same_as<T, secret>) {
        w.string(w.mode() == secrets::reveal ? value.reveal() : std::string_view("***"));
    } else if constexpr (std::same_as<T, std::filesystem::path>) {
        w.string(value.string());
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        w.string(value);
    } else if constexpr (std::same_as<T, timestamp>) {
        write_timestamp(w, value);
    } else if constexpr (is_id<T>) {
        write_value(w, value.value());
    } else if constexpr (is_a<T, open_enum>) {
        w.string(value.name());
    } else if constexpr (std::is_enum_v<T>) {
        if constexpr (wire_as_number<T>)
            w.integer(static_cast<int>(value));
        else
            w.string(enum_name(value));
    } else if constexpr (is_a<T, std::optional>) {
        value ? write_value(w, *value) : w.null();
    } else if constexpr (std::same_as<T, base64_bytes>) {
        w.base64(value.bytes);
    } else if constexpr (is_a<T, matrix_view>) {
        write_rows(w, value);
    } else if constexpr (is_a<T, matrix>) {
        write_rows(w, value.view());
    } else if constexpr (is_a<T, std::vector> || is_std_array<T> || is_span<T>) {
        write_sequence(w, value);
    } else if constexpr (string_map<T>) {
        write_map(w, value);
    } else if constexpr (described<T>) {
        write_described(w, value);
    } else {
        static_assert(unsupported<T>, "aistudio: this type cannot be written as JSON; describe it "
                                      "with BOOST_DESCRIBE_STRUCT");
    }
}

} // namespace detail

/// Reads a `T` out of a parsed value.
///
/// `T` is a number, string, bool, optional, vector, array, map with string keys, one of our value
/// types, or a struct of such described with `BOOST_DESCRIBE_STRUCT`. Unknown fields are skipped,
/// missing ones keep their default, null is as good as missing.
/// @par Errors  errc::decode_failed, naming the path and what was expected.
template <class T>
[[nodiscard]] result<T> from_json(json_value value) {
    T out{};
    detail::json_fault e;
    if (!detail::read_value(value, out, e))
        return make_problem(errc::decode_failed, e.sentence(), phase::decode);
    return out;
}

/// Parses `text` and reads a `T` out of it.
template <class T>
[[nodiscard]] result<T> from_json(std::string_view text) {
    std::optional<json_document> own;
    json_document& document =
        text.size() <= detail::max_kept_json ? detail::thread_document() : own.emplace();
    const auto root = document.parse(text);
    if (!root)
        return root.error();
    return from_json<T>(*root);
}

/// Appends `value` as JSON to `out`. On failure `out` is as long as before.
/// @par Errors  errc::encode_failed for NaN, infinity and text that is not UTF-8, naming the path.
template <class T>
[[nodiscard]] result<void> append_json(std::string& out, const T& value,
                                       secrets mode = secrets::redact) {
    const std::size_t before = out.size();
    json_writer writer(out, mode);
    detail::write_value(writer, value);
    if (!writer.failed())
        return {};
    writer.finish();
    out.resize(before);
    return make_problem(errc::encode_failed, writer.error());
}

/// `value` as JSON text; see `append_json`.
template <class T>
[[nodiscard]] result<std::string> to_json(const T& value, secrets mode = secrets::redact) {
    std::string out;
    if (auto done = append_json(out, value, mode); !done)
        return done.error();
    return out;
}

} // namespace aistudio
