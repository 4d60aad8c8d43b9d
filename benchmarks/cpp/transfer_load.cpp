// One transfer in one stream, as the operations make it, against any HTTP server:
//
//   transfer_load download URL FILE SIZE SHA256   GET, checked by size and SHA-256
//   transfer_load upload ENDPOINT FILE            PUT to ENDPOINT/transfer/object, with its CRC-32
//
// Prints what it took as JSON; processor time is the whole process's.

#include <aistudio/client.hpp>
#include <aistudio/detail/transfers.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <sys/resource.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>

namespace {

using namespace aistudio;
using answer = boost::asio::awaitable<result<void>>;

transfer_options one_stream() {
    transfer_options o;
    o.part_size = std::uint64_t{5} << 30U;
    o.parallel = 1;
    o.resume = false;
    return o;
}

answer fetch(client_core& core, operation& op, std::string from, std::string file,
             std::int64_t size, std::string sha256) {
    detail::download_source source;
    source.open = [from](operation&) -> boost::asio::awaitable<result<http_request>> {
        auto address = parse_url(from);
        if (!address)
            co_return address.error();
        http_request request;
        request.address = std::move(*address);
        co_return request;
    };
    source.identity = from;
    source.size = size;
    source.sha256 = std::move(sha256);
    const auto got = co_await detail::download(core, op, std::move(source), file, one_stream());
    if (!got)
        co_return got.error();
    co_return result<void>{};
}

answer send(client_core& core, operation& op, std::string endpoint, std::string file) {
    const auto seen = detail::look_at(file, false);
    if (!seen)
        co_return seen.error();
    detail::upload_target to;
    to.grant = [endpoint](operation&,
                          std::string) -> boost::asio::awaitable<result<wire::sts_grant>> {
        wire::sts_grant grant;
        grant.endpoint = endpoint;
        grant.bucket_name = "transfer";
        grant.file_key = "object";
        grant.access_key_id = secret("key");
        grant.secret_access_key = secret("secret");
        co_return grant;
    };
    const auto meter = std::make_shared<detail::progress_meter>(nullptr, 0);
    const auto sent = co_await detail::upload(core, op, *seen, std::move(to), one_stream(), meter);
    if (!sent)
        co_return sent.error();
    co_return result<void>{};
}

double processor_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto of = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return of(used.ru_utime) + of(used.ru_stime);
}

int measure(client_core::body_of<void> body) {
    client_options options;
    options.base_url = "http://127.0.0.1";
    options.access_token = secret("token");
    options.proxy.use_environment = false;
    boost::asio::io_context io;
    const auto core =
        std::make_shared<client_core>(io.get_executor(), options, [](const std::string&) {
            return std::optional<std::string>();
        });
    result<void> end;
    const auto started = std::chrono::steady_clock::now();
    core->start<void>({}, std::nullopt, std::move(body),
                      [&](result<void> r) { end = std::move(r); });
    io.run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    if (!end) {
        std::cerr << end.error().message() << "\n";
        return 1;
    }
    std::printf("{\"seconds\": %.6f, \"cpu_seconds\": %.6f}\n", took.count(), processor_seconds());
    return 0;
}

} // namespace

int main(int count, char** words) {
    const std::string what = count > 1 ? words[1] : "";
    if (what == "download" && count == 6)
        return measure([&](client_core& core, operation& op) {
            return fetch(core, op, words[2], words[3], std::stoll(words[4]), words[5]);
        });
    if (what == "upload" && count == 4)
        return measure(
            [&](client_core& core, operation& op) { return send(core, op, words[2], words[3]); });
    std::cerr << "transfer_load download URL FILE SIZE SHA256 | upload ENDPOINT FILE\n";
    return 2;
}
