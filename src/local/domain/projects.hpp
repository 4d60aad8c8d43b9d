#pragma once

#include "local/domain/scopes.hpp"
#include "local/store/database.hpp"

#include <aistudio/codec/wire.hpp>

#include <string>
#include <vector>

namespace aistudio::local::domain {

/// Projects, who may do what with them, and the datasets attached to them. Refusals are thrown.
/// @par Thread safety  All members: safe.
class projects {
public:
    /// Projects that have no owner, from before there were any, become `user`'s.
    projects(store::database& d, std::string user);

    project create(const new_project& request);
    /// Refuses (403) what is private and another's.
    [[nodiscard]] project get(project_id id);
    [[nodiscard]] wire::page_of<project> list(const list_request& request);
    project update(project_id id, const project_changes& changes);
    /// Refuses (409) while a job of it has not ended or a service of it exists. Adds the contents
    /// that it used to `freed`.
    void remove(project_id id, std::vector<std::string>& freed);

    /// Attaching what is attached changes nothing; a third dataset is refused (409).
    project attach(project_id id, dataset_id dataset);
    project detach(project_id id, dataset_id dataset);

    project share(project_id id, visibility access);
    project mark(project_id id, bool favourite);

    /// A copy of its own, without versions. `name` empty: the same.
    project fork(project_id id, const std::string& name);
    /// Newest first.
    [[nodiscard]] std::vector<fork_record> forks(project_id id);

    /// Refuses what the user may not read.
    void require_visible(project_id id);
    /// Refuses what is not the user's.
    void require_own(project_id id);
    /// Notes that something of it changed.
    void touch(project_id id);

private:
    [[nodiscard]] project read(store::row r);
    [[nodiscard]] standing standing_of(project_id id);
    [[noreturn]] void refuse_missing(project_id id);
    void attach_row(project_id id, dataset_id dataset);

    store::database& database_;
    std::string user_;
};

} // namespace aistudio::local::domain
