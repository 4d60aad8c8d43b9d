#pragma once

#include "local/clock.hpp"

#include <aistudio/types/service.hpp>

#include <chrono>
#include <optional>

namespace aistudio::local::domain {

/// Time without a call after which a service pauses by itself (platform documentation).
inline constexpr std::chrono::hours sandbox_patience{24};
inline constexpr std::chrono::hours online_patience{24 * 14};

/// Where a prediction service is in its life. Knows no clock: each change is told the time. What is
/// not allowed is refused (409) and changes nothing; what is so already changes nothing either.
class service_life {
public:
    service_state state = service_state::draft;
    /// Of a paused service: what it is when the pause ends.
    service_state resumes_as = service_state::unknown;
    /// From when on the time without a call counts.
    timestamp idle_since{};

    /// True while calls are answered.
    [[nodiscard]] bool runs() const noexcept {
        return state == service_state::sandbox || state == service_state::online;
    }
    /// When it pauses if no call comes.
    [[nodiscard]] std::optional<timestamp> pauses_at() const;

    /// Refuses to change what is no draft.
    void check_draft() const;
    void make_sandbox(timestamp now);
    /// Refuses what cannot be deployed now.
    void check_deployable() const;
    void deploy(timestamp now);
    /// Another service went online in its place.
    void give_way(timestamp now);
    void pause();
    void resume(timestamp now);
    void called(timestamp now);
    /// Pauses it if no call came for too long; true when it did. A clock that was set back shortens
    /// no one's patience and prolongs it by no more than it was set back.
    bool pause_if_idle(timestamp now);
};

} // namespace aistudio::local::domain
