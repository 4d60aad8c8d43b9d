#include "cli/cells.hpp"

namespace aistudio::cli {

std::string column_title(std::string_view member) {
    std::string out(member);
    for (char& c : out)
        c = c == '_' ? ' ' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    return out;
}

} // namespace aistudio::cli
