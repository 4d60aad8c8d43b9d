#pragma once

#include <aistudio/client.hpp>
#include <aistudio/transport/client_core.hpp>

namespace aistudio {

AISTUDIO_DECL result<client> client::create(boost::asio::any_io_executor executor,
                                            client_options options) {
    auto resolved = resolve_options(std::move(options));
    if (!resolved)
        return resolved.error();
    return client(
        std::make_shared<client_core>(executor, std::move(*resolved), process_environment()));
}

AISTUDIO_DECL client::client(boost::asio::any_io_executor executor, client_options options)
    : client(create(std::move(executor), std::move(options)).value()) {}

AISTUDIO_DECL result<predictor> client::predictor(std::string_view url, const secret& key,
                                                  predictor_options options) const {
    return detail::make_predictor(core_, url, key, options);
}

AISTUDIO_DECL const client_options& client::options() const noexcept { return core_->options(); }

AISTUDIO_DECL void client::close() { core_->close(); }

} // namespace aistudio
