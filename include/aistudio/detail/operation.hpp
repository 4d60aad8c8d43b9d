#pragma once

#include <aistudio/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace aistudio {

class client_core;

namespace detail {

/// What every operation's implementation is given to complete.
template <class T>
using handler = boost::asio::any_completion_handler<void(result<T>)>;

/// The executor of handlers that have none of their own.
[[nodiscard]] AISTUDIO_DECL const boost::asio::any_io_executor&
home_executor(const client_core& core) noexcept;

/// A default argument that comes from a function. GCC 12 copies the bytes of `T{}` when it stands
/// in a `co_await` expression, which breaks short strings (they point into themselves).
template <class T>
T defaults() {
    return T{};
}

/// Starts `start(core, arguments..., handler)` for any completion token. The completion signature
/// is `void(result<T>)`. Arguments are moved into the operation, so nothing of the caller's needs
/// to outlive the call.
template <class T, class Token, class Start, class... Args>
auto initiate(std::shared_ptr<client_core> core, Start start, Token&& token, Args... args) {
    return boost::asio::async_initiate<Token, void(result<T>)>(
        [](auto h, std::shared_ptr<client_core> c, Start s, auto... a) {
            s(std::move(c), std::move(a)..., handler<T>(std::move(h)));
        },
        token, std::move(core), start, std::move(args)...);
}

} // namespace detail
} // namespace aistudio
