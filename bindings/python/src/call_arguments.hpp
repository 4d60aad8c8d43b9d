#pragma once

#include "bind_struct.hpp"
#include "mailbox.hpp"
#include "python_types.hpp"
#include "value_types.hpp"

#include <aistudio/operations.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// From the arguments of a Python call to those of an operation. The same rules as in the emitted
/// stub: `bindings/common/python_types.hpp`.
namespace aistudio::python {

/// Seconds above 0, or infinity for no limit, which is zero in C++.
[[nodiscard]] std::chrono::milliseconds time_limit(py::handle timeout, const std::string& where);

/// A callback: `value` itself; None and False: null. True makes `bar` of `aistudio._progress`,
/// where that is not null.
[[nodiscard]] py::object function_of(const py::object& value, const char* bar,
                                     const std::string& where);

/// What a call was given. Each argument is taken once; what is left at the end was not asked for.
class given_arguments {
public:
    given_arguments(std::string function, py::args positional, py::kwargs named)
        : function_(std::move(function)), positional_(std::move(positional)),
          named_(std::move(named)) {}

    /// Null when it was not given. The next positional argument, if `by_position`.
    [[nodiscard]] py::object take(std::string_view name, bool by_position, bool by_name = true);
    [[noreturn]] void throw_missing(std::string_view name) const;
    void finish() const;
    [[nodiscard]] std::string where(std::string_view name) const {
        return function_ + ": " + std::string(name);
    }

private:
    std::string function_;
    py::args positional_;
    py::kwargs named_;
    std::size_t next_ = 0;
    std::vector<std::string> taken_; // by name
};

template <class M>
inline constexpr bool is_spread =
    bindings::is_spread_record(std::same_as<M, call_options>   ? "call_options"
                               : std::same_as<M, page_request> ? "page_request"
                                                               : "");

/// Fills the members of a record from keywords.
template <class T, class Context>
void take_members(T& record, given_arguments& given, const Context& context,
                  bool outer_has_timeout = false) {
    const auto type = bindings::short_name<T>();
    constexpr bool has_timeout = requires { record.timeout; };
    boost::mp11::mp_for_each<bindings::members_of<T>>([&](auto d) {
        auto& member = record.*d.pointer;
        using M = std::remove_reference_t<decltype(member)>;
        if constexpr (is_spread<M>) {
            take_members(member, given, context, has_timeout);
        } else {
            const auto name = bindings::keyword_of(type, d.name, outer_has_timeout);
            if (name.empty())
                return; // not for Python
            const auto value = given.take(name, false);
            if (!value)
                return;
            const auto where = given.where(name);
            if constexpr (bindings::is_callback<M>) {
                const auto function = function_of(
                    value, bindings::shows_a_bar(d.name) ? "TransferBar" : nullptr, where);
                if (!function)
                    return;
                member = [&]<class... A>(std::type_identity<std::function<void(A...)>>) {
                    return context.template callback<A...>(function);
                }(std::type_identity<M>{});
            } else if (bindings::is_time_limit(d.name)) {
                if constexpr (std::is_assignable_v<M&, std::chrono::milliseconds>)
                    if (!value.is_none())
                        member = time_limit(value, where);
            } else {
                member = load_member<M>(value, where);
            }
        }
    });
}

/// One argument of an operation.
template <class M>
M take_argument(std::string_view name, bool required, given_arguments& given,
                const call_context& context) {
    if constexpr (boost::describe::has_describe_members<M>::value) {
        M out{};
        if (const auto base = given.take(name, true, false); base)
            if constexpr (bindings::is_value_type<M>)
                out = load_member<M>(base, given.where(name));
        take_members(out, given, context);
        return out;
    } else {
        const auto value = given.take(name, true);
        if constexpr (bindings::is_callback<M>) {
            if (!value || value.is_none())
                return {}; // the caller may have a use for that
            if (PyCallable_Check(value.ptr()) == 0)
                throw_wrong_type(given.where(name), "a function", value);
            return [&]<class... A>(std::type_identity<std::function<void(A...)>>) {
                return context.callback<A...>(value);
            }(std::type_identity<M>{});
        } else {
            if (!value && required)
                given.throw_missing(name);
            return value ? load_member<M>(value, given.where(name)) : M{};
        }
    }
}

/// All arguments of an operation and its options.
template <class Operation>
auto take_all(given_arguments& given, const call_context& context) {
    auto out =
        [&]<class... A, std::size_t... I>(boost::mp11::mp_list<A...>, std::index_sequence<I...>) {
            // Braces: from left to right.
            return std::tuple<A..., typename Operation::options>{
                take_argument<A>(Operation::argument_names[I], I < required_arguments<Operation>,
                                 given, context)...,
                typename Operation::options{}};
        }(typename Operation::arguments{},
          std::make_index_sequence<Operation::argument_names.size()>{});
    take_members(std::get<std::tuple_size_v<decltype(out)> - 1>(out), given, context);
    given.finish();
    return out;
}

} // namespace aistudio::python
