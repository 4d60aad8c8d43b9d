#pragma once

#include <aistudio/error.hpp>
#include <aistudio/protocol/url.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio {

struct http_header {
    std::string name;
    std::string value;
};

struct http_response;

/// Body of a request that is read while it is sent.
class body_source {
public:
    virtual ~body_source() = default;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// Starts again from the first byte; called before each attempt.
    [[nodiscard]] virtual result<void> rewind() = 0;
    /// The next bytes, at most `most`, which stay where they are until the next call; none before
    /// `size()` bytes were read is an error of the transfer.
    [[nodiscard]] virtual result<std::string_view> read(std::size_t most) = 0;
};

/// Takes the body of a successful answer (2xx) piece by piece; other answers are kept in memory.
class body_sink {
public:
    virtual ~body_sink() = default;
    /// A new attempt: forget what it wrote. `head` has status and headers of the answer; `length`
    /// is -1 when the server does not tell.
    [[nodiscard]] virtual result<void> begin(const http_response& head, std::int64_t length) = 0;
    /// Memory that a piece may be received in before `write` is called with it; empty: anywhere.
    /// It stays valid until the next call, and until the answer's end. Pieces may also come from
    /// elsewhere.
    [[nodiscard]] virtual std::span<char> room() { return {}; }
    [[nodiscard]] virtual result<void> write(std::string_view piece) = 0;
    /// True when nothing of the answer that may follow matters: its end is waited for only briefly,
    /// so that the connection can be used again, and need not come.
    [[nodiscard]] virtual bool satisfied() const { return false; }
};

/// How the answer tells success.
enum class answer_kind {
    /// `{logId, errorCode, errorMsg, result}`; anything else is not the service.
    envelope,
    /// Prediction: the service's own JSON, with an envelope or without.
    prediction,
    /// Object store and plain downloads: the HTTP status alone.
    plain,
    /// The same, and a redirect is an answer too: its Location tells where to go on.
    redirectable,
    /// Language models: as `plain`, and a 503 that tells when to come back did nothing. The sink
    /// looks for failures that come with a success status.
    generation
};

/// One logical request. The transport adds Host, User-Agent, Content-Length and Connection.
struct http_request {
    std::string method = "GET";
    url address;
    std::vector<http_header> headers;
    std::string body;
    /// Instead of `body`.
    std::shared_ptr<body_source> source;
    /// Takes the answer's body instead of `http_response::body`.
    std::shared_ptr<body_sink> sink;
    answer_kind kind = answer_kind::envelope;
    /// Sending it twice has the effect of sending it once; also true when a key the service honours
    /// is among the headers.
    bool repeatable = false;
    /// In place of the client's limits to the answer's first byte and between two pieces of it;
    /// zero: none.
    std::optional<std::chrono::milliseconds> answer_limit;
    /// One attempt, whatever the retry policy says: who sends it decides about another one.
    bool once = false;
    std::size_t max_response_bytes = std::size_t{64} << 20U;
};

struct http_response {
    int status = 0;
    std::vector<http_header> headers;
    std::string body;

    /// First header of that name, whatever its case; empty when there is none.
    [[nodiscard]] AISTUDIO_DECL std::string_view header(std::string_view name) const noexcept;
};

/// What of an answer tells how a call went: views into memory of somebody else.
struct answer_view {
    int status = 0;
    std::string_view body;
    /// The headers of these names; empty: absent.
    std::string_view retry_after;
    std::string_view date;

    answer_view() = default;
    answer_view(const http_response& r) // NOLINT: a response is as good as its view
        : status(r.status), body(r.body), retry_after(r.header("Retry-After")),
          date(r.header("Date")) {}
};

/// True when the transport sends a Content-Length: the request has a body, or a method that usually
/// has.
[[nodiscard]] AISTUDIO_DECL bool sends_content_length(const http_request& request) noexcept;

/// True when `value` can stand in a header: no control characters, so that nothing can be smuggled
/// in.
[[nodiscard]] AISTUDIO_DECL bool is_header_value(std::string_view value) noexcept;

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/http_message.ipp>
#endif
