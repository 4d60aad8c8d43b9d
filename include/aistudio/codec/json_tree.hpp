#pragma once

#include <aistudio/codec/json_value.hpp>
#include <aistudio/codec/json_writer.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace aistudio {

/// Any JSON value, owning its memory: for answers whose shape nobody knows beforehand. Read and
/// written like every other type (`from_json<json_tree>`, a member of a described struct).
///
/// Fields keep their order and their duplicates. Whole numbers are `int64_t`, those that only
/// unsigned 64 bits hold are `uint64_t`, all others `double`; 1 and 1.0 are different values. What
/// was read and is written and read again is equal.
class AISTUDIO_API json_tree {
public:
    using array = std::vector<json_tree>;
    using field = std::pair<std::string, json_tree>;
    using object = std::vector<field>;
    using variant = std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double,
                                 std::string, array, object>;

    json_tree() noexcept = default;
    json_tree(std::nullptr_t) noexcept {}     // NOLINT: values are written as they stand
    json_tree(bool v) noexcept : value_(v) {} // NOLINT
    template <std::signed_integral T>
    json_tree(T v) noexcept : value_(static_cast<std::int64_t>(v)) {} // NOLINT
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    json_tree(T v) noexcept { // NOLINT
        if (std::in_range<std::int64_t>(v))
            value_ = static_cast<std::int64_t>(v);
        else
            value_ = static_cast<std::uint64_t>(v);
    }
    json_tree(double v) noexcept : value_(v) {}                 // NOLINT
    json_tree(std::string v) noexcept : value_(std::move(v)) {} // NOLINT
    json_tree(std::string_view v) : value_(std::string(v)) {}   // NOLINT
    json_tree(const char* v) : value_(std::string(v)) {}        // NOLINT
    json_tree(array v) noexcept : value_(std::move(v)) {}       // NOLINT
    json_tree(object v) noexcept : value_(std::move(v)) {}      // NOLINT

    [[nodiscard]] AISTUDIO_DECL json_kind kind() const noexcept;
    /// The value itself, for `std::get_if` and `std::visit`.
    [[nodiscard]] const variant& get() const noexcept { return value_; }
    [[nodiscard]] variant& get() noexcept { return value_; }
    /// Number of elements or fields; 0 for other kinds.
    [[nodiscard]] AISTUDIO_DECL std::size_t size() const noexcept;
    /// The first field called `key`; null when this is no object or has none.
    [[nodiscard]] AISTUDIO_DECL const json_tree* find(std::string_view key) const noexcept;
    /// The element at `index`; null when this is no array or is shorter.
    [[nodiscard]] AISTUDIO_DECL const json_tree* at(std::size_t index) const noexcept;
    /// As JSON text, for people: what JSON cannot hold is null. `to_json` tells about it.
    [[nodiscard]] AISTUDIO_DECL std::string to_string() const;

    friend AISTUDIO_DECL bool operator==(const json_tree& a, const json_tree& b) noexcept;
    friend AISTUDIO_DECL std::ostream& operator<<(std::ostream& out, const json_tree& value);

private:
    variant value_;
};

namespace detail {

AISTUDIO_DECL void read_tree(json_value v, json_tree& out);
AISTUDIO_DECL void write_tree(json_writer& w, const json_tree& value);

} // namespace detail

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/json_tree.ipp>
#endif
