#pragma once

#include <aistudio/codec/json_writer.hpp>
#include <aistudio/impl/json_base64.ipp>
#include <aistudio/impl/json_number.ipp>

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace aistudio {
namespace detail {

inline bool needs_escape(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

inline char* put_escape(char* out, char c) noexcept {
    constexpr std::string_view hex = "0123456789abcdef";
    constexpr std::string_view plain = "\"\\\n\r\t";
    constexpr std::string_view letter = "\"\\nrt";
    *out++ = '\\';
    if (const auto i = plain.find(c); i != std::string_view::npos) {
        *out = letter[i];
        return out + 1;
    }
    std::memcpy(out, "u00", 3);
    out[3] = hex[static_cast<unsigned char>(c) >> 4U];
    out[4] = hex[static_cast<unsigned char>(c) & 15U];
    return out + 5;
}

inline constexpr std::size_t longest_escape = 6;
inline constexpr std::string_view not_finite = "NaN and infinity have no form in JSON";

/// Copies text up to the first character that needs an escape, and says how much that was. Room for
/// sixteen bytes more than the text is needed. `seen` collects the bytes' highest bit.
inline std::size_t copy_plain(char* out, std::string_view text, unsigned& seen) noexcept {
    std::size_t i = 0;
#if defined(__SSE2__)
    for (; text.size() - i >= 16; i += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), block);
        const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
        const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
        const __m128i slash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
        const auto special =
            static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash))));
        seen |= static_cast<unsigned>(_mm_movemask_epi8(block));
        if (special != 0)
            return i + static_cast<unsigned>(std::countr_zero(special));
    }
#endif
    for (; i < text.size(); ++i) {
        if (needs_escape(text[i]))
            break;
        out[i] = text[i];
        seen |= static_cast<unsigned char>(text[i]) & 0x80U;
    }
    return i;
}

} // namespace detail

AISTUDIO_DECL bool is_utf8(std::string_view text) noexcept {
    return simdjson::validate_utf8(text.data(), text.size());
}

AISTUDIO_DECL void json_writer::grow(std::size_t size) {
    const std::size_t used =
        at_ == nullptr ? out_->size() : static_cast<std::size_t>(at_ - out_->data());
    // What is asked for beforehand is filled with zeros: as little as keeps this rare.
    const std::size_t ahead = std::clamp<std::size_t>(used, 256, 16384);
    const std::size_t there = out_->capacity() - used;
    out_->resize(used + std::max(size, there > size ? std::min(there, ahead) : ahead));
    at_ = out_->data() + used;
    end_ = out_->data() + out_->size();
}

AISTUDIO_DECL void json_writer::finish() noexcept {
    if (at_ != nullptr)
        out_->resize(static_cast<std::size_t>(at_ - out_->data()));
    at_ = end_ = nullptr;
}

/// Room for a value, behind the comma that it may need.
AISTUDIO_DECL char* json_writer::value_room(std::size_t size) {
    char* const at = room(size + 1);
    *at = ',';
    return at + (first_ ? 0 : 1);
}

AISTUDIO_DECL void json_writer::value_ends(char* at) noexcept {
    at_ = at;
    first_ = false;
    if (depth_ == 0)
        finish();
}

AISTUDIO_DECL void json_writer::open(char bracket) {
    char* const at = value_room(1);
    *at = bracket;
    at_ = at + 1;
    first_ = true;
    ++depth_;
}

AISTUDIO_DECL void json_writer::close(char bracket) {
    char* const at = room(1);
    *at = bracket;
    --depth_;
    value_ends(at + 1);
}

AISTUDIO_DECL void json_writer::begin_object() { open('{'); }
AISTUDIO_DECL void json_writer::end_object() { close('}'); }
AISTUDIO_DECL void json_writer::begin_array() { open('['); }
AISTUDIO_DECL void json_writer::end_array() { close(']'); }

/// Text in quotes; in pieces, because any of its characters may become six.
AISTUDIO_DECL void json_writer::quoted(std::string_view utf8, std::string_view reason) {
    constexpr std::size_t piece = 4096;
    unsigned seen = 0;
    char* at = value_room(1);
    *at = '"';
    at_ = at + 1;
    for (std::string_view rest = utf8; !rest.empty();) {
        const std::string_view part = rest.substr(0, piece);
        at = room(part.size() + 16 + detail::longest_escape);
        const std::size_t plain = detail::copy_plain(at, part, seen);
        at_ = at + plain;
        rest.remove_prefix(plain);
        if (plain < part.size()) {
            at_ = detail::put_escape(at_, rest.front());
            rest.remove_prefix(1);
        }
    }
    *room(1) = '"';
    ++at_;
    if (seen != 0 && !is_utf8(utf8))
        fault_.fail(reason);
}

AISTUDIO_DECL void json_writer::key(std::string_view name, bool plain) {
    if (plain) {
        char* const at = value_room(name.size() + 3);
        at[0] = '"';
        std::memcpy(at + 1, name.data(), name.size());
        std::memcpy(at + 1 + name.size(), "\":", 2);
        at_ = at + name.size() + 3;
    } else {
        quoted(name, "a key is not valid UTF-8");
        *room(1) = ':';
        ++at_;
    }
    first_ = true;
}

AISTUDIO_DECL void json_writer::null() { raw("null"); }
AISTUDIO_DECL void json_writer::boolean(bool value) { raw(value ? "true" : "false"); }

AISTUDIO_DECL void json_writer::integer(std::int64_t value) {
    value_ends(detail::put_signed(value_room(detail::number_room), value));
}

AISTUDIO_DECL void json_writer::unsigned_integer(std::uint64_t value) {
    value_ends(detail::put_unsigned(value_room(detail::number_room), value));
}

template <class Float>
void json_writer::floating(Float value) {
    if (!std::isfinite(value)) {
        fault_.fail(detail::not_finite);
        return null();
    }
    value_ends(detail::put_float(value_room(detail::number_room), value));
}

AISTUDIO_DECL void json_writer::number(double value) { floating(value); }
AISTUDIO_DECL void json_writer::number(float value) { floating(value); }

template <json_number T>
void json_writer::numbers(const T* first, std::size_t count, std::ptrdiff_t stride) {
    constexpr std::size_t block = 64; // room is asked for once for so many
    open('[');
    for (std::size_t done = 0; done < count;) {
        const std::size_t end = std::min(count, done + block);
        char* at = room((end - done) * (detail::number_room + 1));
        for (; done < end; ++done, first += stride) {
            if constexpr (std::floating_point<T>) {
                if (!std::isfinite(*first)) {
                    fault_.fail(detail::not_finite);
                    fault_.inside(done);
                    return close(']');
                }
                at = detail::put_float(at, *first);
            } else {
                at = detail::put_signed(at, *first);
            }
            *at++ = ',';
        }
        at_ = at;
    }
    if (count != 0)
        --at_; // the last comma
    close(']');
}

AISTUDIO_DECL void json_writer::string(std::string_view utf8) {
    quoted(utf8, "the text is not valid UTF-8");
    value_ends(at_);
}

AISTUDIO_DECL void json_writer::base64(std::span<const std::byte> bytes) {
    constexpr std::size_t piece = 12288; // a multiple of three; 16 KiB of text stay in the cache
    finish();                            // reserving moves the string
    out_->reserve(out_->size() + detail::base64_size(bytes.size()) + 64);
    at_ = value_room(1);
    *at_++ = '"';
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(bytes.size(), piece));
        at_ = detail::put_base64(room(detail::base64_size(part.size())), part);
        bytes = bytes.subspan(part.size());
    }
    *room(1) = '"';
    value_ends(at_ + 1);
}

AISTUDIO_DECL void json_writer::raw(std::string_view json) {
    char* const at = value_room(json.size());
    std::memcpy(at, json.data(), json.size());
    value_ends(at + json.size());
}

#if defined(AISTUDIO_SOURCE)
template void json_writer::numbers(const double*, std::size_t, std::ptrdiff_t);
template void json_writer::numbers(const float*, std::size_t, std::ptrdiff_t);
template void json_writer::numbers(const std::int64_t*, std::size_t, std::ptrdiff_t);
template void json_writer::numbers(const std::int32_t*, std::size_t, std::ptrdiff_t);
template void json_writer::numbers(const std::uint8_t*, std::size_t, std::ptrdiff_t);
#endif

} // namespace aistudio
