#pragma once

#include <aistudio/impl/resource_support.ipp>
#include <aistudio/impl/temporary_file.ipp>
#include <aistudio/impl/transfer_calls.ipp>
#include <aistudio/resources/services.hpp>
#include <aistudio/types/limits.hpp>

#include <fstream>
#include <iterator>

namespace aistudio {
namespace detail {

inline std::string service_path(service_id id) { return own("/services/" + to_string(id)); }

/// How many places the model is to come from; for `new_service` and `service_changes`.
template <class T>
int count_sources(const T& what) {
    return int{!what.job.empty()} + int{!what.model_folder.empty()} +
           int{!what.project_path.empty()};
}

template <class T>
result<void> check_source(const T& what) {
    if (count_sources(what) > 1)
        return make_problem(errc::invalid_argument,
                            "A service's model comes from a job, from its project's files, or from "
                            "a local folder or archive: give one of `job`, `project_path` and "
                            "`model_folder`.");
    if (what.job.empty() && !what.job_path.empty())
        return make_problem(errc::invalid_argument, "`job_path` goes with `job` only.");
    if (count_sources(what) == 0 && !what.files.empty())
        return make_problem(errc::invalid_argument,
                            "`files` chooses among the files of a source: give `job`, "
                            "`project_path` or `model_folder`, too.");
    return {};
}

inline result<void> check_service(const new_service& what, bool draft) {
    if (auto fine = check_name(what.name, limits::max_name_characters, "service"); !fine)
        return fine;
    if (!draft && count_sources(what) == 0)
        return make_problem(errc::invalid_argument,
                            "A service needs a model: give one of `job`, `project_path` and "
                            "`model_folder`, or save a draft.");
    return check_source(what);
}

inline result<void> check_changes(const service_changes& changes) {
    if (changes.name)
        if (auto fine = check_name(*changes.name, limits::max_name_characters, "service"); !fine)
            return fine;
    return check_source(changes);
}

inline result<std::string> read_converter(const std::filesystem::path& file) {
    if (file.empty())
        return std::string{};
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return file_problem(errc::file_not_found, file, "does not exist");
    if (!std::filesystem::is_regular_file(file, error))
        return file_problem(errc::invalid_argument, file, "is not a file");
    if (std::filesystem::file_size(file, error) > limits::max_converter_bytes)
        return file_problem(errc::limit_exceeded, file, "is larger than 1 MiB");
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in)
        return file_problem(errc::file_unreadable, file, "cannot be read");
    return text;
}

/// The file to upload: a folder packed into `zip`, or an archive as it is.
inline boost::asio::awaitable<result<std::filesystem::path>>
model_archive(operation& op, std::filesystem::path model, std::filesystem::path zip) {
    std::error_code error;
    const zip_limits most{limits::max_model_archive_bytes};
    if (!std::filesystem::is_regular_file(model, error)) {
        const auto packed = co_await pack(op, model, zip, most);
        if (!packed)
            co_return packed.error();
        co_return zip;
    }
    if (std::filesystem::file_size(model, error) > limits::max_model_archive_bytes)
        co_return file_problem(errc::limit_exceeded, model, "is larger than 4 GiB");
    co_return model;
}

/// Uploads a local model; returns its object key.
inline boost::asio::awaitable<result<std::string>> upload_model(client_core& core, operation& op,
                                                                std::filesystem::path model,
                                                                transfer_options options) {
    const temporary_file zip(".zip");
    const auto file = co_await model_archive(op, model, zip.path());
    if (!file)
        co_return file.error();
    const auto archive = look_at(*file, false);
    if (!archive)
        co_return archive.error();
    const auto meter = std::make_shared<progress_meter>(options.progress, archive->stamp.size);
    upload_target to;
    to.grant = [&core](operation& o, std::string key) {
        return upload_grant(core, o, "model", std::move(key));
    };
    auto sent = co_await upload(core, op, *archive, std::move(to), options, meter);
    if (!sent)
        co_return sent.error();
    co_return sent->key;
}

inline boost::asio::awaitable<result<service>> create_service(client_core& core, operation& op,
                                                              new_service what, bool draft,
                                                              transfer_options options) {
    if (auto fine = check_service(what, draft); !fine)
        co_return fine.error();
    auto converter = read_converter(what.converter);
    if (!converter)
        co_return converter.error();
    wire::create_service body{what.name,  what.project,      std::nullopt, what.job_path,
                              {},         what.main_program, what.inputs,  what.outputs,
                              *converter, what.project_path, what.files,   what.options,
                              draft};
    if (!what.job.empty())
        body.job_id = what.job;
    if (!what.model_folder.empty()) {
        auto key = co_await upload_model(core, op, what.model_folder, std::move(options));
        if (!key)
            co_return key.error();
        body.model_key = *key;
    }
    co_return co_await send_json<service>(core, op, "POST", own("/services"), body, true);
}

inline boost::asio::awaitable<result<service>> update_service(client_core& core, operation& op,
                                                              service_id id,
                                                              service_changes changes,
                                                              transfer_options options) {
    if (auto fine = check_changes(changes); !fine)
        co_return fine.error();
    wire::update_service body{
        changes.name,         std::nullopt,  changes.job_path,     {},
        changes.project_path, changes.files, changes.main_program, changes.inputs,
        changes.outputs,      std::nullopt,  changes.options};
    if (!changes.job.empty())
        body.job_id = changes.job;
    if (changes.converter) {
        auto converter = read_converter(*changes.converter);
        if (!converter)
            co_return converter.error();
        body.converter = std::move(*converter);
    }
    if (!changes.model_folder.empty()) {
        auto key = co_await upload_model(core, op, changes.model_folder, std::move(options));
        if (!key)
            co_return key.error();
        body.model_key = *key;
    }
    co_return co_await send_json<service>(core, op, "PATCH", service_path(id), body, true);
}

inline boost::asio::awaitable<result<service>>
rotate_key(client_core& core, operation& op, service_id id, std::chrono::milliseconds overlap) {
    const wire::rotate_key body{overlap};
    co_return co_await send_json<service>(core, op, "POST", service_path(id) + "/key", body, true);
}

inline boost::asio::awaitable<result<std::string>>
test_service(client_core& core, operation& op, service_id id, std::string parameters) {
    json_document document;
    if (auto parsed = document.parse(parameters); !parsed)
        co_return make_problem(errc::encode_failed, parsed.error().detail);
    auto request = core.request("POST", service_path(id) + "/test");
    if (!request)
        co_return request.error();
    request->body = std::move(parameters);
    auto answer = co_await core.call(op, std::move(*request));
    if (!answer)
        co_return answer.error();
    auto root = document.parse(answer->body);
    if (!root)
        co_return root.error();
    co_return root->find("result").value_or(*root).to_string();
}

/// The operations that move a service through its life all look alike.
inline void start_change(const std::shared_ptr<client_core>& core, service_id id,
                         std::string_view verb, call_options options, handler<service> h) {
    auto body = [id, verb](client_core& c, operation& op) {
        // Moving it to where it is changes nothing, so it may be repeated.
        return send_empty<service>(c, op, "POST", service_path(id) + std::string(verb), true);
    };
    start_call<service>(core, std::move(options), std::move(body), std::move(h));
}

} // namespace detail

AISTUDIO_DECL void services::start_create(std::shared_ptr<client_core> core, new_service what,
                                          transfer_options options, detail::handler<service> h) {
    auto call = options.call;
    auto body = [what = std::move(what), options = std::move(options)](client_core& c,
                                                                       operation& op) {
        return detail::create_service(c, op, what, false, options);
    };
    detail::start_transfer<service>(core, std::move(call), std::move(body), std::move(h));
}

AISTUDIO_DECL void services::start_save_draft(std::shared_ptr<client_core> core, new_service what,
                                              transfer_options options,
                                              detail::handler<service> h) {
    auto call = options.call;
    auto body = [what = std::move(what), options = std::move(options)](client_core& c,
                                                                       operation& op) {
        return detail::create_service(c, op, what, true, options);
    };
    detail::start_transfer<service>(core, std::move(call), std::move(body), std::move(h));
}

AISTUDIO_DECL void services::start_update(std::shared_ptr<client_core> core, service_id id,
                                          service_changes changes, transfer_options options,
                                          detail::handler<service> h) {
    auto call = options.call;
    auto body = [id, changes = std::move(changes), options = std::move(options)](client_core& c,
                                                                                 operation& op) {
        return detail::update_service(c, op, id, changes, options);
    };
    detail::start_transfer<service>(core, std::move(call), std::move(body), std::move(h));
}

AISTUDIO_DECL void services::start_list(std::shared_ptr<client_core> core, service_filter filter,
                                        call_options options, detail::handler<page<service>> h) {
    auto body = [filter](client_core& c, operation& op) {
        const std::string project =
            filter.project ? "projectId=" + to_string(*filter.project) + "&" : std::string{};
        return detail::get_page<service>(c, op, detail::own("/services?" + project), filter.which);
    };
    detail::start_call<page<service>>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void services::start_get(std::shared_ptr<client_core> core, service_id id,
                                       call_options options, detail::handler<service> h) {
    auto body = [id](client_core& c, operation& op) {
        return detail::get_json<service>(c, op, detail::service_path(id));
    };
    detail::start_call<service>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void services::start_create_sandbox(std::shared_ptr<client_core> core, service_id id,
                                                  call_options options,
                                                  detail::handler<service> h) {
    detail::start_change(core, id, "/sandbox", std::move(options), std::move(h));
}

AISTUDIO_DECL void services::start_test(std::shared_ptr<client_core> core, service_id id,
                                        std::string parameters, call_options options,
                                        detail::handler<std::string> h) {
    auto body = [id, parameters = std::move(parameters)](client_core& c, operation& op) {
        return detail::test_service(c, op, id, parameters);
    };
    detail::start_call<std::string>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void services::start_deploy(std::shared_ptr<client_core> core, service_id id,
                                          call_options options, detail::handler<service> h) {
    detail::start_change(core, id, "/deploy", std::move(options), std::move(h));
}

AISTUDIO_DECL void services::start_pause(std::shared_ptr<client_core> core, service_id id,
                                         call_options options, detail::handler<service> h) {
    detail::start_change(core, id, "/pause", std::move(options), std::move(h));
}

AISTUDIO_DECL void services::start_resume(std::shared_ptr<client_core> core, service_id id,
                                          call_options options, detail::handler<service> h) {
    detail::start_change(core, id, "/resume", std::move(options), std::move(h));
}

AISTUDIO_DECL void services::start_rotate_key(std::shared_ptr<client_core> core, service_id id,
                                              std::chrono::milliseconds overlap,
                                              call_options options, detail::handler<service> h) {
    auto body = [id, overlap](client_core& c, operation& op) {
        return detail::rotate_key(c, op, id, overlap);
    };
    detail::start_call<service>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void services::start_statistics(std::shared_ptr<client_core> core, service_id id,
                                              call_options options,
                                              detail::handler<service_statistics> h) {
    auto body = [id](client_core& c, operation& op) {
        return detail::get_json<service_statistics>(c, op,
                                                    detail::service_path(id) + "/statistics");
    };
    detail::start_call<service_statistics>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void services::start_remove(std::shared_ptr<client_core> core, service_id id,
                                          call_options options, detail::handler<void> h) {
    auto body = [id](client_core& c, operation& op) {
        return detail::send_empty<void>(c, op, "DELETE", detail::service_path(id), true);
    };
    detail::start_call<void>(core, std::move(options), std::move(body), std::move(h));
}

} // namespace aistudio
