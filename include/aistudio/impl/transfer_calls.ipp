#pragma once

/// @file
/// What resources do around transfers: packing, reading, asking for grants and signed addresses.

#include <aistudio/detail/side_digest.hpp>
#include <aistudio/detail/transfers.hpp>
#include <aistudio/detail/zip_packing.hpp>
#include <aistudio/impl/object_store.ipp>
#include <aistudio/impl/resource_support.ipp>

#include <functional>
#include <optional>
#include <utility>

namespace aistudio::detail {

/// What a file holds.
struct file_facts {
    std::filesystem::path path;
    std::string name; ///< as UTF-8
    std::uint64_t size = 0;
    std::string sha256;
};

/// Reads a whole file.
inline boost::asio::awaitable<result<file_facts>> examine(operation& op, std::filesystem::path file,
                                                          bool allow_empty) {
    const auto seen = look_at(file, allow_empty);
    if (!seen)
        co_return seen.error();
    const auto opened = disk_file::open(file, disk_file::mode::read);
    if (!opened)
        co_return opened.error();
    sha256 digest;
    side_digest side([&digest](std::string_view bytes) { digest.update(bytes); });
    file_examination work(*opened, 0, seen->stamp.size);
    for (bool more = true; more;) {
        const auto read = work.read_piece(&side);
        if (!read)
            co_return read.error();
        more = *read;
        const auto going = co_await pause_work(op, file);
        if (!going)
            co_return going.error();
    }
    side.drain();
    co_return file_facts{file, seen->name, seen->stamp.size, digest.finish()};
}

/// Packs `folder` into the zip `target`.
inline boost::asio::awaitable<result<void>> pack(operation& op, std::filesystem::path folder,
                                                 std::filesystem::path target, zip_limits limits) {
    zip_packing work(folder, target, limits);
    while (true) {
        const auto more = work.pack_piece();
        if (!more)
            co_return more.error();
        if (!*more)
            co_return result<void>{};
        const auto going = co_await pause_work(op, folder);
        if (!going)
            co_return going.error();
    }
}

/// Answers that a call gave already, before it is made again.
using known_address = std::optional<wire::file_url>;

inline boost::asio::awaitable<result<http_request>>
open_url(client_core& core, operation& op, std::string call, known_address known) {
    result<wire::file_url> where(known.value_or(wire::file_url{}));
    if (!known)
        where = co_await get_json<wire::file_url>(core, op, std::move(call));
    if (!where)
        co_return where.error();
    auto address = parse_url(where->url);
    if (!address)
        co_return address.error();
    http_request request;
    request.address = std::move(*address);
    co_return request;
}

/// Opens what the signed address (D3) that `call` answers points to: the one that is known first,
/// and then others, since they hold for a short time only.
inline std::function<boost::asio::awaitable<result<http_request>>(operation&)>
url_opener(client_core& core, std::string call, known_address known = {}) {
    return [&core, call = std::move(call), known = std::move(known)](operation& op) mutable {
        return open_url(core, op, call, std::exchange(known, std::nullopt));
    };
}

/// The source of a download whose signed address `call` answers, and answered once already.
inline download_source known_source(client_core& core, const std::string& call,
                                    const wire::file_url& known) {
    download_source from;
    from.open = url_opener(core, call, known);
    from.identity = core.options().base_url + call;
    from.size = known.size;
    from.sha256 = known.sha256;
    return from;
}

/// A grant of our own namespace; `key`: for an upload to it that is under way.
inline boost::asio::awaitable<result<wire::sts_grant>>
upload_grant(client_core& core, operation& op, std::string purpose, std::string key) {
    wire::grant_request what{std::move(purpose), std::nullopt};
    if (!key.empty())
        what.key = std::move(key);
    auto ask = core.json_request("POST", own("/grants"), what, op, false);
    if (!ask)
        co_return ask.error();
    ask->repeatable = true; // a grant that nobody uses changes nothing
    co_return co_await core.call_json<wire::sts_grant>(op, std::move(*ask));
}

} // namespace aistudio::detail
