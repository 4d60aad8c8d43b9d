#pragma once

#include <aistudio/client_options.hpp>

#include <pybind11/pybind11.h>

namespace aistudio::python {

/// Gives a client's reports to a Python function, on a thread that does nothing else: those of the
/// clients never wait for the GIL on their account. The function is called with one report at a
/// time, soon after the call's end; what it raises is logged. When it is so slow that many wait,
/// reports are dropped, and that is logged.
[[nodiscard]] call_sink report_to(pybind11::object function);

/// Waits, without the GIL, until the reports made so far were given away; a few seconds at most.
/// Does nothing on the thread that gives them away.
void flush_reports();

/// Once, when the module is made: what a forked child must not inherit.
void watch_forks_for_reports();

} // namespace aistudio::python
