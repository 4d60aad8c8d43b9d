// The extension module `aistudio._core`.
#include "bindings.hpp"
#include "errors.hpp"
#include "logging.hpp"
#include "loop_queue.hpp"
#include "reports.hpp"

#include <aistudio/version.hpp>

PYBIND11_MODULE(_core, m) {
    pybind11::options options;
    options.disable_function_signatures(); // the stub has better ones
    m.attr("__version__") = AISTUDIO_VERSION_STRING;
    aistudio::python::register_errors();
    aistudio::python::bind_secret(m);
    aistudio::python::bind_values(m);
    aistudio::python::watch_the_end();
    aistudio::python::watch_forks_for_reports();
    aistudio::python::bind_loop_queue(m);
    aistudio::python::bind_client(m);
    aistudio::python::bind_local_studio(m);
    aistudio::python::bind_command(m);
}
