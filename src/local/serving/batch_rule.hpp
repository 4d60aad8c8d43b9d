#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace aistudio::local::serving {

/// When calls that wait go to a worker that is idle. Knows no clock.
struct batch_rule {
    using time_point = std::chrono::steady_clock::time_point;

    /// Most calls that go together; at least 1.
    std::size_t most = 1;
    /// How long a call may wait for others.
    std::chrono::milliseconds delay{0};

    /// When `waiting` calls, of which the oldest came at `oldest`, are to go: a time that has
    /// passed means now. A full batch waits for nobody.
    [[nodiscard]] time_point due(std::size_t waiting, time_point oldest) const {
        return waiting >= most ? oldest : oldest + delay;
    }

    /// How many of `waiting` calls go to a worker that has just answered `answered`. Without a
    /// delay it leaves half of both to the next batch: those are answered and sent anew while it
    /// computes, in place of the worker and its callers waiting for each other.
    [[nodiscard]] std::size_t share(std::size_t waiting, std::size_t answered) const {
        if (delay.count() > 0 || answered == 0)
            return most;
        return std::min(most, (waiting + answered + 1) / 2);
    }
};

} // namespace aistudio::local::serving
