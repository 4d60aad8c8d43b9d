#include "local/clock.hpp"
#include "local/domain/job_log.hpp"
#include "local/http/work.hpp"
#include "local/routes/routes.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace aistudio::local::routes {
namespace asio = boost::asio;
namespace {

using http::verb;
constexpr std::chrono::milliseconds log_poll{50};
constexpr std::int64_t max_log_wait_ms = 30'000;

/// J4
struct job_answer {
    open_enum<job_stage> stage;
    timestamp createTime; // NOLINT: its name on the wire
};
BOOST_DESCRIBE_STRUCT(job_answer, (), (stage, createTime))

job_id required(const job_id& id) {
    if (id.empty())
        refuse_missing("pipelineId");
    return id;
}

std::string submit(const call& c, domain::jobs& jobs) {
    const auto request = c.read<wire::job_callback>();
    const auto id = required(request.pipeline_id);
    const auto code = request.success ? jobs.take_code(id, request.file_key.value_or(""))
                                      : domain::staged_version();
    auto answer = c.once([&] {
        const auto j = request.success ? jobs.queue(id, code) : jobs.give_up(id);
        return job_answer{j.stage, j.created_at};
    });
    jobs.settle(id);
    jobs.start_queued();
    return answer;
}

std::string stop(const call& c, domain::jobs& jobs) {
    const auto id = required(c.read<wire::stop_job>().pipeline_id);
    auto answer = c.once([&] { jobs.stop(id); });
    jobs.settle(id);
    return answer;
}

std::string grant(const call& c, domain::jobs& jobs, objects::grants& grants) {
    const job_id id = required(job_id(std::string(c.parameter("pipelineId"))));
    (void)jobs.get(id); // refuses unknown ones
    const auto source = c.parameter("source");
    if (source == "customCodeOutput")
        return to_wire(grants.issue(jobs.output_prefix(id), false));
    if (source != "SDK")
        refuse_invalid("`source` must be SDK or customCodeOutput.");
    auto g = grants.issue(jobs.code_key(id), true);
    g.file_key.insert(0, "/"); // as the platform sends it; clients take it off again
    return to_wire(g);
}

std::string archive(const call& c, domain::jobs& jobs, objects::object_store& objects,
                    objects::grants& grants) {
    job_archive which = job_archive::unknown;
    if (!enum_from_name(c.segment(1), which) || which == job_archive::unknown)
        refuse_unknown("archive", c.segment(1));
    const auto key = jobs.archive(job_id(c.segment()), which);
    const auto object = objects.find(key);
    if (!object)
        throw refusal(service_code::internal, "The archive was removed from the studio's folder.");
    return to_wire(wire::file_url{grants.signed_url(key), key.substr(key.rfind('/') + 1),
                                  object->info.size, object->sha256});
}

std::string resubmit(const call& c, domain::jobs& jobs) {
    const auto request = c.read<wire::resubmit_job>();
    const job_id from(c.segment());
    const auto code = request.new_code ? domain::staged_version() : jobs.take_again(from);
    auto answer = c.once([&] { return wire::created_job{jobs.resubmit(from, request, code)}; });
    jobs.start_queued();
    return answer;
}

wire::code_files code(const call& c, domain::jobs& jobs, objects::grants& grants) {
    const job_id id(c.segment());
    wire::code_files out;
    for (auto& file : jobs.version(id).files) {
        auto url = grants.signed_url(domain::jobs::version_prefix(id) + file.path);
        out.files.push_back(
            {std::move(url), std::move(file.path), file.size, std::move(file.sha256)});
    }
    return out;
}

wire::file_url code_file(const call& c, domain::jobs& jobs, objects::grants& grants) {
    for (auto& file : code(c, jobs, grants).files)
        if (file.name == c.parameter("path"))
            return std::move(file);
    refuse_unknown("file of the job's code called", c.parameter("path"));
}

/// Waits for more of the log: looks at the file's size again and again, which costs less than a
/// watch per follower.
asio::awaitable<std::string> follow(call& c, asio::thread_pool& pool, domain::jobs& jobs,
                                    const std::atomic<bool>& stopping) {
    const job_id id(c.segment());
    const auto offset =
        c.number_parameter("offset", 0, 0, std::numeric_limits<std::int64_t>::max() / 2);
    const auto wait =
        std::chrono::milliseconds(c.number_parameter("waitMs", 0, 0, max_log_wait_ms));
    const auto until = std::chrono::steady_clock::now() + wait;
    const auto file = co_await http::on_pool(
        pool, [&] { return jobs.log_file(jobs.get(id), c.parameter("role")); });
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (true) {
        const bool active =
            jobs.is_active(id); // before the size: what is written before the end is delivered
        std::error_code missing;
        const auto size = std::filesystem::file_size(file, missing);
        const bool last = stopping || std::chrono::steady_clock::now() >= until;
        if (last || !active || (!missing && static_cast<std::int64_t>(size) > offset)) {
            const auto chunk = co_await http::on_pool(pool, [&] {
                // Whoever has seen that the job ended gets the log's end: for a moment it is still
                // counted as active then.
                const bool open = active && !is_final(jobs.get(id).stage.value());
                return domain::read_log_chunk(file, offset, open);
            });
            if (last || chunk.end || !chunk.text.empty())
                co_return to_wire(chunk);
        }
        timer.expires_after(log_poll);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace

void add_job_routes(api& a, asio::thread_pool& pool, domain::jobs& jobs,
                    objects::object_store& objects, objects::grants& grants,
                    const std::atomic<bool>& stopping) {
    a.add_public(verb::post, "/paddlex/v3/pipelines/sdk/create", [&](call& c) {
        const auto request = c.read<wire::create_job>();
        return c.once([&] { return wire::created_job{jobs.create(request)}; });
    });
    a.add_public(verb::get, "/paddlex/v3/file/api/bosacl",
                 [&](call& c) { return grant(c, jobs, grants); });
    a.add_public(verb::post, "/paddlex/v3/pipelines/sdk/create/callback",
                 [&](call& c) { return submit(c, jobs); });
    a.add_public(verb::post, "/paddlex/v3/pipelines/sdk/list",
                 [&](call& c) { return to_wire(jobs.list(c.read<wire::list_jobs>())); });
    a.add_public(verb::post, "/paddlex/v3/pipelines/sdk/stop",
                 [&](call& c) { return stop(c, jobs); });
    a.add(verb::get, "/job-options", [&](call&) { return to_wire(jobs.choices()); });
    a.add(verb::get, "/jobs/{id}/version",
          [&](call& c) { return to_wire(jobs.version(job_id(c.segment()))); });
    a.add(verb::get, "/jobs/{id}/code", [&](call& c) { return to_wire(code(c, jobs, grants)); });
    a.add(verb::get, "/jobs/{id}/code/file",
          [&](call& c) { return to_wire(code_file(c, jobs, grants)); });
    a.add(verb::post, "/jobs/{id}/resubmit", [&](call& c) { return resubmit(c, jobs); });
    a.add_waiting(verb::get, "/jobs/{id}/log",
                  [&](call& c) { return follow(c, pool, jobs, stopping); });
    a.add(verb::get, "/jobs/{id}/archives/{which}",
          [&](call& c) { return archive(c, jobs, objects, grants); });
}

} // namespace aistudio::local::routes
