#include "call_arguments.hpp"

#include <algorithm>
#include <cmath>

namespace aistudio::python {

std::chrono::milliseconds time_limit(py::handle timeout, const std::string& where) {
    constexpr double longest = 1e9; // about 30 years
    const double seconds = PyFloat_AsDouble(timeout.ptr());
    if (seconds == -1.0 && PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        throw_wrong_type(where, "float", timeout);
    }
    if (std::isinf(seconds) && seconds > 0)
        return std::chrono::milliseconds(0);
    if (!(seconds > 0) || seconds > longest)
        throw py::value_error(where +
                              ": expected seconds above 0 (math.inf: no limit), or None for "
                              "the default.");
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

py::object function_of(const py::object& value, const char* bar, const std::string& where) {
    if (value.is_none() || value.ptr() == Py_False)
        return {};
    if (value.ptr() == Py_True && bar != nullptr)
        return py::module_::import("aistudio._progress").attr(bar)();
    if (PyCallable_Check(value.ptr()) == 0)
        throw_wrong_type(where, bar != nullptr ? "a function, or True" : "a function", value);
    return value;
}

py::object given_arguments::take(std::string_view name, bool by_position, bool by_name) {
    const py::str key(name.data(), name.size());
    const bool named = by_name && named_.contains(key);
    if (by_position && next_ < positional_.size()) {
        if (named)
            throw py::type_error(function_ + "() got two values for '" + std::string(name) + "'.");
        return positional_[next_++];
    }
    if (!named)
        return {};
    taken_.emplace_back(name);
    return named_[key];
}

void given_arguments::throw_missing(std::string_view name) const {
    throw py::type_error(function_ + "() needs '" + std::string(name) + "'.");
}

void given_arguments::finish() const {
    if (next_ < positional_.size())
        throw py::type_error(function_ + "() takes " + std::to_string(next_) +
                             " positional arguments, but " + std::to_string(positional_.size()) +
                             " were given.");
    if (taken_.size() == named_.size())
        return;
    std::string names;
    for (const auto& [name, value] : named_)
        if (std::ranges::find(taken_, name.cast<std::string>()) == taken_.end())
            names += (names.empty() ? "" : ", ") + py::repr(name).cast<std::string>();
    throw py::type_error(function_ + "() got an unexpected keyword argument: " + names + ".");
}

} // namespace aistudio::python
