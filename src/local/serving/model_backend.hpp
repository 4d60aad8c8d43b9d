#pragma once

#include "local/serving/batch_rule.hpp"
#include "local/serving/call_queue.hpp"
#include "local/serving/restart_policy.hpp"
#include "local/serving/worker_process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::local::serving {

/// Everything a model's workers need, found out before there is one.
struct worker_plan {
    std::string name;      ///< For the log: `service 7`.
    jobs::program program; ///< Interpreter and worker.
    std::string settings;  ///< The first body, see `worker/worker.py`.
    std::size_t workers = 1;
    batch_rule batching;
    std::chrono::milliseconds call_timeout{0};
    std::chrono::milliseconds health_interval{0}; ///< Zero: idle workers are not looked at.
    std::chrono::milliseconds health_limit{0};    ///< For the answer of an idle worker.
    std::size_t max_queued_calls = 0;
    std::function<void(std::string_view)> log; ///< Called on the I/O thread.
    std::shared_ptr<process_count> processes;
};

/// Answers calls with a model in worker processes. They are started when calls need them: the first
/// by the first call, another when calls wait that no worker is free for.
class model_backend final : public backend, public std::enable_shared_from_this<model_backend> {
public:
    model_backend(boost::asio::io_context& io, worker_plan plan);
    ~model_backend() override;

    void predict(call c) override;
    void load(answer_handler done) override;
    void close() override;

private:
    enum class state { stopped, pausing, loading, ready, closed };
    struct worker_slot;

    // All of these on the I/O thread.
    void start_worker(worker_slot& slot);
    void loaded(worker_slot& slot, std::string_view payload);
    void load_failed(worker_slot& slot, const answer& why);
    void pump(std::size_t answered = 0);
    [[nodiscard]] bool is_free(const worker_slot& slot) const;
    [[nodiscard]] worker_slot* free_slot();
    void start_another();
    void wait_for_more(batch_rule::time_point due);
    void send(worker_slot& slot, std::vector<call> calls);
    void replied(worker_slot& slot, std::string_view payload);
    void look_after(worker_slot& slot);
    void ask_how_it_is(worker_slot& slot);
    void worker_ended(worker_slot& slot, const worker_end& end);
    void drop_worker(worker_slot& slot);
    void fail_first(worker_slot& slot, std::int64_t code, const std::string& message);
    void put_back(worker_slot& slot);
    void pause(worker_slot& slot, std::chrono::milliseconds time);
    void shut();
    void tell_loaders(const answer& a);
    [[nodiscard]] bool any(state wanted) const;
    [[nodiscard]] std::string explain(const worker_slot& slot, const worker_end& end) const;
    void log(const std::string& text) const;

    boost::asio::io_context& io_;
    const worker_plan plan_;
    call_queue queue_;

    std::vector<std::unique_ptr<worker_slot>> slots_;
    std::vector<answer_handler> loaders_;
    boost::asio::steady_timer batch_timer_;
    bool waits_for_more_ = false;
    bool closed_ = false;
};

} // namespace aistudio::local::serving
