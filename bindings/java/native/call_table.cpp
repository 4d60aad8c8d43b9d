#include "call_table.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace aistudio::java {

void call_table::add(std::uint64_t call, boost::asio::any_io_executor home, signal stop) {
    const std::lock_guard lock(mutex_);
    operations_.emplace(call, operation{std::move(home), std::move(stop)});
}

void call_table::remove(std::uint64_t call) {
    const std::lock_guard lock(mutex_);
    operations_.erase(call);
}

void call_table::add(std::uint64_t call, const std::shared_ptr<client_core>& core,
                     detail::prediction_slot& slot) {
    const auto place = static_cast<std::size_t>(call & 0xffffffffU);
    const std::lock_guard lock(mutex_);
    if (place >= predictions_.size())
        predictions_.resize(2 * place + 1);
    predictions_[place] = {call, core, &slot, slot.use()};
}

void call_table::cancel(std::uint64_t call) {
    const auto place = static_cast<std::size_t>(call & 0xffffffffU);
    std::unique_lock lock(mutex_);
    if (const auto known = operations_.find(call); known != operations_.end()) {
        const auto [home, stop] = known->second;
        lock.unlock();
        // Signals are not thread-safe: only where the call completes.
        boost::asio::post(home, [stop] { stop->emit(boost::asio::cancellation_type::terminal); });
        return;
    }
    if (place >= predictions_.size() || predictions_[place].call != call)
        return;
    const auto found = predictions_[place];
    lock.unlock();
    detail::cancel_prediction(found.core, found.slot, found.use);
}

} // namespace aistudio::java
