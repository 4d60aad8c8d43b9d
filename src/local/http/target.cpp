#include "local/http/target.hpp"

#include <charconv>

namespace aistudio::local::http {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string_view cut(std::string_view& rest, char separator) {
    const auto at = rest.find(separator);
    const auto piece = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
    return piece;
}

std::string decode_or_keep(std::string_view text, bool form) {
    return percent_decode(text, form).value_or(std::string(text));
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text, bool form) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += form && text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

parameters parse_query(std::string_view query, bool form) {
    parameters all;
    while (!query.empty()) {
        std::string_view value = cut(query, '&');
        if (value.empty())
            continue;
        const auto name = cut(value, '=');
        all.emplace_back(decode_or_keep(name, form), decode_or_keep(value, form));
    }
    return all;
}

std::optional<std::string_view> find(const parameters& all, std::string_view name) {
    for (const auto& [key, value] : all)
        if (key == name)
            return value;
    return std::nullopt;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t n = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (ec != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return n;
}

target::target(std::string_view text) {
    const auto mark = text.find('?');
    path = text.substr(0, mark);
    query = mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 1);
}

std::optional<std::vector<std::string>> segments(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const auto piece = cut(path, '/');
        if (piece.empty())
            continue;
        auto decoded = percent_decode(piece);
        if (!decoded)
            return std::nullopt;
        parts.push_back(std::move(*decoded));
    }
    return parts;
}

} // namespace aistudio::local::http
