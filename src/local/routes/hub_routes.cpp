#include "local/routes/routes.hpp"

#include <utility>

namespace aistudio::local::routes {
namespace {

using http::verb;

domain::repositories::repository named(const call& c, domain::repositories& all) {
    return all.get(c.segment(0), c.segment(1), true);
}

/// H1
std::string create_model(const call& c, domain::repositories& all) {
    auto request = c.read<wire::create_repository>();
    return c.once([&] {
        const auto made = all.create({"",
                                      request.repo_name,
                                      "model",
                                      request.model_name,
                                      request.desc,
                                      request.license,
                                      request.repo_type != 0,
                                      {}});
        request.repo_name = made.info.name; // without its owner
        return request;
    });
}

/// H2
std::string create_app(const call& c, domain::repositories& all) {
    const auto request = c.read<wire::create_app>();
    return c.once([&] {
        const auto made = all.create({"",
                                      request.repo_name,
                                      "app",
                                      request.app_name,
                                      request.desc,
                                      request.license,
                                      request.repo_type != 0,
                                      {}});
        return wire::created_app{made.id, made.info.title, made.info.name, made.info.description,
                                 made.info.license};
    });
}

/// H3
std::string check_permission(const call& c, domain::repositories& all) {
    const auto id = c.parameter("repoId");
    const auto slash = std::min(id.find('/'), id.size());
    (void)all.get(id.substr(0, slash), id.substr(std::min(slash + 1, id.size())), c.authorized);
    return "null";
}

} // namespace

void add_hub_routes(api& a, domain::repositories& all, store::content_store& contents) {
    a.add_public(verb::post, "/modelcenter/v2/models/sdk/add",
                 [&](call& c) { return create_model(c, all); });
    a.add_public(verb::post, "/studio/model/sdk/add", // as older clients call it
                 [&](call& c) { return create_model(c, all); });
    a.add_public(verb::post, "/serving/web/highapp/sdk/create",
                 [&](call& c) { return create_app(c, all); });
    a.add_public(
        verb::get, "/modelcenter/v2/models/sdk/checkPermit",
        [&](call& c) { return check_permission(c, all); }, access::anyone);
    // The studio forbids no kind of file, takes every README, and counts nothing.
    a.add_public(
        verb::get, "/modelcenter/v2/models/getSuffixBlackList",
        [](call&) { return std::string("[]"); }, access::anyone);
    for (const auto* path : {"/modelcenter/v2/models/checkYaml", "/modelcenter/v2/statistic/repo",
                             "/studio-dot/report"})
        a.add_public(verb::post, path, [](call&) { return std::string("null"); }, access::anyone);

    a.add(verb::get, "/repositories", [&](call& c) { return to_wire(all.list(c.page())); });
    a.add(verb::post, "/repositories", [&](call& c) {
        const auto request = c.read<wire::repository>();
        return c.once([&] { return all.create(request).info; });
    });
    a.add(verb::get, "/repositories/{owner}/{name}",
          [&](call& c) { return to_wire(named(c, all).info); });
    a.add(verb::delete_, "/repositories/{owner}/{name}", [&](call& c) {
        auto answer = c.once([&] { all.remove(named(c, all)); });
        contents.collect();
        return answer;
    });
    a.add(verb::post, "/repositories/{owner}/{name}/tags", [&](call& c) {
        const auto request = c.read<wire::new_tag>();
        return c.once([&] { return all.add_tag(named(c, all), request); });
    });
}

} // namespace aistudio::local::routes
