#include "python_json.hpp"

#include "bind_struct.hpp"

#include <aistudio/codec/json_writer.hpp>

#include <cmath>
#include <cstdint>

namespace aistudio::python {
namespace {

/// Writes one object tree; knows where it is, for errors.
class encoder {
public:
    encoder(std::string& out, const char* name) : writer_(out), path_(name) {}

    void value(py::handle v) {
        if (v.is_none())
            writer_.null();
        else if (PyBool_Check(v.ptr()))
            writer_.boolean(v.ptr() == Py_True);
        else if (PyUnicode_Check(v.ptr()))
            writer_.string(text_of(v, path_));
        else if (PyFloat_Check(v.ptr()))
            number(PyFloat_AS_DOUBLE(v.ptr()));
        else if (PyIndex_Check(v.ptr()))
            integer(py::reinterpret_steal<py::object>(PyNumber_Index(v.ptr())));
        else if (PyDict_Check(v.ptr()))
            object(py::reinterpret_borrow<py::dict>(v));
        else if (PyList_Check(v.ptr()) || PyTuple_Check(v.ptr()))
            array(v);
        else
            other(v);
    }

private:
    void number(double d) {
        if (!std::isfinite(d))
            throw py::value_error(path_ + ": JSON has no NaN and no infinity.");
        writer_.number(d);
    }

    void integer(const py::object& v) {
        if (!v)
            throw py::error_already_set();
        int overflow = 0;
        const auto small = PyLong_AsLongLongAndOverflow(v.ptr(), &overflow);
        if (overflow == 0) {
            writer_.integer(small);
            return;
        }
        const auto large = overflow > 0 ? PyLong_AsUnsignedLongLong(v.ptr()) : 0;
        if (overflow < 0 || PyErr_Occurred() != nullptr) {
            PyErr_Clear();
            throw py::value_error(path_ + ": the whole number does not fit into 64 bits.");
        }
        writer_.unsigned_integer(large);
    }

    void object(const py::dict& fields) {
        enter();
        writer_.begin_object();
        Py_ssize_t at = 0;
        PyObject* k = nullptr;
        PyObject* v = nullptr;
        const auto size = fields.size();
        while (PyDict_Next(fields.ptr(), &at, &k, &v) != 0) {
            const auto key = py::reinterpret_borrow<py::object>(k);
            const auto held = py::reinterpret_borrow<py::object>(v);
            field(key, held);
            if (fields.size() != size)
                throw py::value_error(path_ + ": the dict changed while it was written.");
        }
        writer_.end_object();
        --depth_;
    }

    void field(const py::object& key, const py::object& v) {
        if (!PyUnicode_Check(key.ptr()))
            throw_wrong_type(path_ + ": a key", "str", key);
        const auto name = text_of(key, path_ + ": a key");
        writer_.key(name);
        inside("." + name, v);
    }

    void array(py::handle items) {
        enter();
        writer_.begin_array();
        // By index: a list may change while one of its elements is asked for its number.
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i)
            inside("[" + std::to_string(i) + "]",
                   py::reinterpret_borrow<py::object>(PySequence_Fast_GET_ITEM(items.ptr(), i)));
        writer_.end_array();
        --depth_;
    }

    void other(py::handle v) {
        if (Py_TYPE(v.ptr())->tp_as_number == nullptr ||
            Py_TYPE(v.ptr())->tp_as_number->nb_float == nullptr)
            throw_wrong_type(path_,
                             "what JSON has (None, bool, int, float, str, list, tuple, dict)", v);
        const double d = PyFloat_AsDouble(v.ptr());
        if (d == -1.0 && PyErr_Occurred() != nullptr)
            throw py::error_already_set();
        number(d);
    }

    void inside(const std::string& step, const py::object& v) {
        const auto length = path_.size();
        path_ += step;
        value(v);
        path_.resize(length);
    }

    void enter() {
        if (++depth_ > max_json_depth)
            throw py::value_error(path_.substr(0, path_.find_first_of(".[")) +
                                  " is nested deeper than " + std::to_string(max_json_depth) +
                                  " levels, or contains itself.");
    }

    json_writer writer_;
    std::string path_;
    std::size_t depth_ = 0;
};

py::object object_of(json_value value) {
    py::dict out;
    for (const auto& field : value.fields())
        out[py::str(field.key.data(), field.key.size())] = to_python(field.value);
    return out;
}

py::object list_of(json_value value) {
    py::list out(value.size());
    std::size_t i = 0;
    for (const auto item : value.items())
        out[i++] = to_python(item);
    return out;
}

} // namespace

std::string value_to_json_text(py::handle value, const char* name) {
    std::string out;
    encoder(out, name).value(value);
    return out;
}

std::string to_json_text(py::handle record) {
    if (PyUnicode_Check(record.ptr()))
        return text_of(record, "record");
    if (PyBytes_Check(record.ptr()))
        return py::reinterpret_borrow<py::bytes>(record);
    return value_to_json_text(record, "record");
}

py::object to_python(json_value value) {
    switch (value.kind()) {
    case json_kind::boolean:
        return py::bool_(*value.get_bool());
    case json_kind::integer:
        return py::int_(*value.get_int64());
    case json_kind::unsigned_integer:
        return py::int_(*value.get_uint64());
    case json_kind::number:
        return py::float_(*value.get_double());
    case json_kind::string:
        return py::str(value.get_string()->data(), value.get_string()->size());
    case json_kind::array:
        return list_of(value);
    case json_kind::object:
        return object_of(value);
    case json_kind::null:
        break;
    }
    return py::none();
}

} // namespace aistudio::python
