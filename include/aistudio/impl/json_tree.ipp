#pragma once

#include <aistudio/codec/json_tree.hpp>
#include <aistudio/impl/json_number.ipp>

#include <array>
#include <cmath>
#include <ostream>

namespace aistudio {
namespace detail {

// Both are as deep as the value: at most 1024 calls for what was parsed.

AISTUDIO_DECL void read_tree(json_value v, json_tree& out) {
    switch (v.kind()) {
    case json_kind::null:
        out = nullptr;
        return;
    case json_kind::boolean:
        out = *v.get_bool();
        return;
    case json_kind::integer:
        out = *v.get_int64();
        return;
    case json_kind::unsigned_integer:
        out = *v.get_uint64();
        return;
    case json_kind::number:
        out = *v.get_double();
        return;
    case json_kind::string:
        out = *v.get_string();
        return;
    case json_kind::array: {
        auto& items = out.get().emplace<json_tree::array>();
        for (const json_value item : v.items())
            read_tree(item, items.emplace_back());
        return;
    }
    case json_kind::object: {
        auto& fields = out.get().emplace<json_tree::object>();
        for (const json_field field : v.fields())
            read_tree(field.value, fields.emplace_back(field.key, json_tree()).second);
        return;
    }
    }
}

/// Unlike a member that is a double, one of a tree is recognised as such by its text.
inline void write_tree_number(json_writer& w, double value) {
    if (!std::isfinite(value))
        return w.number(value);
    std::array<char, number_room + 2> text; // NOLINT: filled as far as it is read
    char* end = put_float(text.data(), value);
    if (std::string_view(text.data(), end).find_first_of(".e") == std::string_view::npos)
        end = std::copy_n(".0", 2, end);
    w.raw({text.data(), end});
}

struct tree_writer {
    json_writer& w;

    void operator()(std::nullptr_t) const { w.null(); }
    void operator()(bool v) const { w.boolean(v); }
    void operator()(std::int64_t v) const { w.integer(v); }
    void operator()(std::uint64_t v) const { w.unsigned_integer(v); }
    void operator()(double v) const { write_tree_number(w, v); }
    void operator()(const std::string& v) const { w.string(v); }
    void operator()(const json_tree::array& items) const {
        w.begin_array();
        for (std::size_t i = 0; i < items.size(); ++i) {
            const bool failed = w.failed();
            write_tree(w, items[i]);
            if (w.failed() && !failed)
                w.name_error(i);
        }
        w.end_array();
    }
    void operator()(const json_tree::object& fields) const {
        w.begin_object();
        for (const auto& [key, value] : fields) {
            w.key(key);
            const bool failed = w.failed();
            write_tree(w, value);
            if (w.failed() && !failed)
                w.name_error(key);
        }
        w.end_object();
    }
};

AISTUDIO_DECL void write_tree(json_writer& w, const json_tree& value) {
    std::visit(tree_writer{w}, value.get());
}

} // namespace detail

AISTUDIO_DECL json_kind json_tree::kind() const noexcept {
    constexpr json_kind kinds[] = {
        json_kind::null,   json_kind::boolean, json_kind::integer, json_kind::unsigned_integer,
        json_kind::number, json_kind::string,  json_kind::array,   json_kind::object};
    static_assert(std::size(kinds) == std::variant_size_v<variant>);
    return value_.valueless_by_exception() ? json_kind::null : kinds[value_.index()];
}

AISTUDIO_DECL std::size_t json_tree::size() const noexcept {
    if (const auto* items = std::get_if<array>(&value_))
        return items->size();
    const auto* fields = std::get_if<object>(&value_);
    return fields == nullptr ? 0 : fields->size();
}

AISTUDIO_DECL const json_tree* json_tree::find(std::string_view key) const noexcept {
    if (const auto* fields = std::get_if<object>(&value_))
        for (const auto& [name, value] : *fields)
            if (name == key)
                return &value;
    return nullptr;
}

AISTUDIO_DECL const json_tree* json_tree::at(std::size_t index) const noexcept {
    const auto* items = std::get_if<array>(&value_);
    return items != nullptr && index < items->size() ? &(*items)[index] : nullptr;
}

AISTUDIO_DECL std::string json_tree::to_string() const {
    std::string text;
    json_writer w(text);
    detail::write_tree(w, *this);
    return text;
}

AISTUDIO_DECL bool operator==(const json_tree& a, const json_tree& b) noexcept {
    return a.value_ == b.value_;
}

AISTUDIO_DECL std::ostream& operator<<(std::ostream& out, const json_tree& value) {
    return out << value.to_string();
}

} // namespace aistudio
