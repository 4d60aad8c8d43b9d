#include "logging.hpp"

#include <pybind11/pybind11.h>

#include <mutex>
#include <string>

namespace aistudio::python {
namespace {

namespace py = pybind11;

/// The interpreter's numbers of our levels.
constexpr int level_numbers[] = {10, 20, 30, 40};

py::object& logger() {
    static auto* const made =
        new py::object(py::module_::import("logging").attr("getLogger")("aistudio"));
    return *made;
}

/// Keeps a client's thread from asking for the GIL once the interpreter is on its way out.
struct gate {
    std::mutex mutex;
    bool closed = false;
};

gate& the_gate() {
    static auto* const made = new gate;
    return *made;
}

void write(int level, std::string_view line) {
    const std::lock_guard lock(the_gate().mutex);
    if (the_gate().closed)
        return;
    const py::gil_scoped_acquire gil;
    try {
        logger().attr("log")(level, "%s", std::string(line));
    } catch (py::error_already_set& error) {
        error.discard_as_unraisable("aistudio's log");
    }
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
    py::module_::import("atexit").attr("register")(py::cpp_function([] {
        const py::gil_scoped_release no_gil; // a line may be on its way, and need it
        const std::lock_guard lock(the_gate().mutex);
        the_gate().closed = true;
    }));
}

} // namespace aistudio::python
