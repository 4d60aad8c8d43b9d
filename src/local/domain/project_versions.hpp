#pragma once

#include "local/domain/project_files.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace aistudio::local::domain {

class project_versions;

/// The files of a version that is not there yet, because its job is not queued. They are forgotten
/// with it unless the version came to be.
class staged_version {
public:
    staged_version() = default;
    staged_version(project_versions& of, std::int64_t id) : versions_(&of), id_(id) {}
    staged_version(staged_version&& other) noexcept
        : versions_(std::exchange(other.versions_, nullptr)), id_(other.id_) {}
    staged_version& operator=(staged_version&&) = delete;
    ~staged_version();

    [[nodiscard]] explicit operator bool() const noexcept { return versions_ != nullptr; }
    [[nodiscard]] std::int64_t id() const noexcept { return id_; }

private:
    project_versions* versions_ = nullptr;
    std::int64_t id_ = 0;
};

/// What the files of projects were. A version costs rows only: contents are stored once. Refusals
/// are thrown.
/// @par Thread safety  All members: safe.
class project_versions {
public:
    /// Forgets what an earlier run staged.
    project_versions(store::database& d, store::content_store& c, projects& p, project_files& f);

    /// Without files, newest first.
    [[nodiscard]] std::vector<project_version> list(project_id id);
    [[nodiscard]] project_version get(project_id id, int number);
    /// The files as they are now; the newest version when that has the same.
    project_version save(project_id id, const std::string& remark);
    [[nodiscard]] std::vector<file_change> compare(project_id id, int before, int after);
    project restore(project_id id, int number);

    /// Keeps the files below `folder` for the version of a job that is about to be queued.
    [[nodiscard]] staged_version stage(project_id id, const std::filesystem::path& folder);
    /// Makes the version of job number `job`: of what was staged, or of the files as they are now.
    /// In the transaction that queues the job. Returns its number.
    int submit(project_id id, std::int64_t job, const std::string& remark,
               const staged_version& staged);
    /// Refuses (409) a project without a file.
    void require_files(project_id id);
    /// Puts the files of a version into the existing `folder`.
    void write_to(project_id id, int number, const std::filesystem::path& folder);

private:
    friend class staged_version;
    struct entry;

    void discard(std::int64_t staged) noexcept;
    void keep(std::int64_t version, const std::vector<entry>& batch);
    [[nodiscard]] std::string digest_of_files(project_id id);
    [[nodiscard]] std::string digest_of_version(std::int64_t version);
    std::int64_t copy_files(project_id id);
    int finish(project_id id, std::int64_t version, version_state state, const std::string& remark,
               std::optional<std::int64_t> job, const std::string& main_file);
    int make(project_id id, version_state state, const std::string& remark,
             std::optional<std::int64_t> job);

    store::database& database_;
    store::content_store& contents_;
    projects& projects_;
    project_files& files_;
};

} // namespace aistudio::local::domain
