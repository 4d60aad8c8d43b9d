#pragma once

#include <aistudio/codec/json_fault.hpp>
#include <aistudio/detail/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace aistudio {

/// True when `text` is valid UTF-8.
[[nodiscard]] AISTUDIO_DECL bool is_utf8(std::string_view text) noexcept;

/// What to do with values of type `secret`.
enum class secrets : bool {
    /// Write `"***"`: for people, logs and `--json`.
    redact,
    /// Write the secret: only for the wire.
    reveal
};

/// Numbers of which arrays are written at once.
template <class T>
concept json_number =
    std::same_as<T, double> || std::same_as<T, float> || std::same_as<T, std::int64_t> ||
    std::same_as<T, std::int32_t> || std::same_as<T, std::uint8_t>;

/// Appends JSON to a string: fewest digits that read back as the same bits, no white space, UTF-8
/// checked.
///
/// The first value that JSON cannot hold (NaN, infinity, text that is not UTF-8) is remembered in
/// `error()`; what is written after it is not to be used. Commas are put by the writer. The string
/// is complete whenever no object or array is open; until then it ends in bytes of no meaning, and
/// nobody else may change it.
class AISTUDIO_API json_writer {
public:
    /// Appends to `out`, which must outlive the writer.
    explicit json_writer(std::string& out, secrets mode = secrets::redact) noexcept
        : out_(&out), mode_(mode) {}
    json_writer(const json_writer&) = delete;
    json_writer& operator=(const json_writer&) = delete;
    ~json_writer() { finish(); }

    AISTUDIO_DECL void begin_object();
    AISTUDIO_DECL void end_object();
    AISTUDIO_DECL void begin_array();
    AISTUDIO_DECL void end_array();
    /// The name of the next value. The text must need no escape when `plain` is true.
    AISTUDIO_DECL void key(std::string_view name, bool plain = false);

    AISTUDIO_DECL void null();
    AISTUDIO_DECL void boolean(bool value);
    AISTUDIO_DECL void integer(std::int64_t value);
    AISTUDIO_DECL void unsigned_integer(std::uint64_t value);
    AISTUDIO_DECL void number(double value);
    AISTUDIO_DECL void number(float value);
    AISTUDIO_DECL void string(std::string_view utf8);
    /// The bytes as a string in base64 with padding (RFC 4648, section 4).
    AISTUDIO_DECL void base64(std::span<const std::byte> bytes);
    /// Text that is already one JSON value; not checked.
    AISTUDIO_DECL void raw(std::string_view json);

    /// `count` numbers as an array, each `stride` elements behind the one before. The quickest way
    /// to write them; the path in `error()` has the index of the one that could not be written.
    template <json_number T>
    void numbers(const T* first, std::size_t count, std::ptrdiff_t stride = 1);

    /// Ends the string after what is written so far: for callers who look at it, or cut it, while a
    /// container is open.
    AISTUDIO_DECL void finish() noexcept;

    [[nodiscard]] secrets mode() const noexcept { return mode_; }
    /// True once a value could not be written.
    [[nodiscard]] bool failed() const noexcept { return fault_.failed(); }
    /// Empty while all is well, else a sentence about the first value that could not be written.
    [[nodiscard]] std::string error() const { return fault_.sentence(); }
    /// Puts a member's name or an element's index before the path in `error()`: for callers, from
    /// the inside out.
    void name_error(std::string_view name) { fault_.inside(name); }
    void name_error(std::size_t index) { fault_.inside(index); }

    /// Internal: `,"name":`, and one byte behind it that may be read. Constant sizes become a few
    /// moves.
    template <std::size_t N>
    void member(const char (&comma_and_name)[N]) {
        constexpr std::size_t size = N - 1;
        char* const at = room(size);
        std::memcpy(at, &comma_and_name[first_ ? 1 : 0], size);
        at_ = at + size - (first_ ? 1 : 0);
        first_ = true;
    }

private:
    /// Room for `size` bytes at the returned place; `at_` is moved by the caller.
    char* room(std::size_t size) {
        if (static_cast<std::size_t>(end_ - at_) < size)
            grow(size);
        return at_;
    }
    AISTUDIO_DECL void grow(std::size_t size);
    AISTUDIO_DECL char* value_room(std::size_t size);
    AISTUDIO_DECL void value_ends(char* at) noexcept;
    AISTUDIO_DECL void open(char bracket);
    AISTUDIO_DECL void close(char bracket);
    AISTUDIO_DECL void quoted(std::string_view utf8, std::string_view reason);
    template <class Float>
    void floating(Float value);

    std::string* out_;
    char* at_ = nullptr;  // where to write next; null when the string is complete
    char* end_ = nullptr; // of the string
    std::size_t depth_ = 0;
    secrets mode_;
    bool first_ = true; // nothing stands before the next value in its container
    detail::json_fault fault_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/json_writer.ipp>
#endif
