#pragma once

#include <aistudio/resources/predict_many.hpp>
#include <aistudio/sync_client.hpp>

#include <boost/asio/any_completion_handler.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace aistudio {
namespace detail {

/// Records that wait in memory between the caller's thread and the client's.
inline constexpr std::size_t fed_records = 64;

/// Reads `source` to its end, or until nobody wants more.
inline void feed_bulk(bulk_source& source, fed_source& to) {
    std::string body;
    for (;;) {
        problem why;
        const auto got = source.pull(body, why);
        if (got == bulk_source::pulled::end)
            return;
        const bool refused = got == bulk_source::pulled::refused;
        if (!to.put(body, refused ? std::optional(std::move(why)) : std::nullopt))
            return;
    }
}

} // namespace detail

/// `async_predict_many` for programs without an event loop: returns when all is done.
///
/// The source is read, and its records are written as JSON, in the calling thread; it may block.
/// The calls are made by one of the client's prediction threads, another for each run; `sink` and
/// `options.progress` are called there, one at a time, and must not block for long: calls in flight
/// wait for them. What source or sink throw is thrown on, after
/// what was sent before has ended.
template <class Out = std::string, class Source, class Sink>
result<bulk_summary> predict_many(const sync_predictor& service, Source&& source, Sink&& sink,
                                  bulk_options options = {}) {
    using run_type = detail::bulk_run_of<Out, std::decay_t<Sink>>;
    const auto records = detail::make_local_source(std::forward<Source>(source));
    auto fed = std::make_unique<detail::fed_source>(detail::fed_records, records->total());
    detail::fed_source& feeding = *fed;
    std::shared_ptr<run_type> run; // has `fed`, and lives until this function ends
    std::exception_ptr thrown;
    auto ended = service.template wait_for<bulk_summary>(
        [&](detail::handler<bulk_summary> h) {
            run = std::make_shared<run_type>(std::nullopt, service.next(), std::move(fed),
                                             std::forward<Sink>(sink), std::move(options),
                                             std::move(h));
            feeding.wake = [weak = std::weak_ptr<run_type>(run)] {
                if (const auto alive = weak.lock())
                    alive->wake();
            };
            run->start();
        },
        [&] {
            try {
                detail::feed_bulk(*records, feeding);
            } catch (...) {
                thrown = std::current_exception();
            }
            feeding.close();
        });
    if (thrown)
        std::rethrow_exception(thrown);
    if (run && run->thrown())
        std::rethrow_exception(run->thrown());
    return ended;
}

} // namespace aistudio
