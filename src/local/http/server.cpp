#include "local/http/server.hpp"

#include "local/http/work.hpp"
#include "local/refusal.hpp"

#include <aistudio/version.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <fcntl.h>
#include <sstream>

namespace aistudio::local::http {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr auto use = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
constexpr std::size_t linger_bytes = std::size_t{256} << 20U;
constexpr std::chrono::seconds linger_time{5};

/// Asio leaves descriptors open over exec; a job must not keep a connection or the port.
void close_on_exec(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

} // namespace

asio::awaitable<void> exchange::take(std::string_view) { co_return; }

/// One connection.
class session : public std::enable_shared_from_this<session> {
public:
    session(server& s, tcp::socket socket) : server_(s), stream_(std::move(socket)) {
        server_.sessions_.insert(this);
        ++server_.open_;
    }
    ~session() {
        server_.sessions_.erase(this);
        --server_.open_;
    }

    asio::awaitable<void> run() {
        // One co_await a statement, here and elsewhere: see docs/architecture.md on GCC 12.
        for (bool more = true; more && !server_.closing_;) {
            more = co_await wait_for_request();
            if (more && begins_with_tls() && server_.application_.ignores_tls()) {
                co_await stay_silent();
                more = false;
            } else if (more) {
                more = co_await serve_one();
            }
        }
        stream_.close();
    }

    void close_when_idle() {
        if (idle_)
            stream_.close();
    }
    void abort() { stream_.close(); }

private:
    using head_parser = bhttp::request_parser<bhttp::empty_body>;

    asio::awaitable<bool> wait_for_request() {
        if (buffer_.size() > 0)
            co_return true; // pipelined
        idle_ = true;
        stream_.expires_after(server_.limits_.idle);
        auto [ec, n] = co_await stream_.async_read_some(buffer_.prepare(4096), use);
        idle_ = false;
        buffer_.commit(n);
        co_return !ec;
    }

    [[nodiscard]] bool begins_with_tls() const {
        constexpr char handshake_record = 0x16;
        return *static_cast<const char*>(buffer_.data().data()) == handshake_record;
    }

    /// Waits until the client has closed, however long that takes; what it sends is thrown away.
    asio::awaitable<void> stay_silent() {
        std::string rest(4096, '\0');
        idle_ = true;
        stream_.expires_never();
        for (error_code ended; !ended;) {
            auto [ec, n] = co_await stream_.async_read_some(asio::buffer(rest), use);
            ended = ec;
        }
        idle_ = false;
    }

    /// `http://host/path`, as proxies' clients send it, means `/path` (RFC 9112, section 3.2.2).
    static void take_off_authority(bhttp::request<bhttp::empty_body>& head) {
        const auto target = view(head.target());
        if (!target.starts_with("http://"))
            return;
        const auto path = target.find_first_of("/?", 7);
        std::string rest(path == std::string_view::npos ? "/" : target.substr(path));
        head.target(rest.starts_with('/') ? rest : "/" + rest);
    }

    /// Serves one request; true when another may follow.
    asio::awaitable<bool> serve_one() {
        head_parser parser;
        parser.header_limit(server_.limits_.header_bytes);
        parser.body_limit(boost::none);
        stream_.expires_after(server_.limits_.slow_client);
        auto [ec, n] = co_await bhttp::async_read_header(stream_, buffer_, parser, use);
        if (ec) {
            if (is_malformed(ec))
                co_await refuse_malformed(ec);
            co_return false;
        }
        take_off_authority(parser.get());
        const request_head& head = parser.get().base();
        const bool head_only = head.method() == verb::head;
        keep_alive_ = parser.get().keep_alive() && !server_.closing_;
        const auto current = server_.application_.begin(head);
        if (auto refused = current->refuse_early()) {
            if (has_no_body(parser))
                co_return co_await send(std::move(*refused), head_only);
            co_return co_await refuse(std::move(*refused), head_only);
        }
        if (auto length = parser.content_length(); length && *length > current->body_limit())
            co_return co_await refuse(too_large(*current), head_only);
        if (beast::iequals(head[bhttp::field::expect], "100-continue")) {
            const bool sent = co_await send_continue();
            if (!sent)
                co_return false;
        }

        served s;
        if (current->streams())
            s = co_await stream_body(parser, *current);
        else
            s = co_await whole_body(parser, *current);
        if (!s.answer)
            co_return false;
        if (!s.whole)
            co_return co_await refuse(std::move(*s.answer), head_only);
        co_return co_await send(std::move(*s.answer), head_only);
    }

    /// An answer, and whether the request was read to its end; no answer when the connection broke.
    struct served {
        std::optional<response> answer;
        bool whole = false;
    };

    asio::awaitable<served> whole_body(head_parser& head, exchange& current) {
        bhttp::request_parser<bhttp::string_body> parser(std::move(head));
        parser.body_limit(current.body_limit());
        while (!parser.is_done()) {
            stream_.expires_after(server_.limits_.slow_client);
            auto [ec, n] = co_await bhttp::async_read_some(stream_, buffer_, parser, use);
            if (ec)
                co_return body_failed(ec, current);
        }
        stream_.expires_never();
        served out;
        out.answer = co_await current.answer(std::move(parser.get().body()));
        out.whole = true;
        co_return out;
    }

    asio::awaitable<served> stream_body(head_parser& head, exchange& current) {
        bhttp::request_parser<bhttp::buffer_body> parser(std::move(head));
        parser.body_limit(current.body_limit());
        std::string piece(piece_bytes, '\0');
        while (!parser.is_done()) {
            parser.get().body().data = piece.data();
            parser.get().body().size = piece.size();
            stream_.expires_after(server_.limits_.slow_client);
            auto [ec, n] = co_await bhttp::async_read(stream_, buffer_, parser, use);
            if (ec && ec != bhttp::error::need_buffer)
                co_return body_failed(ec, current);
            const std::string_view got(piece.data(), piece.size() - parser.get().body().size);
            stream_.expires_never();
            std::optional<refusal> refused;
            try {
                co_await current.take(got);
            } catch (const refusal& r) {
                refused = r;
            }
            if (refused)
                co_return served{current.failed(refused->code(), refused->message()), false};
        }
        stream_.expires_never();
        served out;
        out.answer = co_await current.answer({});
        out.whole = true;
        co_return out;
    }

    static bool has_no_body(const head_parser& parser) {
        return !parser.chunked() && parser.content_length().value_or(0) == 0;
    }

    static served body_failed(error_code ec, exchange& current) {
        if (ec == bhttp::error::body_limit)
            return {too_large(current), false};
        if (is_malformed(ec))
            return {current.failed(service_code::parameter_invalid,
                                   "The request's body is malformed: " + ec.message() + "."),
                    false};
        return {};
    }

    static response too_large(exchange& current) {
        return current.failed(service_code::payload_too_large,
                              "The request's body is larger than the " +
                                  std::to_string(current.body_limit()) +
                                  " bytes allowed here; send less.");
    }

    static bool is_malformed(error_code ec) {
        return ec.category() == bhttp::make_error_code(bhttp::error::bad_method).category() &&
               ec != bhttp::error::end_of_stream && ec != bhttp::error::partial_message;
    }

    asio::awaitable<void> refuse_malformed(error_code ec) {
        const bool large = ec == bhttp::error::header_limit || ec == bhttp::error::buffer_overflow;
        auto why = large ? "The request's head is larger than " +
                               std::to_string(server_.limits_.header_bytes) + " bytes."
                         : "This is not a valid HTTP request: " + ec.message() + ".";
        co_await refuse(server_.application_.malformed(std::move(why)), false);
    }

    asio::awaitable<bool> send_continue() {
        static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
        auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(text), use);
        co_return !ec;
    }

    template <class Message>
    void fill(Message& message, const response& r) {
        message.set(bhttp::field::server, "aistudio-local/" AISTUDIO_VERSION_STRING);
        if (!r.content_type.empty())
            message.set(bhttp::field::content_type, r.content_type);
        for (const auto& [name, value] : r.headers)
            message.insert(name, value);
        message.keep_alive(keep_alive_);
    }

    /// Sends an answer; true when the connection can be used again.
    asio::awaitable<bool> send(response r, bool head_only) {
        if (r.close || server_.closing_)
            keep_alive_ = false;
        stream_.expires_after(server_.limits_.slow_client);
        bool sent = false;
        if (r.manners)
            sent = co_await send_badly(r);
        else if (r.source)
            sent = co_await send_pieces(r);
        else if (r.file || r.length_only || head_only)
            sent = co_await send_head_and_file(r, head_only);
        else
            sent = co_await send_text(r);
        stream_.expires_never();
        if (sent && !keep_alive_) {
            error_code ignored;
            stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        }
        co_return sent&& keep_alive_;
    }

    asio::awaitable<bool> send_text(response& r) {
        bhttp::response<bhttp::string_body> message(static_cast<bhttp::status>(r.status), 11);
        fill(message, r);
        message.body() = std::move(r.body);
        message.prepare_payload();
        auto [ec, n] = co_await bhttp::async_write(stream_, message, use);
        co_return !ec;
    }

    asio::awaitable<bool> send_pieces(response& r) {
        bhttp::response<bhttp::empty_body> message(static_cast<bhttp::status>(r.status), 11);
        fill(message, r);
        message.chunked(true);
        bhttp::response_serializer<bhttp::empty_body> serializer(message);
        auto [ec, n] = co_await bhttp::async_write_header(stream_, serializer, use);
        for (bool more = !ec; more;) {
            stream_.expires_never(); // the one who makes the body may take long
            const std::string piece = co_await r.source->next();
            more = !piece.empty();
            std::ostringstream chunk;
            chunk << std::hex << piece.size() << "\r\n" << piece << "\r\n";
            const bool sent = co_await send_piece(chunk.str());
            if (!sent)
                co_return false;
        }
        co_return !ec;
    }

    /// Never leaves a connection that can be used again, unless only the pace was bad.
    asio::awaitable<bool> send_badly(response& r) {
        const bad_manners& manners = *r.manners;
        if (manners.silent) {
            co_await stay_silent();
            co_return false;
        }
        const std::string text = text_of(r);
        const std::size_t head = text.size() - r.body.size();
        const std::size_t end =
            std::min<std::uint64_t>(text.size(), manners.reset_after.value_or(text.size()));
        const std::size_t at_once = manners.pause.count() > 0 ? std::min(head, end) : end;
        bool sent = co_await send_piece(std::string_view(text).substr(0, at_once));
        for (std::size_t at = at_once; sent && at < end; ++at) {
            asio::steady_timer timer(stream_.get_executor(), manners.pause);
            co_await timer.async_wait(use);
            sent = co_await send_piece(std::string_view(text).substr(at, 1));
        }
        if (manners.reset_after)
            reset();
        co_return sent && !manners.reset_after && manners.missing == 0;
    }

    /// An answer as bytes.
    std::string text_of(const response& r) {
        bhttp::response<bhttp::string_body> message(static_cast<bhttp::status>(r.status), 11);
        fill(message, r);
        message.body() = r.body;
        message.content_length(r.body.size() + r.manners->missing);
        std::ostringstream out;
        out << message;
        return out.str();
    }

    asio::awaitable<bool> send_piece(std::string_view piece) {
        stream_.expires_after(server_.limits_.slow_client);
        auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(piece), use);
        co_return !ec;
    }

    void reset() {
        error_code ignored;
        stream_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
        stream_.close();
    }

    asio::awaitable<bool> send_head_and_file(response& r, bool head_only) {
        bhttp::response<bhttp::empty_body> message(static_cast<bhttp::status>(r.status), 11);
        fill(message, r);
        message.content_length(r.length_only ? *r.length_only
                               : r.file      ? r.file->length
                                             : r.body.size());
        bhttp::response_serializer<bhttp::empty_body> serializer(message);
        auto [ec, n] = co_await bhttp::async_write_header(stream_, serializer, use);
        if (ec)
            co_return false;
        if (head_only || !r.file)
            co_return true;
        co_return co_await send_file(*r.file);
    }

    asio::awaitable<bool> send_file(file_part& part) {
        std::string piece(std::min<std::uint64_t>(piece_bytes, part.length), '\0');
        while (part.length > 0) {
            const auto want = std::min<std::uint64_t>(piece.size(), part.length);
            const auto got = co_await on_pool(server_.pool_, [&] {
                try {
                    return store::read_at(part.file, part.offset, piece.data(), want);
                } catch (const std::exception&) {
                    return std::size_t{0};
                }
            });
            if (got < want)
                co_return false; // became shorter: only a broken connection tells the reader
            stream_.expires_after(server_.limits_.slow_client);
            auto [ec, n] =
                co_await asio::async_write(stream_, asio::buffer(piece.data(), got), use);
            if (ec)
                co_return false;
            part.offset += got;
            part.length -= got;
        }
        co_return true;
    }

    /// Answers a request whose body is not read to the end. The rest is thrown away for a while,
    /// since closing at once would make the system discard the answer.
    asio::awaitable<bool> refuse(response r, bool head_only) {
        r.close = true;
        co_await send(std::move(r), head_only);
        stream_.expires_after(linger_time);
        std::string rest(std::size_t{64} << 10U, '\0');
        for (std::size_t total = 0; total < linger_bytes;) {
            auto [ec, n] = co_await stream_.async_read_some(asio::buffer(rest), use);
            if (ec)
                break;
            total += n;
        }
        co_return false;
    }

    server& server_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    bool keep_alive_ = true;
    bool idle_ = false;
};

server::server(asio::io_context& io, asio::thread_pool& pool, application& app,
               const tcp::endpoint& at, server_limits limits)
    : io_(io), pool_(pool), application_(app), limits_(limits), acceptor_(io) {
    acceptor_.open(at.protocol());
    close_on_exec(acceptor_.native_handle());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(at);
    acceptor_.listen(4096);
    endpoint_ = acceptor_.local_endpoint();
}

server::~server() = default;

void server::start() { asio::co_spawn(io_, accept(), asio::detached); }

asio::awaitable<void> server::accept() {
    while (!closing_) {
        auto [ec, socket] = co_await acceptor_.async_accept(use);
        if (ec == asio::error::operation_aborted)
            co_return;
        if (ec) { // out of descriptors, most likely: others must end first
            asio::steady_timer pause(io_, std::chrono::milliseconds(50));
            co_await pause.async_wait(use);
            continue;
        }
        close_on_exec(socket.native_handle());
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        auto s = std::make_shared<session>(*this, std::move(socket));
        asio::co_spawn(io_, [s]() -> asio::awaitable<void> { co_await s->run(); }, asio::detached);
    }
}

void server::close() {
    closing_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (auto* s : sessions_)
        s->close_when_idle();
}

void server::abort() {
    for (auto* s : sessions_)
        s->abort();
}

} // namespace aistudio::local::http
