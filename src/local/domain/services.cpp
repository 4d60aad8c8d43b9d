#include "local/domain/services.hpp"

#include "local/http/target.hpp"
#include "local/objects/key.hpp"
#include "local/refusal.hpp"
#include "local/store/files.hpp"

#include <aistudio/codec/json.hpp>

#include <algorithm>
#include <utility>

namespace aistudio::local::domain {
namespace fs = std::filesystem;
using std::chrono::milliseconds;
namespace {

constexpr std::string_view tensor_types[] = {"float32", "float64", "int32",
                                             "int64",   "uint8",   "bool"};
/// Two threads that look at the clock may note its times in another order.
constexpr milliseconds clock_jitter{1000};

void check_tensors(std::string_view field, const std::vector<tensor_spec>& tensors) {
    for (const auto& t : tensors) {
        if (t.name.empty())
            refuse_invalid("An entry of `" + std::string(field) + "` has no name.");
        if (std::find(std::begin(tensor_types), std::end(tensor_types), t.dtype) ==
            std::end(tensor_types))
            refuse_invalid(
                "`" + t.dtype +
                "` is no type of a tensor; use float32, float64, int32, int64, uint8 or bool.");
    }
}

void check_between(std::string_view name, std::int64_t value, std::int64_t least,
                   std::int64_t most) {
    if (value < least || value > most)
        refuse_invalid("`" + std::string(name) + "` must be " + std::to_string(least) + " to " +
                       std::to_string(most) + ", not " + std::to_string(value) + ".");
}

template <class T>
std::string as_json(const T& value) {
    auto text = to_json(value);
    if (!text)
        refuse_invalid(text.error().detail);
    return std::move(*text);
}

/// Of `wire::create_service` and `wire::update_service`.
template <class Request>
model_source source_of(project_id project, const Request& r) {
    return {project, r.job_id, r.job_path, r.model_key, r.project_path, r.files};
}

constexpr std::string_view columns =
    "SELECT id, name, project_id, state, resumes_as, main_program, inputs, outputs, converter, "
    "created_at, updated_at, model, files, options, revision, called_at, idle_since FROM services ";

} // namespace

void check_options(const serving_options& o) {
    check_between("workers", o.workers, 1, max_service_workers);
    check_between("maxBatch", o.max_batch, 1, max_service_batch);
    check_between("maxQueued", o.max_queued, 0, max_service_queue);
    check_between("timeLimit", o.time_limit.count(), 0, longest_time_limit.count());
    check_between("batchDelay", o.batch_delay.count(), 0, longest_batch_delay.count());
    if (o.memory_limit != 0)
        check_between("memoryLimit", o.memory_limit, min_worker_memory, max_worker_memory);
}

void check_converter(std::string_view source) {
    if (source.size() > max_converter_bytes)
        refuse_invalid("The converter is larger than 1 MiB; keep only the code in it.");
}

struct services::record {
    service shown; // without url and key
    service_life life;
    std::string converter;
    std::string model; // folder; empty: none
    std::int64_t revision = 0;
};

services::services(store::database& d, store::content_store& c, objects::object_store& o,
                   projects& p, jobs& j, serving::engine& e, prediction_table& t, fs::path folder,
                   std::string base_url, clock now, model_staging::project_reader read_project)
    : database_(d), contents_(c), projects_(p), engine_(e), table_(t),
      staging_(c, o, j, e, std::move(read_project)), folder_(std::move(folder)),
      base_url_(std::move(base_url)), now_(std::move(now)) {
    fs::create_directories(folder_);
}

void services::recover(const std::function<void(std::string_view)>& log) {
    try {
        renew_ends_of_keys();
        apply();
    } catch (const std::exception& e) {
        log(std::string("a prediction service cannot be served again: ") + e.what());
    }
}

// Definitions

std::optional<staged_model> services::stage(const wire::create_service& request) {
    check_name("The service's name", request.service_name, max_name_characters);
    if (request.project_id.empty())
        refuse_missing("projectId");
    check_tensors("inputs", request.inputs);
    check_tensors("outputs", request.outputs);
    check_options(request.options);
    check_converter(request.converter);
    const auto source = source_of(request.project_id, request);
    source.check();
    (void)projects_.get(request.project_id);
    if (!source.empty())
        return staging_.stage(source, request.main_program, !request.draft);
    if (!request.draft)
        refuse_invalid("Send one of `jobId`, `projectPath` and `modelKey`, for where the model "
                       "comes from, or save a draft.");
    return std::nullopt;
}

service services::create(const wire::create_service& request,
                         const std::optional<staged_model>& model) {
    return database_.transact([&] {
        (void)projects_.get(request.project_id); // may be gone by now
        const auto time = to_ms(now_());
        const service_id id(database_.insert(
            "INSERT INTO services (name, project_id, state, main_program, inputs, outputs, "
            "converter, options, created_at, updated_at) "
            "VALUES (?, ?, 'draft', ?, ?, ?, ?, ?, ?, ?)",
            request.service_name, request.project_id.value(),
            model ? model->main_program : request.main_program, as_json(request.inputs),
            as_json(request.outputs), request.converter, as_json(request.options), time, time));
        if (model)
            database_.execute("UPDATE services SET model = ?, files = ? WHERE id = ?",
                              keep(id, 0, *model), as_json(model->files), id.value());
        forget_upload(request.model_key);
        return get(id);
    });
}

std::optional<staged_model> services::stage(service_id id, const wire::update_service& request) {
    if (request.service_name)
        check_name("The service's name", *request.service_name, max_name_characters);
    if (request.inputs)
        check_tensors("inputs", *request.inputs);
    if (request.outputs)
        check_tensors("outputs", *request.outputs);
    if (request.options)
        check_options(*request.options);
    if (request.converter)
        check_converter(*request.converter);
    const auto r = database_.exclusively([&] { return require(id); });
    const auto source = source_of(r.shown.project, request);
    source.check();
    if (source.empty())
        return std::nullopt;
    r.life.check_draft();
    return staging_.stage(source, request.main_program.value_or(std::string{}), false);
}

service services::update(service_id id, const wire::update_service& request,
                         const std::optional<staged_model>& model) {
    return database_.transact([&] {
        const auto r = require(id);
        if (request.service_name)
            database_.execute("UPDATE services SET name = ?, updated_at = ? WHERE id = ?",
                              *request.service_name, to_ms(now_()), id.value());
        const bool defines = model || request.main_program || request.inputs || request.outputs ||
                             request.converter || request.options;
        if (!defines)
            return get(id);
        r.life.check_draft();
        const auto revision = r.revision + 1;
        std::string program = model ? model->main_program : r.shown.main_program;
        if (!model && request.main_program)
            program = main_program_after(r, *request.main_program);
        database_.execute(
            "UPDATE services SET main_program = ?, inputs = ?, outputs = ?, converter = ?, "
            "options = ?, revision = ?, updated_at = ? WHERE id = ?",
            program, as_json(request.inputs.value_or(r.shown.inputs)),
            as_json(request.outputs.value_or(r.shown.outputs)),
            request.converter.value_or(r.converter),
            as_json(request.options.value_or(r.shown.options)), revision, to_ms(now_()),
            id.value());
        if (model)
            database_.execute("UPDATE services SET model = ?, files = ? WHERE id = ?",
                              keep(id, revision, *model), as_json(model->files), id.value());
        forget_upload(request.model_key);
        return get(id);
    });
}

std::string services::main_program_after(const record& r, const std::string& asked) const {
    if (r.model.empty())
        return asked;
    if (asked.empty())
        return staging_.find(folder_ / r.model);
    staging_.check(folder_ / r.model, asked);
    return asked;
}

/// Gives a staged model the folder of a service and returns its name. Until the transaction is
/// committed, and if it never is, the service keeps the folder that it had.
std::string services::keep(service_id id, std::int64_t revision, const staged_model& model) {
    const auto name = to_string(id) + (revision == 0 ? "" : "." + std::to_string(revision));
    try {
        fs::remove_all(folder_ / name); // left by a crash just before a commit
        fs::rename(model.folder(), folder_ / name);
        store::sync_folder(folder_);
    } catch (const std::exception& e) {
        store::refuse_file_failure(e);
    }
    return name;
}

void services::forget_upload(const std::string& model_key) {
    if (!model_key.empty())
        database_.execute("DELETE FROM objects WHERE key = ?",
                          objects::without_leading_slash(model_key));
}

// What is shown

services::record services::read(store::row r) {
    record out;
    out.shown.id = service_id(r.integer(0));
    out.shown.name = r.text(1);
    out.shown.project = project_id(r.integer(2));
    out.shown.state = open_enum<service_state>::from_name(r.text(3));
    out.life.state = out.shown.state.value();
    enum_from_name(r.text(4), out.life.resumes_as);
    out.shown.main_program = r.text(5);
    out.shown.inputs = from_json<std::vector<tensor_spec>>(r.text(6)).value();
    out.shown.outputs = from_json<std::vector<tensor_spec>>(r.text(7)).value();
    out.converter = r.text(8);
    out.shown.has_converter = !out.converter.empty();
    out.shown.created_at = from_ms(r.integer(9));
    out.shown.updated_at = from_ms(r.integer(10));
    out.model = r.text(11);
    out.shown.files = from_json<std::vector<std::string>>(r.text(12)).value();
    out.shown.options = from_json<serving_options>(r.text(13)).value();
    out.revision = r.integer(14);
    out.shown.last_call_at = from_ms(r.integer(15));
    out.life.idle_since = from_ms(r.integer(16));
    return out;
}

services::record services::require(service_id id) {
    static const std::string query = std::string(columns) + "WHERE id = ?";
    auto found = database_.find(query, read, id.value());
    if (!found)
        refuse_unknown("prediction service", to_string(id));
    note_calls(*found);
    return std::move(*found);
}

std::vector<services::record> services::running() {
    static const std::string query = std::string(columns) + "WHERE state IN ('sandbox', 'online')";
    return database_.query(query, read);
}

void services::show_address(service& s) {
    const auto address = database_.find(
        "SELECT id, api_key FROM endpoints WHERE service_id = ?",
        [](store::row e) { return std::pair(e.integer(0), e.text(1)); }, s.id.value());
    if (!address)
        return;
    s.url = base_url_ + "/serving/online/" + std::to_string(address->first);
    s.api_key = secret(address->second);
    s.old_keys_until = from_ms(database_.number(
        "SELECT max(valid_until) FROM old_keys WHERE endpoint_id = ? AND valid_until > ?",
        address->first, to_ms(now_())));
}

service services::show(const record& r) {
    service s = r.shown;
    if (r.life.state == service_state::draft && r.model.empty())
        s.missing.emplace_back("model");
    if (r.life.state == service_state::draft && s.main_program.empty())
        s.missing.emplace_back("main_program");
    if (s.files.empty() && !r.model.empty()) // made before files were kept in the row
        s.files = list_files(folder_ / r.model);
    if (const auto pauses = r.life.pauses_at())
        s.pauses_at = *pauses;
    show_address(s);
    return s;
}

service services::get(service_id id) {
    return database_.exclusively([&] { return show(require(id)); });
}

wire::page_of<service> services::list(project_id project, page_window window) {
    static const std::string query =
        std::string(columns) +
        "WHERE ?1 = 0 OR project_id = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3";
    return database_.exclusively([&] {
        auto records = database_.query(query, read, project.value(), window.size, window.offset());
        std::vector<service> items;
        for (auto& r : records) {
            note_calls(r);
            items.push_back(show(r));
        }
        return window.of(
            std::move(items),
            database_.number("SELECT count(*) FROM services WHERE ?1 = 0 OR project_id = ?1",
                             project.value()));
    });
}

service_statistics services::statistics(service_id id) {
    (void)get(id);
    auto out = engine_.statistics(id);
    out.id = id;
    return out;
}

// Life

void services::keep_life(const record& r) {
    database_.execute("UPDATE services SET state = ?, resumes_as = ?, idle_since = ?, "
                      "called_at = ?, updated_at = ? WHERE id = ?",
                      enum_name(r.life.state), enum_name(r.life.resumes_as),
                      to_ms(r.life.idle_since), to_ms(r.shown.last_call_at), to_ms(now_()),
                      r.shown.id.value());
}

template <class Change>
service services::change(service_id id, Change&& apply_to) {
    return database_.transact([&] {
        auto r = require(id);
        const auto before = r.life.state;
        apply_to(r.life);
        if (r.life.state != before)
            keep_life(r);
        return get(id);
    });
}

void services::check_room(project_id project) {
    if (database_.number("SELECT count(*) FROM services WHERE project_id = ? AND state <> 'draft'",
                         project.value()) >= static_cast<std::int64_t>(max_sandboxes_per_project))
        refuse_conflict("A project has at most 5 sandboxes; delete a service of it first.");
}

services::trial services::begin_sandbox(service_id id) {
    const std::lock_guard one_at_a_time(apply_mutex_);
    const auto r = database_.exclusively([&] {
        auto found = require(id);
        auto after = found.life;
        after.make_sandbox(now_());
        if (found.life.state == service_state::draft)
            check_room(found.shown.project);
        return found;
    });
    if (r.life.state != service_state::draft)
        return {r.revision, false};
    if (const auto lacks = show(r).missing; !lacks.empty()) {
        std::string all = "`" + lacks.front() + "`";
        for (std::size_t i = 1; i < lacks.size(); ++i)
            all += " and `" + lacks[i] + "`";
        throw refusal(service_code::parameter_missing,
                      "The draft lacks " + all + "; complete it by an update first.");
    }
    const auto tried = trials_.find(id);
    if (tried == trials_.end() || tried->second != r.revision) {
        const auto added = engine_.add(id, spec_of(r));
        if (!added)
            throw refusal(service_code::worker_failed, added.error().detail);
        trials_[id] = r.revision;
    }
    return {r.revision, true};
}

service services::make_sandbox(service_id id, const trial& tried) {
    return database_.transact([&] {
        const auto r = require(id);
        if (r.revision != tried.revision)
            refuse_conflict("The draft was changed while its model was loaded; try again.");
        if (r.life.state == service_state::draft)
            check_room(r.shown.project);
        return change(id, [&](service_life& life) { life.make_sandbox(now_()); });
    });
}

void services::end_trial(service_id id) {
    const std::lock_guard one_at_a_time(apply_mutex_);
    if (trials_.erase(id) != 0)
        engine_.remove(id);
}

void services::check_deployable(service_id id) {
    database_.exclusively([&] { require(id).life.check_deployable(); });
}

service services::deploy(service_id id) {
    return database_.transact([&] {
        auto r = require(id);
        r.life.check_deployable();
        if (r.life.state != service_state::online)
            put_online(r);
        return get(id);
    });
}

void services::put_online(record& r) {
    const auto id = r.shown.id;
    const auto project = r.shown.project.value();
    const service_id before(
        database_.number("SELECT service_id FROM endpoints WHERE project_id = ?", project));
    if (before.empty()) {
        database_.execute(
            "INSERT INTO endpoints (id, project_id, service_id, api_key) VALUES (?1, ?2, ?1, ?3)",
            id.value(), project, store::random_uuid());
    } else {
        auto other = require(before);
        other.life.give_way(now_());
        keep_life(other);
        database_.execute("UPDATE endpoints SET service_id = ? WHERE project_id = ?", id.value(),
                          project);
    }
    r.life.deploy(now_());
    keep_life(r);
}

service services::pause(service_id id) {
    return change(id, [](service_life& life) { life.pause(); });
}

service services::resume(service_id id) {
    return change(id, [&](service_life& life) { life.resume(now_()); });
}

service services::rotate_key(service_id id, milliseconds overlap) {
    check_between("overlap", overlap.count(), 0, longest_key_overlap.count());
    return database_.transact([&] {
        (void)require(id);
        const auto endpoint =
            database_.number("SELECT id FROM endpoints WHERE service_id = ?", id.value());
        if (endpoint == 0)
            refuse_conflict("The service has no key: it is not online; deploy it first.");
        const auto now = to_ms(now_());
        const auto until = now + overlap.count();
        database_.execute("UPDATE old_keys SET valid_until = min(valid_until, ?2) "
                          "WHERE endpoint_id = ?1",
                          endpoint, until);
        database_.execute("INSERT INTO old_keys (endpoint_id, api_key, valid_until, since) "
                          "SELECT id, api_key, ?2, ?3 FROM endpoints WHERE id = ?1",
                          endpoint, until, now);
        database_.execute("DELETE FROM old_keys WHERE endpoint_id = ? AND valid_until <= ?",
                          endpoint, now);
        database_.execute("UPDATE endpoints SET api_key = ? WHERE id = ?", store::random_uuid(),
                          endpoint);
        return get(id);
    });
}

void services::remove(service_id id) {
    database_.transact([&] {
        (void)require(id);
        database_.execute("DELETE FROM endpoints WHERE service_id = ?", id.value());
        database_.execute("DELETE FROM services WHERE id = ?", id.value());
    });
    const std::lock_guard lock(marks_mutex_);
    marks_.erase(id);
}

service_id services::begin_test(service_id id) {
    const auto state = get(id).state.value();
    if (state == service_state::draft)
        refuse_conflict("The service is a draft; create its sandbox first.");
    if (state == service_state::paused)
        throw refusal(service_code::not_running,
                      "服务不是运行中状态 (the service is not running); resume it.");
    mark_of(id)->called(to_ms(now_()));
    return id;
}

// Calls and their absence

std::shared_ptr<call_mark> services::mark_of(service_id id) {
    const std::lock_guard lock(marks_mutex_);
    auto& mark = marks_[id];
    if (!mark)
        mark = std::make_shared<call_mark>();
    return mark;
}

/// Calls are noted in memory first.
void services::note_calls(record& r) {
    std::shared_ptr<call_mark> mark;
    {
        const std::lock_guard lock(marks_mutex_);
        const auto found = marks_.find(r.shown.id);
        if (found == marks_.end())
            return;
        mark = found->second;
    }
    if (const auto called = mark->called_at.load(); called != 0)
        r.shown.last_call_at = from_ms(called);
    if (r.life.runs())
        r.life.idle_since = std::max(r.life.idle_since, from_ms(mark->idle_since.load()));
}

/// The clock may have been set back while the studio was down: then no key lives longer than the
/// overlap that it was given.
void services::renew_ends_of_keys() {
    database_.transact([&] {
        database_.execute("UPDATE old_keys SET valid_until = valid_until - (since - ?1), "
                          "since = ?1 WHERE since > ?1",
                          to_ms(now_()));
    });
}

/// A clock that was set back must not lengthen the life of old keys: their ends go back with it.
/// Until they have, the latest time that was seen decides.
void services::follow_clock(timestamp now) {
    if (table_.note_time(now) - now < clock_jitter)
        return;
    const std::lock_guard one_at_a_time(apply_mutex_);
    const auto back = table_.note_time(now) - now;
    if (back < clock_jitter)
        return; // another one saw it, too
    database_.transact([&] {
        database_.execute("UPDATE old_keys SET valid_until = valid_until - ?1, since = since - ?1",
                          back.count());
    });
    publish_addresses();
    table_.set_back(now);
}

void services::pause_idle() {
    const auto now = now_();
    follow_clock(now);
    const bool paused = database_.transact([&] {
        bool some = false;
        for (auto& r : running())
            some = pause_if_idle(r, now) || some;
        return some;
    });
    if (paused)
        apply();
}

bool services::pause_if_idle(record& r, timestamp now) {
    note_calls(r);
    const auto noted = r.life.idle_since;
    const bool paused = r.life.pause_if_idle(now);
    if (r.life.idle_since != noted) { // the clock was set back
        auto expected = to_ms(noted);
        mark_of(r.shown.id)->idle_since.compare_exchange_strong(expected, to_ms(r.life.idle_since));
    }
    if (paused || r.life.idle_since != noted)
        keep_life(r);
    return paused;
}

void services::note_last_calls() {
    database_.transact([&] {
        for (auto& r : running()) {
            const auto kept = r.shown.last_call_at;
            note_calls(r);
            if (r.shown.last_call_at != kept)
                database_.execute("UPDATE services SET called_at = ?, idle_since = ? WHERE id = ?",
                                  to_ms(r.shown.last_call_at), to_ms(r.life.idle_since),
                                  r.shown.id.value());
        }
    });
}

// The engine and the addresses

serving::model_spec services::spec_of(const record& r) const {
    return {folder_ / r.model, r.shown.main_program, r.shown.inputs,
            r.shown.outputs,   r.converter,          {},
            r.shown.options};
}

void services::apply() {
    const std::lock_guard one_at_a_time(apply_mutex_);
    serve_only(database_.exclusively([&] { return running(); }));
    drop_old_trials();
    publish_addresses();
    remove_orphans();
}

void services::serve_only(const std::vector<record>& running) {
    std::set<service_id> wanted;
    for (const auto& r : running)
        wanted.insert(r.shown.id);
    std::erase_if(served_, [&](service_id id) {
        if (wanted.contains(id))
            return false;
        engine_.remove(id);
        return true;
    });
    for (const auto& r : running) {
        if (!served_.insert(r.shown.id).second || trials_.erase(r.shown.id) != 0)
            continue;
        const auto added = engine_.add(r.shown.id, spec_of(r));
        if (added)
            continue;
        served_.erase(r.shown.id);
        throw refusal(service_code::internal, "Service " + to_string(r.shown.id) +
                                                  " cannot be served: " + added.error().detail);
    }
}

/// Of drafts that were changed or deleted.
void services::drop_old_trials() {
    std::erase_if(trials_, [&](const auto& trial) {
        const auto& [id, revision] = trial;
        if (database_.number("SELECT count(*) FROM services WHERE id = ? AND revision = ?",
                             id.value(), revision) != 0)
            return false;
        engine_.remove(id);
        return true;
    });
}

void services::publish_addresses() {
    struct address {
        std::int64_t id;
        prediction_table::entry entry;
        service_life life;
    };
    auto all = database_.exclusively([&] {
        auto found = database_.query(
            "SELECT e.id, e.api_key, s.state = 'online', s.id, s.idle_since FROM endpoints e "
            "JOIN services s ON s.id = e.service_id",
            [](store::row r) {
                address a{r.integer(0), {secret(r.text(1)), r.integer(2) != 0, {}}, {}};
                a.entry.served_by = service_id(r.integer(3));
                a.life.idle_since = from_ms(r.integer(4));
                return a;
            });
        for (auto& a : found)
            a.entry.old_keys = database_.query(
                "SELECT api_key, valid_until FROM old_keys WHERE endpoint_id = ?",
                [](store::row r) { return old_key{secret(r.text(0)), from_ms(r.integer(1))}; },
                a.id);
        return found;
    });
    std::set<std::int64_t> wanted;
    for (auto& a : all) {
        a.entry.mark = mark_of(a.entry.served_by);
        a.entry.patience = online_patience;
        auto noted = a.entry.mark->idle_since.load();
        while (noted < to_ms(a.life.idle_since) &&
               !a.entry.mark->idle_since.compare_exchange_weak(noted, to_ms(a.life.idle_since))) {
        }
        wanted.insert(a.id);
        table_.set(a.id, std::move(a.entry));
    }
    for (const auto address : addresses_)
        if (!wanted.contains(address))
            table_.erase(address);
    addresses_ = std::move(wanted);
}

void services::remove_orphans() {
    const auto trash = contents_.temporary() / store::random_hex(16);
    database_.exclusively([&] {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
            const auto name = entry.path().filename().string();
            if (database_.number("SELECT count(*) FROM services WHERE model = ?", name) != 0)
                continue;
            fs::create_directories(trash, ignored);
            fs::rename(entry.path(), trash / name, ignored);
        }
    });
    std::error_code ignored;
    fs::remove_all(trash, ignored); // outside the lock: models are large
}

} // namespace aistudio::local::domain
