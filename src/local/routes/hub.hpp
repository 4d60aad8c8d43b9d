#pragma once

#include "local/domain/repositories.hpp"
#include "local/http/message.hpp"
#include "local/objects/grants.hpp"

#include <aistudio/types/secret.hpp>

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <string_view>

namespace aistudio::local::routes {

/// The Git host's side of the model hub: files, commits, tags and large-file transfer, in Gitea's
/// manner (no envelope, errors as `{"message": ...}` with their HTTP status).
class hub {
public:
    hub(boost::asio::thread_pool& pool, domain::repositories& r, objects::grants& g,
        const secret& token)
        : pool_(pool), repositories_(r), grants_(g), token_(token) {}

    /// True for paths of the Git host.
    [[nodiscard]] static bool owns(std::string_view path);
    [[nodiscard]] std::unique_ptr<http::exchange> begin(const http::request_head& head);

private:
    class hub_exchange;

    boost::asio::thread_pool& pool_;
    domain::repositories& repositories_;
    objects::grants& grants_;
    const secret& token_;
};

} // namespace aistudio::local::routes
