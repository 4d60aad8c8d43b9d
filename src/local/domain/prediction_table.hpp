#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/secret.hpp>
#include <aistudio/types/timestamp.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aistudio::local::domain {

/// When a service was called, noted by the calls themselves; times as `to_ms` gives them.
struct call_mark {
    std::atomic<std::int64_t> called_at{0};
    std::atomic<std::int64_t> idle_since{0};

    void called(std::int64_t now) noexcept {
        called_at.store(now, std::memory_order_relaxed);
        idle_since.store(now, std::memory_order_relaxed);
    }
};

/// A key from before a rotation.
struct old_key {
    secret key;
    timestamp valid_until;
};

/// Whom a prediction address belongs to. Kept in memory, so that a call costs no look-up in the
/// database.
/// @par Thread safety  All members: safe.
class prediction_table {
public:
    struct entry {
        secret key;
        bool running = false;
        /// The service that answers; another number than the address's after a second deployment.
        service_id served_by;
        std::vector<old_key> old_keys{};
        /// Null: calls are not noted, and the service does not pause.
        std::shared_ptr<call_mark> mark{};
        std::chrono::milliseconds patience{0};

        /// @param now  as `note_time` gives it.
        [[nodiscard]] bool accepts(std::string_view given, timestamp now) const;
        /// Notes a call. False when none came for too long, so that the service is to pause.
        [[nodiscard]] bool note_call(timestamp now) const;
    };
    void set(std::int64_t address, entry e);
    void erase(std::int64_t address);
    [[nodiscard]] std::shared_ptr<const entry> find(std::int64_t address) const;

    /// Takes note of the clock's time and gives the latest one that was noted. That is later than
    /// `now` when the clock was set back, until `set_back` is told that the entries follow it.
    timestamp note_time(timestamp now) noexcept;
    void set_back(timestamp now) noexcept;

private:
    std::atomic<std::int64_t> latest_{0};
    mutable std::shared_mutex mutex_;
    std::unordered_map<std::int64_t, std::shared_ptr<const entry>> entries_;
};

} // namespace aistudio::local::domain
