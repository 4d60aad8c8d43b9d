#include "local/serving/handler_backend.hpp"

#include <boost/asio/post.hpp>

namespace aistudio::local::serving {
namespace {

/// What a handler's error is called on the wire: its own service code, or that of its `errc`.
std::int64_t code_of(const problem& p) {
    if (p.service_code != 0)
        return p.service_code;
    for (const auto& row : service_code_table)
        if (row.meaning == p.code && row.meaning != errc::server_error)
            return row.code;
    return service_code::internal;
}

answer failed(std::int64_t code, std::string message) { return {code, std::move(message), {}}; }

} // namespace

handler_backend::handler_backend(boost::asio::thread_pool& pool, std::size_t max_queued_calls,
                                 service_handler handler)
    : pool_(pool), queue_(max_queued_calls), handler_(std::move(handler)) {}

void handler_backend::predict(call c) {
    queue_.push(std::move(c));
    // One task a call, whether it was refused or not: a task that finds nothing does nothing.
    boost::asio::post(pool_, [self = shared_from_this()] { self->answer_one(); });
}

void handler_backend::answer_one() {
    for (auto& c : queue_.take(1, 0))
        c.finish(ask(c.body));
}

answer handler_backend::ask(std::string_view body) const {
    try {
        auto given = handler_(body);
        if (given)
            return {service_code::ok, {}, std::move(*given)};
        const auto& p = given.error();
        return failed(code_of(p), p.detail.empty() ? std::string(info(p.code).english) : p.detail);
    } catch (const std::exception& e) {
        return failed(service_code::converter_failed,
                      std::string("The service's handler failed: ") + e.what());
    } catch (...) {
        return failed(service_code::converter_failed,
                      "The service's handler failed with something that is no std::exception.");
    }
}

} // namespace aistudio::local::serving
