#pragma once

#include <aistudio/impl/resource_support.ipp>
#include <aistudio/resources/projects.hpp>

namespace aistudio {
namespace detail {

inline constexpr std::size_t max_project_name = 200;

inline std::string project_path(project_id id) { return own("/projects/" + to_string(id)); }
inline std::string attachment_path(project_id id, dataset_id which) {
    return project_path(id) + "/datasets/" + to_string(which);
}

inline result<void> check_project(const new_project& what) {
    if (auto fine = check_name(what.name, max_project_name, "project"); !fine)
        return fine;
    if (what.datasets.size() > max_datasets_per_project)
        return make_problem(errc::limit_exceeded, "A project has at most 2 datasets.");
    return {};
}

} // namespace detail

AISTUDIO_DECL void projects::start_create(std::shared_ptr<client_core> core, new_project what,
                                          call_options options, detail::handler<project> h) {
    auto body = [what = std::move(what)](client_core& c,
                                         operation& op) -> boost::asio::awaitable<result<project>> {
        if (auto fine = detail::check_project(what); !fine)
            co_return fine.error();
        co_return co_await detail::send_json<project>(c, op, "POST", detail::own("/projects"), what,
                                                      true);
    };
    detail::start_call<project>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void projects::start_list(std::shared_ptr<client_core> core, page_request which,
                                        call_options options, detail::handler<page<project>> h) {
    auto body = [which](client_core& c, operation& op) {
        return detail::get_page<project>(c, op, detail::own("/projects?"), which);
    };
    detail::start_call<page<project>>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void projects::start_get(std::shared_ptr<client_core> core, project_id id,
                                       call_options options, detail::handler<project> h) {
    auto body = [id](client_core& c, operation& op) {
        return detail::get_json<project>(c, op, detail::project_path(id));
    };
    detail::start_call<project>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void projects::start_update(std::shared_ptr<client_core> core, project_id id,
                                          project_changes changes, call_options options,
                                          detail::handler<project> h) {
    auto body = [id, changes = std::move(changes)](
                    client_core& c, operation& op) -> boost::asio::awaitable<result<project>> {
        if (changes.name)
            if (auto fine = detail::check_name(*changes.name, detail::max_project_name, "project");
                !fine)
                co_return fine.error();
        auto request = c.json_request("PATCH", detail::project_path(id), changes, op, false);
        if (!request)
            co_return request.error();
        request->repeatable = true; // sets values, so that twice is as good as once
        co_return co_await c.call_json<project>(op, std::move(*request));
    };
    detail::start_call<project>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void projects::start_remove(std::shared_ptr<client_core> core, project_id id,
                                          call_options options, detail::handler<void> h) {
    auto body = [id](client_core& c, operation& op) {
        return detail::send_empty<void>(c, op, "DELETE", detail::project_path(id), true);
    };
    detail::start_call<void>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void projects::start_attach_dataset(std::shared_ptr<client_core> core, project_id id,
                                                  dataset_id which, call_options options,
                                                  detail::handler<project> h) {
    auto body = [id, which](client_core& c, operation& op) {
        return detail::send_empty<project>(c, op, "PUT", detail::attachment_path(id, which), true);
    };
    detail::start_call<project>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void projects::start_detach_dataset(std::shared_ptr<client_core> core, project_id id,
                                                  dataset_id which, call_options options,
                                                  detail::handler<project> h) {
    auto body = [id, which](client_core& c, operation& op) {
        return detail::send_empty<project>(c, op, "DELETE", detail::attachment_path(id, which),
                                           true);
    };
    detail::start_call<project>(core, std::move(options), std::move(body), std::move(h));
}

} // namespace aistudio
