#pragma once

#include <aistudio/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aistudio {

/// What a JSON value is.
enum class json_kind { null, boolean, integer, unsigned_integer, number, string, array, object };

class json_array_range;
class json_object_range;

/// A read-only view of one value of a `json_document`. Cheap to copy; valid as long as the
/// document.
class AISTUDIO_API json_value {
public:
    [[nodiscard]] AISTUDIO_DECL json_kind kind() const noexcept;

    /// Each returns nullopt when the value is of another kind. `get_int64` and `get_double` accept
    /// any number that the type holds exactly (integers) or at all (doubles).
    [[nodiscard]] AISTUDIO_DECL std::optional<bool> get_bool() const noexcept;
    [[nodiscard]] AISTUDIO_DECL std::optional<std::int64_t> get_int64() const noexcept;
    [[nodiscard]] AISTUDIO_DECL std::optional<std::uint64_t> get_uint64() const noexcept;
    [[nodiscard]] AISTUDIO_DECL std::optional<double> get_double() const noexcept;
    /// UTF-8, escapes resolved.
    [[nodiscard]] AISTUDIO_DECL std::optional<std::string_view> get_string() const noexcept;

    [[nodiscard]] bool is_null() const noexcept { return kind() == json_kind::null; }
    /// Number of elements or fields; 0 for other kinds.
    [[nodiscard]] AISTUDIO_DECL std::size_t size() const noexcept;
    /// The first field called `key`; nullopt when this is no object or has none.
    [[nodiscard]] AISTUDIO_DECL std::optional<json_value> find(std::string_view key) const noexcept;
    /// The elements of an array; an empty range for other kinds.
    [[nodiscard]] AISTUDIO_DECL json_array_range items() const noexcept;
    /// The fields of an object in their order; an empty range for other kinds.
    [[nodiscard]] AISTUDIO_DECL json_object_range fields() const noexcept;
    /// The value as minified JSON text.
    [[nodiscard]] AISTUDIO_DECL std::string to_string() const;

    /// Internal representation; not part of the interface.
    struct raw {
        const void* document;
        std::size_t index;
    };
    explicit json_value(raw r) noexcept : raw_(r) {}

private:
    friend class json_array_range;
    friend class json_object_range;
    raw raw_;
};

/// Range over array elements.
class AISTUDIO_API json_array_range {
public:
    class iterator {
    public:
        explicit iterator(json_value::raw at) noexcept : at_(at) {}
        json_value operator*() const noexcept { return json_value(at_); }
        AISTUDIO_DECL iterator& operator++() noexcept;
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
class AISTUDIO_API json_object_range {
public:
    class iterator {
    public:
        explicit iterator(json_value::raw at) noexcept : at_(at) {}
        AISTUDIO_DECL json_field operator*() const noexcept;
        AISTUDIO_DECL iterator& operator++() noexcept;
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
