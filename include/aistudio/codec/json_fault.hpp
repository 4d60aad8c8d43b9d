#pragma once

#include <aistudio/detail/text.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aistudio::detail {

/// Why a value could not be read or written, and where it is. The path grows from the inside out,
/// while the calls return: `[2]`, then `.sizes[2]`, then `.file.sizes[2]`. Functions return false,
/// so that they can end a caller's line.
struct json_fault {
    std::string path;
    std::string why;

    [[nodiscard]] bool failed() const noexcept { return !why.empty(); }
    bool fail(std::string_view reason) {
        if (why.empty())
            why = reason;
        return false;
    }
    bool inside(std::string_view name) {
        path.insert(0, "." + one_line(name, 100)); // keys of a map come from outside
        return false;
    }
    bool inside(std::size_t index) {
        path.insert(0, "[" + std::to_string(index) + "]");
        return false;
    }
    /// Empty when nothing failed.
    [[nodiscard]] std::string sentence() const {
        if (!failed())
            return {};
        return "At `" + (path.empty() ? std::string("the whole value") : path) + "`: " + why + ".";
    }
};

} // namespace aistudio::detail
