#pragma once

#include <aistudio/codec/json_value.hpp>

#include <pybind11/pybind11.h>

#include <string>

/// JSON of Python objects by the core's reader and writer.
namespace aistudio::python {

/// A record as JSON text. `str` and `bytes` are JSON already and taken as they are; else None,
/// bool, numbers (numpy's too), str, list, tuple and dict with str keys, nested at most
/// `max_json_depth`. Throws TypeError or ValueError that name the place.
[[nodiscard]] std::string to_json_text(pybind11::handle record);
/// The same, where `str` is a value like any other, and errors call the value `name`.
[[nodiscard]] std::string value_to_json_text(pybind11::handle value, const char* name);

[[nodiscard]] pybind11::object to_python(json_value value);

} // namespace aistudio::python
