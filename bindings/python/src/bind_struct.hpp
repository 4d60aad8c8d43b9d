#pragma once

#include "casters.hpp"
#include "python_types.hpp"
#include "text.hpp"
#include "type_model.hpp"

#include <string>
#include <utility>
#include <vector>

namespace aistudio::python {

/// The `///` comment of a type (`member` empty) or of a member.
[[nodiscard]] const char* value_doc(std::string_view type, std::string_view member);

[[noreturn]] void throw_wrong_type(const std::string& where, const std::string& expected,
                                   py::handle got);
/// None of the names of an enumeration.
[[noreturn]] void throw_wrong_name(const std::string& where, const std::vector<std::string>& names,
                                   py::handle got);
[[noreturn]] void throw_unknown_member(const std::string& type, py::handle name);
/// UTF-8 of a `str`; anything else, lone surrogates too, is refused.
[[nodiscard]] std::string text_of(py::handle value, const std::string& where);

template <class M>
M load_member(py::handle value, const std::string& where) {
    if constexpr (std::same_as<M, std::string>) {
        return text_of(value, where);
    } else {
        py::detail::make_caster<M> caster;
        // A flag must be a bool: any object would convert.
        if (!caster.load(value, !std::same_as<M, bool>)) {
            PyErr_Clear();
            if constexpr (std::is_enum_v<M>)
                if (py::isinstance<py::str>(value))
                    throw_wrong_name(where, bindings::model_of<M>().values, value);
            throw_wrong_type(where, bindings::accepted_python_type(bindings::model_of<M>()), value);
        }
        return py::detail::cast_op<M>(std::move(caster));
    }
}

template <class T>
T from_keywords(const py::dict& members) {
    const auto type = bindings::pascal_case(bindings::short_name<T>());
    T out{};
    std::size_t used = 0;
    boost::mp11::mp_for_each<bindings::members_of<T>>([&](auto d) {
        if (!members.contains(d.name))
            return;
        auto& member = out.*d.pointer;
        member = load_member<std::remove_reference_t<decltype(member)>>(members[d.name],
                                                                        type + "." + d.name);
        ++used;
    });
    if (used != members.size())
        for (const auto& [name, value] : members)
            if (!py::hasattr(py::type::of<T>(), name))
                throw_unknown_member(type, name);
    return out;
}

template <class T>
py::dict to_dict(const T& value) {
    py::dict out;
    boost::mp11::mp_for_each<bindings::members_of<T>>(
        [&](auto d) { out[d.name] = py::cast(value.*d.pointer); });
    return out;
}

template <class T>
std::string repr(const T& value) {
    std::string out = bindings::pascal_case(bindings::short_name<T>()) + "(";
    bool first = true;
    boost::mp11::mp_for_each<bindings::members_of<T>>([&](auto d) {
        out.append(first ? "" : ", ").append(d.name).append("=");
        out += py::repr(py::cast(value.*d.pointer)).template cast<std::string>();
        first = false;
    });
    return out + ")";
}

/// A class for the described struct `T`: keyword construction, attributes, `repr`, equality,
/// `to_dict`, pickling.
template <class T>
void bind_struct(py::module_& m) {
    const auto name = bindings::short_name<T>();
    py::class_<T> c(m, bindings::pascal_case(name).c_str(), value_doc(name, ""), py::is_final());
    c.def(py::init([](const py::kwargs& members) { return from_keywords<T>(members); }));
    boost::mp11::mp_for_each<bindings::members_of<T>>([&](auto d) {
        c.def_property_readonly(
            d.name, [pointer = d.pointer](const T& self) { return self.*pointer; },
            value_doc(name, d.name));
    });
    c.def("to_dict", &to_dict<T>, "The members by name; secrets stay `Secret`.");
    c.def("__repr__", &repr<T>);
    c.def("__eq__", [](const T& a, const py::object& b) -> py::object {
        if (!py::isinstance<T>(b))
            return py::reinterpret_borrow<py::object>(Py_NotImplemented);
        return py::bool_(a == b.cast<const T&>());
    });
    c.attr("__hash__") = py::none();
    c.def(py::pickle(&to_dict<T>, &from_keywords<T>));
}

} // namespace aistudio::python
