#pragma once

#include <aistudio/protocol/call_machine.hpp>

namespace aistudio {
namespace detail {

/// Failures without an answer that another attempt may mend.
constexpr bool may_pass(errc code) noexcept {
    switch (code) {
    case errc::resolve_failed:
    case errc::resolve_timeout:
    case errc::connect_failed:
    case errc::connect_timeout:
    case errc::tls_timeout:
    case errc::proxy_failed:
    case errc::connection_lost:
    case errc::write_timeout:
    case errc::first_byte_timeout:
    case errc::body_timeout:
        return true;
    default:
        return false;
    }
}

constexpr bool is_timeout(errc code) noexcept {
    return code >= errc::queue_timeout && code <= errc::deadline_exceeded;
}

} // namespace detail

AISTUDIO_DECL call_machine::action call_machine::start(time_point now) {
    if (now >= settings_.deadline)
        return finish(make_problem(errc::deadline_exceeded,
                                   "The deadline had passed before the call began."));
    return send_again(false);
}

AISTUDIO_DECL call_machine::action call_machine::resume(time_point) { return send_again(false); }

AISTUDIO_DECL call_machine::action call_machine::interrupted(errc why) {
    return finish(make_problem(why, {}, phase::queue));
}

AISTUDIO_DECL call_machine::action call_machine::resume(const attempt_result& attempt,
                                                        time_point now) {
    if (attempt.response)
        return resume(answer_view(*attempt.response), now);
    return on_no_answer(attempt, now);
}

AISTUDIO_DECL call_machine::action call_machine::resume(const answer_view& answer, time_point now) {
    verdict v = classify(answer, settings_.kind);
    if (v.ok()) {
        tokens_taken_ > 0 ? budget_->give_back(tokens_taken_) : budget_->first_try_succeeded();
        return done{};
    }
    maybe_executed_ = maybe_executed_ || !v.not_executed;
    const bool throttled =
        v.what.code == errc::rate_limited || v.what.code == errc::service_overloaded;
    const bool allowed = v.transient && (settings_.repeatable || v.not_executed);
    return retry_or_finish(std::move(v.what), allowed, throttled, now);
}

AISTUDIO_DECL call_machine::action call_machine::on_no_answer(const attempt_result& attempt,
                                                              time_point now) {
    problem p = make_problem(attempt.code, attempt.detail, attempt.phase);
    p.cause = attempt.cause;
    p.outcome = attempt.sent ? outcome::unknown : outcome::not_sent;
    maybe_effect_ = maybe_effect_ || attempt.sent;
    const bool safe = settings_.repeatable || !attempt.sent;
    // The server closed an idle connection while our request was on its way: nobody has read it, as
    // far as one can tell. This is ordinary, so it costs neither a wait nor an attempt, but happens
    // only once and only when safe.
    const bool stale = attempt.reused && !attempt.answered && attempt.code == errc::connection_lost;
    if (stale && safe && !replayed_) {
        replayed_ = true;
        return send_again(true);
    }
    return retry_or_finish(std::move(p), safe && detail::may_pass(attempt.code), false, now);
}

AISTUDIO_DECL call_machine::action call_machine::retry_or_finish(problem p, bool allowed,
                                                                 bool throttled, time_point now) {
    ++failures_;
    if (!allowed || failures_ >= settings_.retry.max_attempts)
        return finish(std::move(p));
    if (p.retry_after && *p.retry_after > settings_.retry.max_retry_after)
        return finish(std::move(p));
    const auto wait = delay(p, throttled);
    if (settings_.deadline != never && now + wait >= settings_.deadline)
        return finish(std::move(p));
    const int taken = budget_->take(detail::is_timeout(p.code));
    if (taken < 0)
        return finish(std::move(p));
    tokens_taken_ += taken;
    return sleep{now + wait};
}

AISTUDIO_DECL std::chrono::milliseconds call_machine::delay(const problem& p,
                                                            bool throttled) const {
    const auto base = throttled ? settings_.retry.throttle_base_delay : settings_.retry.base_delay;
    const auto jitter = backoff(settings_.retry, base, failures_, random_);
    return p.retry_after ? *p.retry_after + jitter
                         : jitter; // never earlier than asked, and not all at the same moment
}

AISTUDIO_DECL call_machine::action call_machine::send_again(bool fresh) {
    ++attempts_;
    return send{settings_.deadline, fresh};
}

AISTUDIO_DECL call_machine::action call_machine::finish(problem p) {
    p.attempts = attempts_;
    if (maybe_effect_ || (maybe_executed_ && p.outcome == outcome::not_sent))
        p.outcome = outcome::unknown;
    return done{result<void>(std::move(p))};
}

} // namespace aistudio
