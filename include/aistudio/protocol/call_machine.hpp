#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/protocol/classify.hpp>
#include <aistudio/protocol/http_message.hpp>
#include <aistudio/protocol/retry.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace aistudio {

using time_point = std::chrono::steady_clock::time_point;

/// "No deadline."
inline constexpr time_point never = time_point::max();

/// What came of one attempt: an answer, or why there is none.
struct attempt_result {
    /// Complete, whatever its status.
    std::optional<http_response> response;
    /// Why there is no answer.
    errc code = errc::connection_lost;
    /// Where it failed.
    aistudio::phase phase = phase::none;
    /// Some byte of the request may have reached the server.
    bool sent = false;
    /// Some byte of an answer arrived.
    bool answered = false;
    /// The connection had carried a request before.
    bool reused = false;
    /// What to tell, redacted; may be empty.
    std::string detail;
    boost::system::error_code cause;
};

/// One logical call, any number of attempts. Does no I/O and reads no clock: it is told what
/// happened and when, and says what to do next.
///
/// A request is sent again only when that cannot repeat an effect: it is repeatable, or nothing of
/// it was sent, or the service says that it did not execute it. The outcome covers all attempts:
/// one that ended `unknown` makes the whole call `unknown` unless a later attempt succeeds.
class call_machine {
public:
    /// Send the request now; the attempt must end by `deadline`.
    struct send {
        time_point deadline;
        /// Do not take an idle connection.
        bool fresh_connection = false;
    };
    /// Wait until `until`, then call `resume`.
    struct sleep {
        time_point until;
    };
    /// It is over: the answer given last is the call's, or this is why it failed.
    struct done {
        result<void> outcome;
    };
    using action = std::variant<send, sleep, done>;

    struct settings {
        answer_kind kind = answer_kind::envelope;
        bool repeatable = false;
        retry_policy retry;
        time_point deadline = never;
    };

    call_machine(settings s, retry_budget& budget, random_source random)
        : settings_(std::move(s)), budget_(&budget), random_(std::move(random)) {}

    /// The first action.
    [[nodiscard]] AISTUDIO_DECL action start(time_point now);
    /// After an attempt that was answered.
    [[nodiscard]] AISTUDIO_DECL action resume(const answer_view& answer, time_point now);
    /// After an attempt, answered or not.
    [[nodiscard]] AISTUDIO_DECL action resume(const attempt_result& attempt, time_point now);
    /// After a sleep.
    [[nodiscard]] AISTUDIO_DECL action resume(time_point now);

    /// The caller does not want to wait any longer; only during a sleep.
    [[nodiscard]] AISTUDIO_DECL action interrupted(errc why);

    [[nodiscard]] int attempts() const noexcept { return attempts_; }

private:
    AISTUDIO_DECL action on_no_answer(const attempt_result& attempt, time_point now);
    AISTUDIO_DECL action retry_or_finish(problem p, bool allowed, bool throttled, time_point now);
    AISTUDIO_DECL std::chrono::milliseconds delay(const problem& p, bool throttled) const;
    AISTUDIO_DECL action send_again(bool fresh);
    AISTUDIO_DECL action finish(problem p);

    settings settings_;
    retry_budget* budget_;
    random_source random_;
    int attempts_ = 0;
    int failures_ = 0; // attempts that count against retry_policy::max_attempts
    int tokens_taken_ = 0;
    bool replayed_ = false;       // the one repetition after a stale connection was used
    bool maybe_effect_ = false;   // an attempt ended without an answer after it was sent
    bool maybe_executed_ = false; // an attempt was answered without saying that it had no effect
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/call_machine.ipp>
#endif
