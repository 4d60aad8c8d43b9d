#pragma once

#include "client_handle.hpp"

#include <pybind11/pybind11.h>

#include <string_view>

namespace aistudio::python {

struct resource_base {
    client_handle client;
};
/// Operations of one resource, as an object of Python: `Tag` says whether they block.
template <class Resource, class Tag>
struct resource_object : resource_base {};
struct blocking_tag {
    static constexpr std::string_view prefix = "";
};
struct asyncio_tag {
    static constexpr std::string_view prefix = "Async";
};

/// A class for each resource, twice: `Datasets`, `AsyncDatasets`.
void bind_operations(pybind11::module_& m);

} // namespace aistudio::python
