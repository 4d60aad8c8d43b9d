#include "waiting.hpp"

#include "gil.hpp"

#include <pybind11/pybind11.h>

#include <thread>

namespace aistudio::python {
namespace {

/// The first thread that loads the module is the main one in all but exotic programs; there Ctrl-C
/// waits for the call.
const std::thread::id main_thread = std::this_thread::get_id();

} // namespace

bool sees_signals() { return std::this_thread::get_id() == main_thread; }

void run_signal_handlers() {
    const gil_pass pass;
    const pybind11::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0)
        throw pybind11::error_already_set();
}

void deliver_all(const std::vector<std::unique_ptr<letter>>& letters) {
    if (letters.empty())
        return;
    const gil_pass pass;
    const pybind11::gil_scoped_acquire gil;
    for (const auto& one : letters)
        one->deliver();
}

} // namespace aistudio::python
