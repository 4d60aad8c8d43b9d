#pragma once

#include "local/domain/jobs.hpp"
#include "local/domain/project_files.hpp"
#include "local/objects/object_store.hpp"
#include "local/serving/engine.hpp"
#include "local/store/content_store.hpp"

#include <aistudio/codec/wire.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aistudio::local::domain {

/// Where the files of a model come from: nowhere, or exactly one of a job's output, a project's
/// files, and an uploaded archive.
struct model_source {
    aistudio::project_id project;
    std::optional<aistudio::job_id> job;
    std::string job_path;
    std::string model_key;
    std::string project_path;
    std::vector<std::string> files; ///< Chosen ones, relative to the source; empty: all.

    [[nodiscard]] bool empty() const;
    /// Refuses contradictions.
    void check() const;
};

/// A model's files in a folder of their own, until a service owns them.
class staged_model {
public:
    explicit staged_model(std::filesystem::path folder) : folder_(std::move(folder)) {}
    staged_model(staged_model&& other) noexcept
        : main_program(std::move(other.main_program)), files(std::move(other.files)),
          folder_(std::exchange(other.folder_, {})) {}
    staged_model& operator=(staged_model&&) = delete;
    ~staged_model();

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    /// Empty: not told and not found.
    std::string main_program;
    std::vector<std::string> files;

private:
    std::filesystem::path folder_;
};

/// Fetches models. Refusals are thrown.
/// @par Thread safety  All members: safe.
class model_staging {
public:
    /// Copies what stands at `path` (`.`: everything) among the files of a project into the new
    /// folder `to`, and throws a refusal when there is no such folder.
    using project_reader = std::function<void(project_id project, const std::string& path,
                                              const std::filesystem::path& to)>;

    model_staging(store::content_store& c, objects::object_store& o, jobs& j, serving::engine& e,
                  project_reader read_project)
        : contents_(c), objects_(o), jobs_(j), engine_(e), read_project_(std::move(read_project)) {}

    /// Copies or unpacks a model and checks it, without a process. A main program that is named
    /// must be there; one that is not is looked for, and `find` says whether it must be found.
    [[nodiscard]] staged_model stage(const model_source& from, const std::string& main_program,
                                     bool must_find) const;
    /// Refuses a main program that is none of the model in `folder`.
    void check(const std::filesystem::path& folder, const std::string& main_program) const;
    /// The one main program in `folder`; empty when there is none or several.
    [[nodiscard]] std::string find(const std::filesystem::path& folder) const;

private:
    void fetch(const model_source& from, const std::filesystem::path& folder) const;
    void fetch_upload(const std::string& model_key, const std::filesystem::path& folder) const;

    store::content_store& contents_;
    objects::object_store& objects_;
    jobs& jobs_;
    serving::engine& engine_;
    project_reader read_project_;
};

/// Reads from `files`, as they are now.
[[nodiscard]] model_staging::project_reader reader_of(project_files& files);

/// The regular files below `folder`, relative to it, sorted; at most the first 1,000.
[[nodiscard]] std::vector<std::string> list_files(const std::filesystem::path& folder);

} // namespace aistudio::local::domain
