#pragma once

/// @file
/// What to do with the files of a repository, without doing it: which paths are safe, which files
/// changed, which commit takes which.

#include <aistudio/codec/hub_wire.hpp>
#include <aistudio/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio {

/// Of the form `owner/name`, each without what could lead elsewhere in an address.
/// @par Errors  errc::invalid_argument.
[[nodiscard]] AISTUDIO_DECL result<void> check_repository_id(std::string_view id);

/// The path of a file in a repository: parts separated by `/`, none of them empty, `.` or `..`; no
/// backslash, no control character, nothing of `.git`. Such a path joined to a folder stays below
/// it.
/// @par Errors  errc::invalid_argument.
[[nodiscard]] AISTUDIO_DECL result<void> check_repository_path(std::string_view path);

/// That all these files of a repository can be written below one folder.
/// @par Errors  errc::unexpected_answer: a path that is not safe, one that comes twice, one that is
///              a file and a folder at once.
[[nodiscard]] AISTUDIO_DECL result<void> check_tree(std::vector<std::string_view> paths);

/// The name Git gives a content: SHA-1 over a header and the bytes.
[[nodiscard]] AISTUDIO_DECL std::string git_blob_sha(std::string_view content);

/// The text that stands in a commit for a large file; no line break at its end.
[[nodiscard]] AISTUDIO_DECL std::string large_file_pointer(const wire::large_file& file);

/// What is known of a local file.
struct content_identity {
    std::uint64_t size = 0;
    std::string sha256;
    /// `git_blob_sha`; empty: not known.
    std::string blob_sha;
};
/// True when the hub's file has this content, as far as what the hub tells of it goes.
[[nodiscard]] AISTUDIO_DECL bool has_content(const wire::hub_file& remote,
                                             const content_identity& local);

/// Changes that go into one commit together.
struct commit_limits {
    std::size_t files = 500;
    /// Of small files, before base64. A larger single file has a commit of its own.
    std::uint64_t bytes = std::uint64_t{32} << 20U;
};
/// Splits changes of these sizes into commits, in order: the first and the end of each.
[[nodiscard]] AISTUDIO_DECL std::vector<std::pair<std::size_t, std::size_t>>
split_into_commits(std::span<const std::uint64_t> sizes, commit_limits limits = {});

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/repository_plan.ipp>
#endif
