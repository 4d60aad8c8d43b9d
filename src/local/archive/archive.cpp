#include "local/archive/archive.hpp"

#include "local/refusal.hpp"
#include "local/store/content_store.hpp"
#include "local/store/files.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <fcntl.h>
#include <locale.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace aistudio::local::archive {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t block_bytes = std::size_t{256} << 10U;

/// libarchive converts names by the thread's locale, which is plain C unless the program chose
/// another.
class utf8_locale {
public:
    utf8_locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
        if (locale_ != nullptr)
            before_ = ::uselocale(locale_);
    }
    ~utf8_locale() {
        if (locale_ == nullptr)
            return;
        ::uselocale(before_);
        ::freelocale(locale_);
    }
    utf8_locale(const utf8_locale&) = delete;
    utf8_locale& operator=(const utf8_locale&) = delete;

private:
    locale_t locale_;
    locale_t before_ = nullptr;
};

struct free_reader {
    void operator()(::archive* a) const { ::archive_read_free(a); }
};
struct free_writer {
    void operator()(::archive* a) const { ::archive_write_free(a); }
};
struct free_entry {
    void operator()(::archive_entry* e) const { ::archive_entry_free(e); }
};

std::string why(::archive* a) {
    const char* text = ::archive_error_string(a);
    return text == nullptr ? "unknown error" : text;
}

[[noreturn]] void refuse_zip(const std::string& reason) {
    refuse_invalid("The uploaded archive cannot be unpacked: " + reason + ".");
}

/// The name of an entry as a path below a folder; refuses what leads out of it.
fs::path safe_name(::archive_entry* entry) {
    const char* text = ::archive_entry_pathname_utf8(entry);
    if (text == nullptr)
        text = ::archive_entry_pathname(entry);
    if (text == nullptr || *text == '\0')
        refuse_zip("an entry has no readable name");
    const std::string name(text);
    const fs::path given(name);
    const bool leaves =
        std::any_of(given.begin(), given.end(), [](const auto& p) { return p == ".."; });
    if (given.is_absolute() || leaves || name.find('\\') != std::string::npos)
        refuse_zip("the entry `" + name + "` leads out of the folder");
    return given.lexically_normal();
}

void write_entry(::archive* a, ::archive_entry* entry, const fs::path& file, std::uint64_t& room) {
    fs::create_directories(file.parent_path());
    const mode_t mode = 0644 | (::archive_entry_perm(entry) & 0111U);
    const store::open_file out(
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!out)
        store::throw_system("cannot create " + file.string());
    std::vector<char> block(block_bytes);
    while (true) {
        const auto n = ::archive_read_data(a, block.data(), block.size());
        if (n < 0)
            refuse_zip(why(a));
        if (n == 0)
            return;
        if (static_cast<std::uint64_t>(n) > room)
            refuse_zip("it is too large when unpacked");
        room -= static_cast<std::uint64_t>(n);
        for (ssize_t done = 0; done < n;) {
            const auto w =
                ::write(out.get(), block.data() + done, static_cast<std::size_t>(n - done));
            if (w < 0 && errno != EINTR)
                store::throw_system("cannot write " + file.string());
            if (w > 0)
                done += w;
        }
    }
}

using reader = std::unique_ptr<::archive, free_reader>;

/// By its directory, which stands at the end: of an archive that is cut off nothing is believed.
reader open_zip(const fs::path& zip) {
    reader a(::archive_read_new());
    ::archive_read_support_format_zip_seekable(a.get());
    if (::archive_read_open_filename(a.get(), zip.c_str(), block_bytes) != ARCHIVE_OK)
        refuse_zip(why(a.get()));
    return a;
}

reader open_tar(const fs::path& tar) {
    reader a(::archive_read_new());
    ::archive_read_support_format_tar(a.get());
    // Not all that libarchive knows: for some it starts a program.
    ::archive_read_support_filter_gzip(a.get());
    ::archive_read_support_filter_bzip2(a.get());
    ::archive_read_support_filter_xz(a.get());
    ::archive_read_support_filter_zstd(a.get());
    if (::archive_read_open_filename(a.get(), tar.c_str(), block_bytes) != ARCHIVE_OK)
        refuse_zip("it is neither a zip nor a tar");
    return a;
}

bool is_zip(const fs::path& file) {
    char begin[2] = {};
    return store::read_at(store::open_to_read(file), 0, begin, sizeof begin) == sizeof begin &&
           begin[0] == 'P' && begin[1] == 'K';
}

/// Calls `take(entry, name)` for each file and folder.
template <class Take>
void for_each_entry(::archive* a, Take take) {
    ::archive_entry* entry = nullptr;
    int code = 0;
    while ((code = ::archive_read_next_header(a, &entry)) == ARCHIVE_OK || code == ARCHIVE_WARN) {
        const auto name = safe_name(entry);
        const auto type = ::archive_entry_filetype(entry);
        const bool plain =
            type == AE_IFDIR || (type == AE_IFREG && ::archive_entry_hardlink(entry) == nullptr);
        if (!plain)
            refuse_zip("the entry `" + name.string() + "` is neither a file nor a folder");
        take(entry, name);
    }
    if (code != ARCHIVE_EOF)
        refuse_zip(why(a));
}

/// The bytes it may unpack to.
std::uint64_t room_for(const fs::path& archive, const unpack_limits& limits) {
    return std::min(limits.bytes, std::max(limits.harmless, fs::file_size(archive) * limits.ratio));
}

/// The same of a zip. Refuses what its directory says is too much.
std::uint64_t check_size(const fs::path& zip, const unpack_limits& limits) {
    const auto most = room_for(zip, limits);
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    for_each_entry(open_zip(zip).get(), [&](::archive_entry* entry, const fs::path&) {
        if (++count > limits.entries)
            refuse_zip("it has more than " + std::to_string(limits.entries) + " entries");
        if (::archive_entry_size_is_set(entry) != 0)
            bytes +=
                static_cast<std::uint64_t>(std::max<la_int64_t>(0, ::archive_entry_size(entry)));
        if (bytes > most)
            refuse_zip("it is too large when unpacked");
    });
    return most;
}

void unpack_entries(::archive* a, const fs::path& folder, std::uint64_t room,
                    std::uint64_t most_entries) {
    std::uint64_t count = 0;
    for_each_entry(a, [&](::archive_entry* entry, const fs::path& name) {
        if (++count > most_entries)
            refuse_zip("it has more than " + std::to_string(most_entries) + " entries");
        if (::archive_entry_filetype(entry) == AE_IFDIR)
            fs::create_directories(folder / name);
        else
            write_entry(a, entry, folder / name, room);
    });
}

/// Writes a tar.gz under a temporary name, which becomes final by `finish`.
class tar_writer {
public:
    explicit tar_writer(const fs::path& temporary)
        : path_(temporary / (store::random_hex(16) + ".tar.gz")), archive_(::archive_write_new()) {
        check(::archive_write_add_filter_gzip(archive_.get()));
        check(::archive_write_set_options(archive_.get(), "gzip:compression-level=1"));
        check(::archive_write_set_format_pax_restricted(archive_.get()));
        check(::archive_write_open_filename(archive_.get(), path_.c_str()));
    }
    ~tar_writer() {
        std::error_code ignored;
        fs::remove(path_, ignored);
    }
    tar_writer(const tar_writer&) = delete;
    tar_writer& operator=(const tar_writer&) = delete;

    void add(const fs::path& file, const std::string& name) {
        const auto in = store::open_to_read(file);
        struct stat s{};
        if (::fstat(in.get(), &s) != 0)
            store::throw_system("cannot look at " + file.string());
        const std::unique_ptr<::archive_entry, free_entry> entry(::archive_entry_new());
        ::archive_entry_copy_stat(entry.get(), &s);
        ::archive_entry_set_uid(entry.get(), 0);
        ::archive_entry_set_gid(entry.get(), 0);
        ::archive_entry_set_pathname(entry.get(), name.c_str());
        check(::archive_write_header(archive_.get(), entry.get()));
        std::vector<char> block(block_bytes);
        const auto size = static_cast<std::uint64_t>(s.st_size);
        for (std::uint64_t at = 0; at < size;) {
            const auto n = store::read_at(in, at, block.data(),
                                          std::min<std::uint64_t>(block.size(), size - at));
            if (n == 0)
                break; // became shorter: the rest is filled with zeros
            if (::archive_write_data(archive_.get(), block.data(), n) < 0)
                fail();
            at += n;
        }
    }

    void finish(const fs::path& final_name) {
        check(::archive_write_close(archive_.get()));
        fs::rename(path_, final_name);
    }

private:
    void check(int code) {
        if (code < ARCHIVE_WARN)
            fail();
    }
    [[noreturn]] void fail() {
        const int number = ::archive_errno(archive_.get());
        throw std::system_error(number, std::generic_category(), why(archive_.get()));
    }

    fs::path path_;
    std::unique_ptr<::archive, free_writer> archive_;
};

std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> all;
    std::error_code ec;
    for (fs::recursive_directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) {
        std::error_code unreadable;
        if (at->symlink_status(unreadable).type() == fs::file_type::regular)
            all.push_back(at->path());
    }
    std::sort(all.begin(), all.end());
    return all;
}

template <class F>
void guarded(F work) {
    const utf8_locale locale;
    try {
        work();
    } catch (const refusal&) {
        throw;
    } catch (const std::exception& e) {
        store::refuse_file_failure(e);
    }
}

} // namespace

void unpack_zip(const fs::path& zip, const fs::path& folder, const unpack_limits& limits) {
    guarded([&] {
        const auto room = check_size(zip, limits);
        unpack_entries(open_zip(zip).get(), folder, room, limits.entries);
    });
}

void unpack(const fs::path& archive, const fs::path& folder, const unpack_limits& limits) {
    if (is_zip(archive))
        return unpack_zip(archive, folder, limits);
    guarded([&] {
        unpack_entries(open_tar(archive).get(), folder, room_for(archive, limits), limits.entries);
    });
}

void pack_folder(const fs::path& folder, const fs::path& archive, const fs::path& temporary) {
    guarded([&] {
        tar_writer tar(temporary);
        for (const auto& file : files_below(folder))
            tar.add(file, file.lexically_relative(folder).generic_string());
        tar.finish(archive);
    });
}

void pack_files(const std::vector<named_file>& files, const fs::path& archive,
                const fs::path& temporary) {
    guarded([&] {
        tar_writer tar(temporary);
        for (const auto& [file, name] : files)
            if (fs::exists(file))
                tar.add(file, name);
        tar.finish(archive);
    });
}

} // namespace aistudio::local::archive
