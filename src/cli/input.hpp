#pragma once

#include "cli/interrupts.hpp"

#include <aistudio/types/secret.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aistudio::cli {

/// A file or standard input, read as it comes. Ctrl-C ends the waiting: then `interrupted` is
/// thrown. Other failures are thrown as `api_error`.
class input {
public:
    /// Longest line and longest whole text, bytes.
    static constexpr std::size_t max_bytes = std::size_t{256} << 20U;

    /// `-` is standard input.
    input(const std::string& name, const interrupts& watch);
    input(const input&) = delete;
    input& operator=(const input&) = delete;
    ~input();

    /// The next line without its end; false when there is none.
    [[nodiscard]] bool read_line(std::string& line);
    /// All that is left.
    [[nodiscard]] std::string read_all();

private:
    /// Reads more into the buffer; false at the end.
    bool fill();

    std::string name_;
    const interrupts* watch_;
    int descriptor_ = -1;
    std::string buffer_;
    std::size_t at_ = 0; // what stands before was handed out
};

/// JSON text given as an argument: the text itself, `@FILE`, or `-` for standard input.
[[nodiscard]] std::string read_argument(std::string_view argument, const interrupts& watch);

/// Asks a question on standard error and reads lines until one is `y` or `yes`, or `n`, `no` or
/// empty. Throws `usage_error` when the input ends before.
[[nodiscard]] bool confirmed(std::string_view question, const interrupts& watch);

/// One line from standard input, not shown while it is typed.
[[nodiscard]] secret read_secret(std::string_view prompt, const interrupts& watch);

} // namespace aistudio::cli
