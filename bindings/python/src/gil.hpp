#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <thread>
#include <unistd.h>

namespace aistudio::python {

/// Keeps threads from asking for the GIL once the interpreter is on its way out: it would end them
/// in the middle of C++ frames, which aborts the process. A look at the interpreter's state is not
/// enough, since a thread may have to wait for the GIL after it.
struct gil_gate {
    std::atomic<int> inside{0};
    std::atomic<bool> closed{false};
    std::thread::id closed_by; // still runs Python

    /// False once it is closed; else `leave` must follow.
    [[nodiscard]] bool enter() noexcept {
        ++inside;
        if (!closed || closed_by == std::this_thread::get_id())
            return true;
        leave();
        return false;
    }
    void leave() noexcept { --inside; }
};
inline gil_gate the_gate;

/// A way through the gate, for threads that have nothing left to do when it is closed: it holds
/// them for ever.
class gil_pass {
public:
    gil_pass() noexcept {
        while (!the_gate.enter())
            ::pause();
    }
    gil_pass(const gil_pass&) = delete;
    gil_pass& operator=(const gil_pass&) = delete;
    ~gil_pass() { the_gate.leave(); }
};

/// Without the GIL, for threads that may still wait when the interpreter ends.
class released_gil {
public:
    released_gil() : state_(PyEval_SaveThread()) {}
    released_gil(const released_gil&) = delete;
    released_gil& operator=(const released_gil&) = delete;
    ~released_gil() {
        const gil_pass pass;
        PyEval_RestoreThread(state_);
    }

private:
    PyThreadState* state_;
};

} // namespace aistudio::python
