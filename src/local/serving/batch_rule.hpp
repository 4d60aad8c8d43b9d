#pragma once

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
};

} // namespace aistudio::local::serving
