#include "local/domain/checks.hpp"

#include "local/refusal.hpp"
#include "local/utf8.hpp"

#include <algorithm>

namespace aistudio::local::domain {
namespace {

using limits::max_file_name_bytes;
using limits::max_path_bytes;

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto u = static_cast<unsigned char>(c);
        return u < 0x20 || u == 0x7F;
    });
}

/// U+0080 to U+009F, which take two bytes.
bool has_wide_control_characters(std::string_view utf8) {
    for (std::size_t i = 0; i + 1 < utf8.size(); ++i)
        if (utf8[i] == '\xC2' && static_cast<unsigned char>(utf8[i + 1]) < 0xA0)
            return true;
    return false;
}

std::string why_no_path(std::string_view path) {
    if (path.empty())
        return "is empty";
    if (path.size() > max_path_bytes)
        return "is longer than 1024 bytes";
    if (path.front() == '/')
        return "begins with a slash; give it relative to the project";
    if (path.find('\\') != std::string_view::npos)
        return "has a backslash; put `/` between the parts";
    if (has_control_characters(path) || has_wide_control_characters(path))
        return "has control characters";
    if (to_utf8(path, false).text != path)
        return "is not UTF-8";
    for (std::size_t at = 0; at <= path.size();) {
        const auto part = path.substr(at, std::min(path.find('/', at), path.size()) - at);
        if (part.empty())
            return "has an empty part";
        if (part == "." || part == "..")
            return "has a part `" + std::string(part) + "`";
        if (part.size() > max_file_name_bytes)
            return "has a part longer than 255 bytes";
        at += part.size() + 1;
    }
    return {};
}

} // namespace

void check_project_path(std::string_view path) {
    if (const auto why = why_no_path(path); !why.empty())
        refuse_invalid(
            "The path" +
            (path.size() > 200 ? std::string() : " `" + to_utf8(path, false).text + "`") + " " +
            why + "; choose another.");
}

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
    if (name.size() > max_file_name_bytes)
        refuse_invalid("The file's name is longer than 255 bytes; rename the file.");
    if (name.find_first_of("/\\") != std::string_view::npos)
        refuse_invalid("The file's name has a slash; send the name without its folder.");
    if (name == "." || name == "..")
        refuse_invalid("`.` and `..` cannot name a file; rename it.");
    if (has_control_characters(name))
        refuse_invalid("The file's name has control characters; rename the file.");
}

} // namespace aistudio::local::domain
