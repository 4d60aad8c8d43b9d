#pragma once

#include <algorithm>
#include <chrono>

namespace aistudio::local::serving {

/// When a worker that died is started again. A pause that doubles, and after `quick_restarts`
/// deaths without one answered batch between them no more of that: then calls are refused for
/// `hold`, after which a call is one more try.
class restart_policy {
public:
    static constexpr int quick_restarts = 5;
    static constexpr std::chrono::milliseconds first_pause{100};
    static constexpr std::chrono::milliseconds hold{30000};

    /// A batch was answered, or the model was loaded anew on request.
    void succeeded() noexcept { deaths_ = 0; }
    void died() noexcept { ++deaths_; }

    /// True when calls are to be refused in place of waiting for a restart.
    [[nodiscard]] bool gave_up() const noexcept { return deaths_ >= quick_restarts; }
    /// How long to wait before the next start.
    [[nodiscard]] std::chrono::milliseconds pause() const noexcept {
        if (deaths_ == 0)
            return std::chrono::milliseconds{0};
        return gave_up() ? hold : first_pause * (1 << (deaths_ - 1));
    }

private:
    int deaths_ = 0;
};

} // namespace aistudio::local::serving
