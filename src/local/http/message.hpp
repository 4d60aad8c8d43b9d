#pragma once

#include "local/store/files.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio::local::http {

using verb = boost::beast::http::verb;
/// Method, target and headers of a request.
using request_head = boost::beast::http::request_header<>;

inline std::string_view view(boost::beast::string_view s) { return {s.data(), s.size()}; }
/// The value of a header; empty when it is not there.
inline std::string_view header(const request_head& head, std::string_view name) {
    return view(head[boost::beast::string_view(name.data(), name.size())]);
}

/// Part of a file, sent as it is.
struct file_part {
    store::open_file file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// How an answer is sent badly, on purpose.
struct bad_manners {
    /// Nothing is sent; the connection stays until the client closes it.
    bool silent = false;
    /// The connection is reset after so many bytes of the answer, its head included.
    std::optional<std::uint64_t> reset_after;
    /// Before each byte of the body.
    std::chrono::milliseconds pause{};
    /// Bytes that Content-Length promises beside those of the body; then the connection ends.
    std::uint64_t missing = 0;
};

/// A body that is made while it is sent, in chunks. On the I/O thread.
class body_source {
public:
    body_source() = default;
    body_source(const body_source&) = delete;
    body_source& operator=(const body_source&) = delete;
    virtual ~body_source() = default;

    /// The next piece; empty at the end. Destroyed before the end when the client has gone.
    virtual boost::asio::awaitable<std::string> next() = 0;
};

/// What is sent back.
struct response {
    unsigned status = 200;
    std::string content_type = "application/json; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    /// Sent in place of `body`.
    std::optional<file_part> file;
    /// Sent in place of `body`.
    std::shared_ptr<body_source> source;
    /// Set for answers without a body: the length that a GET would have.
    std::optional<std::uint64_t> length_only;
    /// Close the connection after it.
    bool close = false;
    std::optional<bad_manners> manners;
};

/// The answering of one request. Made when the head is there; the body follows piece by piece.
/// All members are called on the I/O thread, one at a time.
class exchange {
public:
    exchange() = default;
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;
    virtual ~exchange() = default;

    /// Most bytes of body that are taken.
    [[nodiscard]] virtual std::uint64_t body_limit() const = 0;
    /// True when the body goes to `take` in pieces instead of to `answer` as a whole.
    [[nodiscard]] virtual bool streams() const { return false; }
    /// A refusal that needs no body; asked before the body is read.
    [[nodiscard]] virtual std::optional<response> refuse_early() { return std::nullopt; }
    /// Takes a piece of a streamed body.
    virtual boost::asio::awaitable<void> take(std::string_view piece);
    /// The answer. Failures become answers too.
    virtual boost::asio::awaitable<response> answer(std::string body) = 0;
    /// The answer to a request that breaks off because of `code`, a `service_code`.
    [[nodiscard]] virtual response failed(std::int64_t code, std::string message) = 0;
};

/// What stands behind the server.
class application {
public:
    virtual ~application() = default;
    [[nodiscard]] virtual std::unique_ptr<exchange> begin(const request_head& head) = 0;
    /// The answer to bytes that are no HTTP request.
    [[nodiscard]] virtual response malformed(std::string why) = 0;
    /// True when a connection that begins with TLS, which nobody speaks here, gets no answer at
    /// all.
    [[nodiscard]] virtual bool ignores_tls() { return false; }
};

/// An application beside the studio's own, for the paths below one prefix. A program carries what
/// makes it only when it asks for it.
class guest {
public:
    virtual ~guest() = default;
    [[nodiscard]] virtual std::unique_ptr<exchange> begin(const request_head& head) = 0;
    /// Ends what is going on; the exchanges then come to their end.
    virtual void stop() = 0;
};

} // namespace aistudio::local::http
