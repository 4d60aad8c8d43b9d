#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/timestamp.hpp>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <chrono>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

/// How the core's small types look in Python: ids are their number or text, enumerations their
/// name, times aware `datetime` in UTC.
namespace aistudio::python {

namespace py = pybind11;

template <class E>
concept named_enum = std::is_enum_v<E> && requires { enum_table<E>::values; };

[[nodiscard]] py::object to_datetime(timestamp time);
/// False when `source` is neither None nor an aware `datetime`.
[[nodiscard]] bool from_datetime(py::handle source, timestamp& out);

/// False when `source` is neither a `timedelta` nor a number of seconds, or below 0 or too large.
[[nodiscard]] bool from_seconds(py::handle source, std::chrono::milliseconds& out);

} // namespace aistudio::python

namespace pybind11::detail {

template <class Tag, class Rep>
struct type_caster<aistudio::basic_id<Tag, Rep>> {
    using id = aistudio::basic_id<Tag, Rep>;
    PYBIND11_TYPE_CASTER(id, make_caster<Rep>::name);
    bool load(handle source, bool convert) {
        make_caster<Rep> inner;
        if (!inner.load(source, convert))
            return false;
        value = id(cast_op<Rep>(inner));
        return true;
    }
    static handle cast(const id& source, return_value_policy policy, handle parent) {
        return make_caster<Rep>::cast(source.value(), policy, parent);
    }
};

template <class E>
struct type_caster<aistudio::open_enum<E>> {
    PYBIND11_TYPE_CASTER(aistudio::open_enum<E>, const_name("str"));
    bool load(handle source, bool) {
        if (!isinstance<str>(source))
            return false;
        value = aistudio::open_enum<E>::from_name(source.cast<std::string>());
        return true;
    }
    static handle cast(const aistudio::open_enum<E>& source, return_value_policy, handle) {
        return str(std::string(source.name())).release();
    }
};

template <aistudio::python::named_enum E>
struct type_caster_enum_type_enabled<E, void> : std::false_type {};

template <aistudio::python::named_enum E>
struct type_caster<E> {
    PYBIND11_TYPE_CASTER(E, const_name("str"));
    bool load(handle source, bool) {
        return isinstance<str>(source) &&
               aistudio::enum_from_name(source.cast<std::string>(), value);
    }
    static handle cast(E source, return_value_policy, handle) {
        return str(std::string(aistudio::enum_name(source))).release();
    }
};

template <>
struct type_caster<aistudio::timestamp> {
    PYBIND11_TYPE_CASTER(aistudio::timestamp, const_name("datetime.datetime | None"));
    bool load(handle source, bool) { return aistudio::python::from_datetime(source, value); }
    static handle cast(aistudio::timestamp source, return_value_policy, handle) {
        return aistudio::python::to_datetime(source).release();
    }
};

/// Seconds.
template <>
struct type_caster<std::chrono::milliseconds> {
    PYBIND11_TYPE_CASTER(std::chrono::milliseconds, const_name("float"));
    bool load(handle source, bool) { return aistudio::python::from_seconds(source, value); }
    static handle cast(std::chrono::milliseconds source, return_value_policy, handle) {
        return PyFloat_FromDouble(std::chrono::duration<double>(source).count());
    }
};

} // namespace pybind11::detail
