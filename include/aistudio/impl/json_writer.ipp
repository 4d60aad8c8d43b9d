#pragma once

#include <aistudio/codec/json_writer.hpp>

#include <simdjson.h>

#include <array>
#include <charconv>
#include <cmath>

namespace aistudio {
namespace detail {

template <class Number>
void append_number(std::string& out, Number value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out.append(text.data(), end);
}

inline bool needs_escape(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

inline void append_escaped(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        out += "\\u00";
        out += hex[static_cast<unsigned char>(c) >> 4U];
        out += hex[static_cast<unsigned char>(c) & 15U];
    }
}

inline void append_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape(text[i]))
            continue;
        out.append(text, plain, i - plain);
        append_escaped(out, text[i]);
        plain = i + 1;
    }
    out.append(text, plain, text.size() - plain);
    out += '"';
}

} // namespace detail

AISTUDIO_DECL bool is_utf8(std::string_view text) noexcept {
    return simdjson::validate_utf8(text.data(), text.size());
}

AISTUDIO_DECL void json_writer::separate() {
    if (!first_)
        *out_ += ',';
    first_ = false;
}

AISTUDIO_DECL void json_writer::begin_object() {
    separate();
    *out_ += '{';
    first_ = true;
}

AISTUDIO_DECL void json_writer::end_object() {
    *out_ += '}';
    first_ = false;
}

AISTUDIO_DECL void json_writer::begin_array() {
    separate();
    *out_ += '[';
    first_ = true;
}

AISTUDIO_DECL void json_writer::end_array() {
    *out_ += ']';
    first_ = false;
}

AISTUDIO_DECL void json_writer::key(std::string_view name, bool plain) {
    separate();
    if (plain) {
        out_->append(1, '"').append(name).append("\":");
    } else {
        if (!is_utf8(name))
            fault_.fail("a key is not valid UTF-8");
        detail::append_string(*out_, name);
        *out_ += ':';
    }
    first_ = true;
}

AISTUDIO_DECL void json_writer::null() { raw("null"); }
AISTUDIO_DECL void json_writer::boolean(bool value) { raw(value ? "true" : "false"); }

AISTUDIO_DECL void json_writer::integer(std::int64_t value) {
    separate();
    detail::append_number(*out_, value);
}

AISTUDIO_DECL void json_writer::unsigned_integer(std::uint64_t value) {
    separate();
    detail::append_number(*out_, value);
}

template <class Float>
void json_writer::floating(Float value) {
    if (!std::isfinite(value))
        fault_.fail("NaN and infinity have no form in JSON");
    separate();
    const std::size_t begin = out_->size();
    detail::append_number(*out_, value);
    // As an integer, -0 has no sign for a reader and what exceeds 64 bits is refused by many.
    const bool no_integer = std::abs(value) >= Float(0x1p63) || (value == 0 && std::signbit(value));
    if (no_integer && out_->find_first_of(".e", begin) == std::string::npos)
        *out_ += ".0";
}

AISTUDIO_DECL void json_writer::number(double value) { floating(value); }
AISTUDIO_DECL void json_writer::number(float value) { floating(value); }

AISTUDIO_DECL void json_writer::string(std::string_view utf8) {
    if (!is_utf8(utf8))
        fault_.fail("the text is not valid UTF-8");
    separate();
    detail::append_string(*out_, utf8);
}

AISTUDIO_DECL void json_writer::raw(std::string_view json) {
    separate();
    out_->append(json);
}

} // namespace aistudio
