#pragma once

/// @file
/// Files of transfers: read and written at any place, locked, brought to the disk.

#include <aistudio/error.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace aistudio::detail {

[[nodiscard]] inline problem file_problem(errc code, const std::filesystem::path& file,
                                          std::string_view why) {
    return make_problem(code, "`" + file.string() + "` " + std::string(why) + ".");
}

/// An open file. Disk access is synchronous: callers take pieces of at most `piece` bytes and let
/// others run in between.
class disk_file {
public:
    static constexpr std::size_t piece = std::size_t{256} << 10U;

    enum class mode {
        read,    ///< must exist
        update,  ///< read and write; made when it is not there, for everyone by the umask
        private_ ///< the same, for its owner only
    };

    disk_file() = default;
    AISTUDIO_DECL disk_file(disk_file&& other) noexcept;
    AISTUDIO_DECL disk_file& operator=(disk_file&& other) noexcept;
    AISTUDIO_DECL ~disk_file();

    /// Never follows a link when it may write.
    /// @par Errors  errc::file_unreadable, errc::write_failed.
    [[nodiscard]] AISTUDIO_DECL static result<disk_file> open(const std::filesystem::path& file,
                                                              mode how);

    /// Takes the file for this object alone as long as it is open; false: somebody else has it.
    [[nodiscard]] AISTUDIO_DECL bool lock() noexcept;
    /// True while the name it was opened by still means this file.
    [[nodiscard]] AISTUDIO_DECL bool is_in_place() const noexcept;
    [[nodiscard]] AISTUDIO_DECL std::uint64_t size() const noexcept;
    /// Fewer than asked for only at the end.
    [[nodiscard]] AISTUDIO_DECL result<std::size_t> read(std::uint64_t offset, char* out,
                                                         std::size_t size) const;
    [[nodiscard]] AISTUDIO_DECL result<void> write(std::uint64_t offset, std::string_view bytes);
    [[nodiscard]] AISTUDIO_DECL result<void> resize(std::uint64_t size);
    /// The bytes are on the disk when this returns.
    [[nodiscard]] AISTUDIO_DECL result<void> sync();
    AISTUDIO_DECL void close() noexcept;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    explicit operator bool() const noexcept { return number_ >= 0; }

private:
    int number_ = -1;
    std::filesystem::path path_;
};

/// Nanoseconds of a file's last change.
[[nodiscard]] AISTUDIO_DECL std::int64_t modified_at(const std::filesystem::path& file) noexcept;

/// Brings the entries of the folder that holds `file` to the disk, as far as the system can.
AISTUDIO_DECL void sync_folder_of(const std::filesystem::path& file) noexcept;

/// 16 hex digits that stand for `text`: the same in every process.
[[nodiscard]] AISTUDIO_DECL std::string short_name(std::string_view text);

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/disk_file.ipp>
#endif
