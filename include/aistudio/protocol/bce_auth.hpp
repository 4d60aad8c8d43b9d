#pragma once

#include <aistudio/error.hpp>
#include <aistudio/types/secret.hpp>
#include <aistudio/types/timestamp.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// bce-auth-v1, the signature of the object store: who signs proves to hold the secret key without
/// sending it, and the store sees that method, path, query and the signed headers arrived as they
/// were sent. Pure functions.

namespace aistudio {

/// Names and values of a query, decoded, in any order.
using query_parameters = std::vector<std::pair<std::string, std::string>>;

/// What of a request is signed. Views: they must outlive the call they are passed to.
struct bce_request {
    /// Upper case.
    std::string_view method;
    /// Path and query as sent, percent-encoded.
    std::string_view target;
    /// Headers as sent, `Host` and `Content-Length` among them; those that are never signed may be
    /// there too.
    std::vector<std::pair<std::string_view, std::string_view>> headers;
};

/// A pair of keys, permanent or from a grant.
struct bce_credentials {
    /// Sent with every signature.
    secret access_key_id;
    /// Never sent.
    secret secret_key;
};

/// An `Authorization` text taken apart.
struct bce_authorization {
    std::string access_key_id;
    /// When it was signed.
    timestamp signed_at;
    /// How long it holds from then on; at least one second.
    std::chrono::seconds valid_for{};
    /// Lower-case names; empty: `Host`, `Content-Length`, `Content-Type`, `Content-MD5` and every
    /// `x-bce-`, as present.
    std::vector<std::string> signed_headers;
    /// 64 lower-case hex digits.
    std::string signature;

    [[nodiscard]] bool expired(timestamp now) const noexcept { return now > signed_at + valid_for; }
};

/// Percent-encodes the UTF-8 bytes of `text` but letters, digits and `.~-_`; with `keep_slash` also
/// `/` stays: for paths.
[[nodiscard]] AISTUDIO_DECL std::string uri_encode(std::string_view text, bool keep_slash);

/// The query as it is signed, which is also how to send it: encoded, sorted by bytes, joined by
/// `&`.
[[nodiscard]] AISTUDIO_DECL std::string canonical_query(const query_parameters& parameters);

/// The names and values of `query` (what follows the `?`). A `+` is a plus; an escape that is none
/// stays as it is.
[[nodiscard]] AISTUDIO_DECL query_parameters parse_query(std::string_view query);

/// The bytes that are signed: method, path, query and headers, a line each. Holds the values of
/// signed headers, so the session token too: not for logs.
[[nodiscard]] AISTUDIO_DECL std::string
canonical_request(const bce_request& request, const std::vector<std::string>& signed_headers);

/// The value of `Authorization` for `request`, valid from `now` for `valid_for` (whole seconds, at
/// least 1). `signed_headers` are lower-case names; empty: the default set of
/// `bce_authorization::signed_headers`.
[[nodiscard]] AISTUDIO_DECL std::string
sign(const bce_request& request, const bce_credentials& credentials, timestamp now,
     std::chrono::seconds valid_for = std::chrono::seconds{1800},
     const std::vector<std::string>& signed_headers = {});

/// The target of `request` with `authorization=` in its query: an address that works without
/// further headers. Only `Host` is signed, so that any client can use it. The address is as secret
/// as what it opens.
[[nodiscard]] AISTUDIO_DECL std::string presign(const bce_request& request,
                                                const bce_credentials& credentials, timestamp now,
                                                std::chrono::seconds valid_for);

/// @par Errors  errc::unauthorized, saying which part is not as it should be.
[[nodiscard]] AISTUDIO_DECL result<bce_authorization> parse_authorization(std::string_view text);

/// Checks a signature. The parameter `authorization` of the query does not count among what was
/// signed.
/// @par Errors  errc::unauthorized: expired, or not what `secret_key` would have signed; the
/// message says which.
[[nodiscard]] AISTUDIO_DECL result<void> verify(const bce_request& request,
                                                const bce_authorization& authorization,
                                                const secret& secret_key, timestamp now);

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/bce_auth.ipp>
#endif
