#pragma once

#include <aistudio/codec/json_writer.hpp>
#include <aistudio/detail/text.hpp>
#include <aistudio/protocol/digest.hpp>
#include <aistudio/protocol/http_message.hpp>
#include <aistudio/protocol/repository_plan.hpp>

#include <algorithm>

namespace aistudio {
namespace detail {

inline problem bad_path(std::string_view path, std::string_view why) {
    return make_problem(errc::invalid_argument,
                        "`" + one_line(path, 200) +
                            "` cannot be a path in a repository: " + std::string(why) + ".");
}

inline result<void> check_path_part(std::string_view path, std::string_view part) {
    if (part.empty())
        return bad_path(path, "a part of it is empty");
    if (part == "." || part == "..")
        return bad_path(path, "`.` and `..` lead elsewhere");
    if (part.size() > 255)
        return bad_path(path, "a part of it is longer than 255 bytes");
    if (equals_ignoring_case(part, ".git"))
        return bad_path(path, "`.git` is reserved");
    return {};
}

inline problem bad_tree(std::string text) {
    problem p = make_problem(errc::unexpected_answer, std::move(text), phase::decode);
    p.outcome = outcome::done;
    return p;
}

/// True when one of the sorted `paths` lies below `folder`.
inline bool has_below(const std::vector<std::string_view>& paths, std::string_view folder) {
    const std::string start = std::string(folder) + '/';
    const auto at = std::lower_bound(paths.begin(), paths.end(), std::string_view(start));
    return at != paths.end() && at->starts_with(start);
}

} // namespace detail

AISTUDIO_DECL result<void> check_repository_id(std::string_view id) {
    const auto slash = id.find('/');
    const auto is_part = [](std::string_view part) {
        return !part.empty() && part != "." && part != ".." && is_header_value(part) &&
               part.find_first_of("/\\ %?#\t") == std::string_view::npos;
    };
    if (slash == std::string_view::npos || !is_part(id.substr(0, slash)) ||
        !is_part(id.substr(slash + 1)))
        return make_problem(errc::invalid_argument, "`" + detail::one_line(id, 200) +
                                                        "` is not a repository; write it as "
                                                        "owner/name.");
    return {};
}

AISTUDIO_DECL result<void> check_repository_path(std::string_view path) {
    if (path.empty())
        return make_problem(errc::invalid_argument, "The path in the repository is empty.");
    if (path.find('\\') != std::string_view::npos || !is_header_value(path))
        return detail::bad_path(path, "it has a backslash or control character");
    if (!is_utf8(path))
        return detail::bad_path(path, "it is not UTF-8");
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        if (auto fine = detail::check_path_part(path, path.substr(at, end - at)); !fine)
            return fine;
        at = end + 1;
    }
    return {};
}

AISTUDIO_DECL result<void> check_tree(std::vector<std::string_view> paths) {
    for (const auto path : paths)
        if (const auto fine = check_repository_path(path); !fine)
            return detail::bad_tree("The repository names a file that is not safe to write. " +
                                    fine.error().detail);
    std::sort(paths.begin(), paths.end());
    const auto twice = std::adjacent_find(paths.begin(), paths.end());
    if (twice != paths.end())
        return detail::bad_tree("The repository names `" + detail::one_line(*twice, 200) +
                                "` twice; it may have changed meanwhile, try again.");
    for (const auto path : paths)
        if (detail::has_below(paths, path))
            return detail::bad_tree("In the repository `" + detail::one_line(path, 200) +
                                    "` is a file and a folder at once.");
    return {};
}

AISTUDIO_DECL std::string git_blob_sha(std::string_view content) {
    sha1 digest;
    digest.update("blob " + std::to_string(content.size()));
    digest.update({"\0", 1});
    digest.update(content);
    return digest.finish();
}

AISTUDIO_DECL std::string large_file_pointer(const wire::large_file& file) {
    return "version https://git-lfs.github.com/spec/v1\noid sha256:" + file.oid + "\nsize " +
           std::to_string(file.size);
}

AISTUDIO_DECL bool has_content(const wire::hub_file& remote, const content_identity& local) {
    if (remote.sha256 && !remote.sha256->empty())
        return detail::equals_ignoring_case(*remote.sha256, local.sha256);
    if (remote.sha.empty())
        return false;
    const auto pointer = large_file_pointer({local.sha256, static_cast<std::int64_t>(local.size)});
    return remote.sha == local.blob_sha || remote.sha == git_blob_sha(pointer) ||
           remote.sha == git_blob_sha(pointer + '\n');
}

AISTUDIO_DECL std::vector<std::pair<std::size_t, std::size_t>>
split_into_commits(std::span<const std::uint64_t> sizes, commit_limits limits) {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const bool full = !out.empty() &&
                          (i - out.back().first >= limits.files || bytes + sizes[i] > limits.bytes);
        if (out.empty() || full) {
            out.emplace_back(i, i);
            bytes = 0;
        }
        bytes += sizes[i];
        out.back().second = i + 1;
    }
    return out;
}

} // namespace aistudio
