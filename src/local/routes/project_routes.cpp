#include "local/routes/routes.hpp"

namespace aistudio::local::routes {
namespace {

project_id id_of(const call& c) { return c.id<project_id>("project"); }

} // namespace

void add_project_routes(api& a, domain::projects& projects) {
    using http::verb;
    a.add(verb::post, "/projects", [&](call& c) {
        const auto request = c.read<new_project>();
        return c.once([&] { return projects.create(request); });
    });
    a.add(verb::get, "/projects", [&](call& c) { return to_wire(projects.list(c.page())); });
    a.add(verb::get, "/projects/{id}", [&](call& c) { return to_wire(projects.get(id_of(c))); });
    a.add(verb::patch, "/projects/{id}", [&](call& c) {
        const auto changes = c.read<project_changes>();
        return c.once([&] { return projects.update(id_of(c), changes); });
    });
    a.add(verb::delete_, "/projects/{id}",
          [&](call& c) { return c.once([&] { projects.remove(id_of(c)); }); });
    a.add(verb::put, "/projects/{id}/datasets/{datasetId}", [&](call& c) {
        return c.once([&] { return projects.attach(id_of(c), c.id<dataset_id>("dataset", 1)); });
    });
    a.add(verb::delete_, "/projects/{id}/datasets/{datasetId}", [&](call& c) {
        return c.once([&] { return projects.detach(id_of(c), c.id<dataset_id>("dataset", 1)); });
    });
}

} // namespace aistudio::local::routes
