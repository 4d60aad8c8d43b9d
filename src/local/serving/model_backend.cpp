#include "local/serving/model_backend.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace aistudio::local::serving {
namespace asio = boost::asio;
namespace {

constexpr std::size_t max_batch_bytes = std::size_t{64} << 20U;
/// Calls that are sent ahead to a single worker that computes them one by one, so that it finds the
/// next one when it is done. With several workers none is: a call must not wait for one worker
/// while another is free.
constexpr std::size_t calls_ahead = 4;
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

/// One worker, or the place for one.
struct model_backend::worker_slot {
    explicit worker_slot(asio::io_context& io) : timer(io) {}

    model_backend::state at = state::stopped;
    restart_policy restarts;
    asio::steady_timer timer; // of a pause, or of looks at the worker
    asio::steady_timer::time_point last_answer;
    std::shared_ptr<worker_process> worker;
    bool computes_batches = false;
    std::deque<std::vector<call>> sent; // the first is being computed
};

model_backend::model_backend(asio::io_context& io, worker_plan plan)
    : io_(io), plan_(std::move(plan)), queue_(plan_.max_queued_calls), batch_timer_(io) {
    for (std::size_t i = 0; i < std::max<std::size_t>(1, plan_.workers); ++i)
        slots_.push_back(std::make_unique<worker_slot>(io));
}

model_backend::~model_backend() = default;

void model_backend::predict(call c) {
    if (queue_.push(std::move(c)))
        asio::dispatch(io_, [self = shared_from_this()] { self->pump(); });
}

void model_backend::load(answer_handler done) {
    asio::post(io_, [self = shared_from_this(), done = std::move(done)]() mutable {
        if (self->closed_)
            return done(removed_answer());
        if (self->any(state::ready))
            return done({});
        if (const auto why = self->queue_.refuses())
            return done(*why);
        self->loaders_.push_back(std::move(done));
        if (!self->any(state::loading) && !self->any(state::pausing))
            self->start_another();
    });
}

void model_backend::close() {
    queue_.close();
    asio::post(io_, [self = shared_from_this()] { self->shut(); });
}

void model_backend::shut() {
    if (std::exchange(closed_, true))
        return;
    const auto gone = removed_answer();
    batch_timer_.cancel();
    for (auto& slot : slots_) {
        slot->timer.cancel();
        drop_worker(*slot);
        slot->at = state::closed;
        while (!slot->sent.empty())
            fail_first(*slot, gone.code, gone.message);
    }
    tell_loaders(gone);
}

bool model_backend::any(state wanted) const {
    return std::any_of(slots_.begin(), slots_.end(),
                       [&](const auto& slot) { return slot->at == wanted; });
}

void model_backend::tell_loaders(const answer& a) {
    for (auto& done : std::exchange(loaders_, {}))
        done(a);
}

// From no worker to one with the model

void model_backend::start_worker(worker_slot& slot) {
    slot.at = state::loading;
    auto started = worker_process::start(
        io_, plan_.program,
        [self = weak_from_this()](std::string_view line) {
            if (auto backend = self.lock())
                backend->log(std::string(line));
        },
        [self = weak_from_this(), &slot](const worker_end& end) {
            if (auto backend = self.lock())
                backend->worker_ended(slot, end);
        },
        plan_.processes);
    if (!started)
        return load_failed(slot, {service_code::worker_failed, started.error().detail, {}});
    slot.worker = std::move(*started);
    log("worker started, process " + std::to_string(slot.worker->pid()));
    slot.worker->exchange(
        frames::encode({plan_.settings}), load_limit,
        [self = shared_from_this(), &slot](std::string_view text) { self->loaded(slot, text); });
}

void model_backend::loaded(worker_slot& slot, std::string_view payload) {
    if (slot.at != state::loading)
        return;
    const auto answers = frames::decode(payload, 1);
    if (!answers)
        return load_failed(
            slot,
            {service_code::worker_failed, "The worker did not speak the engine's language.", {}});
    if (answers->front().code != 0)
        return load_failed(slot, answers->front());
    log("model loaded: " + answers->front().result_json);
    slot.computes_batches =
        plan_.batching.most > 1 &&
        answers->front().result_json.find("\"batches\": true") != std::string::npos;
    slot.at = state::ready;
    slot.last_answer = asio::steady_timer::clock_type::now();
    meter()->worker_loaded();
    look_after(slot);
    tell_loaders({});
    pump();
}

/// A model that cannot be loaded will hardly be better at once: unless another worker has it, calls
/// get the reason, and one after a while tries again.
void model_backend::load_failed(worker_slot& slot, const answer& why) {
    log("failed: " + why.message);
    drop_worker(slot);
    if (!any(state::ready))
        queue_.refuse(why);
    pause(slot, restart_policy::hold);
    tell_loaders(why);
}

void model_backend::pause(worker_slot& slot, std::chrono::milliseconds time) {
    slot.at = state::pausing;
    slot.timer.expires_after(time);
    slot.timer.async_wait([self = shared_from_this(), &slot](boost::system::error_code error) {
        if (error || slot.at != state::pausing)
            return;
        slot.at = state::stopped;
        const bool refused = self->queue_.refuses().has_value();
        self->queue_.accept();
        if (!refused) // else the next call starts it
            self->start_worker(slot);
    });
}

// Calls

/// `answered`: calls that the worker that is free now gave answers to.
void model_backend::pump(std::size_t answered) {
    if (closed_)
        return;
    for (auto backlog = queue_.waiting(); backlog.calls > 0; backlog = queue_.waiting()) {
        auto* slot = free_slot();
        if (slot == nullptr)
            return start_another();
        if (!slot->computes_batches) {
            send(*slot, queue_.take(1, max_batch_bytes));
            continue;
        }
        const auto due = plan_.batching.due(backlog.calls, backlog.oldest);
        if (due > batch_rule::time_point::clock::now())
            return wait_for_more(due);
        const auto share = plan_.batching.share(backlog.calls, answered);
        send(*slot, queue_.take(share, max_batch_bytes));
    }
}

bool model_backend::is_free(const worker_slot& slot) const {
    const bool ahead = !slot.computes_batches && slots_.size() == 1;
    return slot.at == state::ready && slot.sent.size() < (ahead ? calls_ahead : 1);
}

model_backend::worker_slot* model_backend::free_slot() {
    for (auto& slot : slots_)
        if (is_free(*slot))
            return slot.get();
    return nullptr;
}

/// One at a time: the calls that wait may be gone when it is ready.
void model_backend::start_another() {
    if (any(state::loading))
        return;
    for (auto& slot : slots_)
        if (slot->at == state::stopped)
            return start_worker(*slot);
}

void model_backend::wait_for_more(batch_rule::time_point due) {
    queue_.wake_at(plan_.batching.most);
    if (std::exchange(waits_for_more_, true))
        return;
    batch_timer_.expires_at(due);
    batch_timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        self->waits_for_more_ = false;
        if (!error)
            self->pump();
    });
}

void model_backend::send(worker_slot& slot, std::vector<call> calls) {
    if (calls.empty())
        return;
    const auto frame = frames::encode(bodies(calls));
    slot.sent.push_back(std::move(calls));
    slot.worker->exchange(
        frame, plan_.call_timeout,
        [self = shared_from_this(), &slot](std::string_view text) { self->replied(slot, text); });
}

void model_backend::replied(worker_slot& slot, std::string_view payload) {
    if (slot.at != state::ready)
        return;
    auto answers = frames::decode(payload, slot.sent.front().size());
    if (!answers) {
        slot.worker->abandon();
        return worker_ended(slot, {false, "gave an answer that cannot be read"});
    }
    slot.restarts.succeeded();
    auto answered = std::move(slot.sent.front());
    slot.sent.pop_front();
    if (!answered.empty())
        meter()->computed_batch();
    slot.last_answer = asio::steady_timer::clock_type::now();
    pump(answered.size()); // the worker goes on while the answers are given out
    for (std::size_t i = 0; i < answered.size(); ++i)
        answered[i].finish(std::move((*answers)[i]));
}

/// Asks an idle worker for nothing from time to time: one that does not answer is replaced before a
/// call meets it.
void model_backend::look_after(worker_slot& slot) {
    if (plan_.health_interval.count() <= 0)
        return;
    slot.timer.expires_after(plan_.health_interval);
    slot.timer.async_wait([self = weak_from_this(), &slot](boost::system::error_code error) {
        const auto backend = self.lock();
        if (error || !backend || slot.at != state::ready)
            return;
        const auto idle = asio::steady_timer::clock_type::now() - slot.last_answer;
        if (slot.sent.empty() && idle >= backend->plan_.health_interval)
            backend->ask_how_it_is(slot);
        backend->look_after(slot);
    });
}

void model_backend::ask_how_it_is(worker_slot& slot) {
    slot.sent.emplace_back();
    slot.worker->exchange(
        frames::encode({}), plan_.health_limit,
        [self = shared_from_this(), &slot](std::string_view text) { self->replied(slot, text); });
}

// From a worker to none

void model_backend::worker_ended(worker_slot& slot, const worker_end& end) {
    if (closed_)
        return;
    const bool was_loading = slot.at == state::loading;
    const auto why = explain(slot, end);
    const answer failed{
        end.timed_out ? service_code::worker_timeout : service_code::worker_failed, why, {}};
    log(why);
    drop_worker(slot);
    meter()->worker_failed();
    slot.restarts.died();
    if (slot.restarts.gave_up()) {
        load_failed(slot, failed);
    } else {
        pause(slot, slot.restarts.pause());
        if (was_loading)
            tell_loaders(failed);
    }
    if (!slot.sent.empty())
        fail_first(slot, failed.code, failed.message);
    put_back(slot);
}

void model_backend::drop_worker(worker_slot& slot) {
    if (slot.at == state::ready)
        meter()->worker_gone();
    slot.at = state::stopped;
    slot.timer.cancel();
    if (auto worker = std::exchange(slot.worker, nullptr))
        worker->abandon();
}

void model_backend::fail_first(worker_slot& slot, std::int64_t code, const std::string& message) {
    auto failed = std::move(slot.sent.front());
    slot.sent.pop_front();
    for (auto& c : failed)
        fail(c, code, message);
}

/// What a worker had not begun when it ended goes to the next one.
void model_backend::put_back(worker_slot& slot) {
    while (!slot.sent.empty()) {
        auto calls = std::move(slot.sent.back());
        slot.sent.pop_back();
        queue_.put_back(std::move(calls));
    }
    asio::post(io_, [self = shared_from_this()] { self->pump(); });
}

std::string model_backend::explain(const worker_slot& slot, const worker_end& end) const {
    if (!end.timed_out)
        return "The service's worker " + end.reason + "; see the studio's log.";
    if (slot.at == state::loading)
        return "The service's model was not loaded within " + std::to_string(load_limit.count()) +
               " s.";
    if (slot.sent.empty() || slot.sent.front().empty())
        return "The service's worker did not answer when it was asked how it is.";
    return "The service took longer than " + std::to_string(plan_.call_timeout.count()) +
           " ms and was restarted; send less at a time, or raise its time limit.";
}

void model_backend::log(const std::string& text) const {
    if (plan_.log)
        plan_.log(plan_.name + ": " + text);
}

} // namespace aistudio::local::serving
