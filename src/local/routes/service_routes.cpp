#include "local/http/work.hpp"
#include "local/routes/prediction.hpp"
#include "local/routes/routes.hpp"
#include "local/store/files.hpp"

namespace aistudio::local::routes {
namespace asio = boost::asio;
namespace {

using http::verb;

service_id id_of(const call& c) { return c.id<service_id>("prediction service"); }

std::string grant(const call& c, objects::grants& grants) {
    if (c.read<wire::grant_request>().purpose != "model")
        refuse_invalid("`purpose` must be `model`.");
    return to_wire(grants.issue("models/" + store::random_uuid() + ".zip", true));
}

std::string create(const call& c, domain::services& services, store::content_store& contents) {
    const auto request = c.read<wire::create_service>();
    const auto model = services.stage(request);
    auto answer = c.once([&] { return services.create(request, model); });
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

asio::awaitable<std::string> test(call& c, asio::thread_pool& pool, domain::services& services,
                                  serving::engine& engine) {
    const auto s = co_await http::on_pool(pool, [&] { return services.get(id_of(c)); });
    if (s.state == service_state::draft)
        refuse_conflict("The service is a draft; create its sandbox first.");
    if (s.state == service_state::paused)
        throw not_running();
    check_json(c.body);
    co_return co_await predict(engine, s.id, std::move(c.body));
}

} // namespace

void add_service_routes(api& a, asio::thread_pool& pool, domain::services& services,
                        store::content_store& contents, objects::grants& grants,
                        serving::engine& engine) {
    a.add(verb::post, "/grants", [&](call& c) { return grant(c, grants); });
    a.add(verb::post, "/services", [&](call& c) { return create(c, services, contents); });
    a.add(verb::get, "/services", [&](call& c) {
        const project_id project(
            c.number_parameter("projectId", 0, 0, std::numeric_limits<std::int64_t>::max()));
        return to_wire(services.list(project, c.page()));
    });
    a.add(verb::get, "/services/{id}", [&](call& c) { return to_wire(services.get(id_of(c))); });
    a.add(verb::post, "/services/{id}/sandbox", changing(services, &domain::services::sandbox));
    a.add(verb::post, "/services/{id}/deploy", changing(services, &domain::services::deploy));
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
