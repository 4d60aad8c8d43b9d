#include "local/http/work.hpp"
#include "local/routes/prediction.hpp"
#include "local/routes/routes.hpp"
#include "local/store/files.hpp"

#include <optional>
#include <utility>

namespace aistudio::local::routes {
namespace asio = boost::asio;
namespace {

using http::verb;

service_id id_of(const call& c) { return c.id<service_id>("prediction service"); }

std::string grant(const call& c, objects::grants& grants) {
    const auto request = c.read<wire::grant_request>();
    const auto key = request.key.value_or("");
    if (request.purpose == "file")
        return to_wire(grants.issue_for_upload(std::string(domain::uploaded_files), "", key));
    if (request.purpose != "model")
        refuse_invalid("`purpose` must be `model` or `file`.");
    return to_wire(grants.issue_for_upload("models/", ".zip", key));
}

std::string create(const call& c, domain::services& services, store::content_store& contents) {
    const auto request = c.read<wire::create_service>();
    const auto model = services.stage(request);
    auto answer = c.once([&] { return services.create(request, model); });
    contents.collect();
    return answer;
}

std::string update(const call& c, domain::services& services, store::content_store& contents) {
    const auto request = c.read<wire::update_service>();
    const auto model = services.stage(id_of(c), request);
    auto answer = c.once([&] { return services.update(id_of(c), request, model); });
    services.apply();
    contents.collect();
    return answer;
}

/// A handler that changes one service's state and then lets the engine follow.
handler changing(domain::services& services, service (domain::services::*change)(service_id)) {
    return [&services, change](call& c) {
        auto answer = c.once([&] { return (services.*change)(id_of(c)); });
        services.apply();
        return answer;
    };
}

/// Has the engine load the model of `id`; throws the reason when it cannot.
asio::awaitable<void> load(serving::engine& engine, service_id id) {
    const auto loaded = co_await answer_of(
        [&engine, id](serving::answer_handler done) { engine.load(id, std::move(done)); });
    if (loaded.code != 0)
        throw refusal(loaded.code, loaded.message);
}

asio::awaitable<std::string> make_sandbox(call& c, asio::thread_pool& pool,
                                          domain::services& services, serving::engine& engine) {
    const auto id = id_of(c);
    const auto tried = co_await http::on_pool(pool, [&] { return services.begin_sandbox(id); });
    std::optional<refusal> failed;
    try {
        if (tried.needed)
            co_await load(engine, id);
    } catch (const refusal& why) {
        failed = why;
    }
    co_return co_await http::on_pool(pool, [&] {
        if (failed) {
            services.end_trial(id);
            throw refusal(*failed);
        }
        auto answer = c.once([&] { return services.make_sandbox(id, tried); });
        services.apply();
        return answer;
    });
}

/// The model is loaded first, so that calls are answered without a break.
asio::awaitable<std::string> deploy(call& c, asio::thread_pool& pool, domain::services& services,
                                    serving::engine& engine) {
    const auto id = id_of(c);
    co_await http::on_pool(pool, [&] {
        services.check_deployable(id);
        return true;
    });
    co_await load(engine, id);
    co_return co_await http::on_pool(pool, [&] {
        auto answer = c.once([&] { return services.deploy(id); });
        services.apply();
        return answer;
    });
}

std::string rotate_key(const call& c, domain::services& services) {
    const auto request = c.read<wire::rotate_key>();
    services.pause_idle(); // the keys before end by a clock that may have been set back
    auto answer = c.once([&] { return services.rotate_key(id_of(c), request.overlap); });
    services.apply();
    return answer;
}

asio::awaitable<std::string> test(call& c, asio::thread_pool& pool, domain::services& services,
                                  serving::engine& engine) {
    const auto id = co_await http::on_pool(pool, [&] {
        services.pause_idle();
        return services.begin_test(id_of(c));
    });
    check_json(c.body);
    co_return co_await predict(engine, id, std::move(c.body));
}

} // namespace

void add_service_routes(api& a, asio::thread_pool& pool, domain::services& services,
                        store::content_store& contents, objects::grants& grants,
                        serving::engine& engine) {
    a.add(verb::post, "/grants", [&](call& c) { return grant(c, grants); });
    a.add(verb::post, "/services", [&](call& c) { return create(c, services, contents); });
    a.add(verb::patch, "/services/{id}", [&](call& c) { return update(c, services, contents); });
    a.add(verb::get, "/services", [&](call& c) {
        services.pause_idle();
        const project_id project(
            c.number_parameter("projectId", 0, 0, std::numeric_limits<std::int64_t>::max()));
        return to_wire(services.list(project, c.page()));
    });
    a.add(verb::get, "/services/{id}", [&](call& c) {
        services.pause_idle();
        return to_wire(services.get(id_of(c)));
    });
    a.add(verb::get, "/services/{id}/statistics",
          [&](call& c) { return to_wire(services.statistics(id_of(c))); });
    a.add_waiting(verb::post, "/services/{id}/sandbox",
                  [&](call& c) { return make_sandbox(c, pool, services, engine); });
    a.add_waiting(verb::post, "/services/{id}/deploy",
                  [&](call& c) { return deploy(c, pool, services, engine); });
    a.add(verb::post, "/services/{id}/key", [&](call& c) { return rotate_key(c, services); });
    a.add(verb::post, "/services/{id}/pause", changing(services, &domain::services::pause));
    a.add(verb::post, "/services/{id}/resume", changing(services, &domain::services::resume));
    a.add_waiting(verb::post, "/services/{id}/test",
                  [&](call& c) { return test(c, pool, services, engine); });
    a.add(verb::delete_, "/services/{id}", [&](call& c) {
        auto answer = c.once([&] { services.remove(id_of(c)); });
        services.apply();
        return answer;
    });
}

} // namespace aistudio::local::routes
