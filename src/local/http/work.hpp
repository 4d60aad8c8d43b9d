#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <type_traits>
#include <utility>

namespace aistudio::local::http {

/// Runs blocking `f` on the pool and resumes the caller on its own executor with the value or
/// exception.
template <class F>
boost::asio::awaitable<std::invoke_result_t<F&>> on_pool(boost::asio::thread_pool& pool, F f) {
    using value = std::invoke_result_t<F&>;
    auto work = [](F function) -> boost::asio::awaitable<value> { co_return function(); };
    co_return co_await boost::asio::co_spawn(pool, work(std::move(f)), boost::asio::use_awaitable);
}

} // namespace aistudio::local::http
