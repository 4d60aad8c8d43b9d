#include "local/domain/prediction_table.hpp"

#include <mutex>
#include <utility>

namespace aistudio::local::domain {

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
