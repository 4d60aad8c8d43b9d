#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/timestamp.hpp>

#include <boost/describe/class.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace aistudio {

/// Datasets one project may have attached (platform documentation).
inline constexpr std::size_t max_datasets_per_project = 2;

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
    /// When an attribute or an attachment last changed.
    timestamp updated_at{};

    friend bool operator==(const project&, const project&) = default;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, name, description, owner, datasets, created_at, updated_at))

/// What to create a project from.
struct new_project {
    /// 1 to 200 characters; must not be empty.
    std::string name{};
    /// Free text.
    std::string description{};
    /// Datasets to attach at once, at most 2.
    std::vector<dataset_id> datasets{};

    friend bool operator==(const new_project&, const new_project&) = default;
};
BOOST_DESCRIBE_STRUCT(new_project, (), (name, description, datasets))

/// What to change in a project; what is not set stays as it is.
struct project_changes {
    /// New name, not empty.
    std::optional<std::string> name{};
    /// New description; empty clears it.
    std::optional<std::string> description{};

    friend bool operator==(const project_changes&, const project_changes&) = default;
};
BOOST_DESCRIBE_STRUCT(project_changes, (), (name, description))

} // namespace aistudio
