#include "local/domain/jobs.hpp"

#include "local/clock.hpp"
#include "local/http/target.hpp"
#include "local/jobs/requirements.hpp"
#include "local/objects/key.hpp"
#include "local/refusal.hpp"
#include "local/utf8.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <sstream>

namespace aistudio::local::domain {
namespace fs = std::filesystem;
namespace {

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

bool is_blank(std::string_view command) {
    return command.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// What `jobs::read` reads.
#define AISTUDIO_JOB_COLUMNS                                                                       \
    "id, name, stage, project_id, command, environment, remark, exit_code, message, created_at, "  \
    "started_at, finished_at, device, gpus, code_sha256, resubmitted_from, "                       \
    "requirements, trainers, servers, time_limit_ms, memory_limit_bytes, output_limit_bytes, "     \
    "version"

void check_processes(int trainers, int servers) {
    if (trainers < 1 || trainers > limits::max_job_processes)
        refuse_invalid("`trainers` must be 1 to " + std::to_string(limits::max_job_processes) +
                       ".");
    if (servers < 0 || servers > limits::max_job_processes)
        refuse_invalid("`servers` must be 0 to " + std::to_string(limits::max_job_processes) + ".");
}

void check_requirements(const std::vector<std::string>& all) {
    if (all.size() > limits::max_requirements)
        refuse_invalid("A job has at most " + std::to_string(limits::max_requirements) +
                       " requirements.");
    for (const auto& one : all)
        if (auto why = local::jobs::why_no_requirement(one); !why.empty())
            refuse_invalid(std::move(why));
}

void check_limits(std::int64_t time_ms, std::int64_t memory, std::int64_t output) {
    if (time_ms < 0 || memory < 0 || output < 0)
        refuse_invalid("A job's limits must not be negative; 0 means none.");
    if (time_ms > limits::max_job_time_ms)
        refuse_invalid("`timeLimitMs` is more than a year; 0 means no limit.");
}

std::vector<std::string> split(const std::string& lines) {
    std::vector<std::string> out;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);)
        out.push_back(line);
    return out;
}

/// `job-7`
job_id id_of(std::int64_t number) {
    return job_id(std::string(id_prefix) + std::to_string(number));
}

local::jobs::process_counts counts_of(const job& j) { return {j.trainers, j.servers}; }

} // namespace

void jobs::check(const wire::create_job& r) const {
    check_name("The job's name", r.name, max_name_characters);
    check_text("The job's remark", r.remark);
    if (!r.project_id && is_blank(r.cmd))
        refuse_missing("cmd");
    if (r.cmd.size() > limits::max_command_bytes)
        refuse_invalid("The command is longer than 32 KiB; put it into a script.");
    if (r.cmd.find('\0') != std::string::npos)
        refuse_invalid("The command has a NUL character; remove it.");
    for (const auto& [what, word] : {std::pair("env", &r.env), std::pair("device", &r.device),
                                     std::pair("payment", &r.payment)})
        if (!word->empty())
            check_name(std::string("`") + what + "`", *word, limits::max_word_characters);
    if (r.gpus != 1 && r.gpus != 4 && r.gpus != 8)
        refuse_invalid("`gpus` must be 1, 4 or 8.");
    if (r.dataset.size() > limits::max_job_datasets)
        refuse_invalid("A job mounts at most " + std::to_string(limits::max_job_datasets) +
                       " datasets.");
    check_processes(r.trainers.value_or(1), r.servers.value_or(0));
    check_requirements(r.requirements.value_or(std::vector<std::string>()));
    check_limits(r.time_limit_ms.value_or(0), r.memory_limit_bytes.value_or(0),
                 r.output_limit_bytes.value_or(0));
    const auto all = choices().environments;
    if (r.env.empty() ||
        std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == r.env; }))
        return;
    std::vector<std::string> names;
    for (const auto& one : all)
        names.push_back(one.name);
    refuse_invalid("There is no environment `" + r.env + "`; there are " +
                   boost::algorithm::join(names, ", ") +
                   ". More are added when the studio is started.");
}

job_choices jobs::choices() const {
    job_choices out;
    const auto add = [&](const std::string& name) {
        const auto listed = settings_.environments.find(name);
        out.environments.push_back(
            {name,
             (listed == settings_.environments.end() ? settings_.python : listed->second).string(),
             name == default_environment});
    };
    for (const auto name : known_environments)
        add(std::string(name));
    for (const auto& [name, python] : settings_.environments)
        if (std::find(std::begin(known_environments), std::end(known_environments), name) ==
            std::end(known_environments))
            add(name);
    // Four take eight times the compute time of one; of eight the platform does not say.
    out.resources = {{"v100", 1, 1}, {"v100", 4, 8}, {"v100", 8, 0}};
    out.payments = {"acoin", "coupon"};
    out.max_running = settings_.max_running;
    return out;
}

jobs::jobs(store::database& d, store::content_store& c, objects::object_store& o, datasets& ds,
           projects& p, project_files& f, project_versions& v, local::jobs::runner& r,
           boost::asio::thread_pool& pool, job_settings settings)
    : database_(d), contents_(c), objects_(o), datasets_(ds), projects_(p), files_(f), versions_(v),
      runner_(r), pool_(pool), settings_(std::move(settings)) {
    fs::create_directories(settings_.folder);
}

void jobs::recover() {
    database_.transact([&] {
        const auto fail = [&](std::string_view why, std::string_view which, std::int64_t queued) {
            database_.execute("UPDATE jobs SET stage = 'Failed', message = ?, finished_at = "
                              "max(?, started_at, created_at) WHERE stage = ? AND queued = ?",
                              why, to_ms(settings_.now()), which, queued);
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
        projects_.require_own(*request.project_id);
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
        const auto command =
            is_blank(request.cmd) ? files_.start_command(*request.project_id) : request.cmd;
        const auto id = database_.insert(
            "INSERT INTO jobs (name, stage, project_id, command, environment, device, gpus, "
            "payment, remark, created_at, requirements, trainers, servers, time_limit_ms, "
            "memory_limit_bytes, output_limit_bytes) "
            "VALUES (?, 'Pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            request.name, project, command, request.env, request.device, request.gpus,
            request.payment, request.remark, to_ms(settings_.now()),
            boost::algorithm::join(request.requirements.value_or(std::vector<std::string>()), "\n"),
            request.trainers.value_or(1), request.servers.value_or(0),
            request.time_limit_ms.value_or(0), request.memory_limit_bytes.value_or(0),
            request.output_limit_bytes.value_or(0));
        for (std::size_t i = 0; i < mounted.size(); ++i)
            database_.execute(
                "INSERT INTO job_datasets (job_id, dataset_id, position) VALUES (?, ?, ?)", id,
                mounted[i].value(), i);
        return id;
    });
    auto id = id_of(number);
    const std::lock_guard lock(mutex_);
    active_.insert(id.value());
    return id;
}

staged_version jobs::take_again(const job_id& from) {
    const auto earlier = get(from);
    if (earlier.code_sha256.empty() && !earlier.version)
        refuse_conflict("The code of the job never arrived; give the folder with it.");
    if (!earlier.project)
        return {};
    projects_.require_own(*earlier.project);
    return versions_.stage(*earlier.project, version_folder(from));
}

job_id jobs::resubmit(const job_id& from, const wire::resubmit_job& changes,
                      const staged_version& code) {
    return database_.transact([&] {
        const auto earlier = get(from);
        wire::create_job r;
        r.name = changes.name.value_or(earlier.name);
        r.cmd = changes.cmd.value_or(earlier.command);
        r.remark = changes.remark.value_or(earlier.remark);
        r.env = changes.env.value_or(earlier.environment);
        r.device = earlier.device;
        r.gpus = changes.gpus.value_or(earlier.gpus);
        r.payment = database_
                        .find(
                            "SELECT payment FROM jobs WHERE id = ?",
                            [](store::row row) { return row.text(0); }, number_of(from))
                        .value_or("");
        r.project_id = earlier.project;
        for (const auto id : earlier.datasets)
            r.dataset.push_back({id});
        r.requirements = changes.requirements.value_or(earlier.requirements);
        r.trainers = changes.trainers.value_or(earlier.trainers);
        r.servers = changes.servers.value_or(earlier.servers);
        r.time_limit_ms = changes.time_limit_ms.value_or(earlier.time_limit_ms);
        r.memory_limit_bytes = changes.memory_limit_bytes.value_or(earlier.memory_limit_bytes);
        r.output_limit_bytes = changes.output_limit_bytes.value_or(earlier.output_limit_bytes);
        const auto id = create(r);
        database_.execute("UPDATE jobs SET resubmitted_from = ? WHERE id = ?", number_of(from),
                          number_of(id));
        if (!changes.new_code) {
            if (!earlier.code_sha256.empty())
                database_.execute("UPDATE jobs SET code_sha256 = ? WHERE id = ?",
                                  earlier.code_sha256, number_of(id));
            (void)queue(id, code);
        }
        return id;
    });
}

job jobs::read(store::row r) {
    job j;
    j.id = id_of(r.integer(0));
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
    j.device = r.text(12);
    j.gpus = static_cast<int>(r.integer(13));
    j.code_sha256 = r.text(14);
    if (const auto from = r.maybe_integer(15))
        j.resubmitted_from = id_of(*from);
    j.requirements = split(r.text(16));
    j.trainers = static_cast<int>(r.integer(17));
    j.servers = static_cast<int>(r.integer(18));
    j.time_limit_ms = r.integer(19);
    j.memory_limit_bytes = r.integer(20);
    j.output_limit_bytes = r.integer(21);
    if (const auto version = r.maybe_integer(22))
        j.version = static_cast<int>(*version);
    j.datasets = database_.query(
        "SELECT dataset_id FROM job_datasets WHERE job_id = ? ORDER BY position",
        [](store::row d) { return dataset_id(d.integer(0)); }, r.integer(0));
    return j;
}

job jobs::get(const job_id& id) {
    auto j = database_.find(
        "SELECT " AISTUDIO_JOB_COLUMNS " FROM jobs WHERE id = ?",
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
    std::optional<std::int64_t> project;
    if (filter.project_id)
        project = filter.project_id->value();
    const auto ms = [](const std::optional<timestamp>& time) {
        return time ? std::optional(to_ms(*time)) : std::nullopt;
    };
    return database_.query(
        "SELECT " AISTUDIO_JOB_COLUMNS
        " FROM jobs WHERE (?1 IS NULL OR id = ?1) AND (?2 = '' OR instr(name, ?2) > 0) "
        "AND (?3 = '' OR stage = ?3) AND (?4 IS NULL OR project_id = ?4) "
        "AND (?5 = '' OR instr(remark, ?5) > 0) AND (?6 IS NULL OR created_at >= ?6) "
        "AND (?7 IS NULL OR created_at < ?7) ORDER BY id DESC",
        [this](store::row r) { return read(r); }, number, filter.pipeline_name, filter.stage,
        project, filter.remark.value_or(""), ms(filter.created_from), ms(filter.created_before));
}

bool jobs::is_active(const job_id& id) const {
    const std::lock_guard lock(mutex_);
    return active_.contains(id.value());
}

staged_version jobs::take_code(const job_id& id, std::string_view file_key) {
    const auto j = get(id);
    if (j.stage != job_stage::pending || j.version)
        return {};
    if (file_key.empty() && j.project && !objects_.find(code_key(id))) {
        versions_.require_files(*j.project);
        return {};
    }
    if (objects::without_leading_slash(file_key) != code_key(id))
        refuse_invalid("`fileKey` is not the one of the job's grant.");
    unpack(id);
    if (!j.project)
        return {};
    return versions_.stage(*j.project, folder_of(id) / "code");
}

/// The content of the job's archive: that of a queued job for good, before what was put last. Empty
/// when it runs what its project has.
std::string jobs::archive_of(const job& j) {
    if (!j.code_sha256.empty())
        return j.code_sha256;
    auto code = objects_.find(code_key(j.id));
    return code ? std::move(code->sha256) : std::string();
}

void jobs::unpack(const job_id& id) {
    const std::lock_guard one_at_a_time(unpack_mutex_);
    const auto j = get(id);
    const auto code = archive_of(j);
    {
        const std::lock_guard lock(mutex_);
        const auto done = unpacked_.find(id.value());
        if (done != unpacked_.end() && done->second == code)
            return; // a repeated call, maybe of a job that starts just now
    }
    const auto folder = folder_of(id) / "code";
    fs::remove_all(folder);
    fs::create_directories(folder);
    try {
        fill(j, code, folder);
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(folder, ignored);
        throw;
    }
    const std::lock_guard lock(mutex_);
    unpacked_[id.value()] = code;
}

/// The code laid out apart from the folder the job runs in, which it may change.
fs::path jobs::version_folder(const job_id& id) {
    const auto j = get(id);
    if (j.code_sha256.empty() && !j.version)
        refuse_conflict("The code of the job has not arrived; it has no version.");
    const auto folder = folder_of(id) / "version";
    const std::lock_guard one_at_a_time(archive_mutex_);
    if (fs::exists(folder))
        return folder;
    const auto part = folder_of(id) / "version.part"; // an earlier one may have been interrupted
    fs::remove_all(part);
    fs::create_directories(part);
    fill(j, j.code_sha256, part);
    fs::rename(part, folder);
    return folder;
}

job_version jobs::version(const job_id& id) {
    const auto j = get(id);
    const auto folder = version_folder(id);
    job_version out{id, j.version, j.code_sha256, {}};
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file())
            continue;
        const auto path = entry.path().lexically_relative(folder).generic_string();
        if (const auto object = objects_.find(version_prefix(id) + path))
            out.files.push_back({path, object->info.size, object->sha256});
    }
    std::sort(out.files.begin(), out.files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return out;
}

fs::path jobs::log_file(const job& j, std::string_view role) const {
    if (role.empty())
        return log_file(j.id);
    const auto roles = local::jobs::role_names(counts_of(j));
    if (std::find(roles.begin(), roles.end(), role) == roles.end())
        refuse_unknown("role of this job called", role);
    return counts_of(j).several() ? folder_of(j.id) / "logs" / role : log_file(j.id);
}

void jobs::fill(const job& j, const std::string& code, const fs::path& folder) {
    if (!code.empty())
        return archive::unpack_zip(contents_.path(code), folder);
    if (!j.project || !j.version)
        throw refusal(service_code::not_found,
                      "The code of the job is not there; upload it with the job's grant first.");
    try {
        versions_.write_to(*j.project, *j.version, folder);
    } catch (const std::system_error& e) {
        store::refuse_file_failure(e);
    }
}

job jobs::queue(const job_id& id, const staged_version& code) {
    return database_.transact([&] {
        const auto number = number_of(id);
        const auto j = get(id);
        if (database_.execute(
                "UPDATE jobs SET queued = 1 WHERE id = ? AND stage = 'Pending' AND queued = 0",
                number) == 0)
            return j;
        const auto archive = archive_of(j);
        database_.execute("UPDATE jobs SET code_sha256 = ? WHERE id = ?",
                          archive.empty() ? std::nullopt : std::optional(archive), number);
        if (j.project)
            database_.execute("UPDATE jobs SET version = ? WHERE id = ?",
                              versions_.submit(*j.project, number, j.remark, code), number);
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
            database_.execute("UPDATE jobs SET stage = 'Running', started_at = max(?, "
                              "created_at) WHERE id = ?",
                              to_ms(settings_.now()), next);
        return next;
    });
    if (number == 0)
        return std::nullopt;
    auto id = id_of(number);
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
    spec.requirements = j.requirements;
    spec.counts = counts_of(j);
    spec.logs_folder = folder_of(j.id) / "logs";
    spec.limits = {std::chrono::milliseconds(j.time_limit_ms), j.memory_limit_bytes,
                   j.output_limit_bytes};
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

/// A job does not end before it began, even when somebody sets the clock back meanwhile.
void jobs::set_final(const job_id& id, job_stage stage, std::optional<int> exit_code,
                     const std::string& message) {
    database_.execute(
        "UPDATE jobs SET stage = ?, exit_code = ?, message = ?, finished_at = max(?, started_at, "
        "created_at) WHERE id = ?",
        enum_name(stage), exit_code, to_utf8(message, false).text, to_ms(settings_.now()),
        number_of(id));
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

/// The whole log and, beside it, those of its processes.
std::vector<archive::named_file> jobs::logs_of(const job& j) const {
    std::vector<archive::named_file> out{{log_file(j.id), j.id.value() + "_log.txt"}};
    if (counts_of(j).several())
        for (const auto& role : local::jobs::role_names(counts_of(j)))
            out.push_back({log_file(j, role), role});
    return out;
}

std::string jobs::archive(const job_id& id, job_archive which) {
    const auto j = get(id);
    if (!is_final(j.stage.value()))
        refuse_conflict("The job has not ended; its archives are made when it has.");
    const std::string name =
        id.value() + (which == job_archive::log ? "_log.tar.gz" : "_output.tar.gz");
    const auto file = folder_of(id) / "archives" / name;
    const std::lock_guard one_at_a_time(archive_mutex_);
    if (!fs::exists(file)) {
        fs::create_directories(file.parent_path());
        if (which == job_archive::log)
            archive::pack_files(logs_of(j), file, contents_.temporary());
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
