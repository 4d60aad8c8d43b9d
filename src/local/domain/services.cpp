#include "local/domain/services.hpp"

#include "local/archive/archive.hpp"
#include "local/clock.hpp"
#include "local/http/target.hpp"
#include "local/objects/key.hpp"
#include "local/refusal.hpp"
#include "local/store/files.hpp"

#include <aistudio/codec/json.hpp>

#include <algorithm>
#include <utility>

namespace aistudio::local::domain {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view tensor_types[] = {"float32", "float64", "int32",
                                             "int64",   "uint8",   "bool"};

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

void check(const wire::create_service& r) {
    check_name("The service's name", r.service_name, max_name_characters);
    if (r.project_id.empty())
        refuse_missing("projectId");
    const bool from_job = r.job_id && !r.job_id->empty();
    if (from_job == !r.model_key.empty())
        refuse_invalid("Send either `jobId` or `modelKey`, for where the model comes from.");
    if (!from_job && !r.job_path.empty())
        refuse_invalid("`jobPath` goes with `jobId` only.");
    check_tensors("inputs", r.inputs);
    check_tensors("outputs", r.outputs);
}

/// The folder `path` below `root`; refuses what is not there or outside.
fs::path folder_below(const fs::path& root, const std::string& path) {
    std::error_code ec;
    const auto base = fs::canonical(root, ec);
    const auto real = ec ? fs::path() : fs::canonical(base / path, ec);
    const bool there = !ec && fs::is_directory(real, ec);
    const bool inside =
        there &&
        std::mismatch(base.begin(), base.end(), real.begin(), real.end()).first == base.end();
    if (!inside || fs::path(path).is_absolute())
        refuse_invalid("The job's output has no folder `" + path +
                       "`; list the outputs to see what it has.");
    return real;
}

template <class T>
std::string as_json(const T& value) {
    auto text = to_json(value);
    if (!text)
        refuse_invalid(text.error().detail);
    return std::move(*text);
}

[[noreturn]] void refuse_problem(const problem& p) {
    refuse_invalid(p.detail.empty() ? p.message() : p.detail);
}

} // namespace

struct services::record {
    service shown; // without url and key
    service_state resumes_as = service_state::unknown;
    std::string converter;
};

services::staged_model::~staged_model() {
    std::error_code ignored;
    if (!folder_.empty())
        fs::remove_all(folder_, ignored);
}

services::services(store::database& d, store::content_store& c, objects::object_store& o,
                   projects& p, jobs& j, serving::engine& e, prediction_table& t, fs::path folder,
                   std::string base_url)
    : database_(d), contents_(c), objects_(o), projects_(p), jobs_(j), engine_(e), table_(t),
      folder_(std::move(folder)), base_url_(std::move(base_url)) {
    fs::create_directories(folder_);
}

void services::recover(const std::function<void(std::string_view)>& log) {
    try {
        apply();
    } catch (const std::exception& e) {
        log(std::string("a prediction service cannot be served again: ") + e.what());
    }
}

services::staged_model services::stage(const wire::create_service& request) {
    check(request);
    (void)projects_.get(request.project_id);
    staged_model staged(contents_.temporary() / store::random_hex(16));
    try {
        fill(request, staged.folder());
    } catch (const std::system_error& e) {
        store::refuse_file_failure(e);
    }
    staged.main_program = request.main_program;
    if (staged.main_program.empty()) {
        auto found = engine_.find_main_program(staged.folder());
        if (!found)
            refuse_problem(found.error());
        staged.main_program = std::move(*found);
    }
    const auto checked = engine_.check({staged.folder(),
                                        staged.main_program,
                                        request.inputs,
                                        request.outputs,
                                        request.converter,
                                        {}});
    if (!checked)
        refuse_problem(checked.error());
    return staged;
}

void services::fill(const wire::create_service& request, const fs::path& folder) {
    if (request.job_id && !request.job_id->empty()) {
        if (!is_final(jobs_.get(*request.job_id).stage.value()))
            refuse_conflict("The job has not ended; make the service when it has.");
        return store::copy_tree(
            folder_below(jobs_.output_folder(*request.job_id), request.job_path), folder);
    }
    const auto key = objects::without_leading_slash(request.model_key);
    const auto zip = key.starts_with("models/") ? objects_.find(key) : std::nullopt;
    if (!zip)
        throw refusal(service_code::not_found,
                      "There is no uploaded model with this `modelKey`; upload it first.");
    fs::create_directories(folder);
    archive::unpack_zip(zip->path, folder);
    store::sync_tree(folder);
}

service services::create(const wire::create_service& request, const staged_model& model) {
    return database_.transact([&] {
        (void)projects_.get(request.project_id); // may be gone by now
        const auto time = to_ms(now());
        const service_id id(database_.insert(
            "INSERT INTO services (name, project_id, state, main_program, inputs, outputs, "
            "converter, created_at, updated_at) "
            "VALUES (?, ?, 'draft', ?, ?, ?, ?, ?, ?)",
            request.service_name, request.project_id.value(), model.main_program,
            as_json(request.inputs), as_json(request.outputs), request.converter, time, time));
        try {
            fs::remove_all(folder_of(id)); // left by a crash just before a commit
            fs::rename(model.folder(), folder_of(id));
            store::sync_folder(folder_);
        } catch (const std::exception& e) {
            store::refuse_file_failure(e);
        }
        if (!request.model_key.empty())
            database_.execute("DELETE FROM objects WHERE key = ?",
                              objects::without_leading_slash(request.model_key));
        return get(id);
    });
}

services::record services::read(store::row r) {
    record out;
    out.shown.id = service_id(r.integer(0));
    out.shown.name = r.text(1);
    out.shown.project = project_id(r.integer(2));
    out.shown.state = open_enum<service_state>::from_name(r.text(3));
    enum_from_name(r.text(4), out.resumes_as);
    out.shown.main_program = r.text(5);
    out.shown.inputs = from_json<std::vector<tensor_spec>>(r.text(6)).value();
    out.shown.outputs = from_json<std::vector<tensor_spec>>(r.text(7)).value();
    out.converter = r.text(8);
    out.shown.has_converter = !out.converter.empty();
    out.shown.created_at = from_ms(r.integer(9));
    out.shown.updated_at = from_ms(r.integer(10));
    return out;
}

services::record services::require(service_id id) {
    auto found = database_.find(
        "SELECT id, name, project_id, state, resumes_as, main_program, inputs, outputs, converter, "
        "created_at, updated_at FROM services WHERE id = ?",
        read, id.value());
    if (!found)
        refuse_unknown("prediction service", to_string(id));
    return std::move(*found);
}

service services::show(const record& r) {
    service s = r.shown;
    const auto address = database_.find(
        "SELECT id, api_key FROM endpoints WHERE service_id = ?",
        [](store::row e) { return std::pair(e.integer(0), e.text(1)); }, s.id.value());
    if (address) {
        s.url = base_url_ + "/serving/online/" + std::to_string(address->first);
        s.api_key = secret(address->second);
    }
    return s;
}

service services::get(service_id id) {
    return database_.exclusively([&] { return show(require(id)); });
}

wire::page_of<service> services::list(project_id project, page_window window) {
    return database_.exclusively([&] {
        const auto records = database_.query(
            "SELECT id, name, project_id, state, resumes_as, main_program, inputs, outputs, "
            "converter, created_at, updated_at "
            "FROM services WHERE ?1 = 0 OR project_id = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3",
            read, project.value(), window.size, window.offset());
        std::vector<service> items;
        for (const auto& r : records)
            items.push_back(show(r));
        return window.of(
            std::move(items),
            database_.number("SELECT count(*) FROM services WHERE ?1 = 0 OR project_id = ?1",
                             project.value()));
    });
}

void services::set_state(service_id id, service_state state, service_state resumes_as) {
    database_.execute("UPDATE services SET state = ?, resumes_as = ?, updated_at = ? WHERE id = ?",
                      enum_name(state), enum_name(resumes_as), to_ms(now()), id.value());
}

service services::sandbox(service_id id) {
    return database_.transact([&] {
        const auto r = require(id);
        const auto state = r.shown.state.value();
        if (state == service_state::sandbox)
            return show(r);
        if (state != service_state::draft)
            refuse_conflict("The service has its sandbox already.");
        if (database_.number(
                "SELECT count(*) FROM services WHERE project_id = ? AND state <> 'draft'",
                r.shown.project.value()) >= static_cast<std::int64_t>(max_sandboxes_per_project))
            refuse_conflict("A project has at most 5 sandboxes; delete a service of it first.");
        set_state(id, service_state::sandbox);
        return get(id);
    });
}

service services::deploy(service_id id) {
    return database_.transact([&] {
        const auto r = require(id);
        switch (r.shown.state.value()) {
        case service_state::online:
            return show(r);
        case service_state::sandbox:
            break;
        case service_state::paused:
            refuse_conflict("The service is paused; resume it first.");
        default:
            refuse_conflict("The service has no sandbox; create and test one first.");
        }
        put_online(r);
        return get(id);
    });
}

void services::put_online(const record& r) {
    const auto id = r.shown.id;
    const auto project = r.shown.project.value();
    const service_id before(
        database_.number("SELECT service_id FROM endpoints WHERE project_id = ?", project));
    if (before.empty()) {
        database_.execute(
            "INSERT INTO endpoints (id, project_id, service_id, api_key) VALUES (?1, ?2, ?1, ?3)",
            id.value(), project, store::random_uuid());
    } else {
        const bool paused = require(before).shown.state == service_state::paused;
        set_state(before, paused ? service_state::paused : service_state::sandbox,
                  paused ? service_state::sandbox : service_state::unknown);
        database_.execute("UPDATE endpoints SET service_id = ? WHERE project_id = ?", id.value(),
                          project);
    }
    set_state(id, service_state::online);
}

service services::pause(service_id id) {
    return database_.transact([&] {
        const auto r = require(id);
        const auto state = r.shown.state.value();
        if (state == service_state::draft)
            refuse_conflict("The service is a draft; there is nothing to pause.");
        if (state != service_state::paused)
            set_state(id, service_state::paused, state);
        return get(id);
    });
}

service services::resume(service_id id) {
    return database_.transact([&] {
        const auto r = require(id);
        if (r.shown.state == service_state::draft)
            refuse_conflict("The service is a draft; create its sandbox instead.");
        if (r.shown.state == service_state::paused)
            set_state(id, r.resumes_as);
        return get(id);
    });
}

void services::remove(service_id id) {
    database_.transact([&] {
        (void)require(id);
        database_.execute("DELETE FROM endpoints WHERE service_id = ?", id.value());
        database_.execute("DELETE FROM services WHERE id = ?", id.value());
    });
}

serving::model_spec services::spec_of(const record& r) const {
    return {folder_of(r.shown.id), r.shown.main_program, r.shown.inputs,
            r.shown.outputs,       r.converter,          {}};
}

void services::apply() {
    const std::lock_guard one_at_a_time(apply_mutex_);
    std::vector<record> running;
    std::vector<std::pair<std::int64_t, prediction_table::entry>> addresses;
    database_.exclusively([&] {
        running = database_.query("SELECT id, name, project_id, state, resumes_as, main_program, "
                                  "inputs, outputs, converter, created_at, updated_at "
                                  "FROM services WHERE state IN ('sandbox', 'online')",
                                  read);
        addresses = database_.query(
            "SELECT e.id, e.api_key, s.state = 'online', s.id FROM endpoints e JOIN services s ON "
            "s.id = e.service_id",
            [](store::row r) {
                return std::pair(r.integer(0),
                                 prediction_table::entry{secret(r.text(1)), r.integer(2) != 0,
                                                         service_id(r.integer(3))});
            });
    });
    serve_only(running);
    publish_only(addresses);
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
        if (served_.contains(r.shown.id))
            continue;
        const auto added = engine_.add(r.shown.id, spec_of(r));
        if (!added)
            throw refusal(service_code::internal, "Service " + to_string(r.shown.id) +
                                                      " cannot be served: " + added.error().detail);
        served_.insert(r.shown.id);
    }
}

void services::publish_only(
    const std::vector<std::pair<std::int64_t, prediction_table::entry>>& addresses) {
    std::set<std::int64_t> wanted;
    for (const auto& [address, entry] : addresses) {
        wanted.insert(address);
        table_.set(address, entry);
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
            const auto id = http::parse_number(entry.path().filename().string());
            if (id && database_.number("SELECT count(*) FROM services WHERE id = ?", *id) != 0)
                continue;
            fs::create_directories(trash, ignored);
            fs::rename(entry.path(), trash / entry.path().filename(), ignored);
        }
    });
    std::error_code ignored;
    fs::remove_all(trash, ignored); // outside the lock: models are large
}

} // namespace aistudio::local::domain
