#pragma once

#include <aistudio/error.hpp>

namespace aistudio {

/// Whether a call that failed may be made again by whoever made it: the failure can pass, and the
/// service has not acted on the call, or acting on it twice does no harm.
[[nodiscard]] AISTUDIO_DECL bool may_repeat(const problem& p, bool idempotent) noexcept;

/// The service, or the way to it, has too much to do: send less for a while.
[[nodiscard]] AISTUDIO_DECL bool is_overload(const problem& p) noexcept;

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/repeat.ipp>
#endif
