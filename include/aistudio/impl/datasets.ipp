#pragma once

#include <aistudio/impl/object_store.ipp>
#include <aistudio/impl/resource_support.ipp>
#include <aistudio/resources/datasets.hpp>
#include <aistudio/transport/client_core.hpp>

namespace aistudio {
namespace detail {

inline constexpr std::size_t max_dataset_name = 40;              // characters, official client
inline constexpr std::size_t max_dataset_files = 10;             // platform, 2023
inline constexpr std::uint64_t max_dataset_bytes = 50ULL << 30U; // platform, 2023
/// D1
inline boost::asio::awaitable<result<dataset>> get_dataset(client_core& core, operation& op,
                                                           dataset_id id) {
    auto request = core.request("POST", "/studio/dataset/detail");
    if (!request)
        co_return request.error();
    for (auto& header : request->headers)
        if (header.name == "Content-Type")
            header.value = "application/x-www-form-urlencoded";
    request->body = "datasetId=" + to_string(id);
    request->repeatable = true;
    co_return co_await core.call_json<dataset>(op, std::move(*request));
}

/// D4, PUT, D5: a file that is not yet part of a dataset.
inline boost::asio::awaitable<result<file_id>> upload_file(client_core& core, operation& op,
                                                           const file_facts& file,
                                                           std::shared_ptr<progress_meter> meter) {
    auto grant = co_await get_json<wire::sts_grant>(core, op, "/llm/files/acl");
    if (!grant)
        co_return grant.error();
    auto sent = co_await put_object(core, op, *grant, file, meter);
    if (!sent)
        co_return sent.error();
    const wire::add_file body{file.name, grant->file_key, grant->bucket_name, std::nullopt};
    auto added =
        co_await send_json<wire::added_file>(core, op, "POST", "/llm/files/addfile", body, true);
    if (!added)
        co_return added.error();
    co_return added->file_id;
}

/// Before any of them is read.
inline result<void> check_files(const std::vector<std::filesystem::path>& files) {
    if (files.size() > max_dataset_files)
        return make_problem(errc::limit_exceeded, "A dataset has at most 10 files, not " +
                                                      std::to_string(files.size()) +
                                                      "; pack them into one archive.");
    std::uint64_t total = 0;
    for (const auto& file : files) {
        if (auto fine = check_file(file); !fine)
            return fine;
        std::error_code unknown; // then reading it tells why
        if (const auto size = std::filesystem::file_size(file, unknown); !unknown)
            total += size;
    }
    if (total > max_dataset_bytes)
        return make_problem(errc::limit_exceeded, "A dataset has at most 50 GB.");
    return {};
}

inline boost::asio::awaitable<result<std::vector<file_facts>>>
examine_all(operation& op, std::vector<std::filesystem::path> files, bool allow_empty) {
    if (auto fine = check_files(files); !fine)
        co_return fine.error();
    std::vector<file_facts> out;
    for (const auto& file : files) {
        auto facts = co_await examine(op, file, allow_empty);
        if (!facts)
            co_return facts.error();
        out.push_back(std::move(*facts));
    }
    co_return out;
}

inline std::uint64_t total_size(const std::vector<file_facts>& files) {
    std::uint64_t total = 0;
    for (const auto& file : files)
        total += file.size;
    return total;
}

/// An operation over several calls sends its key once, with the call that creates the thing itself.
inline boost::asio::awaitable<result<dataset>>
create_dataset(client_core& core, operation& op, new_dataset what, transfer_options options) {
    if (auto fine = check_name(what.name, max_dataset_name, "dataset"); !fine)
        co_return fine.error();
    auto files = co_await examine_all(op, what.files, options.allow_empty_files);
    if (!files)
        co_return files.error();
    const auto meter =
        std::make_shared<progress_meter>(std::move(options.progress), total_size(*files));
    wire::create_dataset body{what.name, what.description, {}, what.access, what.licence};
    const std::string key = std::exchange(op.options.idempotency_key, {});
    for (const auto& file : *files) {
        auto id = co_await upload_file(core, op, file, meter);
        if (!id)
            co_return id.error();
        body.file_ids.push_back(*id);
    }
    op.options.idempotency_key = key;
    auto created = co_await send_json<wire::created_dataset>(core, op, "POST",
                                                             "/llm/files/datasets", body, true);
    if (!created)
        co_return created.error();
    co_return co_await get_dataset(core, op, created->dataset_id);
}

inline boost::asio::awaitable<result<dataset_file>> upload_to_dataset(client_core& core,
                                                                      operation& op, dataset_id id,
                                                                      std::filesystem::path path,
                                                                      transfer_options options) {
    auto facts = co_await examine(op, path, options.allow_empty_files);
    if (!facts)
        co_return facts.error();
    const auto meter = std::make_shared<progress_meter>(std::move(options.progress), facts->size);
    const std::string key = std::exchange(op.options.idempotency_key, {});
    auto file = co_await upload_file(core, op, *facts, meter);
    if (!file)
        co_return file.error();
    op.options.idempotency_key = key;
    const wire::file_ids body{{*file}};
    auto added = co_await send_json<void>(
        core, op, "POST", "/llm/files/datasets/" + to_string(id) + "/addfile", body, true);
    if (!added)
        co_return added.error();
    co_return dataset_file{*file, facts->name, static_cast<std::int64_t>(facts->size),
                           facts->sha256};
}

inline boost::asio::awaitable<result<std::filesystem::path>>
download_from_dataset(client_core& core, operation& op, dataset_id id, file_id file,
                      std::filesystem::path target, transfer_options options) {
    auto whole = co_await get_dataset(core, op, id);
    if (!whole)
        co_return whole.error();
    const auto found = std::find_if(whole->files.begin(), whole->files.end(),
                                    [&](const dataset_file& f) { return f.id == file; });
    if (found == whole->files.end())
        co_return make_problem(errc::not_found, "Dataset " + to_string(id) + " has no file " +
                                                    to_string(file) + ".");
    const std::string call =
        "/llm/files/datasets/" + to_string(id) + "/file/" + to_string(file) + "/download";
    auto where = co_await get_json<wire::file_url>(core, op, call);
    if (!where)
        co_return where.error();
    where->size = found->size;
    where->sha256 = found->sha256;
    co_return co_await download_url(core, op, std::move(*where),
                                    resolve_target(target, found->name),
                                    std::move(options.progress));
}

} // namespace detail

AISTUDIO_DECL void datasets::start_create(std::shared_ptr<client_core> core, new_dataset what,
                                          transfer_options options, detail::handler<dataset> h) {
    auto call = options.call;
    auto body = [what = std::move(what), options = std::move(options)](client_core& c,
                                                                       operation& op) {
        return detail::create_dataset(c, op, what, options);
    };
    detail::start_transfer<dataset>(core, std::move(call), std::move(body), std::move(h));
}

AISTUDIO_DECL void datasets::start_upload(std::shared_ptr<client_core> core, dataset_id id,
                                          std::filesystem::path file, transfer_options options,
                                          detail::handler<dataset_file> h) {
    auto call = options.call;
    auto body = [id, file = std::move(file), options = std::move(options)](client_core& c,
                                                                           operation& op) {
        return detail::upload_to_dataset(c, op, id, file, options);
    };
    detail::start_transfer<dataset_file>(core, std::move(call), std::move(body), std::move(h));
}

AISTUDIO_DECL void datasets::start_list(std::shared_ptr<client_core> core, page_request which,
                                        call_options options, detail::handler<page<dataset>> h) {
    auto body = [which](client_core& c, operation& op) {
        return detail::get_page<dataset>(c, op, detail::own("/datasets?"), which);
    };
    detail::start_call<page<dataset>>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void datasets::start_get(std::shared_ptr<client_core> core, dataset_id id,
                                       call_options options, detail::handler<dataset> h) {
    auto body = [id](client_core& c, operation& op) { return detail::get_dataset(c, op, id); };
    detail::start_call<dataset>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void datasets::start_download(std::shared_ptr<client_core> core, dataset_id id,
                                            file_id file, std::filesystem::path target,
                                            transfer_options options,
                                            detail::handler<std::filesystem::path> h) {
    auto call = options.call;
    auto body = [id, file, target = std::move(target),
                 options = std::move(options)](client_core& c, operation& op) {
        return detail::download_from_dataset(c, op, id, file, target, options);
    };
    detail::start_transfer<std::filesystem::path>(core, std::move(call), std::move(body),
                                                  std::move(h));
}

AISTUDIO_DECL void datasets::start_remove(std::shared_ptr<client_core> core, dataset_id id,
                                          call_options options, detail::handler<void> h) {
    auto body = [id](client_core& c, operation& op) {
        return detail::send_empty<void>(c, op, "DELETE", detail::own("/datasets/" + to_string(id)),
                                        true);
    };
    detail::start_call<void>(core, std::move(options), std::move(body), std::move(h));
}

} // namespace aistudio
