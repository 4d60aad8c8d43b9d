#pragma once

#include <aistudio/detail/config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aistudio {

/// True when `pattern` matches all of `text`, by the rules of Python's `fnmatch`: `*` is any text,
/// slashes too; `?` one character; `[a-z]` one of a set, `[!a-z]` one not of it; a `[` without its
/// `]` itself. Both are UTF-8; upper and lower case differ.
[[nodiscard]] AISTUDIO_DECL bool glob_match(std::string_view pattern, std::string_view text);

/// Which files of a folder are meant. A pattern that ends in `/` means all below that folder.
struct path_filter {
    /// Empty: all.
    std::vector<std::string> include{};
    std::vector<std::string> exclude{};

    [[nodiscard]] AISTUDIO_DECL bool excludes(std::string_view path) const;
    [[nodiscard]] AISTUDIO_DECL bool accepts(std::string_view path) const;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/path_filter.ipp>
#endif
