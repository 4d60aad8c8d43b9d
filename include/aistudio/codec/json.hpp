#pragma once

#include <aistudio/codec/base64.hpp>
#include <aistudio/codec/json_fault.hpp>
#include <aistudio/codec/json_tree.hpp>
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
#include <chrono>
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
struct member_literal {
    static constexpr std::size_t name_size = member_name<T, D>.size;
    char text[name_size + 5]{',', '"'};

    constexpr member_literal() {
        std::copy_n(member_name<T, D>.text, name_size, text + 2);
        text[name_size + 2] = '"';
        text[name_size + 3] = ':';
    }
};
template <class T, class D>
inline constexpr member_literal<T, D> member_text{};

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

/// Fills `count` elements from an array of as many.
template <class T>
bool read_exactly(json_value v, T* out, std::size_t count, json_fault& e) {
    if (v.kind() != json_kind::array || v.size() != count)
        return e.fail("expected an array of " + std::to_string(count) + " elements");
    std::size_t index = 0;
    if constexpr (std::floating_point<T>) {
        index = v.copy_numbers(out);
        return index == count || (e.fail("expected a number"), e.inside(index));
    }
    for (const json_value item : v.items()) {
        if (!read_value(item, out[index], e))
            return e.inside(index);
        ++index;
    }
    return true;
}

/// Elements may be many and large: room for more than this is made as they come.
inline constexpr std::size_t max_reserved = 4096;

template <class Vector>
bool read_vector(json_value v, Vector& out, json_fault& e) {
    using value_type = typename Vector::value_type;
    constexpr bool numbers = std::is_arithmetic_v<value_type> && !std::same_as<value_type, bool>;
    if constexpr (numbers) {
        out.resize(v.size());
        return read_exactly(v, out.data(), out.size(), e);
    }
    out.clear();
    out.reserve(std::min(v.size(), max_reserved));
    std::size_t index = 0;
    for (const json_value item : v.items()) {
        bool ok = false;
        if constexpr (std::same_as<value_type, bool>) { // has no elements to refer to
            bool element = false;
            ok = read_value(item, element, e);
            out.push_back(element);
        } else {
            ok = read_value(item, out.emplace_back(), e);
        }
        if (!ok)
            return e.inside(index);
        ++index;
    }
    return true;
}

template <class Sequence>
bool read_sequence(json_value v, Sequence& out, json_fault& e) {
    if (v.kind() != json_kind::array)
        return e.fail("expected an array");
    if constexpr (is_std_array<Sequence>)
        return read_exactly(v, out.data(), out.size(), e);
    else
        return read_vector(v, out, e);
}

template <class T>
bool read_matrix(json_value v, matrix<T>& out, json_fault& e) {
    if (v.kind() != json_kind::array)
        return e.fail("expected an array of rows");
    out.rows = 0;
    out.values.clear();
    for (const json_value row : v.items()) {
        if (out.rows == 0) {
            out.columns = row.size();
            // rows may be many and the others shorter: room for the rest is made as they come
            out.values.reserve(out.columns * std::min(v.size(), max_reserved));
        }
        const std::size_t filled = out.values.size();
        if (row.kind() == json_kind::array && row.size() == out.columns)
            out.values.resize(filled + out.columns);
        if (!read_exactly(row, out.values.data() + filled, out.columns, e))
            return e.inside(out.rows);
        ++out.rows;
    }
    if (out.rows == 0)
        out.columns = 0;
    return true;
}

template <class T>
bool read_shape(json_value v, const matrix_span<T>& out, json_fault& e) {
    if (v.kind() != json_kind::array || v.size() != out.rows)
        return e.fail("expected an array of " + std::to_string(out.rows) + " rows");
    std::size_t row = 0;
    for (const json_value item : v.items()) {
        if (!read_exactly(item, out.data + row * out.columns, out.columns, e))
            return e.inside(row);
        ++row;
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

/// A member of a described struct: its JSON name and how it is read into the struct at `out`.
struct member_row {
    std::string_view name;
    bool (*read)(json_value, void* out, json_fault&) = nullptr;
};

template <class T, class Member>
bool read_member(json_value v, void* out, json_fault& e) {
    auto& target = static_cast<T*>(out)->*Member::pointer;
    using type = std::decay_t<decltype(target)>;
    if (v.is_null() && !is_a<type, std::optional> && !std::same_as<type, json_tree>)
        return true; // null: as if absent
    return read_value(v, target, e) || e.inside(member_name<T, Member>.view());
}

/// The members of a described struct by their JSON names.
template <class T>
inline constexpr auto member_rows = [] {
    std::array<member_row, boost::mp11::mp_size<described_members<T>>::value> all{};
    std::size_t i = 0;
    boost::mp11::mp_for_each<described_members<T>>([&](auto d) {
        using member = decltype(d);
        all[i++] = {member_name<T, member>.view(), &read_member<T, member>};
    });
    return all;
}();

/// The place of `name` among `rows`, or their number; `likely` is looked at first.
inline std::size_t find_member(std::span<const member_row> rows, std::string_view name,
                               std::size_t likely) {
    if (likely < rows.size() && rows[likely].name == name)
        return likely;
    return static_cast<std::size_t>(
        std::find_if(rows.begin(), rows.end(),
                     [&](const member_row& r) { return r.name == name; }) -
        rows.begin());
}

/// Keys nobody asks for are skipped: the service will grow. Most fields come in the members' order.
/// One function for all structs, which keeps programs small.
inline bool read_members(json_value v, void* out, json_fault& e, std::span<const member_row> rows) {
    if (v.kind() != json_kind::object)
        return e.fail("expected an object");
    std::size_t likely = 0;
    for (const json_field field : v.fields()) {
        const std::size_t found = find_member(rows, field.key, likely);
        if (found == rows.size())
            continue;
        if (!rows[found].read(field.value, out, e))
            return false;
        likely = found + 1;
    }
    return true;
}

template <class T>
bool read_described(json_value v, T& out, json_fault& e) {
    return read_members(v, &out, e, member_rows<T>);
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
    } else if constexpr (std::same_as<T, std::chrono::milliseconds>) {
        std::int64_t count = 0;
        if (!read_integer(v, count, e))
            return false;
        out = T(count);
        return true;
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
    } else if constexpr (std::same_as<T, json_tree>) {
        read_tree(v, out);
        return true;
    } else if constexpr (is_a<T, matrix>) {
        return read_matrix(v, out, e);
    } else if constexpr (is_a<T, matrix_span>) {
        return read_shape(v, out, e);
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
    } else if constexpr (std::same_as<T, std::chrono::milliseconds>) {
        w.integer(value.count());
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
    } else if constexpr (std::same_as<T, json_tree>) {
        write_tree(w, value);
    } else if constexpr (std::same_as<T, json_value>) {
        w.raw(value.to_string());
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

/// Reads into `out`. The memory of a vector of numbers or a matrix is used again. Members that the
/// text does not have keep what they are. What `out` holds after a failure is not specified.
/// @par Errors  As of `from_json`; a `matrix_span` of another shape is one, too.
template <class T>
[[nodiscard]] result<void> from_json_into(json_value value, T& out) {
    detail::json_fault e;
    if (!detail::read_value(value, out, e))
        return make_problem(errc::decode_failed, e.sentence(), phase::decode);
    return {};
}

/// Reads a `T` out of a parsed value.
///
/// `T` is a number, string, bool, optional, vector, array, matrix, map with string keys, one of our
/// value types, or a struct of such described with `BOOST_DESCRIBE_STRUCT`. Unknown fields are
/// skipped, missing ones keep their default, null is as good as missing.
/// @par Errors  errc::decode_failed, naming the path and what was expected.
template <class T>
[[nodiscard]] result<T> from_json(json_value value) {
    T out{};
    if (auto done = from_json_into(value, out); !done)
        return done.error();
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
