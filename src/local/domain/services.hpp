#pragma once

#include "local/clock.hpp"
#include "local/domain/model_staging.hpp"
#include "local/domain/prediction_table.hpp"
#include "local/domain/projects.hpp"
#include "local/domain/service_life.hpp"
#include "local/serving/engine.hpp"
#include "local/store/database.hpp"

#include <aistudio/codec/wire.hpp>
#include <aistudio/types/limits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio::local::domain {

// What options of a service may be; `serving_options` says what they do.
using limits::max_service_batch;
using limits::max_service_queue;
using limits::max_service_workers;
using limits::max_worker_memory;
using limits::min_worker_memory;
inline constexpr std::chrono::milliseconds longest_time_limit{limits::max_service_time_ms};
inline constexpr std::chrono::milliseconds longest_batch_delay{limits::max_batch_delay_ms};

using limits::max_converter_bytes;
inline constexpr std::chrono::milliseconds longest_key_overlap{limits::max_key_overlap_ms};

/// Refuses options out of range.
void check_options(const serving_options& options);
/// Refuses the source of a converter that is too large.
void check_converter(std::string_view source);

/// Prediction services: their rows and model folders, and what of them the engine serves. Refusals
/// are thrown.
///
/// A project has one address (`/serving/online/<id>`) with one key as long as one of its services
/// is online; deploying another service puts it behind the same address.
/// @par Thread safety  All members: safe.
class services {
public:
    using clock = std::function<timestamp()>;

    /// @param folder  holds a folder for each service's model.
    services(store::database& d, store::content_store& c, objects::object_store& o, projects& p,
             jobs& j, serving::engine& e, prediction_table& t, std::filesystem::path folder,
             std::string base_url, clock now, model_staging::project_reader read_project = {});

    /// Serves again what was served before. Call it once, before anything else.
    void recover(const std::function<void(std::string_view)>& log);

    /// Checks a request and fetches its model; nothing for a draft without one.
    [[nodiscard]] std::optional<staged_model> stage(const wire::create_service& request);
    service create(const wire::create_service& request, const std::optional<staged_model>& model);
    [[nodiscard]] std::optional<staged_model> stage(service_id id,
                                                    const wire::update_service& request);
    service update(service_id id, const wire::update_service& request,
                   const std::optional<staged_model>& model);

    [[nodiscard]] service get(service_id id);
    /// Newest first; `project` empty: of all projects.
    [[nodiscard]] wire::page_of<service> list(project_id project, page_window window);
    [[nodiscard]] service_statistics statistics(service_id id);

    /// A draft whose model is being loaded.
    struct trial {
        std::int64_t revision = 0; ///< Of the draft; it may be changed meanwhile.
        bool needed = false;       ///< False: it is a sandbox already.
    };
    /// Gives a draft's model to the engine, to be loaded. Refuses what cannot become a sandbox.
    trial begin_sandbox(service_id id);
    /// The model was loaded: makes the sandbox, unless the draft is another by now.
    service make_sandbox(service_id id, const trial& tried);
    /// It could not be loaded.
    void end_trial(service_id id);

    /// Refuses what cannot be deployed; changes nothing.
    void check_deployable(service_id id);
    service deploy(service_id id);
    service pause(service_id id);
    service resume(service_id id);
    service rotate_key(service_id id, std::chrono::milliseconds overlap);
    void remove(service_id id);

    /// The service that answers a test, which counts as a call. Refuses drafts and paused ones.
    [[nodiscard]] service_id begin_test(service_id id);

    /// Pauses the services that were not called for too long. Call it before the clock matters,
    /// too: it notices that the clock was set back.
    void pause_idle();
    /// Puts down when services were called, which is kept in memory first.
    void note_last_calls();

    /// Makes the engine and the addresses follow the database. Call it once a change is committed.
    void apply();

private:
    struct record;
    [[nodiscard]] static record read(store::row r);
    [[nodiscard]] record require(service_id id);
    [[nodiscard]] std::vector<record> running();
    [[nodiscard]] service show(const record& r);
    void show_address(service& s);
    [[nodiscard]] serving::model_spec spec_of(const record& r) const;
    void keep_life(const record& r);
    template <class Change>
    service change(service_id id, Change&& apply_to);
    void put_online(record& r);
    void check_room(project_id project);
    [[nodiscard]] std::string keep(service_id id, std::int64_t revision, const staged_model& model);
    void forget_upload(const std::string& model_key);
    [[nodiscard]] std::string main_program_after(const record& r, const std::string& asked) const;

    [[nodiscard]] std::shared_ptr<call_mark> mark_of(service_id id);
    void note_calls(record& r);
    [[nodiscard]] bool pause_if_idle(record& r, timestamp now);
    void serve_only(const std::vector<record>& running);
    void renew_ends_of_keys();
    void follow_clock(timestamp now);
    void drop_old_trials();
    void publish_addresses();
    void remove_orphans();

    store::database& database_;
    store::content_store& contents_;
    projects& projects_;
    serving::engine& engine_;
    prediction_table& table_;
    model_staging staging_;
    std::filesystem::path folder_;
    std::string base_url_;
    clock now_;
    std::mutex apply_mutex_; // before the database's
    std::set<service_id> served_;
    std::map<service_id, std::int64_t> trials_; // with the draft's revision
    std::set<std::int64_t> addresses_;
    std::mutex marks_mutex_; // last
    std::map<service_id, std::shared_ptr<call_mark>> marks_;
};

} // namespace aistudio::local::domain
