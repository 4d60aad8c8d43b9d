#include "local/jobs/requirements.hpp"

#include <aistudio/protocol/digest.hpp>

#include <boost/algorithm/string/trim.hpp>

#include <algorithm>

namespace aistudio::local::jobs {
namespace {

/// What stands in names, versions, extras and markers beside letters and digits.
constexpr std::string_view punctuation = " \t._-[],<>=!~;()\"'*+";

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool may_stand(char c) {
    return is_alphanumeric(c) || punctuation.find(c) != std::string_view::npos;
}

/// Pip takes options behind a requirement, too.
bool has_option(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '-' && (i == 0 || is_blank(text[i - 1])))
            return true;
    return false;
}

} // namespace

std::string why_no_requirement(std::string_view text) {
    const auto inner = boost::algorithm::trim_copy_if(text, is_blank);
    if (inner.empty())
        return "A requirement is empty; name a package or leave it out.";
    if (inner.size() > max_requirement_bytes)
        return "A requirement is longer than 500 bytes; shorten it.";
    const auto shown = "The requirement `" + std::string(inner.substr(0, 100)) + "` ";
    if (has_option(inner))
        return shown + "has an option of pip; the studio's owner sets those when it is started.";
    const auto odd = std::find_if_not(inner.begin(), inner.end(), may_stand);
    if (odd != inner.end() || !is_alphanumeric(inner.front()))
        return shown + "is not a package's name with versions; write it like `name>=1.2,<2`, "
                       "without addresses and paths.";
    return {};
}

std::string requirements_key(const interpreter& python, std::vector<std::string> requirements) {
    for (auto& one : requirements)
        boost::algorithm::trim_if(one, is_blank);
    std::sort(requirements.begin(), requirements.end());
    requirements.erase(std::unique(requirements.begin(), requirements.end()), requirements.end());
    sha256 digest;
    digest.update(python.executable.native());
    digest.update("\n" + python.version + "\n");
    for (const auto& one : requirements)
        digest.update(one + "\n");
    return digest.finish();
}

} // namespace aistudio::local::jobs
