#pragma once

#include "local/domain/datasets.hpp"
#include "local/domain/projects.hpp"
#include "local/objects/grants.hpp"
#include "local/routes/api.hpp"
#include "local/store/content_store.hpp"

#include <string>

/// The calls of docs/wire.md, bound to what they do.
namespace aistudio::local::routes {

void add_status_route(api& a, const std::string& user);
void add_dataset_routes(api& a, domain::datasets& datasets, store::content_store& contents,
                        objects::grants& grants);
void add_project_routes(api& a, domain::projects& projects);

} // namespace aistudio::local::routes
