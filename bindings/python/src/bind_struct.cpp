#include "bind_struct.hpp"

#include <string_view>

namespace aistudio::python {
namespace {

struct doc_row {
    std::string_view type;
    std::string_view member;
    const char* doc;
};

constexpr doc_row docs[] = {
#include "value_docs.ipp"
};

} // namespace

const char* value_doc(std::string_view type, std::string_view member) {
    for (const auto& row : docs)
        if (row.type == type && row.member == member)
            return row.doc;
    return "";
}

void throw_wrong_type(const std::string& where, const std::string& expected, py::handle got) {
    throw py::type_error(where + ": expected " + expected + ", not " +
                         std::string(Py_TYPE(got.ptr())->tp_name) + ".");
}

void throw_wrong_name(const std::string& where, const std::vector<std::string>& names,
                      py::handle got) {
    std::string known;
    for (const auto& name : names)
        if (name != "unknown") // what the library does not know cannot be asked for
            known += (known.empty() ? "'" : ", '") + name + "'";
    throw py::value_error(where + ": expected one of " + known + ", not " +
                          py::repr(got).cast<std::string>() + ".");
}

void throw_unknown_member(const std::string& type, py::handle name) {
    throw py::type_error(type + " has no member called " + py::repr(name).cast<std::string>() +
                         ".");
}

std::string text_of(py::handle value, const std::string& where) {
    if (!py::isinstance<py::str>(value))
        throw_wrong_type(where, "str", value);
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
    if (text == nullptr) {
        PyErr_Clear();
        throw py::value_error(where + ": the text has a lone surrogate, so that it is not UTF-8.");
    }
    return {text, static_cast<std::size_t>(size)};
}

} // namespace aistudio::python
