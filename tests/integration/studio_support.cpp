#include "integration/support/studio_fixture.hpp"

#include <aistudio/protocol/bce_auth.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <thread>

namespace aistudio::test {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct http_connection::impl {
    asio::io_context io;
    tcp::socket socket{io};
    boost::beast::flat_buffer buffer;
};

http_connection::http_connection(std::uint16_t port) : impl_(std::make_unique<impl>()) {
    impl_->socket.connect({asio::ip::address_v4::loopback(), port});
    impl_->socket.set_option(tcp::no_delay(true));
}
http_connection::~http_connection() = default;

void http_connection::send_raw(std::string_view bytes) {
    asio::write(impl_->socket, asio::buffer(bytes.data(), bytes.size()));
}

http_reply http_connection::receive(bool head_only) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::uint64_t{1} << 32U);
    parser.skip(head_only);
    http::read(impl_->socket, impl_->buffer, parser);
    http_reply reply;
    reply.status = parser.get().result_int();
    for (const auto& field : parser.get()) {
        std::string name(field.name_string());
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        reply.headers[name] = std::string(field.value());
    }
    reply.body = std::move(parser.get().body());
    return reply;
}

http_reply http_connection::send(std::string_view method, std::string_view target,
                                 std::string_view body, const header_list& headers) {
    std::string head;
    head.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
    const bool has_host = std::any_of(headers.begin(), headers.end(),
                                      [](const auto& h) { return h.first == "Host"; });
    if (!has_host)
        head.append("Host: 127.0.0.1\r\n");
    for (const auto& [name, value] : headers)
        head.append(name).append(": ").append(value).append("\r\n");
    head.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
    send_raw(head);
    try {
        send_raw(body);
    } catch (const boost::system::system_error&) {
        // refused before all was sent: the answer says why
    }
    return receive(method == "HEAD");
}

bool http_connection::closed_within(std::chrono::milliseconds patience) {
    impl_->socket.non_blocking(true);
    std::string rest(4096, '\0');
    return eventually(
        [&] {
            boost::system::error_code ec;
            const auto n = impl_->socket.read_some(asio::buffer(rest), ec);
            return n == 0 && ec != asio::error::would_block;
        },
        patience);
}

namespace {

la_ssize_t append(::archive*, void* to, const void* bytes, std::size_t size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
}

} // namespace

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files) {
    std::string out;
    ::archive* a = ::archive_write_new();
    ::archive_write_set_format_zip(a);
    ::archive_write_set_bytes_per_block(a, 0);
    ::archive_write_open(a, &out, nullptr, append, nullptr);
    for (const auto& [name, content] : files) {
        ::archive_entry* e = ::archive_entry_new();
        ::archive_entry_set_pathname(e, name.c_str());
        ::archive_entry_set_filetype(e, AE_IFREG);
        ::archive_entry_set_perm(e, 0644);
        ::archive_entry_set_size(e, static_cast<la_int64_t>(content.size()));
        ::archive_write_header(a, e);
        ::archive_write_data(a, content.data(), content.size());
        ::archive_entry_free(e);
    }
    ::archive_write_close(a);
    ::archive_write_free(a);
    return out;
}

std::map<std::string, std::string> files_of_tar_gz(const std::string& bytes) {
    std::map<std::string, std::string> files;
    ::archive* a = ::archive_read_new();
    ::archive_read_support_filter_gzip(a);
    ::archive_read_support_format_tar(a);
    if (::archive_read_open_memory(a, bytes.data(), bytes.size()) != ARCHIVE_OK)
        throw std::runtime_error("no archive");
    ::archive_entry* e = nullptr;
    // names beyond ASCII come with a warning in the C locale
    for (int code = 0;
         (code = ::archive_read_next_header(a, &e)) == ARCHIVE_OK || code == ARCHIVE_WARN;) {
        std::string content(static_cast<std::size_t>(::archive_entry_size(e)), '\0');
        ::archive_read_data(a, content.data(), content.size());
        const char* name = ::archive_entry_pathname_utf8(e);
        files[name != nullptr ? name : ::archive_entry_pathname(e)] = content;
    }
    ::archive_read_free(a);
    return files;
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

std::uint16_t port_of(const std::string& base_url) {
    return static_cast<std::uint16_t>(std::stoi(base_url.substr(base_url.rfind(':') + 1)));
}

studio_caller::studio_caller(const std::string& base_url, secret token)
    : base_url_(base_url), token_(std::move(token)), port_(port_of(base_url)) {}

http_reply studio_caller::exchange(std::string_view method, std::string_view target,
                                   std::string_view body, const header_list& headers) {
    if (!connection_)
        connection_ = std::make_unique<http_connection>(port_);
    auto reply = connection_->send(method, target, body, headers);
    if (reply.headers["connection"] == "close")
        connection_.reset();
    return reply;
}

envelope studio_caller::call(std::string_view method, std::string_view path, std::string_view body,
                             const header_list& more) {
    header_list headers = more;
    const bool has_token = std::any_of(more.begin(), more.end(),
                                       [](const auto& h) { return h.first == "Authorization"; });
    if (!has_token)
        headers.emplace_back("Authorization", "token " + std::string(token_.reveal()));
    const auto reply = exchange(method, path, body, headers);
    json_document document;
    const auto root = document.parse(reply.body).value();
    envelope e;
    e.status = reply.status;
    e.code = root.find("errorCode")->get_int64().value();
    e.message = std::string(root.find("errorMsg")->get_string().value());
    e.log_id = std::string(root.find("logId")->get_string().value());
    e.result = root.find("result")->to_string();
    return e;
}

header_list studio_caller::signed_headers(std::string_view method, const wire::sts_grant& grant,
                                          const std::string& target, std::size_t length,
                                          header_list headers) const {
    headers.emplace_back("Host", "127.0.0.1:" + std::to_string(port_));
    headers.emplace_back("x-bce-security-token", grant.session_token.reveal());
    const auto size = std::to_string(length);
    bce_request request{method, target, {}};
    for (const auto& [name, value] : headers)
        request.headers.emplace_back(name, value);
    request.headers.emplace_back("Content-Length", size);
    const auto now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    headers.emplace_back("Authorization",
                         sign(request, {grant.access_key_id, grant.secret_access_key}, now));
    return headers;
}

http_reply studio_caller::object(std::string_view method, const wire::sts_grant& grant,
                                 std::string_view key, std::string_view body,
                                 const header_list& more, std::string_view query) {
    std::string target = "/" + grant.bucket_name;
    if (!key.empty())
        target += "/" + uri_encode(key, true);
    if (!query.empty())
        target.append("?").append(query);
    return exchange(method, target, body, signed_headers(method, grant, target, body.size(), more));
}

http_reply studio_caller::fetch(std::string_view url, const header_list& headers,
                                std::string_view method) {
    header_list all = headers;
    all.emplace_back("Host", "127.0.0.1:" + std::to_string(port_));
    return exchange(method, url.substr(base_url_.size()), {}, all);
}

file_id studio_caller::upload_file(const std::string& file_name, std::string_view content) {
    const auto grant = get<wire::sts_grant>("/llm/files/acl");
    EXPECT_EQ(object("PUT", grant, grant.file_key, content).status, 200U);
    return post<wire::added_file>(
               "/llm/files/addfile",
               wire::add_file{file_name, grant.file_key, grant.bucket_name, std::nullopt})
        .file_id;
}

dataset_id studio_caller::upload_dataset(const std::string& name, const std::string& file_name,
                                         std::string_view content) {
    wire::create_dataset request;
    request.dataset_name = name;
    request.file_ids = {upload_file(file_name, content)};
    return post<wire::created_dataset>("/llm/files/datasets", request).dataset_id;
}

project_id studio_caller::create_project(const std::string& name,
                                         const std::vector<dataset_id>& datasets) {
    return post<project>("/api/local/v1/projects", new_project{name, "", datasets}).id;
}

job_id studio_caller::submit_job(const wire::create_job& request,
                                 const std::vector<std::pair<std::string, std::string>>& code) {
    const auto id =
        post<wire::created_job>("/paddlex/v3/pipelines/sdk/create", request).pipeline_id;
    const auto grant =
        get<wire::sts_grant>("/paddlex/v3/file/api/bosacl?source=SDK&pipelineId=" + id.value());
    EXPECT_EQ(object("PUT", grant, std::string_view(grant.file_key).substr(1), zip_of(code)).status,
              200U);
    const auto answer =
        call("POST", "/paddlex/v3/pipelines/sdk/create/callback",
             to_json(wire::job_callback{id, true, grant.file_key, "code.zip"}).value());
    EXPECT_EQ(answer.code, 0) << answer.message;
    return id;
}

job studio_caller::get_job(const job_id& id) {
    return post<std::vector<job>>("/paddlex/v3/pipelines/sdk/list", wire::list_jobs{id, "", ""})
        .at(0);
}

job studio_caller::wait_for(const job_id& id) {
    job j;
    EXPECT_TRUE(eventually([&] { return is_final((j = get_job(id)).stage.value()); },
                           std::chrono::seconds(60)));
    return j;
}

std::string studio_caller::whole_log(const job_id& id) {
    std::string text;
    log_chunk chunk;
    while (!chunk.end) {
        chunk = get<log_chunk>("/api/local/v1/jobs/" + id.value() +
                               "/log?waitMs=10000&offset=" + std::to_string(chunk.next_offset));
        text += chunk.text;
    }
    return text;
}

studio_test::~studio_test() = default;

local::studio_options studio_test::options() {
    local::studio_options o;
    o.directory = folder_ / "studio";
    o.log = [this](std::string_view line) {
        const std::lock_guard lock(log_mutex_);
        log_.append(line).append("\n");
    };
    return o;
}

void studio_test::start() { start(options()); }

void studio_test::start(local::studio_options o) {
    auto started = local::studio::start(std::move(o));
    ASSERT_TRUE(started) << started.error().message();
    studio_ = std::make_unique<local::studio>(std::move(*started));
    caller_ = std::make_unique<studio_caller>(studio_->base_url(), studio_->access_token());
}

void studio_test::stop() {
    caller_.reset();
    studio_.reset();
}

std::string studio_test::log() const {
    const std::lock_guard lock(log_mutex_);
    return log_;
}

} // namespace aistudio::test
