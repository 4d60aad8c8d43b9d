#pragma once

#include <aistudio/detail/disk_file.hpp>
#include <aistudio/protocol/digest.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aistudio::detail {

inline problem no_room(const std::filesystem::path& file) {
    return file_problem(errc::write_failed, file, "cannot be written; the disk may be full");
}

AISTUDIO_DECL disk_file::disk_file(disk_file&& other) noexcept
    : number_(std::exchange(other.number_, -1)), path_(std::move(other.path_)) {}

AISTUDIO_DECL disk_file& disk_file::operator=(disk_file&& other) noexcept {
    if (this != &other) {
        close();
        number_ = std::exchange(other.number_, -1);
        path_ = std::move(other.path_);
    }
    return *this;
}

AISTUDIO_DECL disk_file::~disk_file() { close(); }

AISTUDIO_DECL void disk_file::close() noexcept {
    if (number_ >= 0)
        ::close(std::exchange(number_, -1));
}

AISTUDIO_DECL result<disk_file> disk_file::open(const std::filesystem::path& file, mode how) {
    const int flags = how == mode::read ? O_RDONLY : O_RDWR | O_CREAT | O_NOFOLLOW;
    disk_file out;
    out.number_ = ::open(file.c_str(), flags | O_CLOEXEC, how == mode::private_ ? 0600 : 0666);
    out.path_ = file;
    if (out)
        return out;
    return how == mode::read ? file_problem(errc::file_unreadable, file, "cannot be opened")
                             : file_problem(errc::write_failed, file, "cannot be created");
}

AISTUDIO_DECL bool disk_file::lock() noexcept { return ::flock(number_, LOCK_EX | LOCK_NB) == 0; }

AISTUDIO_DECL bool disk_file::is_in_place() const noexcept {
    struct stat own{};
    struct stat there{};
    return ::fstat(number_, &own) == 0 && ::lstat(path_.c_str(), &there) == 0 &&
           own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

AISTUDIO_DECL std::uint64_t disk_file::size() const noexcept {
    struct stat own{};
    return ::fstat(number_, &own) == 0 ? static_cast<std::uint64_t>(own.st_size) : 0;
}

AISTUDIO_DECL result<std::size_t> disk_file::read(std::uint64_t offset, char* out,
                                                  std::size_t size) const {
    std::size_t done = 0;
    while (done < size) {
        const auto got =
            ::pread(number_, out + done, size - done, static_cast<off_t>(offset + done));
        if (got == 0)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return file_problem(errc::file_unreadable, path_, "cannot be read");
        done += static_cast<std::size_t>(got);
    }
    return done;
}

AISTUDIO_DECL result<void> disk_file::write(std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto put = ::pwrite(number_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return no_room(path_);
        offset += static_cast<std::uint64_t>(put);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

AISTUDIO_DECL result<void> disk_file::resize(std::uint64_t size) {
    if (::ftruncate(number_, static_cast<off_t>(size)) != 0)
        return no_room(path_);
    return {};
}

AISTUDIO_DECL result<void> disk_file::sync() {
    if (::fsync(number_) != 0)
        return no_room(path_);
    return {};
}

AISTUDIO_DECL std::int64_t modified_at(const std::filesystem::path& file) noexcept {
    std::error_code unknown;
    const auto time = std::filesystem::last_write_time(file, unknown).time_since_epoch();
    return unknown ? 0 : std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

AISTUDIO_DECL void sync_folder_of(const std::filesystem::path& file) noexcept {
    const auto parent = file.parent_path();
    const int folder =
        ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    ::fsync(folder);
    ::close(folder);
}

AISTUDIO_DECL std::string short_name(std::string_view text) {
    return sha256::of(text).substr(0, 16);
}

} // namespace aistudio::detail
