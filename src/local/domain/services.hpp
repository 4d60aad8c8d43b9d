#pragma once

#include "local/domain/jobs.hpp"
#include "local/domain/prediction_table.hpp"
#include "local/domain/projects.hpp"
#include "local/objects/object_store.hpp"
#include "local/serving/engine.hpp"
#include "local/store/database.hpp"

#include <aistudio/codec/wire.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio::local::domain {

/// Prediction services: their rows and model folders, and what of them the engine serves. Refusals
/// are thrown.
///
/// A project has one address (`/serving/online/<id>`) with one key as long as one of its services
/// is online; deploying another service puts it behind the same address.
/// @par Thread safety  All members: safe.
class services {
public:
    /// @param folder  holds a folder for each service's model.
    services(store::database& d, store::content_store& c, objects::object_store& o, projects& p,
             jobs& j, serving::engine& e, prediction_table& t, std::filesystem::path folder,
             std::string base_url);

    /// Serves again what was served before. Call it once, before anything else.
    void recover(const std::function<void(std::string_view)>& log);

    /// A model's files in a folder of their own, until a service owns them.
    class staged_model {
    public:
        explicit staged_model(std::filesystem::path folder) : folder_(std::move(folder)) {}
        staged_model(staged_model&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
        staged_model& operator=(staged_model&&) = delete;
        ~staged_model();

        [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
        std::string main_program;

    private:
        std::filesystem::path folder_;
    };
    /// Copies or unpacks the model and checks it, without a process.
    [[nodiscard]] staged_model stage(const wire::create_service& request);
    service create(const wire::create_service& request, const staged_model& model);

    [[nodiscard]] service get(service_id id);
    /// Newest first; `project` empty: of all projects.
    [[nodiscard]] wire::page_of<service> list(project_id project, page_window window);

    service sandbox(service_id id);
    service deploy(service_id id);
    service pause(service_id id);
    service resume(service_id id);
    void remove(service_id id);

    /// Makes the engine and the addresses follow the database. Call it once a change is committed.
    void apply();

private:
    struct record;
    [[nodiscard]] static record read(store::row r);
    [[nodiscard]] record require(service_id id);
    [[nodiscard]] service show(const record& r);
    [[nodiscard]] serving::model_spec spec_of(const record& r) const;
    void set_state(service_id id, service_state state,
                   service_state resumes_as = service_state::unknown);
    void put_online(const record& r);
    void serve_only(const std::vector<record>& running);
    void
    publish_only(const std::vector<std::pair<std::int64_t, prediction_table::entry>>& addresses);
    void remove_orphans();
    void fill(const wire::create_service& request, const std::filesystem::path& folder);
    [[nodiscard]] std::filesystem::path folder_of(service_id id) const {
        return folder_ / to_string(id);
    }

    store::database& database_;
    store::content_store& contents_;
    objects::object_store& objects_;
    projects& projects_;
    jobs& jobs_;
    serving::engine& engine_;
    prediction_table& table_;
    std::filesystem::path folder_;
    std::string base_url_;
    std::mutex apply_mutex_; // before the database's
    std::set<service_id> served_;
    std::set<std::int64_t> addresses_;
};

} // namespace aistudio::local::domain
