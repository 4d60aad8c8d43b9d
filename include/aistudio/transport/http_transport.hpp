#pragma once

#include <aistudio/transport/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

#include <memory>

namespace aistudio {

/// HTTP/1.1 over TCP and TLS with a pool of keep-alive connections for each host (and proxy).
///
/// @par Thread safety  Everything happens on `strand`; call it from there only.
class http_transport final : public transport {
public:
    using strand = boost::asio::strand<boost::asio::any_io_executor>;

    /// `options` are resolved. A CA file that cannot be read shows with the first https attempt.
    AISTUDIO_DECL http_transport(strand s, client_options options, environment env);
    AISTUDIO_DECL ~http_transport() override;

    [[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<attempt_result>
    attempt(const http_request& request, call_machine::send how, interrupter& stop) override;
    AISTUDIO_DECL void close() override;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/http_transport.ipp>
#endif
