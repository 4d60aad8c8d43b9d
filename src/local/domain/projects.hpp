#pragma once

#include "local/domain/checks.hpp"
#include "local/store/database.hpp"

#include <aistudio/codec/wire.hpp>

#include <string>
#include <vector>

namespace aistudio::local::domain {

/// Projects and the datasets attached to them. Refusals are thrown.
/// @par Thread safety  All members: safe.
class projects {
public:
    projects(store::database& d, std::string owner) : database_(d), owner_(std::move(owner)) {}

    project create(const new_project& request);
    [[nodiscard]] project get(project_id id);
    [[nodiscard]] wire::page_of<project> list(page_window window);
    project update(project_id id, const project_changes& changes);
    /// Refuses (409) while a job of it has not ended or a service of it exists.
    void remove(project_id id);

    /// Attaching what is attached changes nothing; a third dataset is refused (409).
    project attach(project_id id, dataset_id dataset);
    project detach(project_id id, dataset_id dataset);

private:
    [[nodiscard]] project read(store::row r);
    void require(project_id id);
    void attach_row(project_id id, dataset_id dataset);

    store::database& database_;
    std::string owner_;
};

} // namespace aistudio::local::domain
