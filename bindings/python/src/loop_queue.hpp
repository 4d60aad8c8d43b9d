#pragma once

#include "mailbox.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace aistudio::python {

/// The way to an asyncio loop: letters of other threads are delivered on it, all that have come
/// with one wake-up.
class loop_queue final : public mailbox, public std::enable_shared_from_this<loop_queue> {
public:
    /// Of the loop that runs in this thread; RuntimeError where there is none.
    [[nodiscard]] static std::shared_ptr<loop_queue> running();
    explicit loop_queue(pybind11::object loop);
    ~loop_queue();

    void post(std::unique_ptr<letter> what) override;
    [[nodiscard]] pybind11::object create_future() const;
    /// Delivers what has come.
    void drain();
    /// The loop is closed: what comes now reaches nobody. With the GIL.
    void close();

private:
    pybind11::object create_future_; // of the loop, which it keeps alive; empty when that is closed
    int wake_ = -1;                  // an eventfd
    std::mutex mutex_;               // of what follows
    std::vector<std::unique_ptr<letter>> letters_;
    bool awake_ = false; // the loop has been told
    bool closed_ = false;
};

void bind_loop_queue(pybind11::module_& m);

} // namespace aistudio::python
