#pragma once

#include <aistudio/transport/exchange_engine.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

#include <memory>

namespace aistudio::detail {

using client_strand = boost::asio::strand<boost::asio::any_io_executor>;

/// Where an engine on `executor` runs: directly on an `event_loop`, else by Asio's sockets on
/// `strand`, on every system that Asio knows.
[[nodiscard]] AISTUDIO_DECL std::shared_ptr<engine_home>
make_engine_home(const boost::asio::any_io_executor& executor, const client_strand& strand);

/// An engine there.
[[nodiscard]] AISTUDIO_DECL std::shared_ptr<exchange_engine>
make_exchange_engine(const boost::asio::any_io_executor& executor, const client_strand& strand,
                     const client_options& options, environment env);

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/asio_engine.ipp>
#endif
