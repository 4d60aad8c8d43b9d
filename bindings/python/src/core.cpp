// The extension module `aistudio._core`.
#include "bindings.hpp"
#include "errors.hpp"

#include <aistudio/version.hpp>

PYBIND11_MODULE(_core, m) {
    m.attr("__version__") = AISTUDIO_VERSION_STRING;
    aistudio::python::register_errors();
    aistudio::python::bind_secret(m);
    aistudio::python::bind_values(m);
    aistudio::python::bind_client(m);
    aistudio::python::bind_local_studio(m);
}
