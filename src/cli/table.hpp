#pragma once

#include <string>
#include <utility>
#include <vector>

namespace aistudio::cli {

/// Rows under a header. A row may be shorter than the header.
struct table {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;
};

/// Name and value of each field of one thing.
using field_list = std::vector<std::pair<std::string, std::string>>;

/// Aligned columns, two blanks between them, one line a row, no blanks at the ends. `bold`: the
/// header, by ANSI codes.
[[nodiscard]] std::string render(const table& t, bool bold);

/// One line a field, the values below each other. `bold`: the names.
[[nodiscard]] std::string render(const field_list& fields, bool bold);

} // namespace aistudio::cli
