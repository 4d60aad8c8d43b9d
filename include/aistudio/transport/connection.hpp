#pragma once

#include <aistudio/error.hpp>
#include <aistudio/protocol/url.hpp>
#include <aistudio/transport/stream_driver.hpp>
#include <aistudio/transport/transport.hpp>
#include <aistudio/transport/watchdog.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aistudio::detail {

/// How a step of an attempt ended.
struct step {
    errc code = errc::ok;
    aistudio::phase phase = aistudio::phase::none;
    std::string detail;
    boost::system::error_code cause;

    [[nodiscard]] bool ok() const noexcept { return code == errc::ok; }
};

/// An attempt that ended so.
inline attempt_result failed_attempt(const step& s) {
    attempt_result out;
    out.code = s.code;
    out.phase = s.phase;
    out.detail = s.detail;
    out.cause = s.cause;
    return out;
}

/// Where to connect and what to speak there.
struct route {
    url target;
    std::optional<url> proxy;
    /// Distinguishes pools: two requests with equal keys can share connections.
    [[nodiscard]] std::string key() const {
        return (target.tls ? "https " : "http ") + target.authority() +
               (proxy ? " via " + proxy->authority() : std::string{});
    }
    [[nodiscard]] const url& first_hop() const noexcept { return proxy ? *proxy : target; }
};

/// The limits of one attempt, as points in time: a phase ends at its own limit or at the deadline,
/// whichever is earlier.
class attempt_clock {
public:
    attempt_clock(const time_limits& limits, time_point deadline)
        : limits_(&limits), deadline_(deadline) {}
    /// Starts phase `p` now.
    AISTUDIO_DECL void enter(watchdog::limit& limit, aistudio::phase p);
    /// Goes on with phase `p`, for at most `brief`.
    AISTUDIO_DECL void linger(watchdog::limit& limit, aistudio::phase p,
                              std::chrono::milliseconds brief);
    [[nodiscard]] aistudio::phase phase() const noexcept { return phase_; }

private:
    const time_limits* limits_;
    time_point deadline_;
    aistudio::phase phase_ = aistudio::phase::none;
};

/// One TCP connection, with TLS or without. Not opened again after it was closed.
///
/// @par Thread safety  None; used on one strand.
class connection {
public:
    connection(const boost::asio::any_io_executor& strand, std::shared_ptr<watchdog> dog)
        : socket_(strand), dog_(std::move(dog)), limit_(*dog_, [this](errc why) { abort(why); }) {}
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Resolves, connects, asks the proxy and shakes hands, as `where` says.
    [[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<step> open(const route& where,
                                                                  boost::asio::ssl::context* tls,
                                                                  bool verify, attempt_clock& clock,
                                                                  interrupter& stop);
    /// The same without TLS: up to where the first byte for the server can be sent.
    [[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<step>
    open_socket(const route& where, attempt_clock& clock, interrupter& stop);
    /// Gives the open socket away; none where the system cannot.
    [[nodiscard]] AISTUDIO_DECL native_socket release_socket();
    /// Sends `request` and reads the whole answer.
    [[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<attempt_result>
    exchange(const http_request& request, const route& where, attempt_clock& clock,
             interrupter& stop);
    /// False when the server has closed it, or sent something nobody asked for.
    [[nodiscard]] AISTUDIO_DECL bool is_alive();
    /// True when another request can follow.
    [[nodiscard]] bool reusable() const noexcept { return reusable_; }
    [[nodiscard]] bool used() const noexcept { return requests_ > 0; }

    /// Ends what is pending on the connection with `why`.
    AISTUDIO_DECL void abort(errc why);

private:
    [[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<step>
    resolve(const url& host, attempt_clock& clock, interrupter& stop);
    [[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<step> connect(attempt_clock& clock);
    [[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<step> ask_proxy(const route& where,
                                                                       attempt_clock& clock);
    [[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<step>
    shake_hands(const std::string& host, boost::asio::ssl::context& tls, bool verify,
                attempt_clock& clock);
    template <class Stream>
    boost::asio::awaitable<step> send(Stream& stream, const http_request& request,
                                      attempt_clock& clock, attempt_result& out);
    template <class Stream, class Buffers>
    boost::asio::awaitable<step> write_all(Stream& stream, const Buffers& buffers,
                                           attempt_clock& clock, attempt_result& out);
    template <class Stream>
    boost::asio::awaitable<step> send_source(Stream& stream, body_source& source,
                                             attempt_clock& clock, attempt_result& out);
    template <class Stream>
    boost::asio::awaitable<step> receive(Stream& stream, const http_request& request,
                                         attempt_clock& clock, attempt_result& out);
    template <class Stream, class Parser>
    boost::asio::awaitable<step> receive_body(Stream& stream, Parser& parser, attempt_clock& clock);
    /// `whole` tells in the end whether another answer can follow.
    template <class Stream, class Parser>
    boost::asio::awaitable<step> receive_into(Stream& stream, Parser& head,
                                              const http_response& answer, body_sink& sink,
                                              attempt_clock& clock, bool& whole);
    template <class Stream, class Parser>
    boost::asio::awaitable<step> receive_parsed(Stream& stream, Parser& parser, body_sink& sink,
                                                attempt_clock& clock);
    /// A body of known length: straight into the sink's memory, where Beast would copy it.
    /// `left` tells in the end what did not come.
    template <class Stream>
    boost::asio::awaitable<step> receive_known(Stream& stream, std::uint64_t& left, body_sink& sink,
                                               attempt_clock& clock);
    /// The wait for the next piece begins; true when the sink needs none.
    AISTUDIO_DECL bool enter_body(const body_sink& sink, attempt_clock& clock);
    template <class Stream>
    boost::asio::awaitable<attempt_result> exchange_on(Stream& stream, const http_request& request,
                                                       attempt_clock& clock);

    AISTUDIO_DECL void write_head(const http_request& request, const route& where);
    /// What went wrong: the reason given to `abort`, else what `error` says in this phase.
    [[nodiscard]] AISTUDIO_DECL step failure(aistudio::phase where, boost::system::error_code error,
                                             std::string detail = {}) const;

    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
    std::shared_ptr<watchdog> dog_;
    watchdog::limit limit_;
    boost::beast::flat_buffer buffer_;
    std::string head_;
    std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
    errc aborted_ = errc::ok;
    bool reusable_ = false;
    std::size_t requests_ = 0;
};

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/connection.ipp>
#endif
