#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/error.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace aistudio::detail {

/// What all of a client's TLS connections share: versions, authorities, verification.
/// @par Errors  errc::invalid_configuration: a CA file that cannot be read.
inline result<std::unique_ptr<boost::asio::ssl::context>>
make_tls_context(const tls_options& options) {
    auto context =
        std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    boost::system::error_code error;
    if (options.ca_file.empty())
        context->set_default_verify_paths(error);
    else
        context->load_verify_file(options.ca_file.string(), error);
    if (error)
        return make_problem(errc::invalid_configuration,
                            "The CA file `" + options.ca_file.string() + "` cannot be read as PEM.",
                            phase::tls);
    context->set_verify_mode(
        options.verify ? boost::asio::ssl::verify_peer : boost::asio::ssl::verify_none, error);
    return context;
}

} // namespace aistudio::detail
