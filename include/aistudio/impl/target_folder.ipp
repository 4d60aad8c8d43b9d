#pragma once

/// @file
/// Folders that several files of a service are written to.

#include <aistudio/impl/file_io.ipp>

#include <algorithm>
#include <filesystem>
#include <string>

namespace aistudio::detail {

/// A path from a service below a folder; refuses what would leave it.
inline result<std::filesystem::path> below(const std::filesystem::path& folder,
                                           const std::string& path) {
    const std::filesystem::path relative(path);
    const bool leaves = std::any_of(relative.begin(), relative.end(),
                                    [](const auto& part) { return part == ".." || part == "."; });
    if (path.empty() || relative.is_absolute() || leaves)
        return make_problem(errc::unexpected_answer,
                            "The service named a file outside of the folder: `" + path + "`.");
    return folder / relative;
}

inline result<void> make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return file_problem(errc::write_failed, folder, "cannot be made");
    return {};
}

} // namespace aistudio::detail
