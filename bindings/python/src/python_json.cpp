#include "python_json.hpp"

#include "bind_struct.hpp"

#include <aistudio/codec/json_writer.hpp>
#include <aistudio/resources/predictor.hpp> // for answer_of

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

namespace aistudio::python {
namespace {

/// Where in a tree we are; made into text only when something is wrong.
struct place {
    const place* up;
    std::string_view name; // of the whole, at the top; of a field
    Py_ssize_t index = -1; // in an array

    [[nodiscard]] std::string text() const {
        if (up == nullptr)
            return std::string(name);
        if (index >= 0)
            return up->text() + "[" + std::to_string(index) + "]";
        return up->text() + "." + std::string(name);
    }
    [[nodiscard]] std::string_view root() const { return up == nullptr ? name : up->root(); }
};

/// A view of an object's memory.
class buffer_view {
public:
    explicit buffer_view(py::handle of) {
        if (PyObject_GetBuffer(of.ptr(), &view_, PyBUF_FORMAT | PyBUF_STRIDES) != 0)
            throw py::error_already_set();
    }
    buffer_view(const buffer_view&) = delete;
    buffer_view& operator=(const buffer_view&) = delete;
    ~buffer_view() { PyBuffer_Release(&view_); }
    const Py_buffer* operator->() const noexcept { return &view_; }

private:
    Py_buffer view_{};
};

[[nodiscard]] const py::object& dataclass_fields() {
    static const auto* const name = new py::object(py::str("__dataclass_fields__"));
    return *name;
}

/// Writes one object tree.
class encoder {
public:
    explicit encoder(std::string& out, encoding how = {}) : writer_(out), how_(how) {}

    void value(py::handle v, const place& at) {
        PyObject* const p = v.ptr();
        if (PyUnicode_Check(p))
            writer_.string(utf8(v, at));
        else if (PyFloat_Check(p))
            number(PyFloat_AS_DOUBLE(p), at);
        else if (PyBool_Check(p))
            writer_.boolean(p == Py_True);
        else if (PyLong_Check(p))
            integer(v, at);
        else if (v.is_none())
            writer_.null();
        else if (PyDict_Check(p))
            object(py::reinterpret_borrow<py::dict>(v), at);
        else if (PyList_Check(p) || PyTuple_Check(p))
            array(v, at);
        else
            other(v, at);
    }

private:
    static std::string_view utf8(py::handle v, const place& at) {
        Py_ssize_t size = 0;
        const char* const text = PyUnicode_AsUTF8AndSize(v.ptr(), &size);
        if (text == nullptr) {
            PyErr_Clear();
            throw py::value_error(at.text() +
                                  ": the text has a lone surrogate, so that it is not UTF-8.");
        }
        return {text, static_cast<std::size_t>(size)};
    }

    void number(double d, const place& at) {
        if (!std::isfinite(d))
            throw py::value_error(at.text() + ": JSON has no NaN and no infinity.");
        writer_.number(d);
    }

    void integer(py::handle v, const place& at) {
        int overflow = 0;
        const auto small = PyLong_AsLongLongAndOverflow(v.ptr(), &overflow);
        if (overflow == 0) {
            writer_.integer(small);
            return;
        }
        const auto large = overflow > 0 ? PyLong_AsUnsignedLongLong(v.ptr()) : 0;
        if (overflow < 0 || PyErr_Occurred() != nullptr) {
            PyErr_Clear();
            throw py::value_error(at.text() + ": the whole number does not fit into 64 bits.");
        }
        writer_.unsigned_integer(large);
    }

    void object(const py::dict& fields, const place& at) {
        enter(at);
        writer_.begin_object();
        Py_ssize_t next = 0;
        PyObject* k = nullptr;
        PyObject* v = nullptr;
        const auto size = fields.size();
        while (PyDict_Next(fields.ptr(), &next, &k, &v) != 0) {
            const auto key = py::reinterpret_borrow<py::object>(k);
            const auto held = py::reinterpret_borrow<py::object>(v);
            field(key, held, at);
            if (fields.size() != size)
                throw py::value_error(at.text() + ": the dict changed while it was written.");
        }
        writer_.end_object();
        --depth_;
    }

    void field(const py::object& key, const py::object& v, const place& at) {
        if (!PyUnicode_Check(key.ptr()))
            throw_wrong_type(at.text() + ": a key", "str", key);
        const auto name = utf8(key, {nullptr, "a key"});
        writer_.key(name);
        value(v, {&at, name});
    }

    void array(py::handle items, const place& at) {
        enter(at);
        writer_.begin_array();
        // By index: a list may change while one of its elements is asked for its number.
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i) {
            const auto held =
                py::reinterpret_borrow<py::object>(PySequence_Fast_GET_ITEM(items.ptr(), i));
            value(held, {&at, {}, i});
        }
        writer_.end_array();
        --depth_;
    }

    /// What is not of Python's own types: numpy's numbers and arrays, dataclasses.
    void other(py::handle v, const place& at) {
        PyTypeObject* const type = Py_TYPE(v.ptr());
        if (PyBytes_Check(v.ptr()) || PyByteArray_Check(v.ptr()))
            return bytes(v, at);
        if (std::strncmp(type->tp_name, "numpy.bool", 10) == 0)
            return writer_.boolean(PyObject_IsTrue(v.ptr()) == 1);
        if (PyIndex_Check(v.ptr()) && !is_array(v)) {
            const auto whole = py::reinterpret_steal<py::object>(PyNumber_Index(v.ptr()));
            if (!whole)
                throw py::error_already_set();
            return integer(whole, at);
        }
        if (is_array(v))
            return numbers(v, at);
        if (PyObject_HasAttr(reinterpret_cast<PyObject*>(type), dataclass_fields().ptr()) == 1)
            return dataclass(v, at);
        if (type->tp_as_number == nullptr || type->tp_as_number->nb_float == nullptr)
            throw_wrong_type(at.text(),
                             "what JSON has (None, bool, int, float, str, list, tuple, dict)", v);
        const double d = PyFloat_AsDouble(v.ptr());
        if (d == -1.0 && PyErr_Occurred() != nullptr)
            throw py::error_already_set();
        number(d, at);
    }

    void bytes(py::handle v, const place& at) {
        if (!how_.base64)
            throw_wrong_type(at.text(),
                             "what JSON has (None, bool, int, float, str, list, tuple, dict; bytes "
                             "with base64=True)",
                             v);
        const buffer_view view(v);
        writer_.base64(
            {static_cast<const std::byte*>(view->buf), static_cast<std::size_t>(view->len)});
    }

    /// Arrays with dimensions; a scalar of numpy's has the protocol too, and none.
    static bool is_array(py::handle v) {
        if (PyObject_CheckBuffer(v.ptr()) == 0)
            return false;
        Py_buffer view;
        if (PyObject_GetBuffer(v.ptr(), &view, PyBUF_FORMAT | PyBUF_STRIDES) != 0) {
            PyErr_Clear();
            return false;
        }
        const bool out = view.ndim > 0;
        PyBuffer_Release(&view);
        return out;
    }

    void numbers(py::handle v, const place& at) {
        const buffer_view view(v);
        const auto* const data = static_cast<const char*>(view->buf);
        const std::string_view format = view->format == nullptr ? "B" : view->format;
        const bool written =
            format == "d"                    ? dimension<double>(view, data, 0, at)
            : format == "f"                  ? dimension<float>(view, data, 0, at)
            : format == "l" || format == "q" ? dimension<std::int64_t>(view, data, 0, at)
            : format == "i"                  ? dimension<std::int32_t>(view, data, 0, at)
            : format == "h"                  ? dimension<std::int16_t>(view, data, 0, at)
            : format == "b"                  ? dimension<std::int8_t>(view, data, 0, at)
            : format == "B"                  ? dimension<std::uint8_t>(view, data, 0, at)
            : format == "H"                  ? dimension<std::uint16_t>(view, data, 0, at)
            : format == "I"                  ? dimension<std::uint32_t>(view, data, 0, at)
            : format == "L" || format == "Q" ? dimension<std::uint64_t>(view, data, 0, at)
            : format == "?"                  ? dimension<bool>(view, data, 0, at)
                                             : false;
        if (!written)
            throw py::type_error(at.text() + ": an array of format '" + std::string(format) +
                                 "' cannot be written; convert it to numbers of this machine, such "
                                 "as float64.");
    }

    template <class T>
    bool dimension(const buffer_view& view, const char* data, int which, const place& at) {
        enter(at);
        writer_.begin_array();
        const Py_ssize_t count = view->shape[which];
        const Py_ssize_t stride = view->strides[which];
        for (Py_ssize_t i = 0; i < count; ++i) {
            const place here{&at, {}, i};
            if (which + 1 < view->ndim)
                dimension<T>(view, data + i * stride, which + 1, here);
            else
                element<T>(data + i * stride, here);
        }
        writer_.end_array();
        --depth_;
        return true;
    }

    template <class T>
    void element(const char* from, const place& at) {
        T v;
        std::memcpy(&v, from, sizeof v);
        if constexpr (std::same_as<T, bool>)
            writer_.boolean(v);
        else if constexpr (std::same_as<T, float>) {
            if (!std::isfinite(v))
                throw py::value_error(at.text() + ": JSON has no NaN and no infinity.");
            writer_.number(v);
        } else if constexpr (std::same_as<T, double>)
            number(v, at);
        else if constexpr (std::is_unsigned_v<T>)
            writer_.unsigned_integer(v);
        else
            writer_.integer(v);
    }

    void dataclass(py::handle v, const place& at) {
        enter(at);
        writer_.begin_object();
        const auto names =
            py::reinterpret_steal<py::object>(PyObject_GetAttr(v.ptr(), dataclass_fields().ptr()));
        if (!names)
            throw py::error_already_set();
        for (const auto name : py::reinterpret_borrow<py::dict>(names)) {
            const auto held =
                py::reinterpret_steal<py::object>(PyObject_GetAttr(v.ptr(), name.first.ptr()));
            if (!held)
                throw py::error_already_set();
            field(py::reinterpret_borrow<py::object>(name.first), held, at);
        }
        writer_.end_object();
        --depth_;
    }

    void enter(const place& at) {
        if (++depth_ > max_json_depth)
            throw py::value_error(std::string(at.root()) + " is nested deeper than " +
                                  std::to_string(max_json_depth) + " levels, or contains itself.");
    }

    json_writer writer_;
    encoding how_;
    std::size_t depth_ = 0;
};

py::object object_of(json_value value) {
    py::dict out;
    for (const auto& field : value.fields()) {
        const py::str key(field.key.data(), field.key.size());
        const py::object held = to_python(field.value);
        if (PyDict_SetItem(out.ptr(), key.ptr(), held.ptr()) != 0)
            throw py::error_already_set();
    }
    return out;
}

py::object list_of(json_value value) {
    py::list out(value.size());
    Py_ssize_t i = 0;
    for (const auto item : value.items())
        PyList_SET_ITEM(out.ptr(), i++, to_python(item).release().ptr());
    return out;
}

/// This thread's parser. Making Python objects may run any code, which may want it too.
class document_lease {
public:
    document_lease() : mine_(!busy()) { busy() = true; }
    document_lease(const document_lease&) = delete;
    document_lease& operator=(const document_lease&) = delete;
    ~document_lease() {
        if (mine_)
            busy() = false;
    }
    json_document& get(std::size_t size) {
        return mine_ && size <= detail::max_kept_json ? detail::thread_document() : own_.emplace();
    }

private:
    static bool& busy() {
        static thread_local bool flag = false;
        return flag;
    }
    bool mine_;
    std::optional<json_document> own_;
};

} // namespace

std::string value_to_json_text(py::handle value, const char* name) {
    std::string out;
    encoder(out).value(value, {nullptr, name});
    return out;
}

void append_json_text(std::string& out, py::handle record, encoding how) {
    if (PyUnicode_Check(record.ptr())) {
        out += text_of(record, "record");
    } else if (PyBytes_Check(record.ptr())) {
        out.append(PyBytes_AS_STRING(record.ptr()),
                   static_cast<std::size_t>(PyBytes_GET_SIZE(record.ptr())));
    } else {
        encoder(out, how).value(record, {nullptr, "record"});
    }
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

py::object answer_to_python(std::string_view padded) {
    document_lease lease;
    const auto root = lease.get(padded.size()).parse_padded(padded);
    if (!root)
        throw api_error(root.error());
    return to_python(detail::answer_of(*root));
}

} // namespace aistudio::python
