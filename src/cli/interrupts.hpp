#pragma once

#include <functional>
#include <memory>

namespace aistudio::cli {

/// Thrown out of what Ctrl-C, SIGTERM or a closed terminal interrupted.
struct interrupted {};

/// Watches for SIGINT, SIGTERM and SIGHUP from its making on. The first one is reported, the second
/// one ends the process at once, as without a watch. A signal that was ignored before stays
/// ignored.
///
/// @par Thread safety  Safe, but for the destructor.
class interrupts {
public:
    interrupts();
    interrupts(const interrupts&) = delete;
    interrupts& operator=(const interrupts&) = delete;
    ~interrupts();

    /// The signal that came; 0: none yet.
    [[nodiscard]] int signal() const noexcept;
    void throw_if_raised() const {
        if (signal() != 0)
            throw interrupted{};
    }
    /// Waits for one.
    void wait() const;
    /// Called once, in another thread, when one comes; at once when one came already.
    void on_raise(std::function<void()> action);
    /// Readable once one came: for `poll`.
    [[nodiscard]] int descriptor() const noexcept;

private:
    struct watch;
    std::unique_ptr<watch> watch_;
};

} // namespace aistudio::cli
