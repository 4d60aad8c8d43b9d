#include "local/domain/jobs.hpp"

#include "local/archive/archive.hpp"
#include "local/clock.hpp"
#include "local/http/target.hpp"
#include "local/objects/key.hpp"
#include "local/refusal.hpp"
#include "local/utf8.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace aistudio::local::domain {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t max_job_datasets = 3; // the official client's limit
constexpr std::size_t max_command_bytes = std::size_t{32} << 10U;
constexpr std::size_t max_word_characters = 100;
constexpr std::string_view id_prefix = "job-";

constexpr std::string_view no_code = "The code of the job was never uploaded; submit it again.";
constexpr std::string_view studio_ended = "The studio ended while the job ran; submit it again.";
constexpr std::string_view studio_stopped = "The studio was stopped while the job ran.";

std::int64_t number_of(const job_id& id) {
    const std::string_view text = id.value();
    const auto n = text.starts_with(id_prefix) ? http::parse_number(text.substr(id_prefix.size()))
                                               : std::nullopt;
    if (!n || std::string(id_prefix) + std::to_string(*n) != text)
        refuse_unknown("job", text);
    return *n;
}

void check(const wire::create_job& r) {
    check_name("The job's name", r.name, max_name_characters);
    check_text("The job's remark", r.remark);
    if (r.cmd.find_first_not_of(" \t\r\n") == std::string::npos)
        refuse_missing("cmd");
    if (r.cmd.size() > max_command_bytes)
        refuse_invalid("The command is longer than 32 KiB; put it into a script.");
    if (r.cmd.find('\0') != std::string::npos)
        refuse_invalid("The command has a NUL character; remove it.");
    for (const auto& [what, word] : {std::pair("env", &r.env), std::pair("device", &r.device),
                                     std::pair("payment", &r.payment)})
        if (!word->empty())
            check_name(std::string("`") + what + "`", *word, max_word_characters);
    if (r.gpus != 1 && r.gpus != 4 && r.gpus != 8)
        refuse_invalid("`gpus` must be 1, 4 or 8.");
    if (r.dataset.size() > max_job_datasets)
        refuse_invalid("A job mounts at most 3 datasets.");
}

} // namespace

jobs::jobs(store::database& d, store::content_store& c, objects::object_store& o, datasets& ds,
           projects& p, local::jobs::runner& r, boost::asio::thread_pool& pool,
           job_settings settings)
    : database_(d), contents_(c), objects_(o), datasets_(ds), projects_(p), runner_(r), pool_(pool),
      settings_(std::move(settings)) {
    fs::create_directories(settings_.folder);
}

void jobs::recover() {
    database_.transact([&] {
        const auto fail = [&](std::string_view why, std::string_view which, std::int64_t queued) {
            database_.execute("UPDATE jobs SET stage = 'Failed', message = ?, finished_at = ? "
                              "WHERE stage = ? AND queued = ?",
                              why, to_ms(now()), which, queued);
        };
        fail(studio_ended, "Running", 1);
        fail(no_code, "Pending", 0);
    });
    for (const auto id : database_.query("SELECT id FROM jobs WHERE stage = 'Pending'",
                                         [](store::row r) { return r.integer(0); }))
        active_.insert(std::string(id_prefix) + std::to_string(id));
    boost::asio::post(pool_, [this] { start_queued(); });
}

std::vector<dataset_id> jobs::datasets_for(const wire::create_job& request) {
    std::vector<dataset_id> all;
    for (const auto& ref : request.dataset)
        if (std::find(all.begin(), all.end(), ref.dataset_id) == all.end())
            all.push_back(ref.dataset_id);
    if (request.project_id) {
        auto attached = projects_.get(*request.project_id).datasets;
        if (all.empty())
            all = std::move(attached);
    }
    for (const auto id : all)
        (void)datasets_.get(id); // refuses unknown ones
    return all;
}

job_id jobs::create(const wire::create_job& request) {
    check(request);
    const auto number = database_.transact([&] {
        const auto mounted = datasets_for(request);
        std::optional<std::int64_t> project;
        if (request.project_id)
            project = request.project_id->value();
        const auto id =
            database_.insert("INSERT INTO jobs (name, stage, project_id, command, environment, "
                             "device, gpus, payment, remark, created_at) "
                             "VALUES (?, 'Pending', ?, ?, ?, ?, ?, ?, ?, ?)",
                             request.name, project, request.cmd, request.env, request.device,
                             request.gpus, request.payment, request.remark, to_ms(now()));
        for (std::size_t i = 0; i < mounted.size(); ++i)
            database_.execute(
                "INSERT INTO job_datasets (job_id, dataset_id, position) VALUES (?, ?, ?)", id,
                mounted[i].value(), i);
        return id;
    });
    job_id id(std::string(id_prefix) + std::to_string(number));
    const std::lock_guard lock(mutex_);
    active_.insert(id.value());
    return id;
}

job jobs::read(store::row r) {
    job j;
    j.id = job_id(std::string(id_prefix) + std::to_string(r.integer(0)));
    j.name = r.text(1);
    j.stage = open_enum<job_stage>::from_name(r.text(2));
    if (const auto project = r.maybe_integer(3))
        j.project = project_id(*project);
    j.command = r.text(4);
    j.environment = r.text(5);
    j.remark = r.text(6);
    if (const auto code = r.maybe_integer(7))
        j.exit_code = static_cast<int>(*code);
    j.message = r.text(8);
    j.created_at = from_ms(r.integer(9));
    j.started_at = from_ms(r.integer(10));
    j.finished_at = from_ms(r.integer(11));
    j.datasets = database_.query(
        "SELECT dataset_id FROM job_datasets WHERE job_id = ? ORDER BY position",
        [](store::row d) { return dataset_id(d.integer(0)); }, r.integer(0));
    return j;
}

job jobs::get(const job_id& id) {
    auto j = database_.find(
        "SELECT id, name, stage, project_id, command, environment, remark, exit_code, message, "
        "created_at, started_at, "
        "finished_at FROM jobs WHERE id = ?",
        [this](store::row r) { return read(r); }, number_of(id));
    if (!j)
        refuse_unknown("job", id.value());
    return std::move(*j);
}

std::vector<job> jobs::list(const wire::list_jobs& filter) {
    if (!filter.pipeline_id.empty()) {
        const std::string_view text = filter.pipeline_id.value();
        if (!text.starts_with(id_prefix) || !http::parse_number(text.substr(id_prefix.size())))
            return {};
    }
    const auto number = filter.pipeline_id.empty() ? std::optional<std::int64_t>()
                                                   : std::optional(number_of(filter.pipeline_id));
    return database_.query(
        "SELECT id, name, stage, project_id, command, environment, remark, exit_code, message, "
        "created_at, started_at, "
        "finished_at FROM jobs WHERE (?1 IS NULL OR id = ?1) AND (?2 = '' OR instr(name, ?2) > 0) "
        "AND (?3 = '' OR stage = ?3) ORDER BY id DESC",
        [this](store::row r) { return read(r); }, number, filter.pipeline_name, filter.stage);
}

bool jobs::is_active(const job_id& id) const {
    const std::lock_guard lock(mutex_);
    return active_.contains(id.value());
}

void jobs::unpack_code(const job_id& id, std::string_view file_key) {
    if (get(id).stage != job_stage::pending)
        return;
    if (objects::without_leading_slash(file_key) != code_key(id))
        refuse_invalid("`fileKey` is not the one of the job's grant.");
    unpack(id);
}

void jobs::unpack(const job_id& id) {
    const std::lock_guard one_at_a_time(unpack_mutex_);
    {
        const std::lock_guard lock(mutex_);
        if (unpacked_.contains(id.value()))
            return; // a repeated call, maybe of a job that starts just now
    }
    const auto code = objects_.find(code_key(id));
    if (!code)
        throw refusal(service_code::not_found,
                      "The code of the job is not there; upload it with the job's grant first.");
    const auto folder = folder_of(id) / "code";
    fs::remove_all(folder);
    fs::create_directories(folder);
    try {
        archive::unpack_zip(code->path, folder);
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(folder, ignored);
        throw;
    }
    const std::lock_guard lock(mutex_);
    unpacked_.insert(id.value());
}

job jobs::queue(const job_id& id) {
    return database_.transact([&] {
        database_.execute("UPDATE jobs SET queued = 1 WHERE id = ? AND stage = 'Pending'",
                          number_of(id));
        return get(id);
    });
}

job jobs::give_up(const job_id& id) {
    return database_.transact([&] {
        if (get(id).stage == job_stage::pending)
            set_final(id, job_stage::failed, std::nullopt, std::string(no_code));
        return get(id);
    });
}

void jobs::settle(const job_id& id) {
    if (!is_final(get(id).stage.value()))
        return;
    const std::lock_guard lock(mutex_);
    active_.erase(id.value());
}

std::optional<job_id> jobs::claim_next() {
    const std::lock_guard one_at_a_time(claim_mutex_);
    {
        const std::lock_guard lock(mutex_);
        if (closed_ || running_.size() >= static_cast<std::size_t>(settings_.max_running))
            return std::nullopt;
    }
    const auto number = database_.transact([&] {
        const auto next = database_.number(
            "SELECT id FROM jobs WHERE stage = 'Pending' AND queued = 1 ORDER BY id LIMIT 1");
        if (next != 0)
            database_.execute("UPDATE jobs SET stage = 'Running', started_at = ? WHERE id = ?",
                              to_ms(now()), next);
        return next;
    });
    if (number == 0)
        return std::nullopt;
    job_id id(std::string(id_prefix) + std::to_string(number));
    const std::lock_guard lock(mutex_);
    running_.insert(id.value());
    return id;
}

void jobs::start_queued() {
    try {
        while (const auto id = claim_next())
            launch(*id);
    } catch (const std::exception& e) {
        settings_.log(std::string("jobs cannot be started: ") + e.what());
    }
}

void jobs::launch(const job_id& id) {
    try {
        unpack(id);
        start_process(id);
    } catch (const std::exception& e) {
        finish(id, {std::nullopt, std::nullopt, false, e.what()});
    }
}

void jobs::start_process(const job_id& id) {
    auto started =
        runner_.start(spec_of(get(id)), [this, id](const local::jobs::exit_report& report) {
            boost::asio::post(pool_, [this, id, report] { finish(id, report); });
        });
    if (!started)
        return finish(id, {std::nullopt, std::nullopt, false, started.error().detail});
    settings_.log(id.value() + " started");
    if (is_stopping(id))
        runner_.stop(id.value()); // asked before there was a process
}

bool jobs::is_stopping(const job_id& id) const {
    const std::lock_guard lock(mutex_);
    return stopping_.contains(id.value());
}

local::jobs::process_spec jobs::spec_of(const job& j) {
    local::jobs::process_spec spec;
    spec.id = j.id.value();
    spec.code_folder = folder_of(j.id) / "code";
    spec.output_folder = output_folder(j.id);
    spec.log_file = log_file(j.id);
    spec.command = j.command;
    spec.environment = j.environment;
    spec.isolate = settings_.isolate;
    const auto listed = settings_.environments.find(j.environment);
    spec.python = listed == settings_.environments.end() ? settings_.python : listed->second;
    for (const auto id : j.datasets)
        for (auto& f : datasets_.files(id))
            spec.datasets.push_back({f.path, mount_folder(id) + "/" + f.file.name});
    fs::create_directories(spec.output_folder);
    return spec;
}

void jobs::stop(const job_id& id) {
    const bool running = database_.transact([&] {
        const auto stage = get(id).stage;
        if (stage == job_stage::pending)
            set_final(id, job_stage::stopped, std::nullopt,
                      "The job was stopped before it started.");
        return stage == job_stage::running;
    });
    if (!running)
        return;
    {
        const std::lock_guard lock(mutex_);
        stopping_.insert(id.value());
    }
    runner_.stop(id.value());
}

void jobs::set_final(const job_id& id, job_stage stage, std::optional<int> exit_code,
                     const std::string& message) {
    database_.execute(
        "UPDATE jobs SET stage = ?, exit_code = ?, message = ?, finished_at = ? WHERE id = ?",
        enum_name(stage), exit_code, to_utf8(message, false).text, to_ms(now()), number_of(id));
}

void jobs::finish(const job_id& id, const local::jobs::exit_report& report) {
    bool closed = false;
    {
        const std::lock_guard lock(mutex_);
        closed = closed_;
    }
    auto stage = report.exit_code == 0 ? job_stage::succeeded : job_stage::failed;
    auto message = report.message;
    if (report.stopped) {
        stage = job_stage::stopped;
        if (message.empty() || closed)
            message = closed ? studio_stopped : "The job was stopped.";
    }
    try {
        set_final(id, stage, report.exit_code, message);
    } catch (const std::exception& e) {
        settings_.log("the end of " + id.value() + " cannot be stored: " + e.what());
    }
    {
        const std::lock_guard lock(mutex_);
        active_.erase(id.value());
        running_.erase(id.value());
        stopping_.erase(id.value());
    }
    settings_.log(id.value() + " ended: " + std::string(enum_name(stage)));
    start_queued();
}

std::string jobs::archive(const job_id& id, job_archive which) {
    if (!is_final(get(id).stage.value()))
        refuse_conflict("The job has not ended; its archives are made when it has.");
    const std::string name =
        id.value() + (which == job_archive::log ? "_log.tar.gz" : "_output.tar.gz");
    const auto file = folder_of(id) / "archives" / name;
    const std::lock_guard one_at_a_time(archive_mutex_);
    if (!fs::exists(file)) {
        fs::create_directories(file.parent_path());
        if (which == job_archive::log)
            archive::pack_file(log_file(id), id.value() + "_log.txt", file, contents_.temporary());
        else
            archive::pack_folder(output_folder(id), file, contents_.temporary());
    }
    return "jobs/" + id.value() + "/archives/" + name;
}

void jobs::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
}

} // namespace aistudio::local::domain
