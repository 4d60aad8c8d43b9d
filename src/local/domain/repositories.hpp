#pragma once

#include "local/domain/checks.hpp"
#include "local/objects/object_store.hpp"
#include "local/store/content_store.hpp"

#include <aistudio/codec/hub_wire.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::local::domain {

/// Repositories of the model hub: branches of commits, each a tree of files, and tags. All belong
/// to the studio's user. Contents are kept by their SHA-256; a commit happens as a whole or not at
/// all. Refusals are thrown.
/// @par Thread safety  All members: safe.
class repositories {
public:
    static constexpr std::string_view default_branch = "master";

    repositories(store::database& d, store::content_store& c, objects::object_store& o,
                 std::string owner)
        : database_(d), contents_(c), objects_(o), owner_(std::move(owner)) {}

    struct repository {
        std::int64_t id = 0;
        wire::repository info;
    };
    /// Refuses (409) a name that is taken; its owner may stand before it.
    repository create(wire::repository request);
    /// Refuses (404) what is not there, and private ones for those who may not see them.
    [[nodiscard]] repository get(std::string_view owner, std::string_view name, bool sees_private);
    [[nodiscard]] wire::page_of<wire::repository> list(page_window window);
    void remove(const repository& r);

    /// A state of a branch.
    struct snapshot {
        std::int64_t repository = 0;
        std::string branch;
        std::int64_t commit = 0; ///< 0: nothing was committed yet
        std::string sha;
    };
    /// What a branch, tag or commit holds; empty: the default branch. Refuses (404) unknown ones.
    [[nodiscard]] snapshot at(const repository& r, std::string_view ref);

    struct file {
        wire::hub_file info;
        std::filesystem::path content;
    };
    [[nodiscard]] std::optional<file> find(const snapshot& s, std::string_view path);
    /// All files, by path; only those below `folder` unless it is empty.
    [[nodiscard]] std::vector<wire::hub_file> files(const snapshot& s, std::string_view folder);

    /// The commit of a tag; nullopt: there is no such tag.
    [[nodiscard]] std::optional<wire::hub_tag> tag(const repository& r, std::string_view name);
    wire::hub_tag add_tag(const repository& r, const wire::new_tag& request);

    /// The object key that a large file is uploaded to.
    [[nodiscard]] static std::string large_key(const repository& r, std::string_view sha256);
    /// True for what names a large file: a SHA-256 in lower-case hex.
    [[nodiscard]] static bool is_large_name(std::string_view text);
    /// A large file that was sent to this repository.
    [[nodiscard]] std::optional<file> find_large(const repository& r, std::string_view sha256);
    /// True when the file is there, so that a commit may name it.
    bool has_large(const repository& r, const wire::large_file& f);
    /// Takes the uploaded object as the large file; refuses one with other bytes, and forgets it.
    void accept_large(const repository& r, const wire::large_file& f);

    /// Applies all changes in one commit.
    wire::hub_committed commit(const repository& r, const wire::hub_commit& request);

    /// True for files that go by large-file transfer: all but code and text that is read on line.
    [[nodiscard]] static bool is_large_kind(std::string_view path);

private:
    /// A change with its content on disk: `large` or `small`.
    struct prepared {
        const wire::hub_change* change;
        std::string large; ///< SHA-256
        std::optional<store::content_writer> small;
    };
    [[nodiscard]] repository read(store::row r) const;
    [[nodiscard]] std::optional<snapshot> head(std::int64_t repository, std::string_view branch);
    [[nodiscard]] prepared prepare(const repository& r, const wire::hub_change& change);
    void start_branch(const snapshot& next);
    void apply(const snapshot& next, prepared& p);
    void check_old(const std::optional<file>& old, const wire::hub_change& change) const;
    void check_path_is_free(const snapshot& next, std::string_view path);

    store::database& database_;
    store::content_store& contents_;
    objects::object_store& objects_;
    std::string owner_;
};

} // namespace aistudio::local::domain
