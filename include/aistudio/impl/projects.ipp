#pragma once

#include <aistudio/impl/resource_support.ipp>
#include <aistudio/impl/target_folder.ipp>
#include <aistudio/impl/transfer_calls.ipp>
#include <aistudio/resources/projects.hpp>
#include <aistudio/types/limits.hpp>

namespace aistudio {
namespace detail {

inline std::string project_path(project_id id) { return own("/projects/" + to_string(id)); }
inline std::string attachment_path(project_id id, dataset_id which) {
    return project_path(id) + "/datasets/" + to_string(which);
}

inline result<void> check_project(const new_project& what) {
    if (auto fine = check_name(what.name, limits::max_name_characters, "project"); !fine)
        return fine;
    if (what.datasets.size() > max_datasets_per_project)
        return make_problem(errc::limit_exceeded, "A project has at most 2 datasets.");
    return {};
}

/// `/projects/{id}/what?path=...&version=...`, without what is empty or 0.
inline std::string file_path(project_id id, std::string_view what, std::string_view path,
                             int version = 0) {
    auto out =
        project_path(id).append("/").append(what).append("?path=").append(uri_encode(path, false));
    if (version != 0)
        out.append("&version=").append(std::to_string(version));
    return out;
}
inline std::string version_path(project_id id, int number) {
    return project_path(id) + "/versions/" + std::to_string(number);
}

inline std::string files_path(project_id id, int version) {
    return project_path(id) + "/files" +
           (version == 0 ? std::string{} : "?version=" + std::to_string(version));
}

inline result<void> check_upload(const std::filesystem::path& file) {
    if (auto fine = check_file(file); !fine)
        return fine;
    std::error_code unknown; // then reading it tells why
    const auto size = std::filesystem::file_size(file, unknown);
    if (!unknown && size > static_cast<std::uintmax_t>(max_project_upload_bytes))
        return make_problem(errc::limit_exceeded,
                            "`" + file.string() +
                                "` is larger than 20 MiB; make a dataset of it and attach that to "
                                "the project.");
    return {};
}

inline boost::asio::awaitable<result<project_file>>
upload_project_file(client_core& core, operation& op, project_id id, std::filesystem::path file,
                    std::string path, transfer_options options) {
    if (auto fine = check_upload(file); !fine)
        co_return fine.error();
    const auto seen = look_at(file, true);
    if (!seen)
        co_return seen.error();
    const std::string key = std::exchange(op.options.idempotency_key, {});
    const auto meter = std::make_shared<progress_meter>(options.progress, seen->stamp.size);
    upload_target to;
    to.purpose = "project file";
    to.grant = [&core](operation& o, std::string old) {
        return upload_grant(core, o, "file", std::move(old));
    };
    auto sent = co_await upload(core, op, *seen, std::move(to), options, meter);
    if (!sent)
        co_return sent.error();
    op.options.idempotency_key = key; // names what it does to the project
    const wire::add_project_file body{path.empty() ? seen->name : path, sent->key};
    auto made =
        co_await send_json<project_file>(core, op, "POST", project_path(id) + "/files", body, true);
    if (made)
        sent->registered();
    co_return made;
}

inline boost::asio::awaitable<result<std::filesystem::path>>
download_project_file(client_core& core, operation& op, project_id id, std::string path,
                      std::filesystem::path target, int version, transfer_options options) {
    const auto call = file_path(id, "download", path, version);
    const auto where = co_await get_json<wire::file_url>(core, op, call);
    if (!where)
        co_return where.error();
    auto from = known_source(core, call, *where);
    const auto file = resolve_target(target, where->name);
    co_return co_await download(core, op, std::move(from), file, std::move(options));
}

inline boost::asio::awaitable<result<std::filesystem::path>>
download_project_version(client_core& core, operation& op, project_id id, int number,
                         std::filesystem::path target, transfer_options options) {
    auto files = co_await get_json<std::vector<project_file>>(core, op, files_path(id, number));
    if (!files)
        co_return files.error();
    if (auto made = make_folder(target); !made)
        co_return made.error();
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    for (const auto& file : *files)
        total += static_cast<std::uint64_t>(file.size);
    transfer_options each = options;
    each.progress = [&](transfer_progress at) {
        if (options.progress)
            options.progress({done + at.done, total});
    };
    for (const auto& file : *files) {
        const auto place = below(target, file.path);
        if (!place)
            co_return place.error();
        if (auto made = make_folder(file.folder ? *place : place->parent_path()); !made)
            co_return made.error();
        if (file.folder)
            continue;
        auto got = co_await download_project_file(core, op, id, file.path, *place, number, each);
        if (!got)
            co_return got.error();
        done += static_cast<std::uint64_t>(file.size);
    }
    co_return target;
}

/// The operations that change one thing about a project and return it look alike.
inline void start_project_change(const std::shared_ptr<client_core>& core, std::string_view method,
                                 std::string target, call_options options, handler<project> h) {
    auto body = [method, target = std::move(target)](client_core& c, operation& op) {
        return send_empty<project>(c, op, method, target, true);
    };
    start_call<project>(core, std::move(options), std::move(body), std::move(h));
}

/// Those that read something of a project.
template <class T>
void start_project_read(const std::shared_ptr<client_core>& core, std::string target,
                        call_options options, handler<T> h) {
    auto body = [target = std::move(target)](client_core& c, operation& op) {
        return get_json<T>(c, op, target);
    };
    start_call<T>(core, std::move(options), std::move(body), std::move(h));
}

/// Those that send something. `creates`: it may be repeated by its Idempotency-Key only.
template <class T, class Body>
void start_project_send(const std::shared_ptr<client_core>& core, std::string_view method,
                        std::string target, Body what, call_options options, handler<T> h) {
    auto body = [method, target = std::move(target), what = std::move(what)](client_core& c,
                                                                             operation& op) {
        return send_json<T>(c, op, method, target, what, true);
    };
    start_call<T>(core, std::move(options), std::move(body), std::move(h));
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

AISTUDIO_DECL void projects::start_list(std::shared_ptr<client_core> core, project_filter filter,
                                        call_options options, detail::handler<page<project>> h) {
    auto body = [filter](client_core& c, operation& op) {
        return detail::get_page<project>(
            c, op, detail::own("/projects?" + detail::scope_query(filter.scope)), filter.which);
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
            if (auto fine =
                    detail::check_name(*changes.name, limits::max_name_characters, "project");
                !fine)
                co_return fine.error();
        co_return co_await detail::set_json<project>(c, op, "PATCH", detail::project_path(id),
                                                     changes);
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

AISTUDIO_DECL void projects::start_publish(std::shared_ptr<client_core> core, project_id id,
                                           call_options options, detail::handler<project> h) {
    detail::start_project_change(core, "PUT", detail::project_path(id) + "/public",
                                 std::move(options), std::move(h));
}

AISTUDIO_DECL void projects::start_unpublish(std::shared_ptr<client_core> core, project_id id,
                                             call_options options, detail::handler<project> h) {
    detail::start_project_change(core, "DELETE", detail::project_path(id) + "/public",
                                 std::move(options), std::move(h));
}

AISTUDIO_DECL void projects::start_favourite(std::shared_ptr<client_core> core, project_id id,
                                             call_options options, detail::handler<project> h) {
    detail::start_project_change(core, "PUT", detail::project_path(id) + "/favourite",
                                 std::move(options), std::move(h));
}

AISTUDIO_DECL void projects::start_unfavourite(std::shared_ptr<client_core> core, project_id id,
                                               call_options options, detail::handler<project> h) {
    detail::start_project_change(core, "DELETE", detail::project_path(id) + "/favourite",
                                 std::move(options), std::move(h));
}

AISTUDIO_DECL void projects::start_fork(std::shared_ptr<client_core> core, project_id id,
                                        std::string name, call_options options,
                                        detail::handler<project> h) {
    detail::start_project_send<project>(core, "POST", detail::project_path(id) + "/forks",
                                        wire::fork_project{std::move(name)}, std::move(options),
                                        std::move(h));
}

AISTUDIO_DECL void projects::start_forks(std::shared_ptr<client_core> core, project_id id,
                                         call_options options,
                                         detail::handler<std::vector<fork_record>> h) {
    detail::start_project_read(core, detail::project_path(id) + "/forks", std::move(options),
                               std::move(h));
}

AISTUDIO_DECL void projects::start_versions(std::shared_ptr<client_core> core, project_id id,
                                            call_options options,
                                            detail::handler<std::vector<project_version>> h) {
    detail::start_project_read(core, detail::project_path(id) + "/versions", std::move(options),
                               std::move(h));
}

AISTUDIO_DECL void projects::start_version(std::shared_ptr<client_core> core, project_id id,
                                           int number, call_options options,
                                           detail::handler<project_version> h) {
    detail::start_project_read(core, detail::version_path(id, number), std::move(options),
                               std::move(h));
}

AISTUDIO_DECL void projects::start_save(std::shared_ptr<client_core> core, project_id id,
                                        std::string remark, call_options options,
                                        detail::handler<project_version> h) {
    detail::start_project_send<project_version>(
        core, "POST", detail::project_path(id) + "/versions", wire::save_version{std::move(remark)},
        std::move(options), std::move(h));
}

AISTUDIO_DECL void projects::start_compare(std::shared_ptr<client_core> core, project_id id,
                                           int before, int after, call_options options,
                                           detail::handler<std::vector<file_change>> h) {
    detail::start_project_read(core,
                               detail::project_path(id) + "/changes?before=" +
                                   std::to_string(before) + "&after=" + std::to_string(after),
                               std::move(options), std::move(h));
}

AISTUDIO_DECL void projects::start_restore(std::shared_ptr<client_core> core, project_id id,
                                           int number, call_options options,
                                           detail::handler<project> h) {
    detail::start_project_change(core, "POST", detail::version_path(id, number) + "/restore",
                                 std::move(options), std::move(h));
}

AISTUDIO_DECL void projects::start_files(std::shared_ptr<client_core> core, project_id id,
                                         int version, call_options options,
                                         detail::handler<std::vector<project_file>> h) {
    detail::start_project_read(core, detail::files_path(id, version), std::move(options),
                               std::move(h));
}

AISTUDIO_DECL void projects::start_create_folder(std::shared_ptr<client_core> core, project_id id,
                                                 std::string path, call_options options,
                                                 detail::handler<project_file> h) {
    detail::start_project_send<project_file>(core, "POST", detail::project_path(id) + "/folders",
                                             wire::project_path{std::move(path)},
                                             std::move(options), std::move(h));
}

AISTUDIO_DECL void projects::start_upload_file(std::shared_ptr<client_core> core, project_id id,
                                               std::filesystem::path file, std::string path,
                                               transfer_options options,
                                               detail::handler<project_file> h) {
    auto call = options.call;
    auto body = [id, file = std::move(file), path = std::move(path),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::upload_project_file(c, op, id, file, path, options);
    };
    detail::start_transfer<project_file>(core, std::move(call), std::move(body), std::move(h));
}

AISTUDIO_DECL void projects::start_download_file(std::shared_ptr<client_core> core, project_id id,
                                                 std::string path, std::filesystem::path target,
                                                 int version, transfer_options options,
                                                 detail::handler<std::filesystem::path> h) {
    auto call = options.call;
    auto body = [id, path = std::move(path), target = std::move(target), version,
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::download_project_file(c, op, id, path, target, version, options);
    };
    detail::start_transfer<std::filesystem::path>(core, std::move(call), std::move(body),
                                                  std::move(h));
}

AISTUDIO_DECL void projects::start_download_version(std::shared_ptr<client_core> core,
                                                    project_id id, int number,
                                                    std::filesystem::path target,
                                                    transfer_options options,
                                                    detail::handler<std::filesystem::path> h) {
    auto call = options.call;
    auto body = [id, number, target = std::move(target),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::download_project_version(c, op, id, number, target, options);
    };
    detail::start_transfer<std::filesystem::path>(core, std::move(call), std::move(body),
                                                  std::move(h));
}

AISTUDIO_DECL void projects::start_read_file(std::shared_ptr<client_core> core, project_id id,
                                             std::string path, int version, call_options options,
                                             detail::handler<std::string> h) {
    detail::start_project_read(core, detail::file_path(id, "text", path, version),
                               std::move(options), std::move(h));
}

AISTUDIO_DECL void projects::start_preview_file(std::shared_ptr<client_core> core, project_id id,
                                                std::string path, int version, call_options options,
                                                detail::handler<std::string> h) {
    detail::start_project_read(core, detail::file_path(id, "preview", path, version),
                               std::move(options), std::move(h));
}

AISTUDIO_DECL void projects::start_write_file(std::shared_ptr<client_core> core, project_id id,
                                              std::string path, std::string content,
                                              call_options options,
                                              detail::handler<project_file> h) {
    auto body = [id, what = wire::project_text{std::move(path), std::move(content)}](
                    client_core& c, operation& op) -> boost::asio::awaitable<result<project_file>> {
        if (what.content.size() > static_cast<std::size_t>(max_project_text_bytes))
            co_return make_problem(
                errc::limit_exceeded,
                "A text that is written into a project has at most 1 MiB; upload it as a file.");
        co_return co_await detail::set_json<project_file>(
            c, op, "PUT", detail::project_path(id) + "/files", what);
    };
    detail::start_call<project_file>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void projects::start_rename_file(std::shared_ptr<client_core> core, project_id id,
                                               std::string path, std::string new_path,
                                               call_options options,
                                               detail::handler<project_file> h) {
    detail::start_project_send<project_file>(
        core, "PATCH", detail::project_path(id) + "/files",
        wire::rename_project_file{std::move(path), std::move(new_path)}, std::move(options),
        std::move(h));
}

AISTUDIO_DECL void projects::start_remove_file(std::shared_ptr<client_core> core, project_id id,
                                               std::string path, call_options options,
                                               detail::handler<void> h) {
    auto body = [id, path = std::move(path)](client_core& c, operation& op) {
        return detail::send_empty<void>(c, op, "DELETE", detail::file_path(id, "files", path),
                                        true);
    };
    detail::start_call<void>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void projects::start_set_main_file(std::shared_ptr<client_core> core, project_id id,
                                                 std::string path, call_options options,
                                                 detail::handler<project> h) {
    auto body = [id, what = wire::project_path{std::move(path)}](client_core& c, operation& op) {
        return detail::set_json<project>(c, op, "PUT", detail::project_path(id) + "/main-file",
                                         what);
    };
    detail::start_call<project>(core, std::move(options), std::move(body), std::move(h));
}

} // namespace aistudio
