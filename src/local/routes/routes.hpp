#pragma once

#include "local/domain/datasets.hpp"
#include "local/domain/jobs.hpp"
#include "local/domain/project_files.hpp"
#include "local/domain/project_versions.hpp"
#include "local/domain/projects.hpp"
#include "local/domain/repositories.hpp"
#include "local/domain/services.hpp"
#include "local/faults/fault_script.hpp"
#include "local/objects/grants.hpp"
#include "local/routes/api.hpp"
#include "local/store/content_store.hpp"

#include <atomic>
#include <string>

/// The calls of docs/wire.md, bound to what they do.
namespace aistudio::local::routes {

/// Where the language models answer.
inline constexpr std::string_view chat_base = "/llm/lmapi/v3";

/// What the language models' endpoint answers while none is served.
void add_no_chat_route(api& a);
void add_status_route(api& a, const std::string& user);
void add_dataset_routes(api& a, domain::datasets& datasets, store::content_store& contents,
                        objects::grants& grants);
void add_project_routes(api& a, domain::projects& projects, domain::project_files& files,
                        domain::project_versions& versions, store::content_store& contents,
                        objects::grants& grants);
/// @param stopping  true once the studio stops: long waits end then.
void add_job_routes(api& a, boost::asio::thread_pool& pool, domain::jobs& jobs,
                    objects::object_store& objects, objects::grants& grants,
                    const std::atomic<bool>& stopping);
void add_service_routes(api& a, boost::asio::thread_pool& pool, domain::services& services,
                        store::content_store& contents, objects::grants& grants,
                        serving::engine& engine);
/// Calls of the model hub that the API host answers; those of the Git host: hub.hpp.
void add_hub_routes(api& a, domain::repositories& all, store::content_store& contents);
void add_fault_routes(api& a, faults::fault_script& faults);

} // namespace aistudio::local::routes
