#pragma once

#include <pybind11/pybind11.h>

#include <unistd.h>

namespace aistudio::python {

[[nodiscard]] inline bool is_finalizing() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing() != 0;
#else
    return _Py_IsFinalizing() != 0;
#endif
}

/// Holds a thread for ever once the interpreter is on its way out: taking the GIL then would end
/// the thread in the middle of C++ frames, which aborts the process.
inline void stop_here_at_the_end() noexcept {
    while (is_finalizing())
        ::pause();
}

/// Without the GIL, for threads that may still wait when the interpreter ends.
class released_gil {
public:
    released_gil() : ends_it_(is_finalizing()), state_(PyEval_SaveThread()) {}
    released_gil(const released_gil&) = delete;
    released_gil& operator=(const released_gil&) = delete;
    ~released_gil() {
        if (!ends_it_)
            stop_here_at_the_end();
        PyEval_RestoreThread(state_);
    }

private:
    bool ends_it_; // only that thread still runs Python then
    PyThreadState* state_;
};

} // namespace aistudio::python
