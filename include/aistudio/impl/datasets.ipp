#pragma once

#include <aistudio/impl/resource_support.ipp>
#include <aistudio/impl/transfer_calls.ipp>
#include <aistudio/resources/datasets.hpp>
#include <aistudio/transport/client_core.hpp>
#include <aistudio/types/limits.hpp>

namespace aistudio {
namespace detail {

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

/// Refuses what the dataset has no room for, before any of it is sent.
inline boost::asio::awaitable<result<void>> check_room(client_core& core, operation& op,
                                                       dataset_id id, std::uint64_t size) {
    auto whole = co_await get_dataset(core, op, id);
    if (!whole)
        co_return whole.error();
    if (whole->files.size() >= limits::max_dataset_files)
        co_return make_problem(errc::limit_exceeded,
                               "Dataset " + to_string(id) +
                                   " has 10 files, and no dataset has more; pack files into one "
                                   "archive, or make another dataset.");
    for (const auto& file : whole->files)
        size += static_cast<std::uint64_t>(std::max<std::int64_t>(file.size, 0));
    if (size > limits::max_dataset_bytes)
        co_return make_problem(errc::limit_exceeded,
                               "The files of dataset " + to_string(id) +
                                   " would have more than 50 GB together; make another dataset.");
    co_return result<void>{};
}

/// D4. With `key`: for an upload to that key that is under way; services that do not know how
/// answer with another key. Asks for room in dataset `into` first, if that is set.
inline boost::asio::awaitable<result<wire::sts_grant>>
dataset_grant(client_core& core, operation& op, std::optional<dataset_id> into, std::uint64_t size,
              std::string key) {
    if (into) {
        const auto room = co_await check_room(core, op, *into, size);
        if (!room)
            co_return room.error();
    }
    const std::string query = key.empty() ? key : "?fileKey=" + uri_encode(key, false);
    co_return co_await get_json<wire::sts_grant>(core, op, "/llm/files/acl" + query);
}

inline upload_target dataset_target(client_core& core, std::optional<dataset_id> into,
                                    std::uint64_t size) {
    upload_target to;
    to.purpose = "dataset file";
    to.grant = [&core, into, size](operation& op, std::string key) {
        return dataset_grant(core, op, into, size, std::move(key));
    };
    return to;
}

/// A file of a dataset to be, known to the service.
struct registered_file {
    file_id id;
    upload_receipt receipt;
};

/// Uploads a file and makes it known (D5). It is not yet part of a dataset, not of `into` either.
inline boost::asio::awaitable<result<registered_file>>
upload_file(client_core& core, operation& op, local_file file, std::optional<dataset_id> into,
            transfer_options options, std::shared_ptr<progress_meter> meter) {
    auto to = dataset_target(core, into, file.stamp.size);
    auto sent = co_await upload(core, op, file, std::move(to), options, meter);
    if (!sent)
        co_return sent.error();
    const wire::add_file body{file.name, sent->key, sent->bucket_name, std::nullopt};
    auto added =
        co_await send_json<wire::added_file>(core, op, "POST", "/llm/files/addfile", body, true);
    if (!added)
        co_return added.error();
    co_return registered_file{added->file_id, std::move(*sent)};
}

inline std::uint64_t total_size(const std::vector<local_file>& files) {
    std::uint64_t total = 0;
    for (const auto& file : files)
        total += file.stamp.size;
    return total;
}

/// Before any of them is read: refuses what cannot be uploaded.
inline result<std::vector<local_file>> look_at_all(const std::vector<std::filesystem::path>& files,
                                                   bool allow_empty) {
    if (files.size() > limits::max_dataset_files)
        return make_problem(errc::limit_exceeded, "A dataset has at most 10 files, not " +
                                                      std::to_string(files.size()) +
                                                      "; pack them into one archive.");
    std::vector<local_file> out;
    for (const auto& file : files) {
        auto seen = look_at(file, allow_empty);
        if (!seen)
            return seen.error();
        out.push_back(std::move(*seen));
    }
    if (total_size(out) > limits::max_dataset_bytes)
        return make_problem(
            errc::limit_exceeded,
            "A dataset has at most 50 GB; pack its files, or make several datasets.");
    return out;
}

/// An operation over several calls sends its key once, with the call that creates the thing itself.
inline boost::asio::awaitable<result<dataset>>
create_dataset(client_core& core, operation& op, new_dataset what, transfer_options options) {
    if (auto fine = check_name(what.name, limits::max_dataset_name_characters, "dataset"); !fine)
        co_return fine.error();
    auto files = look_at_all(what.files, options.allow_empty_files);
    if (!files)
        co_return files.error();
    const auto meter = std::make_shared<progress_meter>(options.progress, total_size(*files));
    std::vector<upload_receipt> receipts;
    wire::create_dataset body{what.name, what.description, {}, what.access, what.licence};
    const std::string key = std::exchange(op.options.idempotency_key, {});
    for (const auto& file : *files) {
        auto known = co_await upload_file(core, op, file, std::nullopt, options, meter);
        if (!known)
            co_return known.error();
        body.file_ids.push_back(known->id);
        receipts.push_back(std::move(known->receipt));
    }
    op.options.idempotency_key = key;
    auto created = co_await send_json<wire::created_dataset>(core, op, "POST",
                                                             "/llm/files/datasets", body, true);
    if (!created)
        co_return created.error();
    for (auto& receipt : receipts)
        receipt.registered();
    co_return co_await get_dataset(core, op, created->dataset_id);
}

inline boost::asio::awaitable<result<dataset_file>> upload_to_dataset(client_core& core,
                                                                      operation& op, dataset_id id,
                                                                      std::filesystem::path path,
                                                                      transfer_options options) {
    const auto seen = look_at(path, options.allow_empty_files);
    if (!seen)
        co_return seen.error();
    const auto meter = std::make_shared<progress_meter>(options.progress, seen->stamp.size);
    const std::string key = std::exchange(op.options.idempotency_key, {});
    auto file = co_await upload_file(core, op, *seen, id, options, meter);
    if (!file)
        co_return file.error();
    op.options.idempotency_key = key;
    const wire::file_ids body{{file->id}};
    auto added = co_await send_json<void>(
        core, op, "POST", "/llm/files/datasets/" + to_string(id) + "/addfile", body, true);
    if (!added)
        co_return added.error();
    file->receipt.registered();
    co_return dataset_file{file->id, seen->name, static_cast<std::int64_t>(seen->stamp.size),
                           file->receipt.sha256};
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
    download_source from;
    from.open = url_opener(core, call);
    from.identity = core.options().base_url + call;
    from.size = found->size;
    from.sha256 = found->sha256;
    const auto to = resolve_target(target, found->name);
    co_return co_await download(core, op, std::move(from), to, std::move(options));
}

inline std::string favourite_path(dataset_id id) {
    return own("/datasets/" + to_string(id) + "/favourite");
}

/// The documented places. The prefixes end in `/`: joining is plain concatenation.
inline boost::asio::awaitable<result<dataset_path>>
path_in_dataset(client_core& core, operation& op, dataset_id id, file_id file) {
    auto whole = co_await get_dataset(core, op, id);
    if (!whole)
        co_return whole.error();
    for (const auto& f : whole->files) {
        if (f.id != file)
            continue;
        const std::string relative = "data" + to_string(id) + "/" + f.name;
        co_return dataset_path{relative,
                               "/root/paddlejob/workspace/train_data/datasets/" + relative,
                               "/home/aistudio/data/" + relative};
    }
    co_return make_problem(errc::not_found,
                           "Dataset " + to_string(id) + " has no file " + to_string(file) + ".");
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

AISTUDIO_DECL void datasets::start_list(std::shared_ptr<client_core> core, dataset_filter filter,
                                        call_options options, detail::handler<page<dataset>> h) {
    auto body = [filter](client_core& c, operation& op) {
        return detail::get_page<dataset>(
            c, op, detail::own("/datasets?" + detail::scope_query(filter.scope)), filter.which);
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

AISTUDIO_DECL void datasets::start_update(std::shared_ptr<client_core> core, dataset_id id,
                                          dataset_changes changes, call_options options,
                                          detail::handler<dataset> h) {
    auto body = [id, changes = std::move(changes)](
                    client_core& c, operation& op) -> boost::asio::awaitable<result<dataset>> {
        if (changes.name)
            if (auto fine = detail::check_name(*changes.name, limits::max_dataset_name_characters,
                                               "dataset");
                !fine)
                co_return fine.error();
        co_return co_await detail::set_json<dataset>(
            c, op, "PATCH", detail::own("/datasets/" + to_string(id)), changes);
    };
    detail::start_call<dataset>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void datasets::start_favourite(std::shared_ptr<client_core> core, dataset_id id,
                                             call_options options, detail::handler<dataset> h) {
    auto body = [id](client_core& c, operation& op) {
        return detail::send_empty<dataset>(c, op, "PUT", detail::favourite_path(id), true);
    };
    detail::start_call<dataset>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void datasets::start_unfavourite(std::shared_ptr<client_core> core, dataset_id id,
                                               call_options options, detail::handler<dataset> h) {
    auto body = [id](client_core& c, operation& op) {
        return detail::send_empty<dataset>(c, op, "DELETE", detail::favourite_path(id), true);
    };
    detail::start_call<dataset>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void datasets::start_preview(std::shared_ptr<client_core> core, dataset_id id,
                                           file_id file, int rows, call_options options,
                                           detail::handler<csv_preview> h) {
    auto body = [id, file, rows](client_core& c,
                                 operation& op) -> boost::asio::awaitable<result<csv_preview>> {
        if (rows < 0 || rows > limits::max_preview_rows)
            co_return make_problem(errc::invalid_argument, "A preview has at most 1000 rows.");
        std::string path =
            detail::own("/datasets/" + to_string(id) + "/files/" + to_string(file) + "/preview");
        if (rows > 0)
            path += "?rows=" + std::to_string(rows);
        co_return co_await detail::get_json<csv_preview>(c, op, std::move(path));
    };
    detail::start_call<csv_preview>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void datasets::start_path(std::shared_ptr<client_core> core, dataset_id id,
                                        file_id file, call_options options,
                                        detail::handler<dataset_path> h) {
    auto body = [id, file](client_core& c, operation& op) {
        return detail::path_in_dataset(c, op, id, file);
    };
    detail::start_call<dataset_path>(core, std::move(options), std::move(body), std::move(h));
}

} // namespace aistudio
