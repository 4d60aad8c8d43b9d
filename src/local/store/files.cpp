#include "local/store/files.hpp"

#include <openssl/rand.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace aistudio::local::store {
namespace fs = std::filesystem;

void throw_system(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

open_file::open_file(open_file&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

open_file& open_file::operator=(open_file&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

void open_file::close() noexcept {
    if (descriptor_ >= 0)
        ::close(std::exchange(descriptor_, -1));
}

open_file open_to_read(const fs::path& file) {
    // O_NONBLOCK: opening a named pipe must not wait for a writer
    open_file f(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!f)
        throw_system("cannot open " + file.string());
    struct stat s{};
    if (::fstat(f.get(), &s) != 0)
        throw_system("cannot look at " + file.string());
    if (!S_ISREG(s.st_mode)) {
        errno = EINVAL;
        throw_system("not a regular file: " + file.string());
    }
    return f;
}

std::size_t read_at(const open_file& file, std::uint64_t offset, char* out, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
        const auto n =
            ::pread(file.get(), out + done, size - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throw_system("cannot read");
        if (n == 0)
            break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

temporary_file::temporary_file(const fs::path& folder) : path_(folder / random_hex(16)) {
    file_ = open_file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file_) {
        const auto name = std::exchange(path_, {});
        throw_system("cannot create " + name.string());
    }
}

temporary_file::~temporary_file() {
    if (!path_.empty())
        ::unlink(path_.c_str());
}

void temporary_file::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::write(file_.get(), bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throw_system("cannot write " + path_.string());
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

void temporary_file::make_read_only() {
    if (::fchmod(file_.get(), 0444) != 0)
        throw_system("cannot protect " + path_.string());
}

void temporary_file::sync() {
    if (::fsync(file_.get()) != 0)
        throw_system("cannot sync " + path_.string());
}

void temporary_file::become(const fs::path& final_name) {
    fs::rename(path_, final_name);
    path_.clear();
    sync_folder(final_name.parent_path());
}

void sync_folder(const fs::path& folder) {
    const open_file f(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!f || ::fsync(f.get()) != 0)
        throw_system("cannot sync " + folder.string());
}

void copy_tree(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
        const auto target = to / entry.path().lexically_relative(from);
        const auto type = entry.symlink_status().type();
        if (type == fs::file_type::directory)
            fs::create_directories(target);
        if (type == fs::file_type::regular)
            fs::copy_file(entry.path(), target);
    }
    sync_tree(to);
}

void sync_tree(const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_directory())
            sync_folder(entry.path());
        if (!entry.is_regular_file())
            continue;
        const auto file = open_to_read(entry.path());
        if (::fsync(file.get()) != 0)
            throw_system("cannot sync " + entry.path().string());
    }
    sync_folder(folder);
}

void write_private(const fs::path& file, std::string_view text) {
    temporary_file t(file.parent_path());
    t.append(text);
    t.sync();
    t.become(file);
}

std::string read_all(const fs::path& file) {
    const auto f = open_to_read(file);
    std::string text;
    std::array<char, 4096> piece{};
    while (const auto n = read_at(f, text.size(), piece.data(), piece.size()))
        text.append(piece.data(), n);
    return text;
}

std::string random_hex(std::size_t bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string raw(bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1)
        throw std::runtime_error("The system gives no random numbers for keys.");
    std::string text;
    for (const char c : raw) {
        text += digits[static_cast<unsigned char>(c) >> 4U];
        text += digits[static_cast<unsigned char>(c) & 15U];
    }
    return text;
}

std::string random_uuid() {
    auto hex = random_hex(16);
    hex[12] = '4';
    hex[16] = "89ab"[static_cast<unsigned char>(hex[16]) & 3U];
    for (const std::size_t at : {8U, 13U, 18U, 23U})
        hex.insert(at, "-");
    return hex;
}

} // namespace aistudio::local::store
