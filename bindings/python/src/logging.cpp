#include "logging.hpp"

#include "gil.hpp"
#include "owned.hpp"
#include "reports.hpp"

#include <pybind11/pybind11.h>

#include <chrono>
#include <pthread.h>
#include <string>
#include <thread>

namespace aistudio::python {
namespace {

namespace py = pybind11;

/// The interpreter's numbers of our levels.
constexpr int level_numbers[] = {10, 20, 30, 40};

py::object& logger() {
    // Not when the package is imported: `logging` takes longer to load than all the rest.
    static auto* const made = [] {
        const auto logging = py::module_::import("logging");
        auto* const out = new py::object(logging.attr("getLogger")("aistudio"));
        out->attr("addHandler")(logging.attr("NullHandler")());
        return out;
    }();
    return *made;
}

/// How long the end waits for threads that run Python.
constexpr std::chrono::seconds end_patience{5};

void write(int level, std::string_view line) {
    if (!the_gate.enter())
        return; // nobody reads it any more, and the client's thread goes on
    {
        const py::gil_scoped_acquire gil;
        try {
            logger().attr("log")(level, "%s", std::string(line));
        } catch (py::error_already_set& error) {
            error.discard_as_unraisable("aistudio's log");
        }
    }
    the_gate.leave();
}

/// False where all lines would come to nothing: there is only the package's own NullHandler.
bool anybody_listens() {
    const auto null = py::module_::import("logging").attr("NullHandler");
    for (py::object at = logger(); !at.is_none(); at = at.attr("parent")) {
        for (const auto handler : at.attr("handlers"))
            if (!py::isinstance(handler, null))
                return true;
        if (!at.attr("propagate").cast<bool>())
            return false;
    }
    return false;
}

} // namespace

log_sink python_log() {
    if (!anybody_listens())
        return {};
    int lowest = 100;
    for (const int number : level_numbers)
        if (number < lowest && logger().attr("isEnabledFor")(number).cast<bool>())
            lowest = number;
    if (lowest == 100)
        return {};
    return [lowest](log_level level, std::string_view line) {
        const int number = level_numbers[static_cast<int>(level)];
        if (number >= lowest)
            write(number, line);
    };
}

void watch_the_end() {
    // In a forked child nobody else is inside.
    ::pthread_atfork(nullptr, nullptr, [] {
        the_gate.inside = 0;
        ++forks;
    });
    py::module_::import("atexit").attr("register")(py::cpp_function([] {
        flush_reports();
        the_gate.closed_by = std::this_thread::get_id();
        the_gate.closed = true;
        const py::gil_scoped_release no_gil; // those inside may still wait for it
        const auto patience = std::chrono::steady_clock::now() + end_patience;
        while (the_gate.inside > 0 && std::chrono::steady_clock::now() < patience)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }));
}

} // namespace aistudio::python
