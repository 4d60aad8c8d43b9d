#include "local/domain/projects.hpp"

#include "local/clock.hpp"
#include "local/refusal.hpp"

#include <boost/algorithm/string/join.hpp>

namespace aistudio::local::domain {
namespace {

const scoped_queries queries("projects", "project_favourites", "project_totals",
                             "SELECT t.id, t.name, t.description, t.created_at, t.updated_at, "
                             "t.owner, t.kind, t.environment, t.framework, t.access, t.official, "
                             "t.main_file, t.forked_from, EXISTS (SELECT 1 FROM "
                             "project_favourites f WHERE f.user = ?1 AND f.item_id = t.id) "
                             "FROM projects t");

void check(std::string_view name, std::string_view description) {
    check_name("The project's name", name, max_name_characters);
    check_text("The project's description", description);
}

/// Refuses what is not one of the values that the attribute `what` may have.
template <class E>
std::string_view check_value(std::string_view what, const open_enum<E>& given) {
    if (given.value() != E::unknown)
        return enum_name(given.value());
    refuse_invalid("`" + std::string(what) +
                   "` must be one of: " + boost::algorithm::join(enum_names<E>(), ", ") + ".");
}

} // namespace

projects::projects(store::database& d, std::string user) : database_(d), user_(std::move(user)) {
    database_.execute("UPDATE projects SET owner = ? WHERE owner = ''", user_);
}

project projects::create(const new_project& request) {
    check(request.name, request.description);
    const auto kind = check_value("kind", request.kind);
    const auto environment = check_value("environment", request.environment);
    const auto framework = check_value("framework", request.framework);
    return database_.transact([&] {
        const auto time = to_ms(now());
        const project_id id(database_.insert(
            "INSERT INTO projects (name, description, created_at, updated_at, owner, kind, "
            "environment, framework) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            request.name, request.description, time, time, user_, kind, environment, framework));
        for (const auto dataset : request.datasets)
            attach_row(id, dataset);
        return get(id);
    });
}

project projects::read(store::row r) {
    project p;
    p.id = project_id(r.integer(0));
    p.name = r.text(1);
    p.description = r.text(2);
    p.created_at = from_ms(r.integer(3));
    p.updated_at = from_ms(r.integer(4));
    p.owner = r.text(5);
    p.kind = open_enum<project_kind>::from_name(r.text(6));
    p.environment = open_enum<project_environment>::from_name(r.text(7));
    p.framework = open_enum<project_framework>::from_name(r.text(8));
    p.access = static_cast<visibility>(r.integer(9));
    p.official = r.integer(10) != 0;
    p.main_file = r.text(11);
    if (const auto source = r.maybe_integer(12))
        p.forked_from = project_id(*source);
    p.favourite = r.integer(13) != 0;
    p.datasets = database_.query(
        "SELECT dataset_id FROM project_datasets WHERE project_id = ? ORDER BY position",
        [](store::row d) { return dataset_id(d.integer(0)); }, p.id.value());
    return p;
}

project projects::get(project_id id) {
    return database_.exclusively([&] {
        require_visible(id);
        return *database_.find(
            queries.one(), [this](store::row r) { return read(r); }, user_, id.value());
    });
}

wire::page_of<project> projects::list(const list_request& request) {
    return queries.list(database_, user_, request, [this](store::row r) { return read(r); });
}

project projects::update(project_id id, const project_changes& changes) {
    return database_.transact([&] {
        require_own(id);
        const auto before = get(id);
        const auto name = changes.name.value_or(before.name);
        const auto description = changes.description.value_or(before.description);
        check(name, description);
        database_.execute(
            "UPDATE projects SET name = ?, description = ?, environment = ?, framework = ?, "
            "official = ? WHERE id = ?",
            name, description,
            check_value("environment", changes.environment.value_or(before.environment)),
            check_value("framework", changes.framework.value_or(before.framework)),
            int{changes.official.value_or(before.official)}, id.value());
        touch(id);
        return get(id);
    });
}

void projects::refuse_missing(project_id id) {
    const auto last = database_.number("SELECT seq FROM sqlite_sequence WHERE name = 'projects'");
    if (id.value() >= 1 && id.value() <= last)
        throw refusal(service_code::not_found, "Project " + to_string(id) + " was deleted.");
    refuse_unknown("project", to_string(id));
}

standing projects::standing_of(project_id id) {
    const auto found = database_.find("SELECT owner, access, official FROM projects WHERE id = ?",
                                      standing::read, id.value());
    if (!found)
        refuse_missing(id);
    return *found;
}

void projects::require_visible(project_id id) {
    if (!standing_of(id).is_open_to(user_))
        throw refusal(service_code::forbidden, "Project " + to_string(id) +
                                                   " is private and belongs to another user; ask "
                                                   "its owner to publish it.");
}

void projects::require_own(project_id id) {
    if (standing_of(id).owner == user_)
        return;
    require_visible(id);
    throw refusal(service_code::forbidden,
                  "Project " + to_string(id) +
                      " belongs to another user; fork it and change your copy.");
}

void projects::touch(project_id id) {
    database_.execute("UPDATE projects SET updated_at = ? WHERE id = ?", to_ms(now()), id.value());
}

void projects::remove(project_id id, std::vector<std::string>& freed) {
    database_.transact([&] {
        require_own(id);
        if (database_.number("SELECT count(*) FROM jobs WHERE project_id = ? AND stage IN "
                             "('Pending', 'Running')",
                             id.value()) != 0)
            refuse_conflict("A job of the project has not ended; wait for it or stop it first.");
        if (database_.number("SELECT count(*) FROM services WHERE project_id = ?", id.value()) != 0)
            refuse_conflict("The project has a prediction service; delete the service first.");
        freed = database_.query(
            "SELECT sha256 FROM project_files WHERE project_id = ?1 AND sha256 IS NOT NULL UNION "
            "SELECT f.sha256 FROM version_files f JOIN project_versions v ON v.id = f.version_id "
            "WHERE v.project_id = ?1 AND f.sha256 IS NOT NULL",
            [](store::row r) { return r.text(0); }, id.value());
        database_.execute("DELETE FROM projects WHERE id = ?", id.value());
    });
}

void projects::attach_row(project_id id, dataset_id dataset) {
    const auto whose = database_.find("SELECT owner, access, official FROM datasets WHERE id = ?",
                                      standing::read, dataset.value());
    if (!whose)
        refuse_unknown("dataset", to_string(dataset));
    if (!whose->is_open_to(user_))
        throw refusal(service_code::forbidden,
                      "Dataset " + to_string(dataset) + " is private and belongs to another user.");
    const auto attached = database_.query(
        "SELECT dataset_id FROM project_datasets WHERE project_id = ?",
        [](store::row r) { return r.integer(0); }, id.value());
    for (const auto other : attached)
        if (other == dataset.value())
            return;
    if (attached.size() >= max_datasets_per_project)
        refuse_conflict("A project has at most 2 datasets; detach one first.");
    database_.execute(
        "INSERT INTO project_datasets (project_id, dataset_id, position) VALUES (?1, ?2, "
        "(SELECT coalesce(max(position), 0) + 1 FROM project_datasets WHERE project_id = ?1))",
        id.value(), dataset.value());
    touch(id);
}

project projects::attach(project_id id, dataset_id dataset) {
    return database_.transact([&] {
        require_own(id);
        attach_row(id, dataset);
        return get(id);
    });
}

project projects::detach(project_id id, dataset_id dataset) {
    return database_.transact([&] {
        require_own(id);
        if (database_.execute(
                "DELETE FROM project_datasets WHERE project_id = ? AND dataset_id = ?", id.value(),
                dataset.value()) == 0)
            throw refusal(service_code::not_found, "Dataset " + to_string(dataset) +
                                                       " is not attached to project " +
                                                       to_string(id) + ".");
        touch(id);
        return get(id);
    });
}

project projects::share(project_id id, visibility access) {
    return database_.transact([&] {
        require_own(id);
        if (database_.execute("UPDATE projects SET access = ?1 WHERE id = ?2 AND access <> ?1",
                              static_cast<int>(access), id.value()) != 0)
            touch(id);
        return get(id);
    });
}

project projects::mark(project_id id, bool favourite) {
    return database_.transact([&] {
        require_visible(id);
        database_.execute(favourite
                              ? "INSERT OR IGNORE INTO project_favourites (user, item_id) "
                                "VALUES (?, ?)"
                              : "DELETE FROM project_favourites WHERE user = ? AND item_id = ?",
                          user_, id.value());
        return get(id);
    });
}

project projects::fork(project_id id, const std::string& name) {
    return database_.transact([&] {
        const auto source = get(id);
        const auto& called = name.empty() ? source.name : name;
        check(called, source.description);
        const auto time = to_ms(now());
        const project_id copy(database_.insert(
            "INSERT INTO projects (name, description, created_at, updated_at, owner, kind, "
            "environment, framework, main_file, forked_from) SELECT ?1, description, ?2, ?2, ?3, "
            "kind, environment, framework, main_file, id FROM projects WHERE id = ?4",
            called, time, user_, id.value()));
        // Another's private datasets cannot come along.
        database_.execute(
            "INSERT INTO project_datasets (project_id, dataset_id, position) SELECT ?1, "
            "p.dataset_id, p.position FROM project_datasets p JOIN datasets d ON d.id = "
            "p.dataset_id WHERE p.project_id = ?2 AND (d.owner = ?3 OR d.access = 2 OR d.official "
            "= 1)",
            copy.value(), id.value(), user_);
        database_.execute("INSERT INTO project_files (project_id, path, sha256, executable, "
                          "modified_at) SELECT ?1, path, sha256, executable, modified_at FROM "
                          "project_files WHERE project_id = ?2",
                          copy.value(), id.value());
        database_.execute("INSERT INTO project_forks (source_id, fork_id, owner, created_at) "
                          "VALUES (?, ?, ?, ?)",
                          id.value(), copy.value(), user_, time);
        return get(copy);
    });
}

std::vector<fork_record> projects::forks(project_id id) {
    return database_.exclusively([&] {
        require_visible(id);
        return database_.query(
            "SELECT fork_id, owner, created_at FROM project_forks WHERE "
            "source_id = ? ORDER BY id DESC",
            [](store::row r) {
                return fork_record{project_id(r.integer(0)), r.text(1), from_ms(r.integer(2))};
            },
            id.value());
    });
}

} // namespace aistudio::local::domain
