#include "casters.hpp"

#include <cstdint>

namespace aistudio::python {
namespace {

struct datetime_module {
    py::object type;
    py::object delta;
    py::object epoch;
};

const datetime_module& datetimes() {
    static const auto* made = [] { // never destroyed: the interpreter may be gone by then
        const auto m = py::module_::import("datetime");
        const py::object type = m.attr("datetime");
        return new datetime_module{
            type, m.attr("timedelta"),
            type(1970, 1, 1, py::arg("tzinfo") = m.attr("timezone").attr("utc"))};
    }();
    return *made;
}

} // namespace

py::object to_datetime(timestamp time) {
    if (time == timestamp{})
        return py::none();
    const auto& d = datetimes();
    return d.epoch + d.delta(py::arg("milliseconds") = time.time_since_epoch().count());
}

bool from_datetime(py::handle source, timestamp& out) {
    out = {};
    if (source.is_none())
        return true;
    const auto& d = datetimes();
    if (!py::isinstance(source, d.type) || source.attr("tzinfo").is_none())
        return false;
    const py::object millis = d.delta(py::arg("milliseconds") = 1);
    const py::object passed = py::reinterpret_borrow<py::object>(source) - d.epoch;
    out = timestamp(
        std::chrono::milliseconds(passed.attr("__floordiv__")(millis).cast<std::int64_t>()));
    return true;
}

bool from_seconds(py::handle source, std::chrono::milliseconds& out) {
    constexpr double longest = 1e9; // about 30 years
    py::object number = py::reinterpret_borrow<py::object>(source);
    if (py::isinstance(source, datetimes().delta))
        number = source.attr("total_seconds")();
    if (PyBool_Check(number.ptr()))
        return false;
    const double seconds = PyFloat_AsDouble(number.ptr());
    if (seconds == -1.0 && PyErr_Occurred() != nullptr)
        return PyErr_Clear(), false;
    if (!(seconds >= 0 && seconds <= longest))
        return false;
    out = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
    return true;
}

} // namespace aistudio::python
