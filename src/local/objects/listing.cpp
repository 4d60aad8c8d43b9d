#include "local/objects/listing.hpp"

#include "local/objects/key.hpp"

#include <optional>

namespace aistudio::local::objects {
namespace {

/// The group `key` belongs to under this request, with the delimiter; nullopt: it stands for
/// itself.
std::optional<std::string> group_of(const std::string& key, const list_request& request) {
    if (request.delimiter.empty())
        return std::nullopt;
    const auto at = key.find(request.delimiter, request.prefix.size());
    if (at == std::string::npos)
        return std::nullopt;
    return key.substr(0, at + request.delimiter.size());
}

} // namespace

std::string e_tag(const std::string& md5) {
    return md5.empty() ? std::string() : "\"" + md5 + "\"";
}

wire::object_list list_page(const std::vector<object_info>& objects, const list_request& request) {
    wire::object_list page{std::string(bucket),
                           request.prefix,
                           request.delimiter,
                           request.marker,
                           std::nullopt,
                           request.max_keys,
                           false,
                           {},
                           {}};
    std::string last;
    int shown = 0;
    for (const auto& object : objects) {
        if (!object.key.starts_with(request.prefix))
            continue;
        const auto group = group_of(object.key, request);
        const std::string& name = group ? *group : object.key;
        if (name <= request.marker || (group && name == last))
            continue;
        if (shown == request.max_keys) {
            page.is_truncated = true;
            page.next_marker = last;
            break;
        }
        if (group)
            page.common_prefixes.push_back({*group});
        else
            page.contents.push_back(
                {object.key, to_string(object.modified_at), e_tag(object.md5), object.size});
        last = name;
        ++shown;
    }
    return page;
}

} // namespace aistudio::local::objects
