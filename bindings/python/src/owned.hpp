#pragma once

#include <aistudio/error.hpp>

#include <pybind11/pybind11.h>

#include <atomic>
#include <memory>
#include <utility>

namespace aistudio::python {

/// Forks that made this process from the one that loaded the module: tells it from its parent
/// without a system call.
inline std::atomic<unsigned> forks{0};

/// Holds an object that has threads. A forked child has the memory without the threads: there it
/// refuses use, and lets the object go without the destructor, which would wait for them for ever.
/// Destroys without the GIL, because those threads may wait for it.
template <class T>
class owned {
public:
    explicit owned(T value) : value_(std::make_unique<T>(std::move(value))), process_(forks) {}
    owned(owned&&) noexcept = default;
    owned& operator=(owned&&) = delete;
    ~owned() {
        if (!value_)
            return;
        const pybind11::gil_scoped_release no_gil;
        if (is_ours())
            value_.reset();
        else
            (void)value_.release();
    }

    [[nodiscard]] bool is_ours() const noexcept { return forks == process_; }
    /// Throws `api_error` in a forked child.
    [[nodiscard]] T& get() const {
        if (!is_ours())
            throw api_error(make_problem(
                errc::client_closed, "It was made before this process forked; make it in here."));
        return *value_;
    }

private:
    std::unique_ptr<T> value_;
    unsigned process_;
};

} // namespace aistudio::python
