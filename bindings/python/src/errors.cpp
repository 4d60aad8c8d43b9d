#include "errors.hpp"

#include "bind_struct.hpp"
#include "failure.hpp"

#include <exception>

namespace aistudio::python {
namespace {

void raise(const problem& p) {
    const py::object made = exception_of(p);
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
}

} // namespace

py::object exception_of(const problem& p) {
    const auto make = py::module_::import("aistudio._errors").attr("from_failure");
    const auto failure = bindings::failure_of(p);
    const py::object made = make(**to_dict(binding_of<bindings::failure>(), &failure));
    if (p.cause) {
        const auto os_error = py::reinterpret_borrow<py::object>(PyExc_OSError);
        const bool has_number = p.cause.category() == boost::system::system_category();
        const py::object cause =
            has_number ? os_error(p.cause.value(), p.cause.message()) : os_error(p.cause.message());
        PyException_SetCause(made.ptr(), py::object(cause).release().ptr());
    }
    return made;
}

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
