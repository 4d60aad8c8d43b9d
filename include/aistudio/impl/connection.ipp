#pragma once

#include <aistudio/transport/connection.hpp>

#include <aistudio/protocol/phase_limits.hpp>
#include <aistudio/protocol/request_head.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>

namespace aistudio::detail {

namespace asio = boost::asio;
namespace http = boost::beast::http;
inline constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
inline constexpr std::size_t transfer_chunk = std::size_t{256} << 10U;
inline constexpr std::uint32_t max_header_bytes = 64U << 10U;
/// How long the end of an answer is waited for that has said all it had to say.
inline constexpr std::chrono::milliseconds end_patience{500};

AISTUDIO_DECL void attempt_clock::enter(watchdog::limit& limit, aistudio::phase p) {
    phase_ = p;
    const auto own = limit_of(*limits_, p);
    const auto end = own.count() > 0 ? watchdog::clock::now() + own : never;
    end < deadline_ ? limit.set(end, timeout_of(p)) : limit.set(deadline_, errc::deadline_exceeded);
}

AISTUDIO_DECL void attempt_clock::linger(watchdog::limit& limit, aistudio::phase p,
                                         std::chrono::milliseconds brief) {
    limit.set(std::min(watchdog::clock::now() + brief, deadline_), timeout_of(p));
}

/// What an error code of the socket or the parser means in a phase.
inline errc meaning_of(phase where, boost::system::error_code error) {
    if (where == phase::resolve)
        return errc::resolve_failed;
    if (where == phase::connect)
        return errc::connect_failed;
    if (where == phase::tls) {
        const bool broken_off = error.category() == boost::system::system_category() ||
                                error == asio::error::eof ||
                                error == asio::ssl::error::stream_truncated;
        return broken_off ? errc::connection_lost : errc::tls_failed;
    }
    if (error == http::error::body_limit)
        return errc::response_too_large;
    const bool ended = error == http::error::end_of_stream || error == http::error::partial_message;
    if (!ended && error.category() == http::make_error_code(http::error::end_of_stream).category())
        return errc::malformed_response;
    return errc::connection_lost;
}

AISTUDIO_DECL step connection::failure(aistudio::phase where, boost::system::error_code error,
                                       std::string detail) const {
    if (aborted_ != errc::ok)
        return {aborted_, where, std::move(detail), {}};
    return {meaning_of(where, error), where, std::move(detail), error};
}

AISTUDIO_DECL void connection::abort(errc why) {
    if (aborted_ == errc::ok)
        aborted_ = why;
    reusable_ = false;
    boost::system::error_code ignored;
    socket_.close(ignored);
}

AISTUDIO_DECL bool connection::is_alive() {
    // The socket is non-blocking: a live idle connection has nothing to read.
    char byte = 0;
    boost::system::error_code error;
    socket_.receive(asio::buffer(&byte, 1), asio::ip::tcp::socket::message_peek, error);
    return error == asio::error::would_block || error == asio::error::try_again;
}

AISTUDIO_DECL asio::awaitable<step> connection::open(const route& where, asio::ssl::context* tls,
                                                     bool verify, attempt_clock& clock,
                                                     interrupter& stop) {
    const interrupter::scope scope(stop, [this, &stop] { abort(stop.reason()); });
    step s = co_await open_socket(where, clock, stop);
    if (s.ok() && where.target.tls)
        s = co_await shake_hands(where.target.host, *tls, verify, clock);
    limit_.clear();
    reusable_ = s.ok();
    co_return s;
}

AISTUDIO_DECL asio::awaitable<step>
connection::open_socket(const route& where, attempt_clock& clock, interrupter& stop) {
    const interrupter::scope scope(stop, [this, &stop] { abort(stop.reason()); });
    step s = co_await resolve(where.first_hop(), clock, stop);
    if (s.ok())
        s = co_await connect(clock);
    if (s.ok() && where.proxy && where.target.tls)
        s = co_await ask_proxy(where, clock);
    limit_.clear();
    co_return s;
}

AISTUDIO_DECL native_socket connection::release_socket() {
    boost::system::error_code failed;
    const bool is_v6 = socket_.local_endpoint(failed).protocol() == asio::ip::tcp::v6();
    const auto number = socket_.release(failed);
    return failed ? native_socket{} : native_socket{static_cast<std::intptr_t>(number), is_v6};
}

/// A look-up that the caller may stop waiting for: the system's resolver cannot be interrupted.
struct pending_resolve {
    explicit pending_resolve(const asio::any_io_executor& executor)
        : resolver(executor), wake(executor, watchdog::clock::time_point::max()) {}
    asio::ip::tcp::resolver resolver;
    asio::steady_timer wake;
    std::vector<asio::ip::tcp::endpoint> endpoints;
    boost::system::error_code error;
    bool finished = false;
};

AISTUDIO_DECL asio::awaitable<step> connection::resolve(const url& host, attempt_clock& clock,
                                                        interrupter& stop) {
    boost::system::error_code literal_error;
    const auto literal = asio::ip::make_address(host.host, literal_error);
    if (!literal_error) {
        endpoints_.assign(1, {literal, host.port});
        co_return step{};
    }
    const auto state = std::make_shared<pending_resolve>(socket_.get_executor());
    errc expired = errc::ok;
    watchdog::limit limit(*dog_, [&expired, state](errc why) {
        expired = why;
        state->wake.cancel();
    });
    clock.enter(limit, phase::resolve);
    const interrupter::scope scope(stop, [state] { state->wake.cancel(); });
    state->resolver.async_resolve(
        host.host, std::to_string(host.port),
        [state](boost::system::error_code error, asio::ip::tcp::resolver::results_type found) {
            state->error = error;
            for (const auto& entry : found)
                state->endpoints.push_back(entry.endpoint());
            state->finished = true;
            state->wake.cancel();
        });
    if (stop.reason() == errc::ok)
        co_await state->wake.async_wait(no_throw);
    if (stop.reason() != errc::ok)
        co_return step{stop.reason(), phase::resolve, {}, {}};
    if (!state->finished)
        co_return step{expired, phase::resolve, "Host `" + host.host + "`.", {}};
    if (state->error || state->endpoints.empty())
        co_return failure(phase::resolve, state->error, "Host `" + host.host + "`.");
    endpoints_ = state->endpoints;
    co_return step{};
}

AISTUDIO_DECL asio::awaitable<step> connection::connect(attempt_clock& clock) {
    clock.enter(limit_, phase::connect);
    boost::system::error_code error = asio::error::host_not_found;
    for (const auto& endpoint : endpoints_) {
        if (aborted_ != errc::ok)
            break;
        boost::system::error_code ignored;
        socket_.close(ignored);
        std::tie(error) = co_await socket_.async_connect(endpoint, no_throw);
        if (!error)
            break;
    }
    if (error || aborted_ != errc::ok)
        co_return failure(phase::connect, error);
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    co_return step{};
}

AISTUDIO_DECL asio::awaitable<step> connection::ask_proxy(const route& where,
                                                          attempt_clock& clock) {
    clock.enter(limit_, phase::connect);
    const std::string host = where.target.authority();
    const std::string ask = "CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n" +
                            proxy_credentials(*where.proxy) + "\r\n";
    auto [write_error, written] = co_await asio::async_write(socket_, asio::buffer(ask), no_throw);
    if (write_error)
        co_return failure(phase::connect, write_error);
    http::response_parser<http::empty_body> parser;
    parser.skip(true);
    auto [read_error, got] = co_await http::async_read_header(socket_, buffer_, parser, no_throw);
    if (read_error) {
        step s = failure(phase::connect, read_error);
        if (aborted_ == errc::ok)
            s.code = errc::proxy_failed;
        co_return s;
    }
    if (const int status = static_cast<int>(parser.get().result_int()); status != 200)
        co_return step{errc::proxy_failed,
                       phase::connect,
                       "The proxy answered CONNECT with HTTP " + std::to_string(status) + ".",
                       {}};
    if (buffer_.size() != 0)
        co_return step{errc::proxy_failed,
                       phase::connect,
                       "The proxy sent more than its answer to CONNECT.",
                       {}};
    co_return step{};
}

AISTUDIO_DECL asio::awaitable<step> connection::shake_hands(const std::string& host,
                                                            asio::ssl::context& tls, bool verify,
                                                            attempt_clock& clock) {
    clock.enter(limit_, phase::tls);
    tls_.emplace(socket_, tls);
    boost::system::error_code literal_error;
    [[maybe_unused]] const auto literal = asio::ip::make_address(host, literal_error);
    if (literal_error)
        SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str()); // SNI carries names only
    if (verify)
        tls_->set_verify_callback(asio::ssl::host_name_verification(host));
    auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, no_throw);
    if (!error)
        co_return step{};
    std::string detail = "Host `" + host + "`";
    const long why = SSL_get_verify_result(tls_->native_handle());
    if (verify && why != X509_V_OK)
        detail += std::string(": ") + X509_verify_cert_error_string(why);
    co_return failure(phase::tls, error, detail + ".");
}

AISTUDIO_DECL void connection::write_head(const http_request& request, const route& where) {
    url address = where.target;
    address.target = request.address.target;
    head_.clear();
    append_request_head(head_, request.method, address, where.proxy);
    for (const auto& header : request.headers)
        head_.append(header.name).append(": ").append(header.value).append("\r\n");
    if (sends_content_length(request)) {
        const std::uint64_t size = request.source ? request.source->size() : request.body.size();
        head_.append("Content-Length: ").append(std::to_string(size)).append("\r\n");
    }
    head_.append("\r\n");
}

/// The limit holds between two pieces that the server takes, however long the whole is.
template <class Stream, class Buffers>
asio::awaitable<step> connection::write_all(Stream& stream, const Buffers& buffers,
                                            attempt_clock& clock, attempt_result& out) {
    boost::beast::buffers_suffix<Buffers> left(buffers);
    while (boost::beast::buffer_bytes(left) > 0) {
        clock.enter(limit_, phase::write);
        auto [error, written] = co_await stream.async_write_some(left, no_throw);
        out.sent = out.sent || written > 0;
        if (error)
            co_return failure(phase::write, error);
        left.consume(written);
    }
    co_return step{};
}

template <class Stream>
asio::awaitable<step> connection::send_source(Stream& stream, body_source& source,
                                              attempt_clock& clock, attempt_result& out) {
    for (std::uint64_t left = source.size(); left > 0;) {
        const auto got =
            source.read(static_cast<std::size_t>(std::min<std::uint64_t>(transfer_chunk, left)));
        if (!got)
            co_return step{got.error().code, phase::write, got.error().detail, got.error().cause};
        if (got->empty())
            co_return step{errc::file_unreadable,
                           phase::write,
                           "The file became shorter while it was sent.",
                           {}};
        const step s = co_await write_all(stream, asio::buffer(*got), clock, out);
        if (!s.ok())
            co_return s;
        left -= got->size();
    }
    co_return step{};
}

template <class Stream>
asio::awaitable<step> connection::send(Stream& stream, const http_request& request,
                                       attempt_clock& clock, attempt_result& out) {
    if (request.source) {
        if (auto ready = request.source->rewind(); !ready)
            co_return step{ready.error().code, phase::write, ready.error().detail, {}};
    }
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(head_), asio::buffer(request.body)};
    const step s = co_await write_all(stream, pieces, clock, out);
    if (!s.ok() || !request.source)
        co_return s;
    co_return co_await send_source(stream, *request.source, clock, out);
}

template <class Stream, class Parser>
asio::awaitable<step> connection::receive_body(Stream& stream, Parser& parser,
                                               attempt_clock& clock) {
    while (!parser.is_done()) {
        clock.enter(limit_, phase::body);
        auto [error, got] = co_await http::async_read_some(stream, buffer_, parser, no_throw);
        if (error)
            co_return failure(phase::body, error);
    }
    co_return step{};
}

AISTUDIO_DECL bool connection::enter_body(const body_sink& sink, attempt_clock& clock) {
    const bool satisfied = sink.satisfied();
    satisfied ? clock.linger(limit_, phase::body, end_patience) : clock.enter(limit_, phase::body);
    return satisfied;
}

inline step not_stored(const problem& why) {
    return {why.code, phase::store, why.detail, why.cause};
}

template <class Stream, class Parser>
asio::awaitable<step> connection::receive_into(Stream& stream, Parser& head,
                                               const http_response& answer, body_sink& sink,
                                               attempt_clock& clock, bool& whole) {
    const auto length = head.content_length();
    if (auto ready = sink.begin(answer, length ? static_cast<std::int64_t>(*length) : -1); !ready)
        co_return not_stored(ready.error());
    if (length && !head.chunked()) {
        std::uint64_t left = head.is_done() ? 0 : *length;
        const step s = co_await receive_known(stream, left, sink, clock);
        whole = left == 0;
        co_return s;
    }
    http::response_parser<http::buffer_body> parser(std::move(head));
    const step s = co_await receive_parsed(stream, parser, sink, clock);
    whole = parser.is_done() && parser.keep_alive();
    co_return s;
}

template <class Stream, class Parser>
asio::awaitable<step> connection::receive_parsed(Stream& stream, Parser& parser, body_sink& sink,
                                                 attempt_clock& clock) {
    std::string chunk(transfer_chunk, '\0');
    buffer_.reserve(
        transfer_chunk); // Beast reads as much as fits without growing, at least 512 bytes
    while (!parser.is_done()) {
        parser.get().body().data = chunk.data();
        parser.get().body().size = chunk.size();
        const bool satisfied = enter_body(sink, clock);
        auto [error, got] = co_await http::async_read_some(stream, buffer_, parser, no_throw);
        if (error && error != http::error::need_buffer)
            co_return satisfied ? step{} : failure(phase::body, error);
        const std::size_t size = chunk.size() - parser.get().body().size;
        if (auto taken = sink.write({chunk.data(), size}); !taken)
            co_return not_stored(taken.error());
    }
    co_return step{};
}

template <class Stream>
asio::awaitable<step> connection::receive_known(Stream& stream, std::uint64_t& left,
                                                body_sink& sink, attempt_clock& clock) {
    std::string chunk;
    while (left > 0) {
        auto room = sink.room();
        if (room.empty()) {
            chunk.resize(transfer_chunk);
            room = chunk;
        }
        room = room.first(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left)));
        std::size_t size = asio::buffer_copy(asio::buffer(room), buffer_.data());
        buffer_.consume(size); // came with the head
        if (size == 0) {
            const bool satisfied = enter_body(sink, clock);
            auto [error, got] = co_await stream.async_read_some(asio::buffer(room), no_throw);
            if (error)
                co_return satisfied ? step{} : failure(phase::body, error);
            size = got;
        }
        left -= size;
        if (auto taken = sink.write({room.data(), size}); !taken)
            co_return not_stored(taken.error());
    }
    co_return step{};
}

template <class Fields>
std::vector<http_header> copy_headers(const Fields& fields) {
    std::vector<http_header> out;
    for (const auto& field : fields)
        out.push_back({std::string(field.name_string()), std::string(field.value())});
    return out;
}

template <class Stream>
asio::awaitable<step> connection::receive(Stream& stream, const http_request& request,
                                          attempt_clock& clock, attempt_result& out) {
    std::optional<http::response_parser<http::empty_body>> head;
    clock.enter(limit_, phase::first_byte);
    do { // answers 100 to 199 only announce the real one
        head.emplace();
        head->header_limit(max_header_bytes);
        head->body_limit(boost::none);
        if (request.method == "HEAD")
            head->skip(true);
        auto [error, got] = co_await http::async_read_header(stream, buffer_, *head, no_throw);
        out.answered = head->got_some();
        if (error)
            co_return failure(phase::first_byte, error);
    } while (head->get().result_int() < 200);
    http_response answer;
    answer.status = static_cast<int>(head->get().result_int());
    answer.headers = copy_headers(head->get());
    bool keep_alive = head->keep_alive();
    step s;
    if (request.method == "HEAD") {
        // no body follows, whatever Content-Length says
    } else if (request.sink && answer.status >= 200 && answer.status < 300) {
        bool whole = false;
        s = co_await receive_into(stream, *head, answer, *request.sink, clock, whole);
        keep_alive = keep_alive && whole;
    } else {
        http::response_parser<http::string_body> parser(std::move(*head));
        parser.body_limit(request.max_response_bytes);
        const auto length = parser.content_length();
        if (length && *length > request.max_response_bytes)
            co_return step{errc::response_too_large, phase::body, {}, {}};
        s = co_await receive_body(stream, parser, clock);
        keep_alive = keep_alive && parser.keep_alive();
        answer.body = std::move(parser.get().body());
    }
    if (!s.ok())
        co_return s;
    out.response = std::move(answer);
    // Bytes after the answer belong to nothing we asked: the connection cannot be trusted any more.
    reusable_ = keep_alive && buffer_.size() == 0;
    co_return step{};
}

template <class Stream>
asio::awaitable<attempt_result> connection::exchange_on(Stream& stream, const http_request& request,
                                                        attempt_clock& clock) {
    attempt_result out;
    out.reused = used();
    reusable_ = false;
    ++requests_;
    step s = co_await send(stream, request, clock, out);
    const bool cut = !s.ok() && s.code == errc::connection_lost && out.sent;
    if (s.ok()) {
        s = co_await receive(stream, request, clock, out);
    } else if (cut) {
        // A server that refuses a body answers and closes while we still write: its answer tells
        // more than the reset.
        const step answered = co_await receive(stream, request, clock, out);
        reusable_ = false;
        if (answered.ok())
            s = answered;
    }
    limit_.clear();
    out.code = s.code;
    out.phase = s.phase;
    out.detail = std::move(s.detail);
    out.cause = s.cause;
    co_return out;
}

AISTUDIO_DECL asio::awaitable<attempt_result> connection::exchange(const http_request& request,
                                                                   const route& where,
                                                                   attempt_clock& clock,
                                                                   interrupter& stop) {
    const interrupter::scope scope(stop, [this, &stop] { abort(stop.reason()); });
    write_head(request, where);
    if (tls_)
        co_return co_await exchange_on(*tls_, request, clock);
    co_return co_await exchange_on(socket_, request, clock);
}

} // namespace aistudio::detail
