#pragma once

#include <aistudio/detail/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace aistudio {

/// Second copies of slow calls. The first answer wins, the other copy is cancelled.
struct hedge_options {
    /// Calls slower than this percentage of the latest ones get a second copy; above 0, below 100.
    double percentile = 95;
    /// Copies at most, as a part of all calls: 0.02 is two in a hundred. Never passed.
    double budget = 0.02;
    /// No copy is sent sooner.
    std::chrono::microseconds min_delay{500};
};

/// Says when a call is late enough for a second copy and whether one may still be sent.
///
/// @par Thread safety  One thread at a time.
class AISTUDIO_API hedge_policy {
public:
    using duration = std::chrono::nanoseconds;
    /// Answers it must have seen before the first copy.
    static constexpr std::size_t min_samples = 50;

    explicit hedge_policy(hedge_options options) : options_(options) {}

    /// A call (not a copy) is sent. Returns after what time without an answer a copy may follow;
    /// nullopt: too little is known yet.
    [[nodiscard]] AISTUDIO_DECL std::optional<duration> sent() noexcept;
    /// A call was answered after this time.
    AISTUDIO_DECL void answered(duration latency);
    /// Takes a copy out of the budget; false: it is used up.
    [[nodiscard]] AISTUDIO_DECL bool take() noexcept;

    [[nodiscard]] std::uint64_t copies() const noexcept { return copies_; }

private:
    AISTUDIO_DECL void learn();

    hedge_options options_;
    std::vector<duration> recent_; // a ring once it is full
    std::size_t next_ = 0;
    std::size_t since_learnt_ = 0;
    std::optional<duration> delay_;
    std::uint64_t calls_ = 0;
    std::uint64_t copies_ = 0;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/hedge_policy.ipp>
#endif
