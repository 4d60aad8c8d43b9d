#include "local/serving/model_backend.hpp"

#include <boost/asio/post.hpp>

namespace aistudio::local::serving {
namespace asio = boost::asio;
namespace {

constexpr std::size_t max_batch_calls = 64;
constexpr std::size_t max_batch_bytes = std::size_t{64} << 20U;
/// Importing Paddle takes seconds, on a busy machine with a cold disk a minute.
constexpr std::chrono::seconds load_limit{180};

std::vector<std::string_view> bodies(const std::vector<call>& calls) {
    std::vector<std::string_view> out;
    out.reserve(calls.size());
    for (const auto& c : calls)
        out.emplace_back(c.body);
    return out;
}

} // namespace

model_backend::model_backend(asio::io_context& io, worker_plan plan)
    : io_(io), plan_(std::move(plan)), queue_(plan_.max_queued_calls), timer_(io) {}

void model_backend::open() {
    asio::post(io_, [self = shared_from_this()] {
        if (self->state_ == state::stopped)
            self->start_worker();
    });
}

void model_backend::predict(call c) {
    if (queue_.push(std::move(c)))
        asio::post(io_, [self = shared_from_this()] { self->pump(); });
}

void model_backend::close() {
    queue_.close();
    asio::post(io_, [self = shared_from_this()] { self->shut(); });
}

void model_backend::shut() {
    state_ = state::closed;
    timer_.cancel();
    if (auto worker = std::exchange(worker_, nullptr))
        worker->abandon();
    const auto gone = removed_answer();
    fail_batch(gone.code, gone.message);
}

void model_backend::start_worker() {
    state_ = state::loading;
    auto started = worker_process::start(
        io_, plan_.program,
        [self = weak_from_this()](std::string_view line) {
            if (auto backend = self.lock())
                backend->log(std::string(line));
        },
        [self = weak_from_this()](const worker_end& end) {
            if (auto backend = self.lock())
                backend->worker_ended(end);
        });
    if (!started)
        return refuse_for_now({service_code::worker_failed, started.error().detail, {}});
    worker_ = std::move(*started);
    log("worker started, process " + std::to_string(worker_->pid()));
    worker_->exchange(
        frames::encode({plan_.settings}), load_limit,
        [self = shared_from_this()](const std::string& payload) { self->loaded(payload); });
}

void model_backend::loaded(const std::string& payload) {
    if (state_ != state::loading)
        return;
    const auto answers = frames::decode(payload, 1);
    if (!answers)
        return refuse_for_now(
            {service_code::worker_failed, "The worker did not speak the engine's language.", {}});
    if (answers->front().code != 0)
        return refuse_for_now(answers->front());
    log("model loaded: " + answers->front().result_json);
    state_ = state::ready;
    pump();
}

/// A model that cannot be loaded will hardly be better at once: calls get the reason, and one after
/// a while tries again.
void model_backend::refuse_for_now(answer why) {
    log("failed: " + why.message);
    if (auto worker = std::exchange(worker_, nullptr))
        worker->abandon();
    queue_.refuse(why);
    state_ = state::pausing;
    timer_.expires_after(restart_policy::hold);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (error || self->state_ != state::pausing)
            return;
        self->state_ = state::stopped; // started again by the next call
        self->queue_.accept();
    });
}

void model_backend::pump() {
    if (state_ == state::stopped)
        start_worker();
    else if (state_ == state::ready && batch_.empty())
        send_batch();
}

void model_backend::send_batch() {
    batch_ = queue_.take(max_batch_calls, max_batch_bytes);
    if (batch_.empty())
        return;
    worker_->exchange(
        frames::encode(bodies(batch_)), plan_.call_timeout,
        [self = shared_from_this()](const std::string& payload) { self->replied(payload); });
}

void model_backend::replied(const std::string& payload) {
    if (state_ != state::ready)
        return;
    auto answers = frames::decode(payload, batch_.size());
    if (!answers) {
        worker_->abandon();
        return worker_ended({false, "gave an answer that cannot be read"});
    }
    restarts_.succeeded();
    auto answered = std::exchange(batch_, {});
    send_batch(); // the worker goes on while the answers are given out
    for (std::size_t i = 0; i < answered.size(); ++i)
        answered[i].done(std::move((*answers)[i]));
}

void model_backend::worker_ended(const worker_end& end) {
    if (state_ == state::closed)
        return;
    worker_.reset();
    restarts_.died();
    const auto why = explain(end);
    log(why);
    const auto code = end.timed_out ? service_code::worker_timeout : service_code::worker_failed;
    if (restarts_.gave_up())
        refuse_for_now({code, why, {}});
    else
        pause();
    fail_batch(code, why);
}

void model_backend::pause() {
    state_ = state::pausing;
    timer_.expires_after(restarts_.pause());
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error && self->state_ == state::pausing)
            self->start_worker();
    });
}

std::string model_backend::explain(const worker_end& end) const {
    if (!end.timed_out)
        return "The service's worker " + end.reason + "; see the studio's log.";
    if (state_ == state::loading)
        return "The service's model was not loaded within " + std::to_string(load_limit.count()) +
               " s.";
    return "The service took longer than " + std::to_string(plan_.call_timeout.count()) +
           " ms and was restarted; send less at a time, or raise the studio's call timeout.";
}

void model_backend::fail_batch(std::int64_t code, const std::string& message) {
    auto failed = std::exchange(batch_, {});
    for (auto& c : failed)
        fail(c, code, message);
}

void model_backend::log(const std::string& text) const {
    if (plan_.log)
        plan_.log(plan_.name + ": " + text);
}

} // namespace aistudio::local::serving
