#pragma once

/// @file
/// The object store as a client sees it: its single calls, with a grant, signed by bce-auth-v1.

#include <aistudio/detail/text.hpp>
#include <aistudio/impl/file_io.ipp>
#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/transport/client_core.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace aistudio::detail {

/// Where a storage address wants the bucket.
enum class address_style { path, region, bucket_in_host, another_bucket };

inline address_style style_of(std::string_view host, std::string_view bucket) {
    const auto ends_in = [host](std::string_view end) {
        return host.size() > end.size() &&
               equals_ignoring_case(host.substr(host.size() - end.size()), end);
    };
    if (!ends_in(".bcebos.com")) // also an IPv4 address, whose first number may be a bucket's name
        return address_style::path;
    if (ends_in(".cdn.bcebos.com"))
        return address_style::bucket_in_host;
    const auto dots = std::count(host.begin(), host.end(), '.');
    if (dots == 2)
        return address_style::region;
    if (dots != 3)
        return address_style::path;
    return equals_ignoring_case(host.substr(0, host.find('.')), bucket)
               ? address_style::bucket_in_host
               : address_style::another_bucket;
}

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
    const std::string path = uri_encode(key, true);
    switch (style_of(address->host, grant.bucket_name)) {
    case address_style::path:
        address->target = "/" + grant.bucket_name + (path.empty() ? "" : "/" + path);
        break;
    case address_style::region:
        address->host.insert(0, grant.bucket_name + ".");
        [[fallthrough]];
    case address_style::bucket_in_host:
        address->target = "/" + path;
        break;
    case address_style::another_bucket:
        return make_problem(errc::unexpected_answer,
                            "The service's grant is for the bucket `" + grant.bucket_name +
                                "`, but its storage address `" + address->host +
                                "` names another one; ask the service's operator.");
    }
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
    const std::string length =
        std::to_string(request.source ? request.source->size() : request.body.size());
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

/// A request about the grant's object, not yet signed. Sent once: transfers decide themselves about
/// another attempt.
inline result<http_request> object_request(const wire::sts_grant& grant, std::string_view method,
                                           const query_parameters& query = {}) {
    auto address = object_address(grant, grant.file_key);
    if (!address)
        return address.error();
    http_request request;
    request.method = method;
    request.address = std::move(*address);
    if (!query.empty())
        request.address.target += "?" + canonical_query(query);
    request.kind = answer_kind::plain;
    request.repeatable = true;
    request.once = true;
    return request;
}

/// Signs and sends.
inline boost::asio::awaitable<result<http_response>>
send_object(client_core& core, operation& op, wire::sts_grant grant, http_request request) {
    request.max_response_bytes = core.options().max_response_bytes;
    sign_request(request, grant);
    co_return co_await core.call(op, std::move(request));
}

/// PUT of a piece of a file: an object, or with `query` a part of one (O1, O3). Answers its ETag.
inline boost::asio::awaitable<result<std::string>>
put_piece(client_core& core, operation& op, wire::sts_grant grant, query_parameters query,
          std::shared_ptr<file_source> piece, std::uint32_t crc) {
    auto request = object_request(grant, "PUT", query);
    if (!request)
        co_return request.error();
    request->headers = {{"Content-Type", "application/octet-stream"},
                        {"x-bce-content-crc32", std::to_string(crc)}};
    request->source = std::move(piece);
    auto answer = co_await send_object(core, op, std::move(grant), std::move(*request));
    if (!answer)
        co_return answer.error();
    co_return std::string(answer->header("ETag"));
}

/// O2: begins an upload in parts.
inline boost::asio::awaitable<result<std::string>> begin_upload(client_core& core, operation& op,
                                                                wire::sts_grant grant) {
    auto request = object_request(grant, "POST", {{"uploads", ""}});
    if (!request)
        co_return request.error();
    request->headers = {{"Content-Type", "application/octet-stream"}};
    auto answer = co_await send_object(core, op, std::move(grant), std::move(*request));
    if (!answer)
        co_return answer.error();
    const auto begun = from_json<wire::begun_upload>(answer->body);
    if (!begun)
        co_return begun.error();
    co_return begun->upload_id;
}

/// O4: makes the parts one object, whose CRC-32 is `crc`.
inline boost::asio::awaitable<result<void>> complete_upload(client_core& core, operation& op,
                                                            wire::sts_grant grant, std::string id,
                                                            wire::complete_upload parts,
                                                            std::uint32_t crc) {
    auto request = object_request(grant, "POST", {{"uploadId", std::move(id)}});
    if (!request)
        co_return request.error();
    request->headers = {{"Content-Type", "application/json; charset=utf-8"},
                        {"x-bce-content-crc32", std::to_string(crc)}};
    if (auto written = append_json(request->body, parts, secrets::reveal); !written)
        co_return written.error();
    auto answer = co_await send_object(core, op, std::move(grant), std::move(*request));
    if (!answer)
        co_return answer.error();
    co_return result<void>{};
}

/// O5: gives an upload up.
inline boost::asio::awaitable<result<void>> abort_upload(client_core& core, operation& op,
                                                         wire::sts_grant grant, std::string id) {
    auto request = object_request(grant, "DELETE", {{"uploadId", std::move(id)}});
    if (!request)
        co_return request.error();
    auto answer = co_await send_object(core, op, std::move(grant), std::move(*request));
    if (!answer)
        co_return answer.error();
    co_return result<void>{};
}

/// O5: the parts at the store behind number `after`, a page of them.
inline boost::asio::awaitable<result<wire::part_list>>
list_parts(client_core& core, operation& op, wire::sts_grant grant, std::string id, int after) {
    query_parameters query{{"maxParts", "1000"}, {"uploadId", std::move(id)}};
    if (after > 0)
        query.emplace_back("partNumberMarker", std::to_string(after));
    auto request = object_request(grant, "GET", query);
    if (!request)
        co_return request.error();
    auto answer = co_await send_object(core, op, std::move(grant), std::move(*request));
    if (!answer)
        co_return answer.error();
    co_return from_json<wire::part_list>(answer->body);
}

/// How many bytes the grant's object has; -1: the store does not tell.
inline boost::asio::awaitable<result<std::int64_t>> object_size(client_core& core, operation& op,
                                                                wire::sts_grant grant) {
    auto request = object_request(grant, "HEAD");
    if (!request)
        co_return request.error();
    auto answer = co_await send_object(core, op, std::move(grant), std::move(*request));
    if (!answer)
        co_return answer.error();
    const auto text = answer->header("Content-Length");
    std::int64_t size = -1;
    std::from_chars(text.data(), text.data() + text.size(), size);
    co_return size;
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
