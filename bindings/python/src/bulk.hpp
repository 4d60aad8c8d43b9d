#pragma once

#include "client_handle.hpp"

#include <aistudio/resources/bulk_options.hpp>

#include <pybind11/pybind11.h>

namespace aistudio::python {

/// The keywords of `predict_many` and `predict_array`.
struct bulk_settings {
    bulk_options options;
    bool ordered = true;
    /// Failed records are handed out in place of answers; else raised.
    bool return_errors = false;
    bool base64 = false;
    /// Called with the records done and how many there are; null: nobody is.
    pybind11::object progress;
};

/// Goes through `records` and their answers; see the stub.
[[nodiscard]] pybind11::object predict_many(const client_handle& client, const predictor& service,
                                            const pybind11::object& records,
                                            const pybind11::kwargs& named);
/// The same for asyncio: an object that is fed and asked by `aistudio._async`. `records` tell how
/// many they are, where they know.
[[nodiscard]] pybind11::object begin_many(const client_handle& client, const predictor& service,
                                          const pybind11::object& records,
                                          const pybind11::kwargs& named);
/// A record for each row of a table.
[[nodiscard]] pybind11::object predict_array(const client_handle& client, const predictor& service,
                                             const pybind11::object& table,
                                             const pybind11::kwargs& named);

void bind_bulk(pybind11::module_& m);

} // namespace aistudio::python
