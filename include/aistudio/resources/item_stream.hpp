#pragma once

#include <aistudio/detail/operation.hpp>
#include <aistudio/protocol/page_walk.hpp>
#include <aistudio/types/page.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace aistudio {

/// The items of a list over all its pages, one at a time, for callers that must not block:
///
///     auto all = client.datasets().all();
///     while (auto dataset = (co_await all.async_next()).value())
///         std::cout << dataset->name << '\n';
///
/// (With GCC 12 the awaited value needs a variable of its own.) Each page is asked for when the one
/// before is used up. What is made or deleted meanwhile may be seen twice or missed: the service
/// counts pages anew with each call. Copies share their place in the list.
/// @par Thread safety  One `async_next` at a time.
template <class T>
class item_stream {
public:
    /// Asks for one page.
    using fetch = std::function<void(page_request, detail::handler<page<T>>)>;

    item_stream(boost::asio::any_io_executor executor, fetch f, page_request first = {})
        : state_(std::make_shared<state>(std::move(executor), std::move(f), first)) {}

    /// The next item; nullopt after the last, and after an error. Completes as every operation
    /// does: once, never inline.
    /// @par Errors        those of the list's pages.
    /// @par Cancellation  terminal, partial and total.
    template <class Token = boost::asio::deferred_t>
    auto async_next(Token&& token = Token{}) const {
        return boost::asio::async_compose<Token, void(result<std::optional<T>>)>(
            step{state_}, token, state_->executor);
    }

private:
    struct state {
        state(boost::asio::any_io_executor e, fetch f, page_request first)
            : executor(std::move(e)), ask(std::move(f)), walk(first) {}
        boost::asio::any_io_executor executor;
        fetch ask;
        detail::page_walk<T> walk;
    };

    struct step {
        std::shared_ptr<state> at;

        template <class Self>
        void operator()(Self& self) {
            auto item = at->walk.take();
            const auto wanted = at->walk.wanted();
            if (item || !wanted)
                return complete_later(self, std::move(item));
            self.reset_cancellation_state(boost::asio::enable_total_cancellation());
            const auto held = at;
            held->ask(*wanted, detail::handler<page<T>>(std::move(self)));
        }
        template <class Self>
        void operator()(Self& self, result<page<T>> got) {
            if (!got) {
                at->walk.on_failure();
                return self.complete(got.error());
            }
            at->walk.on_page(std::move(*got));
            self.complete(at->walk.take());
        }

    private:
        template <class Self>
        void complete_later(Self& self, std::optional<T> item) {
            const auto where = self.get_executor();
            boost::asio::post(where, [self = std::move(self), item = std::move(item)]() mutable {
                self.complete(std::move(item));
            });
        }
    };

    std::shared_ptr<state> state_;
};

} // namespace aistudio
