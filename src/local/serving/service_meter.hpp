#pragma once

#include <aistudio/protocol/latency_histogram.hpp>
#include <aistudio/types/service.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>

namespace aistudio::local::serving {

/// Counts what the calls of one service came to.
/// @par Thread safety  All members: safe.
class service_meter {
public:
    using clock = std::chrono::steady_clock;

    void arrived();
    /// A call that `arrived` has its answer. `code` is its errorCode.
    void answered(std::int64_t code, clock::duration took);
    void computed_batch();
    void worker_loaded();
    void worker_gone();
    void worker_failed();

    [[nodiscard]] service_statistics read() const;

private:
    mutable std::mutex mutex_;
    service_statistics counts_;
    latency_histogram times_;
};

} // namespace aistudio::local::serving
