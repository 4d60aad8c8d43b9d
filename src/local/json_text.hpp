#pragma once

#include <aistudio/codec/json.hpp>

#include <string>
#include <string_view>

namespace aistudio::local {
namespace detail {

/// The type is gone before the work begins: there are many types, and the code is cold.
void read_json(std::string_view text, void* out,
               bool (*read)(json_value, void* out, aistudio::detail::json_fault&));
std::string print_json(const void* value, void (*write)(json_writer&, const void* value));

} // namespace detail

/// A request's body as a `T`; refuses what is not JSON or does not fit.
template <class T>
T from_body(std::string_view text) {
    T out{};
    detail::read_json(text, &out, [](json_value v, void* o, aistudio::detail::json_fault& e) {
        return aistudio::detail::read_value(v, *static_cast<T*>(o), e);
    });
    return out;
}

/// JSON of a handler's value, with the secrets that the token's owner may see.
template <class T>
std::string to_wire(const T& value) {
    return detail::print_json(&value, [](json_writer& w, const void* v) {
        aistudio::detail::write_value(w, *static_cast<const T*>(v));
    });
}

} // namespace aistudio::local
