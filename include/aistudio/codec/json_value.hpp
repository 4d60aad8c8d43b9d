#pragma once

#include <aistudio/error.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aistudio {

/// What a JSON value is.
enum class json_kind { null, boolean, integer, unsigned_integer, number, string, array, object };

class json_array_range;
class json_object_range;

namespace detail {

/// What a parsed text is: simdjson's tape, whose format it documents. A word has its type in the
/// highest byte; numbers have a second word, a container names the place behind it and its size, a
/// string the place of its length and its characters.
struct json_tape {
    const std::uint64_t* words = nullptr;
    const unsigned char* strings = nullptr;
    const void* document = nullptr;

    [[nodiscard]] char type(std::size_t index) const noexcept {
        return static_cast<char>(words[index] >> 56U);
    }
    [[nodiscard]] std::uint64_t payload(std::size_t index) const noexcept {
        return words[index] & 0x00ffffffffffffffU;
    }
    /// The index behind the value at `index`.
    [[nodiscard]] std::size_t after(std::size_t index) const noexcept {
        switch (type(index)) {
        case '[':
        case '{':
            return static_cast<std::uint32_t>(words[index]);
        case 'l':
        case 'u':
        case 'd':
            return index + 2;
        default:
            return index + 1;
        }
    }
    [[nodiscard]] std::string_view text(std::size_t index) const noexcept {
        const unsigned char* const at = strings + payload(index);
        std::uint32_t size = 0;
        std::memcpy(&size, at, sizeof size);
        return {reinterpret_cast<const char*>(at + sizeof size), size};
    }
};

} // namespace detail

/// A read-only view of one value of a `json_document`. Cheap to copy; valid as long as the
/// document.
class AISTUDIO_API json_value {
public:
    [[nodiscard]] json_kind kind() const noexcept {
        switch (type()) {
        case '[':
            return json_kind::array;
        case '{':
            return json_kind::object;
        case 'l':
            return json_kind::integer;
        case 'u':
            return json_kind::unsigned_integer;
        case 'd':
            return json_kind::number;
        case '"':
            return json_kind::string;
        case 't':
        case 'f':
            return json_kind::boolean;
        default:
            return json_kind::null;
        }
    }

    /// Each returns nullopt when the value is of another kind. `get_int64` and `get_double` accept
    /// any number that the type holds exactly (integers) or at all (doubles).
    [[nodiscard]] std::optional<bool> get_bool() const noexcept {
        const char t = type();
        return t == 't' || t == 'f' ? std::optional(t == 't') : std::nullopt;
    }
    [[nodiscard]] std::optional<std::int64_t> get_int64() const noexcept {
        return type() == 'l' ? std::optional(std::bit_cast<std::int64_t>(number()))
                             : int64_of_double();
    }
    [[nodiscard]] AISTUDIO_DECL std::optional<std::uint64_t> get_uint64() const noexcept;
    [[nodiscard]] std::optional<double> get_double() const noexcept {
        switch (type()) {
        case 'd':
            return std::bit_cast<double>(number());
        case 'l':
            return static_cast<double>(std::bit_cast<std::int64_t>(number()));
        case 'u':
            return static_cast<double>(number());
        default:
            return std::nullopt;
        }
    }
    /// UTF-8, escapes resolved.
    [[nodiscard]] std::optional<std::string_view> get_string() const noexcept {
        return type() == '"' ? std::optional(raw_.tape->text(raw_.index)) : std::nullopt;
    }

    [[nodiscard]] bool is_null() const noexcept { return kind() == json_kind::null; }
    /// Number of elements or fields; 0 for other kinds.
    [[nodiscard]] AISTUDIO_DECL std::size_t size() const noexcept;
    /// The first field called `key`; nullopt when this is no object or has none.
    [[nodiscard]] AISTUDIO_DECL std::optional<json_value> find(std::string_view key) const noexcept;
    /// The elements of an array; an empty range for other kinds.
    [[nodiscard]] json_array_range items() const noexcept;
    /// The fields of an object in their order; an empty range for other kinds.
    [[nodiscard]] json_object_range fields() const noexcept;
    /// The value as minified JSON text.
    [[nodiscard]] AISTUDIO_DECL std::string to_string() const;
    /// Copies an array's elements as far as they are numbers, and says how many those are. Room for
    /// `size()` of them is needed.
    template <std::floating_point T>
    std::size_t copy_numbers(T* out) const noexcept;

    /// Internal representation; not part of the interface.
    struct raw {
        const detail::json_tape* tape;
        std::size_t index;
    };
    explicit json_value(raw r) noexcept : raw_(r) {}

private:
    [[nodiscard]] char type() const noexcept {
        return raw_.tape == nullptr ? 'n' : raw_.tape->type(raw_.index);
    }
    [[nodiscard]] std::uint64_t number() const noexcept { return raw_.tape->words[raw_.index + 1]; }
    [[nodiscard]] AISTUDIO_DECL std::optional<std::int64_t> int64_of_double() const noexcept;
    [[nodiscard]] raw last() const noexcept { // the closing bracket
        return {raw_.tape, raw_.tape->after(raw_.index) - 1};
    }

    raw raw_;
};

/// Range over array elements.
class json_array_range {
public:
    class iterator {
    public:
        explicit iterator(json_value::raw at) noexcept : at_(at) {}
        json_value operator*() const noexcept { return json_value(at_); }
        iterator& operator++() noexcept {
            at_.index = at_.tape->after(at_.index);
            return *this;
        }
        friend bool operator==(const iterator& a, const iterator& b) noexcept {
            return a.at_.index == b.at_.index;
        }

    private:
        json_value::raw at_;
    };
    json_array_range(json_value::raw first, json_value::raw last) noexcept
        : first_(first), last_(last) {}
    [[nodiscard]] iterator begin() const noexcept { return iterator(first_); }
    [[nodiscard]] iterator end() const noexcept { return iterator(last_); }

private:
    json_value::raw first_;
    json_value::raw last_;
};

/// One field of an object.
struct json_field {
    std::string_view key;
    json_value value;
};

/// Range over object fields.
class json_object_range {
public:
    class iterator {
    public:
        explicit iterator(json_value::raw at) noexcept : at_(at) {}
        json_field operator*() const noexcept {
            return {at_.tape->text(at_.index), json_value({at_.tape, at_.index + 1})};
        }
        iterator& operator++() noexcept {
            at_.index = at_.tape->after(at_.index + 1);
            return *this;
        }
        friend bool operator==(const iterator& a, const iterator& b) noexcept {
            return a.at_.index == b.at_.index;
        }

    private:
        json_value::raw at_;
    };
    json_object_range(json_value::raw first, json_value::raw last) noexcept
        : first_(first), last_(last) {}
    [[nodiscard]] iterator begin() const noexcept { return iterator(first_); }
    [[nodiscard]] iterator end() const noexcept { return iterator(last_); }

private:
    json_value::raw first_;
    json_value::raw last_;
};

template <std::floating_point T>
std::size_t json_value::copy_numbers(T* out) const noexcept {
    if (type() != '[')
        return 0;
    const detail::json_tape& tape = *raw_.tape;
    const std::size_t end = last().index;
    const T* const begin = out;
    for (std::size_t at = raw_.index + 1; at != end; at += 2) {
        const std::uint64_t word = tape.words[at + 1];
        const char type = tape.type(at);
        if (type == 'd')
            *out++ = static_cast<T>(std::bit_cast<double>(word));
        else if (type == 'l')
            *out++ = static_cast<T>(std::bit_cast<std::int64_t>(word));
        else if (type == 'u')
            *out++ = static_cast<T>(word);
        else
            break;
    }
    return static_cast<std::size_t>(out - begin);
}

inline json_array_range json_value::items() const noexcept {
    return type() == '[' ? json_array_range({raw_.tape, raw_.index + 1}, last())
                         : json_array_range(raw_, raw_);
}

inline json_object_range json_value::fields() const noexcept {
    return type() == '{' ? json_object_range({raw_.tape, raw_.index + 1}, last())
                         : json_object_range(raw_, raw_);
}

/// Nesting deeper than this is refused, by the client and the local studio alike.
inline constexpr std::size_t max_json_depth = 1024;

/// Readable bytes that must follow a text given to `json_document::parse_padded`.
inline constexpr std::size_t json_padding = 64;

/// A parsed JSON text that owns its memory. Movable; views into it stay valid when it moves.
///
/// @par Thread safety  Reading from several threads: safe. `parse` into one object: one thread at a
/// time.
class AISTUDIO_API json_document {
public:
    AISTUDIO_DECL json_document();
    AISTUDIO_DECL json_document(json_document&&) noexcept;
    AISTUDIO_DECL json_document& operator=(json_document&&) noexcept;
    AISTUDIO_DECL ~json_document();

    /// Parses `text`; the whole of it must be one JSON value in UTF-8. Memory of an earlier parse
    /// is reused, and views into the earlier value become invalid.
    /// @par Errors  errc::decode_failed, saying what is wrong with the text.
    [[nodiscard]] AISTUDIO_DECL result<json_value> parse(std::string_view text);

    /// Like `parse`, without a copy of the text: at least `json_padding` bytes after its end must
    /// be readable. What they hold does not matter, and nothing refers to the text once this
    /// returns. Allocates nothing when an earlier text was as long and no error is to be told.
    /// @par Errors  As of `parse`.
    [[nodiscard]] AISTUDIO_DECL result<json_value> parse_padded(std::string_view text);

    /// The value parsed last; null before the first parse and after a failed one.
    [[nodiscard]] AISTUDIO_DECL json_value root() const noexcept;

private:
    struct impl;
    AISTUDIO_DECL impl& parser();

    std::unique_ptr<impl> impl_;
};

namespace detail {

/// Texts up to this size are parsed into memory that the thread keeps; larger ones would hold it
/// for good.
inline constexpr std::size_t max_kept_json = std::size_t{1} << 20U;

/// This thread's document, for values that are read out of it before the next call.
[[nodiscard]] AISTUDIO_DECL json_document& thread_document();

} // namespace detail

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/json_value.ipp>
#endif
