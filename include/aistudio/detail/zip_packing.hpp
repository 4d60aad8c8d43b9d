#pragma once

#include <aistudio/error.hpp>
#include <aistudio/types/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace aistudio::detail {

/// A file that a transfer keeps to go on later (`transfer_options::resume`): nothing of the user's.
[[nodiscard]] inline bool is_left_by_transfer(const std::filesystem::path& file) {
    return file.filename().string().starts_with(".aistudio-");
}

struct zip_limits {
    /// Bytes of the whole zip; above `limits::max_zip_bytes` counts as that.
    std::uint64_t zip_bytes = limits::max_job_code_bytes;
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
/// the folder. Memory does not grow with the size of files. Destroyed before the end, or after an
/// error, it leaves nothing behind.
class zip_packing {
public:
    AISTUDIO_DECL zip_packing(std::filesystem::path folder, std::filesystem::path target,
                              zip_limits limits = {});
    zip_packing(const zip_packing&) = delete;
    zip_packing& operator=(const zip_packing&) = delete;
    AISTUDIO_DECL ~zip_packing();

    /// Goes on by at most 64 KiB of content; false when the zip has its name.
    /// @par Errors  file_not_found, file_unreadable, invalid_argument (no folder, no file in it, a
    /// link that leads
    ///              out or to a folder, a name that is not UTF-8), limit_exceeded, write_failed.
    [[nodiscard]] AISTUDIO_DECL result<bool> pack_piece();
    /// Of a complete zip.
    [[nodiscard]] AISTUDIO_DECL zip_summary summary() const;

private:
    class parts;

    std::filesystem::path folder_;
    std::filesystem::path target_;
    zip_limits limits_;
    std::unique_ptr<parts> parts_;
};

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/zip_packing.ipp>
#endif
