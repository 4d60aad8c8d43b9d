#pragma once

#include <pybind11/pybind11.h>

namespace aistudio::python {

void bind_secret(pybind11::module_& m);
void bind_values(pybind11::module_& m);
void bind_command(pybind11::module_& m);
void bind_client(pybind11::module_& m);
void bind_local_studio(pybind11::module_& m);

} // namespace aistudio::python
