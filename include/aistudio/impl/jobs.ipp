#pragma once

#include <aistudio/impl/resource_support.ipp>
#include <aistudio/impl/target_folder.ipp>
#include <aistudio/impl/temporary_file.ipp>
#include <aistudio/impl/transfer_calls.ipp>
#include <aistudio/protocol/poll_schedule.hpp>
#include <aistudio/resources/jobs.hpp>
#include <aistudio/types/limits.hpp>

namespace aistudio {
namespace detail {

inline constexpr std::chrono::seconds failure_notice_limit{5};
inline constexpr std::chrono::milliseconds shortest_log_pause{200};

inline std::string job_path(const job_id& id) {
    return own("/jobs/" + uri_encode(to_string(id), false));
}

inline bool is_process_count(int given, int least) {
    return given >= least && given <= limits::max_job_processes;
}

/// What `new_job` and `job_changes` have in common; -1 or 0 for what is not changed is fine.
inline result<void> check_job_numbers(int gpus, int trainers, int servers,
                                      std::initializer_list<std::int64_t> limits) {
    if (gpus != 1 && gpus != 4 && gpus != 8)
        return make_problem(errc::invalid_argument, "gpus must be 1, 4 or 8.");
    if (!is_process_count(trainers, 1))
        return make_problem(errc::invalid_argument, "A job has 1 to 16 trainers.");
    if (!is_process_count(servers, 0))
        return make_problem(errc::invalid_argument, "A job has at most 16 parameter servers.");
    if (std::any_of(limits.begin(), limits.end(), [](std::int64_t limit) { return limit < 0; }))
        return make_problem(errc::invalid_argument,
                            "A job's limits must not be negative; 0 means none.");
    return {};
}

inline result<void> check_job(const new_job& what) {
    if (auto fine = check_name(what.name, limits::max_name_characters, "job"); !fine)
        return fine;
    if (what.folder.empty() && !what.project)
        return make_problem(errc::invalid_argument,
                            "A job needs a folder with code, or a project whose files it runs.");
    if (what.command.empty() && !what.project)
        return make_problem(errc::invalid_argument,
                            "A job needs a command, such as `python train.py`.");
    if (what.datasets.size() > limits::max_job_datasets)
        return make_problem(errc::limit_exceeded, "A job has at most 3 datasets.");
    return check_job_numbers(
        what.gpus, what.trainers, what.servers,
        {what.time_limit_ms, what.memory_limit_bytes, what.output_limit_bytes});
}

inline result<void> check_changes(const job_changes& what) {
    if (what.name)
        if (auto fine = check_name(*what.name, limits::max_name_characters, "job"); !fine)
            return fine;
    if (what.command && what.command->empty())
        return make_problem(errc::invalid_argument,
                            "A job needs a command, such as `python train.py`.");
    return check_job_numbers(what.gpus.value_or(1), what.trainers.value_or(1),
                             what.servers.value_or(0),
                             {what.time_limit_ms.value_or(0), what.memory_limit_bytes.value_or(0),
                              what.output_limit_bytes.value_or(0)});
}

/// J5 for one job. The answer is a list; a service that ignores the filter is searched.
inline boost::asio::awaitable<result<job>> get_job(client_core& core, operation& op, job_id id) {
    const wire::list_jobs filter{id, {}, {}};
    auto request = core.json_request("POST", "/paddlex/v3/pipelines/sdk/list", filter, op, false);
    if (!request)
        co_return request.error();
    request->repeatable = true; // only reads
    auto found = co_await core.call_json<std::vector<job>>(op, std::move(*request));
    if (!found)
        co_return found.error();
    for (auto& candidate : *found)
        if (candidate.id == id)
            co_return std::move(candidate);
    problem p =
        make_problem(errc::not_found, "There is no job `" + to_string(id) + "`.", phase::body);
    p.outcome = outcome::done;
    co_return p;
}

/// J2 or J7
inline boost::asio::awaitable<result<wire::sts_grant>> job_grant(client_core& core, operation& op,
                                                                 job_id id, std::string source) {
    return get_json<wire::sts_grant>(core, op,
                                     "/paddlex/v3/file/api/bosacl?source=" + source +
                                         "&pipelineId=" + uri_encode(to_string(id), false));
}

/// J2 and the archive; returns its key.
inline boost::asio::awaitable<result<std::string>>
send_code(client_core& core, operation& op, job_id id, local_file zip, transfer_options options) {
    const auto meter = std::make_shared<progress_meter>(options.progress, zip.stamp.size);
    upload_target to;
    to.grant = [&core, id](operation& o, std::string) { return job_grant(core, o, id, "SDK"); };
    auto sent = co_await upload(core, op, std::move(zip), std::move(to), options, meter);
    if (!sent)
        co_return sent.error();
    co_return sent->key;
}

inline wire::create_job to_wire(const new_job& what) {
    wire::create_job body{what.name,    what.command, what.environment, what.device, what.gpus,
                          what.payment, {},           what.project,     what.remark};
    for (const dataset_id id : what.datasets)
        body.dataset.push_back({id});
    const auto unless = [](auto value, auto usual, auto& field) {
        if (value != usual)
            field = std::move(value);
    };
    unless(what.requirements, std::vector<std::string>(), body.requirements);
    unless(what.trainers, 1, body.trainers);
    unless(what.servers, 0, body.servers);
    unless(what.time_limit_ms, std::int64_t{0}, body.time_limit_ms);
    unless(what.memory_limit_bytes, std::int64_t{0}, body.memory_limit_bytes);
    unless(what.output_limit_bytes, std::int64_t{0}, body.output_limit_bytes);
    return body;
}

inline wire::resubmit_job to_wire(const job_changes& what) {
    wire::resubmit_job body;
    body.name = what.name;
    body.cmd = what.command;
    body.remark = what.remark;
    body.env = what.environment;
    body.gpus = what.gpus;
    if (!what.requirements.empty())
        body.requirements = what.requirements;
    body.trainers = what.trainers;
    body.servers = what.servers;
    body.time_limit_ms = what.time_limit_ms;
    body.memory_limit_bytes = what.memory_limit_bytes;
    body.output_limit_bytes = what.output_limit_bytes;
    body.new_code = !what.folder.empty();
    return body;
}

/// J2 to J4 of a job that has its id: brings the code there, and tells the service how that went.
inline boost::asio::awaitable<result<job>> deliver_code(client_core& core, operation& op, job_id id,
                                                        local_file code, transfer_options options) {
    op.options.idempotency_key.clear(); // named the creation, not what follows
    auto key = co_await send_code(core, op, id, code, options);
    wire::job_callback body{id, key.has_value(), std::nullopt, std::nullopt};
    if (key) {
        body.file_key = *key;
        body.file_name = code.name;
    }
    operation notice; // also when this one was cancelled or its time is over
    notice.deadline = std::chrono::steady_clock::now() + failure_notice_limit;
    auto told = co_await send_json<void>(core, key ? op : notice, "POST",
                                         "/paddlex/v3/pipelines/sdk/create/callback", body, true);
    if (!key)
        co_return key.error();
    if (!told)
        co_return told.error();
    co_return co_await get_job(core, op, id);
}

/// A job that runs what its project has: there is nothing to upload.
inline boost::asio::awaitable<result<job>> submit_project(client_core& core, operation& op,
                                                          new_job what) {
    auto created = co_await send_json<wire::created_job>(
        core, op, "POST", "/paddlex/v3/pipelines/sdk/create", to_wire(what), true);
    if (!created)
        co_return created.error();
    const job_id id = created->pipeline_id;
    op.options.idempotency_key.clear(); // named the creation, not what follows
    wire::job_callback body{id, true, std::nullopt, std::nullopt};
    auto told = co_await send_json<void>(core, op, "POST",
                                         "/paddlex/v3/pipelines/sdk/create/callback", body, true);
    if (told)
        co_return co_await get_job(core, op, id);
    operation notice; // also when this one was cancelled or its time is over
    notice.deadline = std::chrono::steady_clock::now() + failure_notice_limit;
    body.success = false;
    const auto ignored = co_await send_json<void>(
        core, notice, "POST", "/paddlex/v3/pipelines/sdk/create/callback", body, true);
    (void)ignored;
    co_return told.error();
}

inline boost::asio::awaitable<result<job>> submit_job(client_core& core, operation& op,
                                                      new_job what, transfer_options options) {
    if (auto fine = check_job(what); !fine)
        co_return fine.error();
    if (what.folder.empty())
        co_return co_await submit_project(core, op, what);
    const temporary_file zip(".zip");
    const auto packed = co_await pack(op, what.folder, zip.path(), {});
    if (!packed)
        co_return packed.error();
    const auto archive = look_at(zip.path(), false);
    if (!archive)
        co_return archive.error();
    auto created = co_await send_json<wire::created_job>(
        core, op, "POST", "/paddlex/v3/pipelines/sdk/create", to_wire(what), true);
    if (!created)
        co_return created.error();
    co_return co_await deliver_code(core, op, created->pipeline_id, *archive, options);
}

inline boost::asio::awaitable<result<job>> resubmit_job(client_core& core, operation& op, job_id id,
                                                        job_changes changes,
                                                        transfer_options options) {
    if (auto fine = check_changes(changes); !fine)
        co_return fine.error();
    const temporary_file zip(".zip");
    std::optional<local_file> code;
    if (!changes.folder.empty()) {
        const auto packed = co_await pack(op, changes.folder, zip.path(), {});
        if (!packed)
            co_return packed.error();
        const auto archive = look_at(zip.path(), false);
        if (!archive)
            co_return archive.error();
        code = *archive;
    }
    auto created = co_await send_json<wire::created_job>(
        core, op, "POST", job_path(id) + "/resubmit", to_wire(changes), true);
    if (!created)
        co_return created.error();
    if (code)
        co_return co_await deliver_code(core, op, created->pipeline_id, *code, options);
    co_return co_await get_job(core, op, created->pipeline_id);
}

inline boost::asio::awaitable<result<std::vector<job>>> list_jobs(client_core& core, operation& op,
                                                                  job_filter filter) {
    const bool any =
        filter.stage == job_stage::unknown && filter.stage.name() == enum_name(job_stage::unknown);
    wire::list_jobs body{{}, filter.name, any ? std::string{} : std::string(filter.stage.name())};
    body.project_id = filter.project;
    if (!filter.remark.empty())
        body.remark = filter.remark;
    if (filter.created_from != timestamp{})
        body.created_from = filter.created_from;
    if (filter.created_before != timestamp{})
        body.created_before = filter.created_before;
    auto request = core.json_request("POST", "/paddlex/v3/pipelines/sdk/list", body, op, false);
    if (!request)
        co_return request.error();
    request->repeatable = true; // only reads
    co_return co_await core.call_json<std::vector<job>>(op, std::move(*request));
}

/// The bound of one of many calls within an operation: its own, but never past the operation's.
inline time_point sooner(time_point whole, const call_options& each, const client_core& core) {
    const auto own_limit = each.deadline.value_or(core.options().deadline);
    if (own_limit.count() <= 0)
        return whole;
    return std::min(whole, std::chrono::steady_clock::now() + own_limit);
}

inline boost::asio::awaitable<result<job>> wait_for_job(client_core& core, operation& op, job_id id,
                                                        wait_options options) {
    poll_schedule schedule(options.poll, options.max_poll);
    const time_point whole = op.deadline;
    for (;;) {
        op.deadline = sooner(whole, options.call, core);
        auto now = co_await get_job(core, op, id);
        if (!now)
            co_return now.error();
        if (is_final(now->stage.value()))
            co_return now;
        const auto next = std::chrono::steady_clock::now() + schedule.next();
        if (next >= whole)
            co_return make_problem(errc::deadline_exceeded,
                                   "Job `" + to_string(id) + "` is still " +
                                       std::string(now->stage.name()) + ".",
                                   phase::none);
        const errc interrupted = co_await core.sleep_until(op, next);
        if (interrupted != errc::ok)
            co_return make_problem(interrupted, "The job runs on.", phase::none);
    }
}

inline boost::asio::awaitable<result<log_chunk>> read_log(client_core& core, operation& op,
                                                          job_id id, std::int64_t offset,
                                                          std::string role,
                                                          std::chrono::milliseconds wait) {
    if (offset < 0)
        co_return make_problem(errc::invalid_argument, "A log's offset must not be negative.");
    auto target = job_path(id) + "/log?offset=" + std::to_string(offset) +
                  "&waitMs=" + std::to_string(wait.count());
    if (!role.empty())
        target += "&role=" + uri_encode(role, false);
    co_return co_await get_json<log_chunk>(core, op, std::move(target));
}

/// A service that keeps saying "there is more" without giving it.
inline problem no_progress(std::string_view what) {
    problem p = make_problem(errc::unexpected_answer, std::string(what), phase::decode);
    p.outcome = outcome::done;
    return p;
}

inline boost::asio::awaitable<result<std::int64_t>>
follow_log(client_core& core, operation& op, job_id id, std::function<void(const log_chunk&)> sink,
           follow_options options) {
    const time_point whole = op.deadline;
    std::int64_t offset = options.offset;
    for (;;) {
        op.deadline = sooner(whole, options.call, core);
        // A service that does not hold the read until there is more is not asked without a pause.
        const auto next = std::chrono::steady_clock::now() + shortest_log_pause;
        auto chunk = co_await read_log(core, op, id, offset, options.role, options.wait);
        if (!chunk)
            co_return chunk.error();
        if (chunk->next_offset < offset)
            co_return no_progress("The job's log went backwards.");
        offset = chunk->next_offset;
        if (!chunk->text.empty() && sink)
            sink(*chunk);
        if (chunk->end)
            co_return offset;
        if (!chunk->text.empty())
            continue;
        if (const errc why = co_await core.sleep_until(op, next); why != errc::ok)
            co_return make_problem(why, "The job runs on.", phase::none);
    }
}

/// What a job wrote, with the grant's prefix as the folder's own path.
inline boost::asio::awaitable<result<std::vector<output_file>>>
list_outputs(client_core& core, operation& op, job_id id) {
    auto grant = co_await job_grant(core, op, id, "customCodeOutput");
    if (!grant)
        co_return grant.error();
    std::string prefix = grant->file_key;
    while (prefix.starts_with('/'))
        prefix.erase(0, 1);
    if (!prefix.ends_with('/'))
        prefix += '/';
    std::vector<output_file> out;
    std::string marker;
    do {
        auto listed = co_await list_objects(core, op, *grant, prefix, marker);
        if (!listed)
            co_return listed.error();
        for (const auto& object : listed->contents)
            if (object.key.size() > prefix.size()) // the prefix itself may be listed
                out.push_back({object.key.substr(prefix.size()), object.size,
                               parse_timestamp(object.last_modified).value_or(timestamp{})});
        std::string next =
            listed->is_truncated ? listed->next_marker.value_or(std::string{}) : std::string{};
        if (!next.empty() && next <= marker)
            co_return no_progress("The list of outputs does not go on.");
        marker = std::move(next);
    } while (!marker.empty());
    co_return out;
}

/// J7 and a signed request for one of the files that it reaches.
inline boost::asio::awaitable<result<http_request>> open_output(client_core& core, operation& op,
                                                                job_id id, std::string path) {
    auto grant = co_await job_grant(core, op, id, "customCodeOutput");
    if (!grant)
        co_return grant.error();
    if (!grant->file_key.ends_with('/'))
        grant->file_key += '/';
    grant->file_key += path;
    auto request = object_request(*grant, "GET");
    if (request)
        sign_request(*request, *grant);
    co_return request;
}

inline boost::asio::awaitable<result<std::filesystem::path>>
download_output(client_core& core, operation& op, job_id id, std::string path,
                std::filesystem::path target, transfer_options options) {
    download_source from;
    from.open = [&core, id, path](operation& o) { return open_output(core, o, id, path); };
    from.identity = core.options().base_url + job_path(id) + "/output/" + path;
    const auto to = resolve_target(target, path);
    co_return co_await download(core, op, std::move(from), to, std::move(options));
}

inline boost::asio::awaitable<result<std::filesystem::path>>
download_archive(client_core& core, operation& op, job_id id, job_archive which,
                 std::filesystem::path target, transfer_options options) {
    if (which == job_archive::unknown)
        co_return make_problem(errc::invalid_argument, "The archive is `log` or `output`.");
    const std::string call = job_path(id) + "/archives/" + std::string(enum_name(which));
    const auto where = co_await get_json<wire::file_url>(core, op, call);
    if (!where)
        co_return where.error();
    auto from = known_source(core, call, *where);
    const auto file = resolve_target(target, where->name);
    co_return co_await download(core, op, std::move(from), file, std::move(options));
}

inline boost::asio::awaitable<result<job_choices>> get_choices(client_core& core, operation& op,
                                                               std::string device) {
    auto all = co_await get_json<job_choices>(core, op, own("/job-options"));
    if (all && !device.empty())
        std::erase_if(all->resources,
                      [&](const resource_choice& one) { return one.device != device; });
    co_return all;
}

/// Each file by its signed address.
inline boost::asio::awaitable<result<std::filesystem::path>>
download_code(client_core& core, operation& op, job_id id, std::filesystem::path target,
              transfer_options options) {
    const auto code = co_await get_json<wire::code_files>(core, op, job_path(id) + "/code");
    if (!code)
        co_return code.error();
    std::uint64_t total = 0;
    std::vector<std::filesystem::path> places;
    for (const auto& file : code->files) {
        auto place = below(target, file.name);
        if (!place)
            co_return place.error();
        places.push_back(std::move(*place));
        total += static_cast<std::uint64_t>(std::max<std::int64_t>(file.size, 0));
    }
    if (auto made = make_folder(target); !made)
        co_return made.error();
    std::uint64_t done = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto& file = code->files[i];
        if (auto made = make_folder(places[i].parent_path()); !made)
            co_return made.error();
        auto each = options;
        if (options.progress)
            each.progress = [report = options.progress, done, total](transfer_progress at) {
                report({done + at.done, total});
            };
        auto from = known_source(
            core, job_path(id) + "/code/file?path=" + uri_encode(file.name, false), file);
        auto got = co_await download(core, op, std::move(from), places[i], std::move(each));
        if (!got)
            co_return got.error();
        done += static_cast<std::uint64_t>(std::max<std::int64_t>(file.size, 0));
    }
    co_return target;
}

} // namespace detail

AISTUDIO_DECL void jobs::start_submit(std::shared_ptr<client_core> core, new_job what,
                                      transfer_options options, detail::handler<job> h) {
    auto call = options.call;
    auto body = [what = std::move(what), options = std::move(options)](client_core& c,
                                                                       operation& op) {
        return detail::submit_job(c, op, what, options);
    };
    detail::start_transfer<job>(core, std::move(call), std::move(body), std::move(h));
}

AISTUDIO_DECL void jobs::start_list(std::shared_ptr<client_core> core, job_filter filter,
                                    call_options options, detail::handler<std::vector<job>> h) {
    auto body = [filter = std::move(filter)](client_core& c, operation& op) {
        return detail::list_jobs(c, op, filter);
    };
    detail::start_call<std::vector<job>>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void jobs::start_get(std::shared_ptr<client_core> core, job_id id,
                                   call_options options, detail::handler<job> h) {
    auto body = [id = std::move(id)](client_core& c, operation& op) {
        return detail::get_job(c, op, id);
    };
    detail::start_call<job>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void jobs::start_wait(std::shared_ptr<client_core> core, job_id id,
                                    wait_options options, detail::handler<job> h) {
    call_options whole = options.call;
    whole.deadline = options.timeout;
    auto body = [id = std::move(id), options = std::move(options)](client_core& c, operation& op) {
        return detail::wait_for_job(c, op, id, options);
    };
    detail::start_transfer<job>(core, std::move(whole), std::move(body), std::move(h));
}

AISTUDIO_DECL void jobs::start_log(std::shared_ptr<client_core> core, job_id id,
                                   std::int64_t offset, std::string role, call_options options,
                                   detail::handler<log_chunk> h) {
    auto body = [id = std::move(id), offset, role = std::move(role)](client_core& c,
                                                                     operation& op) {
        return detail::read_log(c, op, id, offset, role, std::chrono::milliseconds{0});
    };
    detail::start_call<log_chunk>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void jobs::start_follow_log(std::shared_ptr<client_core> core, job_id id,
                                          std::function<void(const log_chunk&)> sink,
                                          follow_options options, detail::handler<std::int64_t> h) {
    call_options whole = options.call;
    whole.deadline.reset(); // bounds each read, not the following
    auto body = [id = std::move(id), sink = std::move(sink),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::follow_log(c, op, id, sink, options);
    };
    detail::start_transfer<std::int64_t>(core, std::move(whole), std::move(body), std::move(h));
}

AISTUDIO_DECL void jobs::start_stop(std::shared_ptr<client_core> core, job_id id,
                                    call_options options, detail::handler<void> h) {
    auto body = [id = std::move(id)](client_core& c,
                                     operation& op) -> boost::asio::awaitable<result<void>> {
        auto request =
            c.json_request("POST", "/paddlex/v3/pipelines/sdk/stop", wire::stop_job{id}, op, false);
        if (!request)
            co_return request.error();
        request->repeatable = true; // stopping what has stopped changes nothing
        co_return co_await c.call_json<void>(op, std::move(*request));
    };
    detail::start_call<void>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void jobs::start_outputs(std::shared_ptr<client_core> core, job_id id,
                                       call_options options,
                                       detail::handler<std::vector<output_file>> h) {
    auto body = [id = std::move(id)](client_core& c, operation& op) {
        return detail::list_outputs(c, op, id);
    };
    detail::start_call<std::vector<output_file>>(core, std::move(options), std::move(body),
                                                 std::move(h));
}

AISTUDIO_DECL void jobs::start_download_output(std::shared_ptr<client_core> core, job_id id,
                                               std::string path, std::filesystem::path target,
                                               transfer_options options,
                                               detail::handler<std::filesystem::path> h) {
    auto call = options.call;
    auto body = [id = std::move(id), path = std::move(path), target = std::move(target),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::download_output(c, op, id, path, target, options);
    };
    detail::start_transfer<std::filesystem::path>(core, std::move(call), std::move(body),
                                                  std::move(h));
}

AISTUDIO_DECL void jobs::start_download_archive(std::shared_ptr<client_core> core, job_id id,
                                                job_archive which, std::filesystem::path target,
                                                transfer_options options,
                                                detail::handler<std::filesystem::path> h) {
    auto call = options.call;
    auto body = [id = std::move(id), which, target = std::move(target),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::download_archive(c, op, id, which, target, options);
    };
    detail::start_transfer<std::filesystem::path>(core, std::move(call), std::move(body),
                                                  std::move(h));
}

AISTUDIO_DECL void jobs::start_options(std::shared_ptr<client_core> core, std::string device,
                                       call_options options, detail::handler<job_choices> h) {
    auto body = [device = std::move(device)](client_core& c, operation& op) {
        return detail::get_choices(c, op, device);
    };
    detail::start_call<job_choices>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void jobs::start_version(std::shared_ptr<client_core> core, job_id id,
                                       call_options options, detail::handler<job_version> h) {
    auto body = [id = std::move(id)](client_core& c, operation& op) {
        return detail::get_json<job_version>(c, op, detail::job_path(id) + "/version");
    };
    detail::start_call<job_version>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void jobs::start_download_code(std::shared_ptr<client_core> core, job_id id,
                                             std::filesystem::path target, transfer_options options,
                                             detail::handler<std::filesystem::path> h) {
    auto call = options.call;
    auto body = [id = std::move(id), target = std::move(target),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::download_code(c, op, id, target, options);
    };
    detail::start_transfer<std::filesystem::path>(core, std::move(call), std::move(body),
                                                  std::move(h));
}

AISTUDIO_DECL void jobs::start_resubmit(std::shared_ptr<client_core> core, job_id id,
                                        job_changes changes, transfer_options options,
                                        detail::handler<job> h) {
    auto call = options.call;
    auto body = [id = std::move(id), changes = std::move(changes),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::resubmit_job(c, op, id, changes, options);
    };
    detail::start_transfer<job>(core, std::move(call), std::move(body), std::move(h));
}

} // namespace aistudio
