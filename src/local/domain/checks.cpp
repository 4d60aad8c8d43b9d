#include "local/domain/checks.hpp"

#include "local/refusal.hpp"
#include "local/utf8.hpp"

#include <algorithm>

namespace aistudio::local::domain {
namespace {

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto u = static_cast<unsigned char>(c);
        return u < 0x20 || u == 0x7F;
    });
}

} // namespace

void check_name(std::string_view what, std::string_view name, std::size_t most) {
    const std::string subject(what);
    if (name.empty())
        refuse_invalid(subject + " is empty; give it a name.");
    if (count_characters(name) > most)
        refuse_invalid(subject + " is longer than " + std::to_string(most) +
                       " characters; shorten it.");
    if (has_control_characters(name))
        refuse_invalid(subject + " has control characters; remove them.");
}

void check_text(std::string_view what, std::string_view text) {
    const std::string subject(what);
    if (count_characters(text) > max_text_characters)
        refuse_invalid(subject + " is longer than " + std::to_string(max_text_characters) +
                       " characters; shorten it.");
    if (text.find('\0') != std::string_view::npos)
        refuse_invalid(subject + " has a NUL character; remove it.");
}

void check_file_name(std::string_view name) {
    if (name.empty())
        refuse_missing("fileOriginName");
    if (name.size() > 255)
        refuse_invalid("The file's name is longer than 255 bytes; rename the file.");
    if (name.find_first_of("/\\") != std::string_view::npos)
        refuse_invalid("The file's name has a slash; send the name without its folder.");
    if (name == "." || name == "..")
        refuse_invalid("`.` and `..` cannot name a file; rename it.");
    if (has_control_characters(name))
        refuse_invalid("The file's name has control characters; rename the file.");
}

} // namespace aistudio::local::domain
