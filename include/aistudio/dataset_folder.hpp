#pragma once

#include <aistudio/error.hpp>

#include <filesystem>
#include <memory>
#include <vector>

namespace aistudio {

/// A local folder as the files of a dataset, which has at most 10 files and no folders: what fits
/// is taken as it is, all else becomes one zip in the system's temporary folder, which is removed
/// with this object. Copies share it.
/// @par Thread safety  As of a value.
class dataset_folder {
public:
    /// Looks at the folder, and packs it where it must; that takes as long as reading it.
    /// @par Errors  errc::file_not_found, errc::file_unreadable, errc::invalid_argument (no folder,
    /// nothing in it, a link that leads out of it, a name that is not UTF-8), errc::limit_exceeded
    /// (a zip over 4 GiB), errc::write_failed.
    [[nodiscard]] AISTUDIO_DECL static result<dataset_folder>
    open(const std::filesystem::path& folder);

    /// For `new_dataset::files`, by name.
    [[nodiscard]] const std::vector<std::filesystem::path>& files() const noexcept {
        return files_;
    }
    /// True when they are one zip.
    [[nodiscard]] bool is_packed() const noexcept { return place_ != nullptr; }

private:
    class temporary_place;

    std::vector<std::filesystem::path> files_;
    std::shared_ptr<const temporary_place> place_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/dataset_folder.ipp>
#endif
