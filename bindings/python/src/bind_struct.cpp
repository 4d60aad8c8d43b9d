#include "bind_struct.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

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

/// The struct in a Python object; null when it is none.
const void* value_in(const struct_binding& binding, py::handle object) {
    py::detail::type_caster_generic caster(*binding.info);
    return caster.load(object, false) ? caster.value : nullptr;
}

const void* self_in(const struct_binding& binding, py::handle self) {
    const void* value = value_in(binding, self);
    if (value == nullptr)
        throw_wrong_type("self", binding.name, self);
    return value;
}

std::string repr(const struct_binding& binding, const void* self) {
    std::string out = binding.name + "(";
    const char* separator = "";
    for (const auto& member : binding.members) {
        out.append(std::exchange(separator, ", ")).append(member.name).append("=");
        out += py::repr(member.get(self)).cast<std::string>();
    }
    return out + ")";
}

py::object read_only(const struct_binding& binding, const member_binding& member) {
    const py::cpp_function getter(
        [&binding, &member](py::handle self) { return member.get(self_in(binding, self)); });
    return py::handle(reinterpret_cast<PyObject*>(&PyProperty_Type))(
        getter, py::none(), py::none(), value_doc(binding.type, member.name));
}

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

py::dict to_dict(const struct_binding& binding, const void* self) {
    py::dict out;
    for (const auto& member : binding.members)
        out[member.name] = member.get(self);
    return out;
}

void set_members(const struct_binding& binding, void* self, const py::dict& members) {
    std::size_t used = 0;
    for (const auto& member : binding.members) {
        if (!members.contains(member.name))
            continue;
        member.set(self, members[member.name], binding.name + "." + member.name);
        ++used;
    }
    if (used == members.size())
        return;
    for (const auto& [name, value] : members)
        if (std::ranges::none_of(binding.members,
                                 [&](const auto& m) { return py::str(m.name).equal(name); }))
            throw_unknown_member(binding.name, name);
}

void bind_members(const struct_binding& binding, py::object type) {
    const auto define = [&](const char* name, auto body, const char* doc = "") {
        type.attr(name) =
            py::cpp_function(std::move(body), py::name(name), py::is_method(type), doc);
    };
    for (const auto& member : binding.members)
        type.attr(member.name) = read_only(binding, member);
    define(
        "to_dict", [&binding](py::handle self) { return to_dict(binding, self_in(binding, self)); },
        "The members by name; secrets stay `Secret`.");
    define("__repr__",
           [&binding](py::handle self) { return repr(binding, self_in(binding, self)); });
    define("__eq__", [&binding](py::handle self, py::handle other) -> py::object {
        const void* b = value_in(binding, other);
        if (b == nullptr)
            return py::reinterpret_borrow<py::object>(Py_NotImplemented);
        return py::bool_(binding.equal(self_in(binding, self), b));
    });
    type.attr("__hash__") = py::none();
    define("__getstate__",
           [&binding](py::handle self) { return to_dict(binding, self_in(binding, self)); });
    define("__setstate__", [](py::handle self, const py::dict& members) {
        self.attr("__init__")(**members); // of an object that was only allocated
    });
}

} // namespace aistudio::python
