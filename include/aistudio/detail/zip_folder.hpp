#pragma once

#include <aistudio/error.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace aistudio::detail {

struct zip_limits {
    /// Bytes of the whole zip; above 4 GiB counts as 4 GiB.
    std::uint64_t zip_bytes = std::uint64_t{50} << 20U;
};

struct zip_summary {
    std::size_t files = 0;
    /// Before packing.
    std::uint64_t content_bytes = 0;
    std::uint64_t zip_bytes = 0;
};

/// Packs the regular files below `folder` into the zip `target`, which gets its name when it is
/// complete; a file of that name is replaced. The same content gives the same bytes: members are
/// sorted, their time is 1980-01-01, of permissions only "executable" is kept. Folders without
/// files are left out, links to files inside the folder are followed, and `target` may lie inside
/// the folder. Memory does not grow with the size of files.
/// @par Errors  file_not_found, file_unreadable, invalid_argument (no folder, no file in it, a link
/// that leads out or to a
///              folder, a name that is not UTF-8), limit_exceeded, write_failed. Nothing is left
///              behind.
[[nodiscard]] AISTUDIO_DECL result<zip_summary> zip_folder(const std::filesystem::path& folder,
                                                           const std::filesystem::path& target,
                                                           zip_limits limits = {});

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/zip_folder.ipp>
#endif
