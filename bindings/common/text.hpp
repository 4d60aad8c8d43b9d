#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::bindings {

/// `tensor_spec` -> `TensorSpec`: classes of both languages.
[[nodiscard]] std::string pascal_case(std::string_view snake);
/// `api_key` -> `apiKey`: members in Java.
[[nodiscard]] std::string camel_case(std::string_view snake);
/// Breaks `text` between words, so that no line is longer than `width`.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);
/// The first sentence.
[[nodiscard]] std::string brief(const std::string& text);
/// With `from` replaced by `to` everywhere.
[[nodiscard]] std::string replaced(std::string text, std::string_view from, std::string_view to);

} // namespace aistudio::bindings
