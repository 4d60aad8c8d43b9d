#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/secret.hpp>

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

namespace aistudio::local::domain {

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
    };
    void set(std::int64_t address, entry e);
    void erase(std::int64_t address);
    [[nodiscard]] std::shared_ptr<const entry> find(std::int64_t address) const;

private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<std::int64_t, std::shared_ptr<const entry>> entries_;
};

} // namespace aistudio::local::domain
