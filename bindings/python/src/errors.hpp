#pragma once

#include <aistudio/error.hpp>

#include <pybind11/pybind11.h>

#include <type_traits>
#include <utility>

namespace aistudio::python {

/// The exception that tells of a problem.
[[nodiscard]] pybind11::object exception_of(const problem& p);
/// Turns `api_error` into the exceptions of `aistudio._errors`.
void register_errors();

/// The value, or the Python exception for the problem.
template <class T>
T value_or_raise(result<T> r) {
    if (!r)
        throw api_error(r.error());
    if constexpr (!std::is_void_v<T>)
        return std::move(*r);
}

} // namespace aistudio::python
