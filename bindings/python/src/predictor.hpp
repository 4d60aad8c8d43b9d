#pragma once

#include "operations.hpp"

#include <pybind11/pybind11.h>

#include <memory>
#include <string>

namespace aistudio::python {

/// Calls to one prediction service; `Tag`: whether they block.
template <class Tag>
class predictor_object;

/// `client_given`: what the client was made with.
[[nodiscard]] pybind11::object make_predictor(const client_handle& client,
                                              const pybind11::dict& client_given,
                                              const std::string& url, const secret& key,
                                              bool idempotent, blocking_tag);
[[nodiscard]] pybind11::object make_predictor(const client_handle& client,
                                              const pybind11::dict& client_given,
                                              const std::string& url, const secret& key,
                                              bool idempotent, asyncio_tag);

void bind_predictor(pybind11::module_& m);

} // namespace aistudio::python
