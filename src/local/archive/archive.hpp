#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aistudio::local::archive {

/// What a zip from outside may unpack to.
struct unpack_limits {
    std::uint64_t bytes = 20ULL << 30U;
    std::uint64_t entries = 100'000;
    /// Bytes for one of the archive; what is honest stays far below. Archives up to `harmless`
    /// bytes, unpacked, may have any.
    std::uint64_t ratio = 200;
    std::uint64_t harmless = 1ULL << 30U;
};

/// Unpacks a zip into `folder`, which must exist. Only files and folders are taken: an archive with
/// a link, with a name that leads out of `folder`, or that is cut off or too large, is refused
/// (`refusal`, `parameter_invalid`) before anything is written, as far as its directory tells.
void unpack_zip(const std::filesystem::path& zip, const std::filesystem::path& folder,
                const unpack_limits& limits = {});

/// The same for a zip or a tar, which may be packed by gzip, bzip2, xz or zstd. Of a tar that is
/// refused, some files may have been written.
void unpack(const std::filesystem::path& archive, const std::filesystem::path& folder,
            const unpack_limits& limits = {});

/// Packs the regular files below `folder` as `tar.gz`, with names relative to it. Links and other
/// special files are left out. `archive` gets its name when it is complete.
void pack_folder(const std::filesystem::path& folder, const std::filesystem::path& archive,
                 const std::filesystem::path& temporary);
/// A file and its name in an archive.
struct named_file {
    std::filesystem::path file;
    std::string name;
};
/// Packs these; a file that is not there is left out.
void pack_files(const std::vector<named_file>& files, const std::filesystem::path& archive,
                const std::filesystem::path& temporary);

} // namespace aistudio::local::archive
