#pragma once

#include "local/store/database.hpp"
#include "local/store/files.hpp"

#include <aistudio/protocol/digest.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::local::store {

/// What is known of a stored byte sequence.
struct content {
    std::string sha256;
    std::string md5;
    std::int64_t size = 0;
};

/// Takes bytes to a temporary file and computes their digests on the way. Nothing is left of one
/// that is not kept.
class content_writer {
public:
    explicit content_writer(const std::filesystem::path& folder) : file_(folder) {}

    /// Throws `refusal` with `disk_full` when there is no room.
    void append(std::string_view bytes);
    /// Brings all to the disk. Call it once, before `content_store::keep`.
    void finish();

    [[nodiscard]] const content& what() const noexcept { return content_; }
    [[nodiscard]] std::uint32_t crc() const noexcept { return crc_.value(); }

private:
    friend class content_store;
    temporary_file file_;
    aistudio::sha256 sha256_;
    aistudio::md5 md5_;
    crc32 crc_;
    content content_;
};

/// Files named by the SHA-256 of their content: `content/ab/cdef...`. Equal content is stored once.
/// A content's row in the database is committed after its file is on disk under its final name.
class content_store {
public:
    /// @param folder  holds `content/`; must exist.
    content_store(database& d, std::filesystem::path folder);

    [[nodiscard]] content_writer begin() const { return content_writer(temporary_); }
    /// Gives a finished content its name and row. Call it in the transaction that also refers to
    /// the content.
    content keep(content_writer writer);
    [[nodiscard]] std::filesystem::path path(std::string_view sha256) const;

    /// Removes contents that no row refers to any more: of those that one stopped to refer to since
    /// the last time, which triggers of the database note. Call it after the transaction.
    void collect();
    /// Removes those of `freed` that no row refers to any more, without looking at the others.
    void collect(const std::vector<std::string>& freed);
    /// Removes files without a row: a crash can leave them behind.
    void sweep();

    /// Folder for files on their way; emptied when the studio starts.
    [[nodiscard]] const std::filesystem::path& temporary() const noexcept { return temporary_; }

private:
    database& database_;
    std::filesystem::path root_;
    std::filesystem::path temporary_;
};

/// Turns "no room" failures of the file system into the refusal that says so; others into an
/// internal one.
[[noreturn]] void refuse_file_failure(const std::exception& e);

} // namespace aistudio::local::store
