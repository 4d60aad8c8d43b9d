#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/protocol/url.hpp>

#include <optional>

namespace aistudio {

/// True when `target` names this machine: `localhost`, a name below it, or a loopback address.
[[nodiscard]] AISTUDIO_DECL bool is_loopback(const url& target);

/// Which proxy a request to `target` goes through; nullopt: none.
///
/// Explicit options win over the environment. `NO_PROXY` entries are host names (`example.com` also
/// covers `a.example.com`; a leading dot is ignored), addresses, CIDR ranges, or `*`, each with an
/// optional `:port`. Loopback addresses and `localhost` are always reached directly, so that a
/// local studio works behind any proxy setting.
/// @par Errors  errc::invalid_configuration for a proxy address that is not http.
[[nodiscard]] AISTUDIO_DECL result<std::optional<url>>
find_proxy(const proxy_options& options, const environment& env, const url& target);

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/proxy.ipp>
#endif
