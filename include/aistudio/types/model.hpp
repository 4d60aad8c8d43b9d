#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/timestamp.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

/// What a repository of the model hub holds.
enum class repository_kind { unknown, model, dataset, app };

template <>
struct enum_table<repository_kind> {
    static constexpr std::pair<repository_kind, std::string_view> values[] = {
        {repository_kind::unknown, "unknown"},
        {repository_kind::model, "model"},
        {repository_kind::dataset, "dataset"},
        {repository_kind::app, "app"},
    };
};

/// A repository of the model hub: branches of commits, each a tree of files.
struct model {
    /// `owner/name`.
    repository_id id{};
    /// What it holds.
    open_enum<repository_kind> kind{repository_kind::model};
    /// Name for people.
    std::string title{};
    /// Free text.
    std::string description{};
    /// Name of the licence it is shared under.
    std::string licence{};
    /// Whether everybody may read it.
    bool is_public = false;
    /// When it was created; not set where the service does not tell.
    timestamp created_at{};

    friend bool operator==(const model&, const model&) = default;
};
BOOST_DESCRIBE_STRUCT(model, (), (id, kind, title, description, licence, is_public, created_at))

/// What to create a repository from.
struct new_model {
    /// `owner/name`; the owner is the token's user.
    repository_id id{};
    /// Name for people; empty: the repository's name.
    std::string title{};
    /// Free text.
    std::string description{};
    /// Name of the licence it is shared under.
    std::string licence{"Apache License 2.0"};
    /// Whether everybody may read it.
    bool is_public = false;
    /// What it will hold. The public wire format makes repositories of models only; the local
    /// studio makes the others too.
    repository_kind kind = repository_kind::model;

    friend bool operator==(const new_model&, const new_model&) = default;
};
BOOST_DESCRIBE_STRUCT(new_model, (), (id, title, description, licence, is_public, kind))

/// One file of a repository at some commit.
struct model_file {
    /// From the repository's root, parts separated by `/`.
    std::string path{};
    /// Bytes; of a large file its content, not the pointer to it. -1: not told.
    std::int64_t size = -1;
    /// The hub's own name of this content.
    std::string sha{};
    /// SHA-256 of the content in lower-case hex; empty where the service does not tell.
    std::string sha256{};
    /// The commit that last changed it; empty where the service does not tell.
    std::string commit{};

    friend bool operator==(const model_file&, const model_file&) = default;
};
BOOST_DESCRIBE_STRUCT(model_file, (), (path, size, sha, sha256, commit))

/// What to upload to a repository, and where. Patterns are those of shells and Python's `fnmatch`:
/// `*` is any text, slashes too, `?` one character, `[abc]` one of them; one that ends in `/` means
/// all below that folder.
struct model_upload {
    /// A file or a folder; of a folder, all regular files below it but those of `.git`. Links to
    /// files are followed.
    std::filesystem::path local_path{};
    /// Where it goes: of a folder, the folder of the repository (empty: its root); of a file, its
    /// path there (empty, or ending in `/`: with its own name).
    std::string path_in_repo{};
    /// Of a folder: only files whose path below it matches one of these; empty: all.
    std::vector<std::string> include{};
    /// Of a folder: no files whose path below it matches one of these.
    std::vector<std::string> exclude{};
    /// Of the commit; empty: one that says what was done.
    std::string commit_message{};
    /// Branch to commit to; empty: `master`.
    std::string revision{};
    /// Large files sent at the same time, 1 to 64.
    int max_workers = 4;

    friend bool operator==(const model_upload&, const model_upload&) = default;
};
BOOST_DESCRIBE_STRUCT(model_upload, (),
                      (local_path, path_in_repo, include, exclude, commit_message, revision,
                       max_workers))

/// What an upload came to.
struct model_commit {
    /// The commit; of several, the last. Empty: nothing had changed, or the service does not tell.
    std::string commit{};
    /// Paths in the repository that were added or changed.
    std::vector<std::string> files{};
    /// Paths that had this content already.
    std::vector<std::string> unchanged{};

    friend bool operator==(const model_commit&, const model_commit&) = default;
};
BOOST_DESCRIBE_STRUCT(model_commit, (), (commit, files, unchanged))

/// What of a repository to download. Patterns as in `model_upload`.
struct snapshot_request {
    /// Branch, tag or commit; empty: `master`.
    std::string revision{};
    /// Only files whose path matches one of these; empty: all.
    std::vector<std::string> include{};
    /// No files whose path matches one of these.
    std::vector<std::string> exclude{};
    /// Files fetched at the same time, 1 to 64.
    int max_workers = 4;

    friend bool operator==(const snapshot_request&, const snapshot_request&) = default;
};
BOOST_DESCRIBE_STRUCT(snapshot_request, (), (revision, include, exclude, max_workers))

/// A repository, or a part of it, on disk.
struct model_snapshot {
    /// The folder the files are in.
    std::filesystem::path folder{};
    /// What was downloaded: the commit of a tag, else the revision asked for.
    std::string revision{};
    /// Paths that were fetched.
    std::vector<std::string> files{};
    /// Paths that were there already with the same content.
    std::vector<std::string> unchanged{};

    friend bool operator==(const model_snapshot&, const model_snapshot&) = default;
};
BOOST_DESCRIBE_STRUCT(model_snapshot, (), (folder, revision, files, unchanged))

/// A name for a commit of a repository.
struct model_tag {
    /// As given.
    std::string name{};
    /// The commit it names.
    std::string commit{};

    friend bool operator==(const model_tag&, const model_tag&) = default;
};
BOOST_DESCRIBE_STRUCT(model_tag, (), (name, commit))

} // namespace aistudio
