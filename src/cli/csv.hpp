#pragma once

#include <aistudio/error.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::cli {

/// Reads records of RFC 4180 from a text that comes line by line: fields separated by commas, in
/// double quotes where they hold commas, quotes (doubled) or line ends.
class csv_reader {
public:
    /// Gives the next line without its end; false: there is none.
    using line_source = std::function<bool(std::string& line)>;

    explicit csv_reader(line_source lines) : lines_(std::move(lines)) {}

    /// The next record; false at the end. Empty lines are skipped.
    /// Throws `api_error`, naming the line, when quotes are not closed or stand where they must
    /// not.
    [[nodiscard]] bool read(std::vector<std::string>& fields);
    /// Number of the line that the last record began in, from 1.
    [[nodiscard]] std::size_t line() const noexcept { return began_; }

private:
    bool next_line();
    std::string quoted(std::size_t& at);
    std::string plain(std::size_t& at);
    [[noreturn]] void fail(std::string_view what) const;

    line_source lines_;
    std::string text_;
    std::size_t number_ = 0;
    std::size_t began_ = 0;
};

/// One record as a JSON object: the names are those of the header; what is a JSON number is written
/// as a number, an empty field as null, anything else as text.
/// @par Errors  errc::encode_failed, naming the line: more or fewer fields than names, text that is
/// not UTF-8.
[[nodiscard]] result<std::string> to_json_object(const std::vector<std::string>& names,
                                                 const std::vector<std::string>& fields,
                                                 std::size_t line);

/// True for what JSON takes as a number: `-1.5e3`, not `+1`, `.5`, `0x1`, `01` or `nan`.
[[nodiscard]] bool is_json_number(std::string_view text) noexcept;

} // namespace aistudio::cli
