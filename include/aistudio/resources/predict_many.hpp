#pragma once

#include <aistudio/detail/bulk_run.hpp>
#include <aistudio/resources/bulk_options.hpp>
#include <aistudio/resources/predictor.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace aistudio {

/// Sends many records to one prediction service, many at a time, and hands every answer to `sink`.
///
/// @tparam Out     As in `predictor::async_predict`.
/// @param  source  Where the records come from: a range, or a function without arguments that
///                 returns `std::optional` of a record, empty at the end. A range that is an lvalue
///                 must outlive the operation. Records are what `async_predict` takes: text is JSON
///                 already (and is checked), anything else is written by `to_json`; or a `result`
///                 of one, whose problem then is the record's. They are read
///                 one by one when they can be sent, so that memory does not depend on how many
///                 there are. It must not block.
/// @param  sink    `sink(index, result<Out>)` for each record once; records count from 0. A record
///                 that cannot be written, or whose call fails, is a problem of its own and stops
///                 no other. May return `bool`: false ends the operation with errc::cancelled.
///
/// Source, sink and `options.progress` are called one at a time, by the token's executor (its
/// default is the client's).
///
/// @return             What came of it. Failed records are counted there and are no error, also
///                     with `stop_at_first_error`.
/// @par Errors         errc::invalid_argument (options), errc::cancelled, errc::client_closed; what
///                     the source or the sink throws: the problem of an `api_error`, else
///                     errc::internal_error with its text. When the source throws, what was sent
///                     before is finished and given to the sink first.
/// @par Cancellation   terminal, partial and total: calls in flight are cut, their records end with
///                     errc::cancelled, and so does the operation.
/// @par Thread safety  As `predictor`.
template <class Out = std::string, class Source, class Sink, class Token = boost::asio::deferred_t>
auto async_predict_many(const predictor& service, Source&& source, Sink&& sink,
                        bulk_options options = detail::defaults<bulk_options>(),
                        Token&& token = Token{}) {
    using source_type = detail::local_source_of<Source>;
    return boost::asio::async_initiate<Token, void(result<bulk_summary>)>(
        [](auto h, predictor p, std::unique_ptr<source_type> from, std::decay_t<Sink> to,
           bulk_options o) {
            auto executor = detail::executor_of(h);
            std::make_shared<detail::bulk_run_of<Out, std::decay_t<Sink>>>(
                std::move(executor), p, std::move(from), std::move(to), std::move(o),
                detail::handler<bulk_summary>(std::move(h)))
                ->start();
        },
        token, service, detail::make_local_source(std::forward<Source>(source)),
        std::decay_t<Sink>(std::forward<Sink>(sink)), std::move(options));
}

} // namespace aistudio
