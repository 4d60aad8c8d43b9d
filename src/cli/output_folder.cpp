#include "cli/output_folder.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace aistudio::cli {
namespace {

/// With a slash at the end and none at the start; the output itself is empty.
std::string prefix_of(std::string_view folder) {
    while (folder.starts_with('/'))
        folder.remove_prefix(1);
    while (folder.ends_with('/'))
        folder.remove_suffix(1);
    return folder.empty() ? std::string{} : std::string(folder) + '/';
}

} // namespace

std::vector<output_file> folder_of_outputs(const std::vector<output_file>& all,
                                           std::string_view folder) {
    const auto prefix = prefix_of(folder);
    std::map<std::string, output_file> found;
    for (const auto& file : all) {
        if (!file.path.starts_with(prefix))
            continue;
        const auto end = file.path.find('/', prefix.size());
        const auto length = end == std::string::npos ? end : end + 1 - prefix.size();
        auto name = file.path.substr(prefix.size(), length);
        auto& entry = found[name];
        entry.path = std::move(name);
        entry.size += file.size;
        entry.modified_at = std::max(entry.modified_at, file.modified_at);
    }
    std::vector<output_file> out;
    for (auto& [name, entry] : found)
        if (!name.empty()) // the folder itself may be listed
            out.push_back(std::move(entry));
    return out;
}

} // namespace aistudio::cli
