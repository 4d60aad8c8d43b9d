#pragma once

#include <algorithm>
#include <chrono>

namespace aistudio {

/// When to look again at something that takes its time: soon at first, then ever less often.
class poll_schedule {
public:
    poll_schedule(std::chrono::milliseconds first, std::chrono::milliseconds most)
        : next_(first), most_(std::max(first, most)) {}

    /// How long to wait before the next look; half as much longer each time.
    [[nodiscard]] std::chrono::milliseconds next() {
        const auto now = next_;
        next_ = std::min(most_, next_ + next_ / 2);
        return now;
    }

private:
    std::chrono::milliseconds next_;
    std::chrono::milliseconds most_;
};

} // namespace aistudio
