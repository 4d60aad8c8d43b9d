#include "local/domain/projects.hpp"

#include "local/clock.hpp"
#include "local/refusal.hpp"

namespace aistudio::local::domain {
namespace {

void check(std::string_view name, std::string_view description) {
    check_name("The project's name", name, max_name_characters);
    check_text("The project's description", description);
}

} // namespace

project projects::create(const new_project& request) {
    check(request.name, request.description);
    return database_.transact([&] {
        const auto time = to_ms(now());
        const project_id id(database_.insert(
            "INSERT INTO projects (name, description, created_at, updated_at) VALUES (?, ?, ?, ?)",
            request.name, request.description, time, time));
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
    p.owner = owner_;
    p.created_at = from_ms(r.integer(3));
    p.updated_at = from_ms(r.integer(4));
    p.datasets = database_.query(
        "SELECT dataset_id FROM project_datasets WHERE project_id = ? ORDER BY position",
        [](store::row d) { return dataset_id(d.integer(0)); }, p.id.value());
    return p;
}

project projects::get(project_id id) {
    auto p = database_.find(
        "SELECT id, name, description, created_at, updated_at FROM projects WHERE id = ?",
        [this](store::row r) { return read(r); }, id.value());
    if (!p)
        refuse_unknown("project", to_string(id));
    return std::move(*p);
}

wire::page_of<project> projects::list(page_window window) {
    return database_.exclusively([&] {
        auto items = database_.query(
            "SELECT id, name, description, created_at, updated_at FROM projects ORDER BY id DESC "
            "LIMIT ? OFFSET ?",
            [this](store::row r) { return read(r); }, window.size, window.offset());
        return window.of(std::move(items), database_.number("SELECT count(*) FROM projects"));
    });
}

project projects::update(project_id id, const project_changes& changes) {
    return database_.transact([&] {
        const auto before = get(id);
        const auto name = changes.name.value_or(before.name);
        const auto description = changes.description.value_or(before.description);
        check(name, description);
        database_.execute(
            "UPDATE projects SET name = ?, description = ?, updated_at = ? WHERE id = ?", name,
            description, to_ms(now()), id.value());
        return get(id);
    });
}

void projects::require(project_id id) {
    if (database_.number("SELECT count(*) FROM projects WHERE id = ?", id.value()) == 0)
        refuse_unknown("project", to_string(id));
}

void projects::remove(project_id id) {
    database_.transact([&] {
        require(id);
        if (database_.number("SELECT count(*) FROM jobs WHERE project_id = ? AND stage IN "
                             "('Pending', 'Running')",
                             id.value()) != 0)
            refuse_conflict("A job of the project has not ended; wait for it or stop it first.");
        if (database_.number("SELECT count(*) FROM services WHERE project_id = ?", id.value()) != 0)
            refuse_conflict("The project has a prediction service; delete the service first.");
        database_.execute("DELETE FROM projects WHERE id = ?", id.value());
    });
}

void projects::attach_row(project_id id, dataset_id dataset) {
    if (database_.number("SELECT count(*) FROM datasets WHERE id = ?", dataset.value()) == 0)
        refuse_unknown("dataset", to_string(dataset));
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
    database_.execute("UPDATE projects SET updated_at = ? WHERE id = ?", to_ms(now()), id.value());
}

project projects::attach(project_id id, dataset_id dataset) {
    return database_.transact([&] {
        require(id);
        attach_row(id, dataset);
        return get(id);
    });
}

project projects::detach(project_id id, dataset_id dataset) {
    return database_.transact([&] {
        require(id);
        if (database_.execute(
                "DELETE FROM project_datasets WHERE project_id = ? AND dataset_id = ?", id.value(),
                dataset.value()) == 0)
            throw refusal(service_code::not_found, "Dataset " + to_string(dataset) +
                                                       " is not attached to project " +
                                                       to_string(id) + ".");
        database_.execute("UPDATE projects SET updated_at = ? WHERE id = ?", to_ms(now()),
                          id.value());
        return get(id);
    });
}

} // namespace aistudio::local::domain
