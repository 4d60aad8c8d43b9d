#pragma once

#include <aistudio/error.hpp>

namespace aistudio::python {

/// Turns `api_error` into the exceptions of `aistudio._errors`.
void register_errors();

/// The value, or the Python exception for the problem.
template <class T>
T value_or_raise(result<T> r) {
    if (!r)
        throw api_error(r.error());
    return std::move(*r);
}

} // namespace aistudio::python
