#pragma once

#include <aistudio/impl/object_store.ipp>
#include <aistudio/impl/resource_support.ipp>
#include <aistudio/impl/temporary_file.ipp>
#include <aistudio/protocol/poll_schedule.hpp>
#include <aistudio/resources/jobs.hpp>

namespace aistudio {
namespace detail {

inline constexpr std::size_t max_job_datasets = 3; // official client
inline constexpr std::size_t max_job_name = 200;
inline constexpr std::chrono::seconds failure_notice_limit{5};
inline constexpr std::chrono::milliseconds shortest_log_pause{200};

inline std::string job_path(const job_id& id) {
    return own("/jobs/" + uri_encode(to_string(id), false));
}

inline result<void> check_job(const new_job& what) {
    if (auto fine = check_name(what.name, max_job_name, "job"); !fine)
        return fine;
    if (what.command.empty())
        return make_problem(errc::invalid_argument,
                            "A job needs a command, such as `python train.py`.");
    if (what.datasets.size() > max_job_datasets)
        return make_problem(errc::limit_exceeded, "A job has at most 3 datasets.");
    if (what.gpus != 1 && what.gpus != 4 && what.gpus != 8)
        return make_problem(errc::invalid_argument, "gpus must be 1, 4 or 8.");
    return {};
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

/// J2 and PUT
inline boost::asio::awaitable<result<std::string>>
send_code(client_core& core, operation& op, job_id id, file_facts zip,
          std::shared_ptr<progress_meter> meter) {
    auto grant = co_await job_grant(core, op, id, "SDK");
    if (!grant)
        co_return grant.error();
    auto sent = co_await put_object(core, op, *grant, zip, meter);
    if (!sent)
        co_return sent.error();
    co_return grant->file_key;
}

inline wire::create_job to_wire(const new_job& what) {
    wire::create_job body{what.name,    what.command, what.environment, what.device, what.gpus,
                          what.payment, {},           what.project,     what.remark};
    for (const dataset_id id : what.datasets)
        body.dataset.push_back({id});
    return body;
}

inline boost::asio::awaitable<result<job>> submit_job(client_core& core, operation& op,
                                                      new_job what, transfer_options options) {
    if (auto fine = check_job(what); !fine)
        co_return fine.error();
    const temporary_file zip(".zip");
    auto facts = co_await pack(op, what.folder, zip.path(), {});
    if (!facts)
        co_return facts.error();
    auto created = co_await send_json<wire::created_job>(
        core, op, "POST", "/paddlex/v3/pipelines/sdk/create", to_wire(what), true);
    if (!created)
        co_return created.error();
    const job_id id = created->pipeline_id;
    op.options.idempotency_key.clear(); // named the creation, not what follows
    const auto meter = std::make_shared<progress_meter>(std::move(options.progress), facts->size);
    auto key = co_await send_code(core, op, id, *facts, meter);
    wire::job_callback body{id, key.has_value(), std::nullopt, std::nullopt};
    if (key) {
        body.file_key = *key;
        body.file_name = facts->name;
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

inline boost::asio::awaitable<result<std::vector<job>>> list_jobs(client_core& core, operation& op,
                                                                  job_filter filter) {
    const bool any =
        filter.stage == job_stage::unknown && filter.stage.name() == enum_name(job_stage::unknown);
    const wire::list_jobs body{
        {}, filter.name, any ? std::string{} : std::string(filter.stage.name())};
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
                                                          std::chrono::milliseconds wait) {
    if (offset < 0)
        co_return make_problem(errc::invalid_argument, "A log's offset must not be negative.");
    co_return co_await get_json<log_chunk>(core, op,
                                           job_path(id) + "/log?offset=" + std::to_string(offset) +
                                               "&waitMs=" + std::to_string(wait.count()));
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
        auto chunk = co_await read_log(core, op, id, offset, options.wait);
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

inline boost::asio::awaitable<result<std::filesystem::path>>
download_output(client_core& core, operation& op, job_id id, std::string path,
                std::filesystem::path target, transfer_options options) {
    auto grant = co_await job_grant(core, op, id, "customCodeOutput");
    if (!grant)
        co_return grant.error();
    std::string prefix = grant->file_key;
    if (!prefix.ends_with('/'))
        prefix += '/';
    auto address = object_address(*grant, prefix + path);
    if (!address)
        co_return address.error();
    http_request request;
    request.address = std::move(*address);
    sign_request(request, *grant);
    co_return co_await download(core, op, std::move(request), resolve_target(target, path), -1, {},
                                std::move(options.progress));
}

inline boost::asio::awaitable<result<std::filesystem::path>>
download_archive(client_core& core, operation& op, job_id id, job_archive which,
                 std::filesystem::path target, transfer_options options) {
    if (which == job_archive::unknown)
        co_return make_problem(errc::invalid_argument, "The archive is `log` or `output`.");
    auto where = co_await get_json<wire::file_url>(
        core, op, job_path(id) + "/archives/" + std::string(enum_name(which)));
    if (!where)
        co_return where.error();
    const auto file = resolve_target(target, where->name);
    co_return co_await download_url(core, op, std::move(*where), file, std::move(options.progress));
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
                                   std::int64_t offset, call_options options,
                                   detail::handler<log_chunk> h) {
    auto body = [id = std::move(id), offset](client_core& c, operation& op) {
        return detail::read_log(c, op, id, offset, std::chrono::milliseconds{0});
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

} // namespace aistudio
