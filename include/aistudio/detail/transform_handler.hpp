#pragma once

#include <boost/asio/associator.hpp>

#include <utility>

namespace aistudio::detail {

/// A completion handler that passes `function(argument)` on to `inner`, with `inner`'s executor,
/// allocator and cancellation slot.
template <class Inner, class Function>
struct transform_handler {
    Inner inner;
    Function function;

    template <class Argument>
    void operator()(Argument&& argument) {
        std::move(inner)(function(std::forward<Argument>(argument)));
    }
};

template <class Inner, class Function>
transform_handler(Inner, Function) -> transform_handler<Inner, Function>;

} // namespace aistudio::detail

template <template <class, class> class Associator, class Inner, class Function, class Default>
struct boost::asio::associator<Associator, aistudio::detail::transform_handler<Inner, Function>,
                               Default> : Associator<Inner, Default> {
    static auto get(const aistudio::detail::transform_handler<Inner, Function>& h) noexcept {
        return Associator<Inner, Default>::get(h.inner);
    }
    static auto get(const aistudio::detail::transform_handler<Inner, Function>& h,
                    const Default& fallback) noexcept {
        return Associator<Inner, Default>::get(h.inner, fallback);
    }
};
