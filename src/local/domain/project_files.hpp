#pragma once

#include "local/domain/projects.hpp"
#include "local/store/content_store.hpp"

#include <aistudio/codec/wire.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::local::domain {

/// Where the objects of files on their way into a project are.
inline constexpr std::string_view uploaded_files = "project-files/";

/// The files and folders of projects. Version 0 is what they are now. Refusals are thrown.
///
/// What changes files adds the contents that it let go of to `freed`: give them to
/// `content_store::collect` once the change is committed.
/// @par Thread safety  All members: safe.
class project_files {
public:
    using freed_contents = std::vector<std::string>;

    project_files(store::database& d, store::content_store& c, projects& p)
        : database_(d), contents_(c), projects_(p) {}

    /// All, by path.
    [[nodiscard]] std::vector<project_file> list(project_id id, int version);

    project_file make_folder(project_id id, const std::string& path);
    /// A text on the disk that `put` gives to a project; refuses more than 1 MiB.
    [[nodiscard]] store::content_writer prepare(std::string_view text) const;
    project_file put(project_id id, const std::string& path, store::content_writer text,
                     freed_contents& freed);
    /// Takes an uploaded object; refuses (413) more than 20 MiB.
    project_file put_uploaded(project_id id, const wire::add_project_file& request,
                              freed_contents& freed);
    project_file rename(project_id id, const wire::rename_project_file& request);
    /// A folder with all in it.
    void remove(project_id id, const std::string& path, freed_contents& freed);
    /// Empty: none.
    project set_main_file(project_id id, const std::string& path);

    /// A file and where its bytes are.
    struct stored_file {
        project_file file;
        std::filesystem::path path;
    };
    [[nodiscard]] stored_file find(project_id id, const std::string& path, int version);
    /// Refuses what is no UTF-8 and (413) more than 20 MiB.
    [[nodiscard]] std::string text(project_id id, const std::string& path, int version);
    /// The same of `.py` and `.txt` up to 1 MiB, as an editor shows them.
    [[nodiscard]] std::string preview(project_id id, const std::string& path, int version);

    /// What a job does that has no command of its own. Refuses (409) without a main file.
    [[nodiscard]] std::string start_command(project_id id);

private:
    [[nodiscard]] std::optional<project_file> look(project_id id, const std::string& path,
                                                   int version = 0);
    void make_parents(project_id id, std::string_view path);
    project_file link(project_id id, const std::string& path, const std::string& sha256,
                      freed_contents& freed);
    void check_room(project_id id);
    void move(project_id id, const project_file& from, const std::string& to);

    store::database& database_;
    store::content_store& contents_;
    projects& projects_;
};

/// Refuses more files, or more bytes, than a project may have.
void check_project_size(std::int64_t files, std::int64_t bytes);

} // namespace aistudio::local::domain
