#pragma once

#include <aistudio/impl/hub_calls.ipp>
#include <aistudio/impl/model_download.ipp>
#include <aistudio/impl/model_upload.ipp>
#include <aistudio/resources/models.hpp>

namespace aistudio {
namespace detail {

inline model to_model(wire::repository from) {
    return {repository_id(from.owner + "/" + from.name),
            open_enum<repository_kind>::from_name(from.kind),
            std::move(from.title),
            std::move(from.description),
            std::move(from.license),
            from.is_public,
            from.created_at};
}

/// H1
inline boost::asio::awaitable<result<model>> create_model(client_core& core, operation& op,
                                                          new_model what) {
    const wire::create_repository body{what.is_public ? 1 : 0, to_string(what.id), what.title,
                                       what.description, what.licence};
    auto made = co_await send_json<wire::create_repository>(
        core, op, "POST", "/modelcenter/v2/models/sdk/add", body, true);
    if (!made)
        co_return made.error();
    model out{what.id,
              repository_kind::model,
              std::move(made->model_name),
              std::move(made->desc),
              std::move(made->license),
              made->repo_type != 0,
              {}};
    co_return out;
}

/// In our own namespace, which knows more kinds.
inline boost::asio::awaitable<result<model>> create_other(client_core& core, operation& op,
                                                          new_model what) {
    wire::repository body;
    body.name = to_string(what.id);
    body.kind = enum_name(what.kind);
    body.title = what.title;
    body.description = what.description;
    body.license = what.licence;
    body.is_public = what.is_public;
    auto made =
        co_await send_json<wire::repository>(core, op, "POST", own("/repositories"), body, true);
    if (!made)
        co_return made.error();
    co_return to_model(std::move(*made));
}

inline boost::asio::awaitable<result<model>> create_repository(client_core& core, operation& op,
                                                               new_model what) {
    if (auto fine = check_repository_id(to_string(what.id)); !fine)
        co_return fine.error();
    if (what.kind == repository_kind::unknown)
        co_return make_problem(errc::invalid_argument,
                               "The kind of a repository is model, dataset or app.");
    if (what.title.empty())
        what.title = own_name(to_string(what.id));
    if (what.kind == repository_kind::model)
        co_return co_await create_model(core, op, what);
    co_return co_await create_other(core, op, what);
}

/// H3. The answers of the platform do not tell "not there" from "not yours"; its codes have no
/// public meaning.
inline boost::asio::awaitable<result<bool>> repository_exists(client_core& core, operation& op,
                                                              repository_id id) {
    if (auto fine = check_repository_id(to_string(id)); !fine)
        co_return fine.error();
    auto request = core.public_request("/modelcenter/v2/models/sdk/checkPermit?repoId=" +
                                       uri_encode(to_string(id), false) + "&authorization=1");
    const auto got = co_await core.call_json<void>(op, std::move(request));
    if (got)
        co_return true;
    const problem& p = got.error();
    const bool refused = p.code == errc::not_found || p.code == errc::forbidden ||
                         (p.code == errc::service_failed && p.service_code != 0);
    if (refused && p.outcome == outcome::done)
        co_return false;
    co_return p;
}

inline boost::asio::awaitable<result<model>> get_repository(client_core& core, operation& op,
                                                            repository_id id) {
    if (auto fine = check_repository_id(to_string(id)); !fine)
        co_return fine.error();
    auto got = co_await get_json<wire::repository>(core, op, own_repository(id));
    if (!got)
        co_return got.error();
    co_return to_model(std::move(*got));
}

inline boost::asio::awaitable<result<page<model>>>
list_repositories(client_core& core, operation& op, model_filter filter) {
    auto got = co_await get_page<wire::repository>(core, op, own("/repositories?"), filter.which);
    if (!got)
        co_return got.error();
    page<model> out{{}, got->total, got->number, got->size};
    for (auto& one : got->items)
        out.items.push_back(to_model(std::move(one)));
    co_return out;
}

inline boost::asio::awaitable<result<std::vector<model_file>>>
list_repository_files(client_core& core, operation& op, repository_id id, std::string revision) {
    if (auto fine = check_repository_id(to_string(id)); !fine)
        co_return fine.error();
    auto resolved = co_await resolve_revision(core, op, id, revision);
    if (!resolved)
        co_return resolved.error();
    auto tree = co_await get_tree(core, op, id, *resolved);
    if (!tree)
        co_return tree.error();
    std::vector<model_file> out;
    for (auto& file : chosen_files(std::move(*tree), {}))
        out.push_back(to_file(std::move(file)));
    co_return out;
}

inline boost::asio::awaitable<result<model_file>>
repository_file_info(client_core& core, operation& op, repository_id id, std::string path,
                     std::string revision) {
    if (auto fine = check_repository_id(to_string(id)); !fine)
        co_return fine.error();
    if (auto fine = check_repository_path(path); !fine)
        co_return fine.error();
    auto file = co_await get_hub_file(core, op, id, path, revision);
    if (!file)
        co_return file.error();
    co_return to_file(std::move(*file));
}

inline boost::asio::awaitable<result<model_tag>> tag_repository(client_core& core, operation& op,
                                                                repository_id id, std::string name,
                                                                std::string revision) {
    if (auto fine = check_repository_id(to_string(id)); !fine)
        co_return fine.error();
    const wire::new_tag body{name, revision};
    auto made = co_await send_json<wire::hub_tag>(core, op, "POST", own_repository(id) + "/tags",
                                                  body, true);
    if (!made)
        co_return made.error();
    model_tag out{std::move(made->name), std::move(made->commit.sha)};
    co_return out;
}

inline boost::asio::awaitable<result<void>> remove_repository(client_core& core, operation& op,
                                                              repository_id id) {
    if (auto fine = check_repository_id(to_string(id)); !fine)
        co_return fine.error();
    co_return co_await send_empty<void>(core, op, "DELETE", own_repository(id), true);
}

} // namespace detail

AISTUDIO_DECL void models::start_create(std::shared_ptr<client_core> core, new_model what,
                                        call_options options, detail::handler<model> h) {
    auto body = [what = std::move(what)](client_core& c, operation& op) {
        return detail::create_repository(c, op, what);
    };
    detail::start_call<model>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void models::start_exists(std::shared_ptr<client_core> core, repository_id repo_id,
                                        call_options options, detail::handler<bool> h) {
    auto body = [id = std::move(repo_id)](client_core& c, operation& op) {
        return detail::repository_exists(c, op, id);
    };
    detail::start_call<bool>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void models::start_get(std::shared_ptr<client_core> core, repository_id repo_id,
                                     call_options options, detail::handler<model> h) {
    auto body = [id = std::move(repo_id)](client_core& c, operation& op) {
        return detail::get_repository(c, op, id);
    };
    detail::start_call<model>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void models::start_list(std::shared_ptr<client_core> core, model_filter filter,
                                      call_options options, detail::handler<page<model>> h) {
    auto body = [filter](client_core& c, operation& op) {
        return detail::list_repositories(c, op, filter);
    };
    detail::start_call<page<model>>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void models::start_files(std::shared_ptr<client_core> core, repository_id repo_id,
                                       std::string revision, call_options options,
                                       detail::handler<std::vector<model_file>> h) {
    auto body = [id = std::move(repo_id), revision = std::move(revision)](client_core& c,
                                                                          operation& op) {
        return detail::list_repository_files(c, op, id, revision);
    };
    detail::start_call<std::vector<model_file>>(core, std::move(options), std::move(body),
                                                std::move(h));
}

AISTUDIO_DECL void models::start_file_info(std::shared_ptr<client_core> core, repository_id repo_id,
                                           std::string path, std::string revision,
                                           call_options options, detail::handler<model_file> h) {
    auto body = [id = std::move(repo_id), path = std::move(path),
                 revision = std::move(revision)](client_core& c, operation& op) {
        return detail::repository_file_info(c, op, id, path, revision);
    };
    detail::start_call<model_file>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void models::start_upload(std::shared_ptr<client_core> core, repository_id repo_id,
                                        model_upload what, transfer_options options,
                                        detail::handler<model_commit> h) {
    auto call = options.call;
    auto body = [id = std::move(repo_id), what = std::move(what),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::upload_to_repository(c, op, id, what, options);
    };
    detail::start_transfer<model_commit>(core, std::move(call), std::move(body), std::move(h));
}

AISTUDIO_DECL void models::start_download(std::shared_ptr<client_core> core, repository_id repo_id,
                                          std::string path, std::filesystem::path target,
                                          std::string revision, transfer_options options,
                                          detail::handler<std::filesystem::path> h) {
    auto call = options.call;
    auto body = [id = std::move(repo_id), path = std::move(path), target = std::move(target),
                 revision = std::move(revision),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::download_from_repository(c, op, id, path, target, revision, options);
    };
    detail::start_transfer<std::filesystem::path>(core, std::move(call), std::move(body),
                                                  std::move(h));
}

AISTUDIO_DECL void models::start_snapshot_download(std::shared_ptr<client_core> core,
                                                   repository_id repo_id,
                                                   std::filesystem::path target,
                                                   snapshot_request what, transfer_options options,
                                                   detail::handler<model_snapshot> h) {
    auto call = options.call;
    auto body = [id = std::move(repo_id), target = std::move(target), what = std::move(what),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::download_snapshot(c, op, id, target, what, options);
    };
    detail::start_transfer<model_snapshot>(core, std::move(call), std::move(body), std::move(h));
}

AISTUDIO_DECL void models::start_create_tag(std::shared_ptr<client_core> core,
                                            repository_id repo_id, std::string name,
                                            std::string revision, call_options options,
                                            detail::handler<model_tag> h) {
    auto body = [id = std::move(repo_id), name = std::move(name),
                 revision = std::move(revision)](client_core& c, operation& op) {
        return detail::tag_repository(c, op, id, name, revision);
    };
    detail::start_call<model_tag>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void models::start_remove(std::shared_ptr<client_core> core, repository_id repo_id,
                                        call_options options, detail::handler<void> h) {
    auto body = [id = std::move(repo_id)](client_core& c, operation& op) {
        return detail::remove_repository(c, op, id);
    };
    detail::start_call<void>(core, std::move(options), std::move(body), std::move(h));
}

} // namespace aistudio
