#pragma once

#include <aistudio/client_options.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>

namespace aistudio {

/// Returns a number in [0, 1). Handed in, so that tests decide what is random.
using random_source = std::function<double()>;

/// Token bucket over all calls of a client: a retry takes tokens, a retry that succeeds gives them
/// back, a call that succeeds at once adds one. A full outage is met by at most capacity / cost
/// retries.
///
/// @par Thread safety  None; the client uses it on its strand.
class retry_budget {
public:
    explicit retry_budget(retry_budget_options options) noexcept
        : options_(options), tokens_(options.capacity) {}

    /// Tokens the retry took; 0 when the budget is off; -1: not allowed.
    [[nodiscard]] int take(bool after_timeout) noexcept {
        if (options_.capacity <= 0)
            return 0;
        const int cost = after_timeout ? options_.timeout_retry_cost : options_.retry_cost;
        if (tokens_ < cost)
            return -1;
        tokens_ -= cost;
        return cost;
    }
    void give_back(int taken) noexcept { tokens_ = std::min(options_.capacity, tokens_ + taken); }
    void first_try_succeeded() noexcept { give_back(1); }
    [[nodiscard]] int tokens() const noexcept { return tokens_; }

private:
    retry_budget_options options_;
    int tokens_;
};

/// @par Errors  errc::invalid_argument: what a call may not ask for.
[[nodiscard]] inline result<void> check_retry(const std::optional<retry_policy>& policy) {
    if (policy && (policy->max_attempts < 1 || policy->max_attempts > 10))
        return make_problem(errc::invalid_argument, "retry.max_attempts must be 1 to 10.");
    return {};
}

/// Full jitter: a random part of base * 2^(failures - 1), at most `max_delay`. `failures` counts
/// from 1.
inline std::chrono::milliseconds backoff(const retry_policy& policy, std::chrono::milliseconds base,
                                         int failures, const random_source& random) {
    double bound = static_cast<double>(base.count());
    for (int i = 1; i < failures && bound < static_cast<double>(policy.max_delay.count()); ++i)
        bound *= 2;
    bound = std::min(bound, static_cast<double>(policy.max_delay.count()));
    return std::chrono::milliseconds{static_cast<std::chrono::milliseconds::rep>(bound * random())};
}

} // namespace aistudio
