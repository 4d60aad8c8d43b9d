#pragma once

#include <aistudio/error.hpp>
#include <aistudio/protocol/http_message.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace aistudio {

/// What an answer means.
struct verdict {
    /// errc::ok: the call succeeded.
    problem what;
    /// Trying again later may help.
    bool transient = false;
    /// The service says it did not execute the call.
    bool not_executed = false;

    [[nodiscard]] bool ok() const noexcept { return what.code == errc::ok; }
};

/// Statuses with a Location at which the same GET can be made.
[[nodiscard]] constexpr bool is_redirect(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Tells success from failure by status and body. AI Studio reports overload in ways of its own:
/// errorCode 10010 with HTTP 400 or 503, 12002, and failure text with HTTP 200; the body counts
/// before the status.
[[nodiscard]] AISTUDIO_DECL verdict classify(const answer_view& answer, answer_kind kind);

/// What a JSON text says went wrong, whatever its status: `{"error": ...}` as language models have
/// it, or an envelope with an errorCode. Nullopt: nothing.
[[nodiscard]] AISTUDIO_DECL std::optional<problem> failure_in(std::string_view json);

/// Milliseconds of a Retry-After header: seconds, or an HTTP date counted from the answer's own
/// Date header.
[[nodiscard]] AISTUDIO_DECL std::optional<std::chrono::milliseconds>
retry_after(const answer_view& answer);

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/classify.ipp>
#endif
