#include "bind_struct.hpp"
#include "bindings.hpp"
#include "value_types.hpp"

#include <aistudio/types/secret.hpp>

namespace aistudio::python {

void bind_secret(py::module_& m) {
    py::class_<secret>(m, "Secret",
                       "A key or token that is never shown by accident: `str` and `repr` give "
                       "`***`. Pickles hold the text.",
                       py::is_final())
        .def(py::init([](const py::str& text) { return secret(text_of(text, "Secret")); }),
             py::arg("text") = "", py::pos_only())
        .def("reveal", &secret::reveal, "The text itself.")
        .def("__str__", [](const secret&) { return "***"; })
        .def("__repr__", [](const secret&) { return "Secret('***')"; })
        .def("__bool__", [](const secret& self) { return !self.empty(); })
        .def("__eq__",
             [](const secret& a, const py::object& b) -> py::object {
                 if (!py::isinstance<secret>(b))
                     return py::reinterpret_borrow<py::object>(Py_NotImplemented);
                 return py::bool_(a == b.cast<const secret&>());
             })
        .def(
            py::pickle([](const secret& self) { return py::make_tuple(self.reveal()); },
                       [](const py::tuple& state) { return secret(state[0].cast<std::string>()); }))
        .attr("__hash__") = py::none();
    py::implicitly_convertible<py::str, secret>();
}

void bind_values(py::module_& m) {
    boost::mp11::mp_for_each<
        boost::mp11::mp_transform<boost::mp11::mp_identity, bindings::value_types>>(
        [&](auto t) { bind_struct<typename decltype(t)::type>(m); });
    boost::mp11::mp_for_each<
        boost::mp11::mp_transform<boost::mp11::mp_identity, bindings::shown_options>>(
        [&](auto t) { bind_struct<typename decltype(t)::type>(m); });
}

} // namespace aistudio::python
