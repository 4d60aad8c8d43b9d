#pragma once

#include <aistudio/codec/wire.hpp>
#include <aistudio/types/limits.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aistudio::local::domain {

using limits::max_dataset_name_characters;
using limits::max_name_characters;
using limits::max_text_characters;

/// Refuses what is empty, longer than `most` characters or has control characters. `what` begins
/// the sentence.
void check_name(std::string_view what, std::string_view name, std::size_t most);
/// Refuses what is longer than 10,000 characters or has a NUL.
void check_text(std::string_view what, std::string_view text);
/// Refuses what cannot name one file in a folder: separators, `.` and `..`, control characters,
/// over 255 bytes.
void check_file_name(std::string_view name);

/// Refuses what cannot name a file or folder below a project: longer than 1024 bytes or 255 a part,
/// parts that are empty, `.` or `..`, backslashes, control characters, what is not UTF-8.
void check_project_path(std::string_view path);

/// What part of a list to show.
struct page_window {
    int page = 1;
    int size = 50;
    [[nodiscard]] std::int64_t offset() const { return std::int64_t{page - 1} * size; }

    template <class T>
    [[nodiscard]] wire::page_of<T> of(std::vector<T> items, std::int64_t total) const {
        return {std::move(items), total, page, size};
    }
};

} // namespace aistudio::local::domain
