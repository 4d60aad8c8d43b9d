#pragma once

#include "local/serving/call_queue.hpp"

#include <boost/asio/thread_pool.hpp>

#include <memory>

namespace aistudio::local::serving {

/// Answers calls with a C++ function, on the threads of a pool.
class handler_backend final : public backend, public std::enable_shared_from_this<handler_backend> {
public:
    handler_backend(boost::asio::thread_pool& pool, std::size_t max_queued_calls,
                    service_handler handler);

    void predict(call c) override;
    void load(answer_handler done) override { done({}); }
    void close() override { queue_.close(); }

private:
    void answer_one();
    [[nodiscard]] answer ask(std::string_view body) const;

    boost::asio::thread_pool& pool_;
    call_queue queue_;
    service_handler handler_;
};

} // namespace aistudio::local::serving
