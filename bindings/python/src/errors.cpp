#include "errors.hpp"

#include "bind_struct.hpp"
#include "failure.hpp"

#include <exception>

namespace aistudio::python {
namespace {

void raise(const problem& p) {
    const auto make = py::module_::import("aistudio._errors").attr("from_failure");
    const py::object made = make(**to_dict(bindings::failure_of(p)));
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
}

} // namespace

void register_errors() {
    py::register_local_exception_translator([](std::exception_ptr e) {
        try {
            if (e)
                std::rethrow_exception(e);
        } catch (const api_error& error) {
            raise(error.problem());
        }
    });
}

} // namespace aistudio::python
