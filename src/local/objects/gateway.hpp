#pragma once

#include "local/http/message.hpp"
#include "local/objects/grants.hpp"
#include "local/objects/multipart.hpp"
#include "local/objects/object_store.hpp"

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace aistudio::local::objects {

/// The object store over HTTP: PUT as a whole and in parts, GET with Range, HEAD, DELETE and lists,
/// signed by bce-auth-v1 in the header `Authorization` or in the query.
class gateway {
public:
    gateway(boost::asio::thread_pool& pool, object_store& s, multipart_uploads& u, grants& g)
        : pool_(pool), store_(s), uploads_(u), grants_(g) {}

    /// True for paths of the object store.
    [[nodiscard]] static bool owns(std::string_view path);
    [[nodiscard]] std::unique_ptr<http::exchange> begin(const http::request_head& head);

private:
    class object_exchange;
    class put_exchange;

    boost::asio::thread_pool& pool_;
    object_store& store_;
    multipart_uploads& uploads_;
    grants& grants_;
};

} // namespace aistudio::local::objects
