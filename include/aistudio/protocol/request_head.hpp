#pragma once

#include <aistudio/detail/config.hpp>
#include <aistudio/protocol/url.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace aistudio::detail {

/// Appends what every request begins with: request line, Host, User-Agent, and what a proxy of a
/// plain request needs.
AISTUDIO_DECL void append_request_head(std::string& out, std::string_view method,
                                       const url& address, const std::optional<url>& proxy);
/// The header line that a proxy wants, with its line end; empty when it wants none.
[[nodiscard]] AISTUDIO_DECL std::string proxy_credentials(const url& proxy);

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/request_head.ipp>
#endif
