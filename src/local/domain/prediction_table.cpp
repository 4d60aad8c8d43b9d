#include "local/domain/prediction_table.hpp"

#include "local/clock.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace aistudio::local::domain {

bool prediction_table::entry::accepts(std::string_view given, timestamp now) const {
    if (key.equals(given))
        return true;
    return std::any_of(old_keys.begin(), old_keys.end(), [&](const old_key& old) {
        return now < old.valid_until && old.key.equals(given);
    });
}

bool prediction_table::entry::note_call(timestamp now) const {
    if (!mark)
        return true;
    const auto idle_since = from_ms(mark->idle_since.load(std::memory_order_relaxed));
    if (now > idle_since + patience)
        return false;
    mark->called(to_ms(now));
    return true;
}

timestamp prediction_table::note_time(timestamp now) noexcept {
    const auto told = to_ms(now);
    auto latest = latest_.load(std::memory_order_relaxed);
    while (latest < told && !latest_.compare_exchange_weak(latest, told)) {
    }
    return from_ms(std::max(latest, told));
}

void prediction_table::set_back(timestamp now) noexcept { latest_ = to_ms(now); }

void prediction_table::set(std::int64_t address, entry e) {
    auto shared = std::make_shared<const entry>(std::move(e));
    const std::unique_lock lock(mutex_);
    entries_.insert_or_assign(address, std::move(shared));
}

void prediction_table::erase(std::int64_t address) {
    const std::unique_lock lock(mutex_);
    entries_.erase(address);
}

std::shared_ptr<const prediction_table::entry> prediction_table::find(std::int64_t address) const {
    const std::shared_lock lock(mutex_);
    const auto found = entries_.find(address);
    return found == entries_.end() ? nullptr : found->second;
}

} // namespace aistudio::local::domain
