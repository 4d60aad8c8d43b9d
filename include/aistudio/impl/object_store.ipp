#pragma once

/// @file
/// The object store as a client sees it: single PUT, GET and list with a grant, signed by
/// bce-auth-v1.

#include <aistudio/detail/zip_packing.hpp>
#include <aistudio/impl/file_io.ipp>
#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/transport/client_core.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace aistudio::detail {

/// The address of an object: virtual host for `<region>.bcebos.com`, path style elsewhere (wire
/// format, section 7.1).
inline result<url> object_address(const wire::sts_grant& grant, std::string_view key) {
    std::string text = grant.endpoint;
    if (text.find("://") == std::string::npos)
        text.insert(0, "http://");
    auto address = parse_url(text);
    if (!address)
        return address.error();
    while (key.starts_with('/'))
        key.remove_prefix(1);
    const bool region = address->host.ends_with(".bcebos.com") &&
                        std::count(address->host.begin(), address->host.end(), '.') == 2;
    const bool bucket_first = address->host.starts_with(grant.bucket_name + ".");
    if (region)
        address->host.insert(0, grant.bucket_name + ".");
    const std::string path = uri_encode(key, true);
    address->target = region || bucket_first || address->host.ends_with(".cdn.bcebos.com")
                          ? "/" + path
                          : "/" + grant.bucket_name + (path.empty() ? "" : "/" + path);
    return address;
}

inline timestamp now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

/// Signs a request with a grant. Headers that are signed must be there already.
inline void sign_request(http_request& request, const wire::sts_grant& grant) {
    const timestamp when = now();
    request.headers.push_back(
        {"x-bce-date", to_string(timestamp{std::chrono::floor<std::chrono::seconds>(when)})});
    if (!grant.session_token.empty())
        request.headers.push_back(
            {"x-bce-security-token", std::string(grant.session_token.reveal())});
    bce_request view;
    view.method = request.method;
    view.target = request.address.target;
    const std::string host = request.address.host_header();
    const std::string length = std::to_string(request.source ? request.source->size() : 0);
    // The length is signed, so it must go over the wire where nobody else would send it.
    if (!sends_content_length(request))
        request.headers.push_back({"Content-Length", length});
    else
        view.headers.emplace_back("Content-Length", length);
    view.headers.emplace_back("Host", host);
    for (const auto& header : request.headers)
        view.headers.emplace_back(header.name, header.value);
    std::string authorization = sign(view, {grant.access_key_id, grant.secret_access_key}, when);
    request.headers.push_back({"Authorization", std::move(authorization)});
}

/// Lets others run in the middle of work with files, and says whether the operation was ended
/// meanwhile.
inline boost::asio::awaitable<result<void>> pause_work(const operation& op,
                                                       const std::filesystem::path& file) {
    co_await boost::asio::post(boost::asio::use_awaitable);
    if (op.stop.reason() != errc::ok)
        co_return make_problem(op.stop.reason(), {});
    if (std::chrono::steady_clock::now() >= op.deadline)
        co_return make_problem(errc::deadline_exceeded,
                               "`" + file.string() + "` was still being read.");
    co_return result<void>{};
}

/// Finds out size and checksums of a file that is to be uploaded.
inline boost::asio::awaitable<result<file_facts>> examine(operation& op, std::filesystem::path file,
                                                          bool allow_empty) {
    if (auto fine = check_file(file); !fine)
        co_return fine.error();
    file_examination work(file);
    while (work.read_piece()) {
        const auto going = co_await pause_work(op, file);
        if (!going)
            co_return going.error();
    }
    co_return work.finish(allow_empty);
}

/// Packs `folder` into the zip `target`, and finds out what an upload of it needs.
inline boost::asio::awaitable<result<file_facts>>
pack(operation& op, std::filesystem::path folder, std::filesystem::path target, zip_limits limits) {
    zip_packing work(folder, target, limits);
    while (true) {
        const auto more = work.pack_piece();
        if (!more)
            co_return more.error();
        if (!*more)
            break;
        const auto going = co_await pause_work(op, folder);
        if (!going)
            co_return going.error();
    }
    auto facts = co_await examine(op, target, false);
    co_return facts;
}

/// Uploads a file to the grant's key (or a key below it).
inline boost::asio::awaitable<result<void>> put_object(client_core& core, operation& op,
                                                       const wire::sts_grant& grant,
                                                       const file_facts& file,
                                                       std::shared_ptr<progress_meter> meter) {
    auto address = object_address(grant, grant.file_key);
    if (!address)
        co_return address.error();
    http_request request;
    request.method = "PUT";
    request.address = std::move(*address);
    request.headers = {{"Content-Type", "application/octet-stream"},
                       {"x-bce-content-crc32", std::to_string(file.crc32)}};
    request.kind = answer_kind::plain;
    request.repeatable = true;
    request.source = std::make_shared<file_source>(file.path, file.size, meter);
    sign_request(request, grant);
    auto answer = co_await core.call(op, std::move(request));
    if (!answer)
        co_return answer.error();
    meter->finish_file(file.size);
    co_return result<void>{};
}

/// Downloads `request` to `target`, checking what is expected of it.
inline boost::asio::awaitable<result<std::filesystem::path>>
download(client_core& core, operation& op, http_request request, std::filesystem::path target,
         std::int64_t size, std::string sha256_hex, std::function<void(transfer_progress)> report) {
    const auto meter = std::make_shared<progress_meter>(
        std::move(report), size > 0 ? static_cast<std::uint64_t>(size) : 0);
    const auto sink = std::make_shared<file_sink>(std::move(target), meter);
    request.kind = answer_kind::plain;
    request.repeatable = true;
    request.sink = sink;
    auto answer = co_await core.call(op, std::move(request));
    if (!answer)
        co_return answer.error();
    co_return sink->commit(size, sha256_hex, answer->header("ETag"));
}

/// Downloads what a signed address (D3) points to.
inline boost::asio::awaitable<result<std::filesystem::path>>
download_url(client_core& core, operation& op, wire::file_url from, std::filesystem::path target,
             std::function<void(transfer_progress)> report) {
    auto address = parse_url(from.url);
    if (!address)
        co_return address.error();
    http_request request;
    request.address = std::move(*address);
    co_return co_await download(core, op, std::move(request), std::move(target), from.size,
                                from.sha256, std::move(report));
}

/// One page of the objects below a prefix.
inline boost::asio::awaitable<result<wire::object_list>>
list_objects(client_core& core, operation& op, const wire::sts_grant& grant, std::string prefix,
             std::string marker) {
    auto address = object_address(grant, "");
    if (!address)
        co_return address.error();
    query_parameters query{{"maxKeys", "1000"}, {"prefix", std::move(prefix)}};
    if (!marker.empty())
        query.emplace_back("marker", std::move(marker));
    http_request request;
    request.address = std::move(*address);
    request.address.target += "?" + canonical_query(query);
    request.kind = answer_kind::plain;
    request.repeatable = true;
    request.max_response_bytes = core.options().max_response_bytes;
    sign_request(request, grant);
    auto answer = co_await core.call(op, std::move(request));
    if (!answer)
        co_return answer.error();
    co_return from_json<wire::object_list>(answer->body);
}

} // namespace aistudio::detail
