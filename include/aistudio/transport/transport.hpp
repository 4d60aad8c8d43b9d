#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/protocol/call_machine.hpp>
#include <aistudio/protocol/http_message.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <utility>

namespace aistudio {

/// Ends what a call waits for. A call has one; whatever it waits for next registers how to wake it.
///
/// @par Thread safety  None; used on the client's strand only.
class interrupter {
public:
    /// Ends the present wait, and every later one at once. `why` is errc::cancelled or
    /// errc::client_closed.
    void interrupt(errc why) {
        if (why_ != errc::ok)
            return;
        why_ = why;
        if (wake_)
            wake_();
    }
    /// errc::ok while nobody interrupted.
    [[nodiscard]] errc reason() const noexcept { return why_; }

    /// Registers `wake` for as long as the scope lives; wakes at once when the call was interrupted
    /// before. Within another scope it takes that one's place until it ends.
    class [[nodiscard]] scope {
    public:
        scope(interrupter& owner, std::function<void()> wake)
            : owner_(&owner), outer_(std::exchange(owner.wake_, std::move(wake))) {
            if (owner_->why_ != errc::ok)
                owner_->wake_();
        }
        scope(const scope&) = delete;
        scope& operator=(const scope&) = delete;
        ~scope() { owner_->wake_ = std::move(outer_); }

    private:
        interrupter* owner_;
        std::function<void()> outer_;
    };

private:
    std::function<void()> wake_;
    errc why_ = errc::ok;
};

/// Makes single attempts. The client's calls go through one of these; tests put a scripted one in
/// its place.
class transport {
public:
    virtual ~transport() = default;

    /// Sends `request` once and reads the answer. Never throws; ends by `how.deadline`.
    [[nodiscard]] virtual boost::asio::awaitable<attempt_result>
    attempt(const http_request& request, call_machine::send how, interrupter& stop) = 0;
    /// Closes idle connections and refuses new attempts with errc::client_closed.
    virtual void close() = 0;
};

} // namespace aistudio
