#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace aistudio::local::store {

/// Throws `std::system_error` for `errno`.
[[noreturn]] void throw_system(const std::string& what);

/// A file descriptor that is closed with the object.
class open_file {
public:
    open_file() = default;
    explicit open_file(int descriptor) noexcept : descriptor_(descriptor) {}
    open_file(open_file&& other) noexcept;
    open_file& operator=(open_file&& other) noexcept;
    ~open_file() { close(); }

    [[nodiscard]] int get() const noexcept { return descriptor_; }
    [[nodiscard]] explicit operator bool() const noexcept { return descriptor_ >= 0; }
    void close() noexcept;

private:
    int descriptor_ = -1;
};

/// Opens a regular file for reading; throws `std::system_error`.
[[nodiscard]] open_file open_to_read(const std::filesystem::path& file);

/// Reads up to `size` bytes at `offset`; fewer at the end of the file. Throws `std::system_error`.
std::size_t read_at(const open_file& file, std::uint64_t offset, char* out, std::size_t size);

/// A new file under a name nobody uses, removed with the object unless it got its final name.
class temporary_file {
public:
    /// Throws `std::system_error`.
    explicit temporary_file(const std::filesystem::path& folder);
    temporary_file(temporary_file&&) = default;
    temporary_file& operator=(temporary_file&&) = delete;
    ~temporary_file();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    void append(std::string_view bytes);
    /// Takes away everyone's right to write to it; what is open stays writable.
    void make_read_only();
    /// Brings the bytes to the disk.
    void sync();
    /// Renames; the name is on disk when this returns.
    void become(const std::filesystem::path& final_name);

private:
    std::filesystem::path path_;
    open_file file_;
};

/// Brings a folder's entries to the disk.
void sync_folder(const std::filesystem::path& folder);

/// Copies the regular files below `from` to the new folder `to` and brings them to the disk. Links
/// are left out. Throws `std::system_error`.
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to);

/// Brings all files and folders below `folder`, and itself, to the disk.
void sync_tree(const std::filesystem::path& folder);

/// Puts `text` into `file` as a whole or not at all, readable by the owner only.
void write_private(const std::filesystem::path& file, std::string_view text);

/// The whole of a small file; throws `std::system_error`.
[[nodiscard]] std::string read_all(const std::filesystem::path& file);

/// Random lower-case hex, from the system's generator for keys.
[[nodiscard]] std::string random_hex(std::size_t bytes);
/// A random UUID (version 4).
[[nodiscard]] std::string random_uuid();

} // namespace aistudio::local::store
