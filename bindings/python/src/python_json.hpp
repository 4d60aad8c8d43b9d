#pragma once

#include <aistudio/codec/json_value.hpp>

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>

/// JSON of Python objects by the core's reader and writer.
namespace aistudio::python {

/// How records are written.
struct encoding {
    /// `bytes` inside a record become base64; otherwise they are an error.
    bool base64 = false;
};

/// Appends a record as JSON text. `str` and `bytes` are JSON already and taken as they are; else
/// None, bool, numbers (numpy's too), str, list, tuple, dict with str keys, dataclasses, arrays of
/// numbers that have the buffer protocol, nested at most `max_json_depth`. Throws TypeError or
/// ValueError that name the place; what was appended then is of no use.
void append_json_text(std::string& out, pybind11::handle record, encoding how = {});
/// The same, where `str` is a value like any other, and errors call the value `name`.
[[nodiscard]] std::string value_to_json_text(pybind11::handle value, const char* name);

[[nodiscard]] pybind11::object to_python(json_value value);

/// The `result` of an answer, or the whole answer if it has none. `padded` is followed by
/// `json_padding` readable bytes. Throws `api_error` for what is not JSON.
[[nodiscard]] pybind11::object answer_to_python(std::string_view padded);

} // namespace aistudio::python
