#pragma once

/// @file
/// What the resources have in common: checks of names and pages, and the few forms a JSON call
/// takes.

#include <aistudio/transport/client_core.hpp>
#include <aistudio/types/limits.hpp>
#include <aistudio/types/page.hpp>
#include <aistudio/types/visibility.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace aistudio::detail {

/// A path of our own namespace.
inline std::string own(std::string_view path) { return std::string("/api/local/v1").append(path); }

/// Characters, not bytes: every byte that does not continue a UTF-8 character.
inline std::size_t count_characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

inline result<void> check_name(std::string_view name, std::size_t most, std::string_view what) {
    if (name.empty())
        return make_problem(errc::invalid_argument, "A " + std::string(what) + " needs a name.");
    if (count_characters(name) > most)
        return make_problem(errc::invalid_argument,
                            "The name of a " + std::string(what) + " has at most " +
                                std::to_string(most) + " characters, not " +
                                std::to_string(count_characters(name)) + ".");
    if (!is_header_value(name))
        return make_problem(errc::invalid_argument, "The name has a control character in it.");
    return {};
}

inline std::string page_query(page_request which) {
    return "p=" + std::to_string(which.number) + "&pageSize=" + std::to_string(which.size);
}

inline std::string scope_query(list_scope scope) {
    return scope == list_scope::own ? "" : "scope=" + std::string(enum_name(scope)) + "&";
}

inline result<void> check_page(page_request which) {
    if (which.number < 1 || which.size < 1 || which.size > limits::max_page_size)
        return make_problem(errc::invalid_argument, "Pages count from 1 and have 1 to 1000 items.");
    return {};
}

template <class T>
page<T> to_page(wire::page_of<T> from) {
    return {std::move(from.data), from.total_count, from.page, from.page_size};
}

/// GET with token; reads the result.
template <class T>
boost::asio::awaitable<result<T>> get_json(client_core& core, operation& op, std::string target) {
    auto request = core.request("GET", std::move(target));
    if (!request)
        co_return request.error();
    co_return co_await core.call_json<T>(op, std::move(*request));
}

/// Any other method with a JSON body.
template <class T, class Body>
boost::asio::awaitable<result<T>> send_json(client_core& core, operation& op,
                                            std::string_view method, std::string target,
                                            const Body& body, bool creates) {
    auto request = core.json_request(method, std::move(target), body, op, creates);
    if (!request)
        co_return request.error();
    co_return co_await core.call_json<T>(op, std::move(*request));
}

/// Any other method with a JSON body that sets values, so that twice is as good as once.
template <class T, class Body>
boost::asio::awaitable<result<T>> set_json(client_core& core, operation& op,
                                           std::string_view method, std::string target,
                                           const Body& body) {
    auto request = core.json_request(method, std::move(target), body, op, false);
    if (!request)
        co_return request.error();
    request->repeatable = true;
    co_return co_await core.call_json<T>(op, std::move(*request));
}

/// Any other method without a body.
template <class T>
boost::asio::awaitable<result<T>> send_empty(client_core& core, operation& op,
                                             std::string_view method, std::string target,
                                             bool repeatable) {
    auto request = core.request(method, std::move(target));
    if (!request)
        co_return request.error();
    request->repeatable = repeatable;
    co_return co_await core.call_json<T>(op, std::move(*request));
}

/// Starts an operation whose default bound is the client's.
template <class T>
void start_call(const std::shared_ptr<client_core>& core, call_options options,
                client_core::body_of<T> body, handler<T> h) {
    core->start<T>(std::move(options), core->options().deadline, std::move(body), std::move(h));
}

/// Starts a transfer: unbounded unless the caller says otherwise.
template <class T>
void start_transfer(const std::shared_ptr<client_core>& core, call_options options,
                    client_core::body_of<T> body, handler<T> h) {
    core->start<T>(std::move(options), std::nullopt, std::move(body), std::move(h));
}

/// One page of a list of our own namespace; `target` is its path with a `?` and what filters it.
template <class T>
boost::asio::awaitable<result<page<T>>> get_page(client_core& core, operation& op,
                                                 std::string target, page_request which) {
    if (auto fine = check_page(which); !fine)
        co_return fine.error();
    auto got = co_await get_json<wire::page_of<T>>(core, op, std::move(target) + page_query(which));
    if (!got)
        co_return got.error();
    co_return to_page(std::move(*got));
}

} // namespace aistudio::detail
