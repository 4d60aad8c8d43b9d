#pragma once

#include <aistudio/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aistudio {

/// The parts of an http or https address that a request needs.
struct url {
    bool tls = false;
    /// Without brackets for IPv6.
    std::string host;
    std::uint16_t port = 0;
    /// Path and query as sent; starts with `/`.
    std::string target = "/";
    /// `user:password`, percent-decoded; only proxies use it.
    std::string user_info;

    /// Value of the Host header: with brackets for IPv6, with the port only when it is not the
    /// scheme's.
    [[nodiscard]] AISTUDIO_DECL std::string host_header() const;
    /// `host:port`, for CONNECT and the pool's keys.
    [[nodiscard]] AISTUDIO_DECL std::string authority() const;

    friend bool operator==(const url&, const url&) = default;
};

/// True when both name the same scheme, host and port, so that what one may see the other may.
[[nodiscard]] AISTUDIO_DECL bool same_origin(const url& a, const url& b) noexcept;

/// Parses an absolute http or https address. Control characters and blanks are refused, a fragment
/// is dropped.
/// @par Errors  errc::invalid_argument; the text in it is redacted.
[[nodiscard]] AISTUDIO_DECL result<url> parse_url(std::string_view text);

/// `text` with the values of `apiKey`, `authorization` and `token` in queries and any user info
/// replaced by `***`. Works on whole messages too, wherever addresses stand in them.
[[nodiscard]] AISTUDIO_DECL std::string redact(std::string_view text);

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/url.ipp>
#endif
