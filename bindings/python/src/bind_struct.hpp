#pragma once

#include "casters.hpp"
#include "python_types.hpp"
#include "text.hpp"
#include "type_model.hpp"

#include <string>
#include <typeinfo>
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

/// A member of a described struct, with the struct's type forgotten: what Python needs of structs
/// is then compiled once and not for each of them.
struct member_binding {
    const char* name;
    py::object (*get)(const void* self);
    void (*set)(void* self, py::handle value, const std::string& where);
};

/// A described struct, likewise. Lives as long as the process.
struct struct_binding {
    std::string type; // C++
    std::string name; // Python
    const std::type_info* info;
    bool (*equal)(const void* a, const void* b);
    std::vector<member_binding> members;
};

template <class T, class Descriptor>
[[nodiscard]] constexpr member_binding binding_of_member(Descriptor) {
    using M = std::remove_cvref_t<decltype(std::declval<T&>().*Descriptor::pointer)>;
    return {Descriptor::name,
            [](const void* self) {
                return py::cast(static_cast<const T*>(self)->*Descriptor::pointer);
            },
            [](void* self, py::handle value, const std::string& where) {
                static_cast<T*>(self)->*Descriptor::pointer = load_member<M>(value, where);
            }};
}

template <class T>
[[nodiscard]] const struct_binding& binding_of() {
    static const struct_binding binding = [] {
        const auto type = bindings::short_name<T>();
        struct_binding out{type,
                           bindings::pascal_case(type),
                           &typeid(T),
                           [](const void* a, const void* b) {
                               return *static_cast<const T*>(a) == *static_cast<const T*>(b);
                           },
                           {}};
        boost::mp11::mp_for_each<bindings::members_of<T>>(
            [&](auto d) { out.members.push_back(binding_of_member<T>(d)); });
        return out;
    }();
    return binding;
}

/// The members by name.
[[nodiscard]] py::dict to_dict(const struct_binding& binding, const void* self);
/// Sets those of `self`'s members that are named.
void set_members(const struct_binding& binding, void* self, const py::dict& members);
/// Everything of the class that its constructor is not: attributes, `repr`, equality, `to_dict`,
/// pickling.
void bind_members(const struct_binding& binding, py::object type);

/// A class for the described struct `T`.
template <class T>
void bind_struct(py::module_& m) {
    const auto& binding = binding_of<T>();
    py::class_<T> c(m, binding.name.c_str(), value_doc(binding.type, ""), py::is_final());
    c.def(py::init([](const py::kwargs& members) {
        T out{};
        set_members(binding_of<T>(), &out, members);
        return out;
    }));
    bind_members(binding, c);
}

} // namespace aistudio::python
