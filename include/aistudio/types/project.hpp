#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/timestamp.hpp>
#include <aistudio/types/visibility.hpp>

#include <boost/describe/class.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

/// Datasets one project may have attached (platform documentation).
inline constexpr std::size_t max_datasets_per_project = 2;
/// Bytes of one file that is uploaded into a project (platform documentation); larger things go in
/// as a dataset.
inline constexpr std::int64_t max_project_upload_bytes = std::int64_t{20} << 20U;
/// Bytes of a file that can be previewed or written as a text (platform documentation).
inline constexpr std::int64_t max_project_text_bytes = std::int64_t{1} << 20U;
/// Files and folders in one project, and bytes of all its files together.
inline constexpr std::int64_t max_project_files = 10'000;
inline constexpr std::int64_t max_project_bytes = std::int64_t{2} << 30U;

/// What a project's code is run as. The platform calls the second one "cluster project" in older
/// texts.
enum class project_kind { unknown, notebook, script };

template <>
struct enum_table<project_kind> {
    static constexpr std::pair<project_kind, std::string_view> values[] = {
        {project_kind::unknown, "unknown"},
        {project_kind::notebook, "notebook"},
        {project_kind::script, "script"},
    };
};

/// The Python that a project is written for. The local studio keeps it and runs the Python it has.
enum class project_environment { unknown, python_2_7, python_3_5, python_3_7, python_3_10 };

template <>
struct enum_table<project_environment> {
    static constexpr std::pair<project_environment, std::string_view> values[] = {
        {project_environment::unknown, "unknown"},
        {project_environment::python_2_7, "Python 2.7"},
        {project_environment::python_3_5, "Python 3.5"},
        {project_environment::python_3_7, "Python 3.7"},
        {project_environment::python_3_10, "Python 3.10"},
    };
};

/// The framework that a project is written for. The local studio keeps it and runs the one it has.
enum class project_framework { unknown, paddle_1, paddle_2_4, paddle_2_5, paddle_2_6, paddle_3_0 };

template <>
struct enum_table<project_framework> {
    static constexpr std::pair<project_framework, std::string_view> values[] = {
        {project_framework::unknown, "unknown"},
        {project_framework::paddle_1, "PaddlePaddle 1"},
        {project_framework::paddle_2_4, "PaddlePaddle 2.4"},
        {project_framework::paddle_2_5, "PaddlePaddle 2.5"},
        {project_framework::paddle_2_6, "PaddlePaddle 2.6"},
        {project_framework::paddle_3_0, "PaddlePaddle 3.0"},
    };
};

/// A project: code, datasets and the jobs and services made from it.
struct project {
    /// Given by the service.
    project_id id{};
    /// Not empty.
    std::string name{};
    /// Free text.
    std::string description{};
    /// Login of the owner.
    std::string owner{};
    /// Attached datasets, at most 2; a job of the project finds their files at the documented
    /// paths.
    std::vector<dataset_id> datasets{};
    /// When it was created.
    timestamp created_at{};
    /// When an attribute, a file or an attachment last changed.
    timestamp updated_at{};
    /// What its code is run as.
    open_enum<project_kind> kind{};
    /// The Python it is written for.
    open_enum<project_environment> environment{};
    /// The framework it is written for.
    open_enum<project_framework> framework{};
    /// Public projects can be read and forked by everybody.
    visibility access = visibility::private_access;
    /// True for those preset by the platform, which everybody can read and fork.
    bool official = false;
    /// True when this account marked it.
    bool favourite = false;
    /// The file that a job without a command of its own starts; empty: none is set.
    std::string main_file{};
    /// The project that this one was made from by a fork; it may be gone.
    std::optional<project_id> forked_from{};

    friend bool operator==(const project&, const project&) = default;
};
BOOST_DESCRIBE_STRUCT(project, (),
                      (id, name, description, owner, datasets, created_at, updated_at, kind,
                       environment, framework, access, official, favourite, main_file, forked_from))

/// What to create a project from.
struct new_project {
    /// 1 to 200 characters; must not be empty.
    std::string name{};
    /// Free text.
    std::string description{};
    /// Datasets to attach at once, at most 2.
    std::vector<dataset_id> datasets{};
    /// What its code is run as; cannot be changed later. The local studio runs jobs of both kinds.
    open_enum<project_kind> kind = project_kind::script;
    /// The Python it is written for.
    open_enum<project_environment> environment = project_environment::python_3_10;
    /// The framework it is written for.
    open_enum<project_framework> framework = project_framework::paddle_3_0;

    friend bool operator==(const new_project&, const new_project&) = default;
};
BOOST_DESCRIBE_STRUCT(new_project, (), (name, description, datasets, kind, environment, framework))

/// What to change in a project; what is not set stays as it is.
struct project_changes {
    /// New name, not empty.
    std::optional<std::string> name{};
    /// New description; empty clears it.
    std::optional<std::string> description{};
    /// The Python it is written for.
    std::optional<open_enum<project_environment>> environment{};
    /// The framework it is written for.
    std::optional<open_enum<project_framework>> framework{};
    /// Puts it among the preset ones or takes it from there. Only the local studio lets its user
    /// do that.
    std::optional<bool> official{};

    friend bool operator==(const project_changes&, const project_changes&) = default;
};
BOOST_DESCRIBE_STRUCT(project_changes, (), (name, description, environment, framework, official))

/// Who made a project from another one.
struct fork_record {
    /// The copy; it may be gone.
    project_id id{};
    /// Login of its owner.
    std::string owner{};
    /// When it was made.
    timestamp created_at{};

    friend bool operator==(const fork_record&, const fork_record&) = default;
};
BOOST_DESCRIBE_STRUCT(fork_record, (), (id, owner, created_at))

/// A file or folder below a project.
struct project_file {
    /// Relative to the project, with `/` between parts.
    std::string path{};
    /// True for a folder, which has no size.
    bool folder = false;
    /// Bytes.
    std::int64_t size = 0;
    /// Lower-case hex digest of the content; empty for a folder.
    std::string sha256{};
    /// When it was last written.
    timestamp modified_at{};

    friend bool operator==(const project_file&, const project_file&) = default;
};
BOOST_DESCRIBE_STRUCT(project_file, (), (path, folder, size, sha256, modified_at))

/// Why there is a version: a job was submitted with it, or edits were saved without one.
enum class version_state { unknown, submitted, unsubmitted };

template <>
struct enum_table<version_state> {
    static constexpr std::pair<version_state, std::string_view> values[] = {
        {version_state::unknown, "unknown"},
        {version_state::submitted, "submitted"},
        {version_state::unsubmitted, "unsubmitted"},
    };
};

/// What a project's files were at one time; never changes.
struct project_version {
    /// Counts from 1 within the project.
    int number = 0;
    /// Why it was made.
    open_enum<version_state> state{};
    /// Free text given when it was saved, or the job's remark.
    std::string remark{};
    /// The job it was made for; empty: none.
    job_id job{};
    /// The main file at that time; empty: none was set.
    std::string main_file{};
    /// Number of files, without folders.
    int file_count = 0;
    /// Bytes of all files.
    std::int64_t size = 0;
    /// When it was made.
    timestamp created_at{};
    /// Its files and folders, by path; empty in lists of versions.
    std::vector<project_file> files{};

    friend bool operator==(const project_version&, const project_version&) = default;
};
BOOST_DESCRIBE_STRUCT(project_version, (),
                      (number, state, remark, job, main_file, file_count, size, created_at, files))

/// What became of a file between two versions.
enum class change_kind { unknown, added, removed, changed };

template <>
struct enum_table<change_kind> {
    static constexpr std::pair<change_kind, std::string_view> values[] = {
        {change_kind::unknown, "unknown"},
        {change_kind::added, "added"},
        {change_kind::removed, "removed"},
        {change_kind::changed, "changed"},
    };
};

/// A file that is not the same in two versions. Folders are not compared.
struct file_change {
    /// Relative to the project.
    std::string path{};
    /// What became of it.
    open_enum<change_kind> change{};
    /// Bytes before; 0 when it was added.
    std::int64_t size_before = 0;
    /// Bytes after; 0 when it was removed.
    std::int64_t size_after = 0;

    friend bool operator==(const file_change&, const file_change&) = default;
};
BOOST_DESCRIBE_STRUCT(file_change, (), (path, change, size_before, size_after))

} // namespace aistudio
