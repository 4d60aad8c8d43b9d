#include "cli/table.hpp"

#include "cli/text.hpp"

#include <algorithm>

namespace aistudio::cli {
namespace {

constexpr std::size_t gap = 2;

std::string emphasised(std::string text, bool bold) {
    return bold ? "\033[1m" + std::move(text) + "\033[0m" : text;
}

void widen(std::vector<std::size_t>& widths, const std::vector<std::string>& cells) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i)
        widths[i] = std::max(widths[i], display_width(cells[i]));
}

std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i)
        out += padded(cells[i], widths[i] + gap);
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

} // namespace

std::string render(const table& t, bool bold) {
    std::vector<std::size_t> widths;
    widen(widths, t.header);
    for (const auto& row : t.rows)
        widen(widths, row);
    std::string out = emphasised(line(t.header, widths), bold) + '\n';
    for (const auto& row : t.rows)
        out += line(row, widths) + '\n';
    return out;
}

std::string render(const field_list& fields, bool bold) {
    std::size_t width = 0;
    for (const auto& field : fields)
        width = std::max(width, display_width(field.first));
    std::string out;
    for (const auto& [name, value] : fields) {
        const std::string blanks(value.empty() ? 0 : width + gap - display_width(name), ' ');
        out += emphasised(name, bold) + blanks + value + '\n';
    }
    return out;
}

} // namespace aistudio::cli
