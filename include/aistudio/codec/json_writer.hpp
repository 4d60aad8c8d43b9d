#pragma once

#include <aistudio/codec/json_fault.hpp>
#include <aistudio/detail/config.hpp>

#include <cstddef>
#include <cstdint>
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

/// Appends JSON to a string: fewest digits that read back as the same bits, no white space, UTF-8
/// checked.
///
/// The first value that JSON cannot hold (NaN, infinity, text that is not UTF-8) is remembered in
/// `error()`; what is written after it is not to be used. Commas are put by the writer.
class AISTUDIO_API json_writer {
public:
    /// Appends to `out`, which must outlive the writer.
    explicit json_writer(std::string& out, secrets mode = secrets::redact) noexcept
        : out_(&out), mode_(mode) {}

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
    /// Text that is already one JSON value; not checked.
    AISTUDIO_DECL void raw(std::string_view json);

    [[nodiscard]] secrets mode() const noexcept { return mode_; }
    /// True once a value could not be written.
    [[nodiscard]] bool failed() const noexcept { return fault_.failed(); }
    /// Empty while all is well, else a sentence about the first value that could not be written.
    [[nodiscard]] std::string error() const { return fault_.sentence(); }
    /// Puts a member's name or an element's index before the path in `error()`: for callers, from
    /// the inside out.
    void name_error(std::string_view name) { fault_.inside(name); }
    void name_error(std::size_t index) { fault_.inside(index); }

private:
    AISTUDIO_DECL void separate();
    template <class Float>
    void floating(Float value);

    std::string* out_;
    secrets mode_;
    bool first_ = true; // nothing stands before the next value in its container
    detail::json_fault fault_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/json_writer.ipp>
#endif
