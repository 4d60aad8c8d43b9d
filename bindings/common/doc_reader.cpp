#include "doc_reader.hpp"

#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace aistudio::bindings {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \r") - first + 1);
}

/// The name a member's declaration gives: the last word before `=`, `{` or `;`.
std::string declared_name(const std::string& declaration) {
    static const std::regex form(R"((\w+)\s*(=.*|\{.*\})?;.*)");
    std::smatch found;
    return std::regex_search(declaration, found, form) ? found[1].str() : std::string();
}

const std::string& at(const std::map<std::string, std::string>& docs, const std::string& name) {
    const auto found = docs.find(name);
    if (found == docs.end() || found->second.empty())
        throw std::runtime_error("`" + name + "` has no `///` comment in the headers.");
    return found->second;
}

/// What stands behind `tag` in `text`, if it begins with it.
std::optional<std::string> after(std::string_view text, std::string_view tag) {
    if (!text.starts_with(tag))
        return std::nullopt;
    return std::string(trimmed(text.substr(tag.size())));
}

} // namespace

doc_reader::doc_reader(const std::vector<std::filesystem::path>& headers) {
    for (const auto& header : headers)
        read(header);
}

const std::string& doc_reader::of(const std::string& record) const { return at(docs_, record); }

const std::string& doc_reader::of(const std::string& record, const std::string& member) const {
    return at(docs_, record + "::" + member);
}

operation_doc doc_reader::operation(const std::string& resource, const std::string& name) const {
    operation_doc out;
    std::istringstream lines(of(resource, name));
    for (std::string part; std::getline(lines, part);) {
        if (const auto returns = after(part, "@return"))
            out.returns = *returns;
        else if (const auto errors = after(part, "@par Errors"))
            out.errors = *errors;
        else if (!part.starts_with('@'))
            out.text += part;
    }
    return out;
}

void doc_reader::read(const std::filesystem::path& header) {
    std::ifstream in(header);
    if (!in)
        throw std::runtime_error("Cannot read " + header.string() + ".");
    pending_.clear();
    record_.clear();
    for (std::string text; std::getline(in, text);) {
        line(trimmed(text));
        if (text.starts_with("};")) // not that of a lambda in one of its functions
            record_.clear();
    }
}

void doc_reader::line(std::string_view text) {
    static const std::regex opening(R"((?:struct|class)\s+(\w+)\s*(?:final\s*)?\{)");
    static const std::regex operation_start(R"(auto async_(\w+)\(.*)");
    if (text.starts_with("///")) {
        const auto words = trimmed(text.substr(3));
        const char* const between = words.starts_with('@') ? "\n" : " "; // each part on its line
        pending_.append(pending_.empty() || words.empty() ? "" : between).append(words);
        return;
    }
    if (text.starts_with("template "))
        return; // of what the comment describes
    const std::string code(text);
    std::smatch found;
    if (std::regex_match(code, found, opening)) {
        record_ = found[1];
        docs_[record_] = std::exchange(pending_, {});
    } else if (!record_.empty() && std::regex_match(code, found, operation_start)) {
        docs_[record_ + "::" + found[1].str()] = pending_;
    } else if (!record_.empty() && text.ends_with(';')) {
        docs_.emplace(record_ + "::" + declared_name(code), pending_);
    }
    pending_.clear();
}

} // namespace aistudio::bindings
