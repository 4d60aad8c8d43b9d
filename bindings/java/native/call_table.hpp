#pragma once

#include <aistudio/resources/predictor.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace aistudio::java {

/// The calls in flight, by the numbers that Java gave them, to be cancelled. The lower half of a
/// number is a place, which has one call at a time.
///
/// @par Thread safety  Safe.
class call_table {
public:
    using signal = std::shared_ptr<boost::asio::cancellation_signal>;

    /// `home` runs the call's completion.
    void add(std::uint64_t call, boost::asio::any_io_executor home, signal stop);
    void remove(std::uint64_t call);
    /// A prediction is found by its slot as long as that has the same use, and need not be removed.
    void add(std::uint64_t call, const std::shared_ptr<client_core>& core,
             detail::prediction_slot& slot);
    /// Ends the call if it is in flight.
    void cancel(std::uint64_t call);

private:
    struct operation {
        boost::asio::any_io_executor home;
        signal stop;
    };
    struct prediction {
        std::uint64_t call = 0;
        std::weak_ptr<client_core> core; // of one of the prediction threads
        detail::prediction_slot* slot = nullptr;
        std::uint64_t use = 0;
    };

    std::mutex mutex_; // of what follows
    std::unordered_map<std::uint64_t, operation> operations_;
    std::vector<prediction> predictions_;
};

} // namespace aistudio::java
