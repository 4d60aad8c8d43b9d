#include "text.hpp"

#include <sstream>

namespace aistudio::bindings {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

} // namespace

std::string camel_case(std::string_view snake) {
    std::string out;
    bool raise = false;
    for (const char c : snake) {
        if (c != '_')
            out += raise ? upper(c) : c;
        raise = c == '_';
    }
    return out;
}

std::string pascal_case(std::string_view snake) {
    std::string out = camel_case(snake);
    if (!out.empty())
        out.front() = upper(out.front());
    return out;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
        if (lines.empty() || lines.back().size() + 1 + word.size() > width)
            lines.push_back(word);
        else
            lines.back().append(" ").append(word);
    }
    return lines;
}

std::string brief(const std::string& text) {
    const auto end = text.find(". ");
    return end == std::string::npos ? text : text.substr(0, end + 1);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

} // namespace aistudio::bindings
