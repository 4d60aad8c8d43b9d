#pragma once

#include "local/serving/call_queue.hpp"
#include "local/serving/restart_policy.hpp"
#include "local/serving/worker_process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::local::serving {

/// Everything a model's worker needs, found out before there is one.
struct worker_plan {
    std::string name;      ///< For the log: `service 7`.
    jobs::program program; ///< Interpreter and worker.
    std::string settings;  ///< The first body, see `worker/worker.py`.
    std::chrono::milliseconds call_timeout{0};
    std::size_t max_queued_calls = 0;
    std::function<void(std::string_view)> log; ///< Called on the I/O thread.
};

/// Answers calls with a model in a worker process.
class model_backend final : public backend, public std::enable_shared_from_this<model_backend> {
public:
    model_backend(boost::asio::io_context& io, worker_plan plan);

    /// Starts the worker in the background. Any thread.
    void open();
    void predict(call c) override;
    void close() override;

private:
    enum class state { stopped, pausing, loading, ready, closed };

    // All of these on the I/O thread.
    void start_worker();
    void loaded(const std::string& payload);
    void refuse_for_now(answer why);
    void pump();
    void send_batch();
    void replied(const std::string& payload);
    void worker_ended(const worker_end& end);
    void fail_batch(std::int64_t code, const std::string& message);
    void pause();
    void shut();
    [[nodiscard]] std::string explain(const worker_end& end) const;
    void log(const std::string& text) const;

    boost::asio::io_context& io_;
    const worker_plan plan_;
    call_queue queue_;

    state state_ = state::stopped;
    restart_policy restarts_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<worker_process> worker_;
    std::vector<call> batch_; // at the worker; not empty: it is busy
};

} // namespace aistudio::local::serving
