#pragma once

#include <aistudio/protocol/repeat.hpp>
#include <aistudio/protocol/retry.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace aistudio {

/// Whether a transfer that was broken off can go on later: nobody said that it never will.
[[nodiscard]] inline bool may_go_on_later(const problem& p) noexcept {
    switch (p.code) {
    case errc::cancelled:
    case errc::client_closed:
    case errc::deadline_exceeded:
    case errc::overloaded:
    case errc::queue_timeout:
    case errc::write_failed: // the disk may have room then
        return true;
    default:
        return may_repeat(p, true);
    }
}

/// How long the pieces of one transfer are tried: failures count from the last time that the
/// transfer as a whole got on. So a line that is cut again and again brings a transfer to its end,
/// and one that is dead ends it soon.
class transfer_patience {
public:
    transfer_patience(retry_policy policy, random_source random)
        : policy_(policy), random_(std::move(random)) {}

    /// The failures of one piece in a row.
    struct tally {
        int failures = 0;
        int refusals = 0; ///< of the right to it
        std::uint64_t at = 0;
    };
    /// Attempts where the user did not say how many: a large part on a bad line needs some.
    static constexpr int default_attempts = 10;

    /// Bytes arrived, or a part was taken.
    void got_on() noexcept { ++progress_; }

    /// How long to wait before the piece is tried again; nullopt: it failed for good.
    [[nodiscard]] std::optional<std::chrono::milliseconds> after(const problem& p, tally& own) {
        begin_anew_if_it_got_on(own);
        if (!may_repeat(p, true) || ++own.failures >= policy_.max_attempts)
            return std::nullopt;
        if (p.retry_after && *p.retry_after > policy_.max_retry_after)
            return std::nullopt;
        const bool throttled = p.code == errc::rate_limited || p.code == errc::service_overloaded;
        const auto base = throttled ? policy_.throttle_base_delay : policy_.base_delay;
        const auto jitter = backoff(policy_, base, own.failures, random_);
        return p.retry_after ? *p.retry_after + jitter : jitter;
    }

    /// The right to it was refused. True once in a row: then it may have expired, and a new one
    /// helps.
    [[nodiscard]] bool worth_renewing(const problem& p, tally& own) {
        if (p.status != 401 && p.status != 403)
            return false;
        begin_anew_if_it_got_on(own);
        return ++own.refusals == 1;
    }

private:
    void begin_anew_if_it_got_on(tally& own) const noexcept {
        if (own.at != progress_)
            own = {0, 0, progress_};
    }

    retry_policy policy_;
    random_source random_;
    std::uint64_t progress_ = 0;
};

} // namespace aistudio
