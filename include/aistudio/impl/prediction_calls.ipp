#pragma once

#include <aistudio/transport/client_core.hpp>
#include <aistudio/transport/prediction_calls.hpp>
#include <aistudio/version.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace aistudio::detail {

/// Digits of a length, and the two line ends after it.
inline constexpr std::size_t longest_length = 24;
/// Memory of a larger request is not kept for the next.
inline constexpr std::size_t largest_kept_request = std::size_t{1} << 20U;

/// A larger request gains nothing by being sent with others.
inline constexpr std::size_t largest_pipelined = std::size_t{64} << 10U;

inline prediction_call& call_of(prediction_slot& slot) {
    return static_cast<prediction_call&>(slot);
}

// ---- what public headers call -----------------------------------------------------------------

AISTUDIO_DECL void return_slot::operator()(prediction_slot* slot) const noexcept {
    const auto core = slot->core; // may be the last
    core->predictions().give_back(call_of(*slot));
}

AISTUDIO_DECL prediction_ticket take_slot(const std::shared_ptr<client_core>& core,
                                          const std::shared_ptr<const prediction_target>& target) {
    prediction_call& call = core->predictions().take();
    call.core = core;
    call.target = target;
    call.text.resize(target->head.size() + longest_length);
    return prediction_ticket(&call);
}

AISTUDIO_DECL void start_prediction(prediction_ticket ticket, const call_options& options) {
    prediction_call& call = call_of(*ticket.release());
    call.core->predictions().start(call, options);
}

AISTUDIO_DECL void cancel_prediction(const std::weak_ptr<client_core>& core, prediction_slot* slot,
                                     std::uint64_t use) {
    if (const auto alive = core.lock())
        alive->predictions().cancel(call_of(*slot), use);
}

AISTUDIO_DECL void release_slot(prediction_slot& slot) {
    slot.core->predictions().release(call_of(slot));
}

AISTUDIO_DECL const boost::asio::any_io_executor& home_executor(const client_core& core) noexcept {
    return core.executor();
}

AISTUDIO_DECL bool runs_here(const client_core& core) noexcept {
    return core.predictions().is_here();
}

// ---- one call -----------------------------------------------------------------------------------

inline void prediction_call::on_answer(const answer_view& view) {
    answered_ = true;
    const auto now = std::chrono::steady_clock::now();
    prediction_answer how;
    how.status = view.status;
    how.body = view.body;
    owner_->follow(*this, machine_->resume(view, now), how, now);
}

inline void prediction_call::on_failure(attempt_result why) {
    const auto now = std::chrono::steady_clock::now();
    owner_->follow(*this, machine_->resume(why, now), {}, now);
}

inline void prediction_call::nap::on_expiry(errc) {
    const auto now = std::chrono::steady_clock::now();
    call->owner_->follow(*call, call->machine_->resume(now), {}, now);
}

// ---- all of them --------------------------------------------------------------------------------

AISTUDIO_DECL prediction_calls::prediction_calls(client_core& core,
                                                 std::shared_ptr<exchange_engine> engine)
    : core_(&core), loop_end_(&boost::asio::use_service<loop_end>(
                        boost::asio::query(core.executor(), boost::asio::execution::context))),
      engine_(std::move(engine)) {
    loop_end_->add(*this);
}

AISTUDIO_DECL prediction_calls::~prediction_calls() {
    if (loop_end_ != nullptr)
        loop_end_->remove(*this);
    // Its connections belong to the loop's thread, which may not be this one.
    const auto home = engine_->shared_home();
    home->post([engine = std::move(engine_)] { engine->close(); });
}

AISTUDIO_DECL void loop_end::add(prediction_calls& calls) {
    const std::lock_guard lock(mutex_);
    all_.push_back(&calls);
}

AISTUDIO_DECL void loop_end::remove(prediction_calls& calls) {
    const std::lock_guard lock(mutex_);
    std::erase(all_, &calls);
}

AISTUDIO_DECL void loop_end::shutdown() {
    for (;;) {
        prediction_calls* next = nullptr;
        {
            const std::lock_guard lock(mutex_);
            if (all_.empty())
                return;
            next = all_.back();
            all_.pop_back();
        }
        next->abandon();
    }
}

AISTUDIO_DECL void prediction_calls::abandon() {
    loop_end_ = nullptr;
    std::vector<std::shared_ptr<client_core>> last; // the end of it may be ours
    const auto let_go = [&last](prediction_call& call) {
        call.destroy_completion();
        last.push_back(std::move(call.core));
    };
    closed_ = true;
    for (prediction_call* call : std::exchange(under_way_, {}))
        let_go(*call);
    for (prediction_call* call : std::exchange(inbox_, {}))
        let_go(*call);
}

AISTUDIO_DECL prediction_call& prediction_calls::take() {
    if (is_here() && !free_.empty()) {
        prediction_call& call = *free_.back();
        free_.pop_back();
        return call;
    }
    const std::lock_guard lock(mutex_);
    if (shared_free_.empty()) {
        all_.push_back(std::make_unique<prediction_call>(*this));
        shared_free_.reserve(all_.capacity());
        return *all_.back();
    }
    prediction_call& call = *shared_free_.back();
    shared_free_.pop_back();
    return call;
}

AISTUDIO_DECL void prediction_calls::give_back(prediction_call& call) noexcept {
    call.destroy_completion();
    call.refused.reset();
    call.target.reset();
    call.core.reset();
    call.text.clear();
    if (call.text.capacity() > largest_kept_request)
        call.text.shrink_to_fit();
    ++call.use_;
    constexpr std::size_t kept_here = 1024; // the rest is for other threads
    if (is_here() && free_.size() < kept_here) {
        free_.push_back(&call);
        return;
    }
    const std::lock_guard lock(mutex_);
    shared_free_.push_back(&call);
}

AISTUDIO_DECL void prediction_calls::start(prediction_call& call, const call_options& options) {
    const auto limit = options.deadline.value_or(core_->options().deadline);
    call.started_ = std::chrono::steady_clock::now();
    call.deadline = limit.count() > 0 ? call.started_ + limit : never;
    call.retry_ = options.retry;
    if (!call.refused)
        if (const auto fine = check_retry(options.retry); !fine)
            call.refused = fine.error();
    if (call.refused || !is_here() || closed_)
        return enqueue(call);
    begin(call);
}

/// For the engine's home to begin, also what is to fail: never inline.
AISTUDIO_DECL void prediction_calls::enqueue(prediction_call& call) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = inbox_.empty();
        inbox_.push_back(&call);
    }
    if (first)
        engine_->home().post([core = call.core] { core->predictions().run_inbox(); });
}

AISTUDIO_DECL void prediction_calls::run_inbox() {
    std::vector<prediction_call*> calls;
    {
        const std::lock_guard lock(mutex_);
        calls.swap(inbox_);
    }
    for (prediction_call* call : calls)
        begin(*call);
}

AISTUDIO_DECL void prediction_calls::begin(prediction_call& call) {
    const auto now = std::chrono::steady_clock::now();
    if (call.refused)
        return fail(call, std::move(*call.refused));
    if (closed_)
        return fail(call, make_problem(errc::client_closed, {}));
    if (auto ready = prepare(call); !ready) {
        call.refused = ready.error();
        return enqueue(call);
    }
    call.machine_.emplace(call_machine::settings{answer_kind::prediction, call.target->idempotent,
                                                 call.retry_.value_or(core_->options().retry),
                                                 call.deadline},
                          core_->budget(), [core = core_] { return core->random(); });
    call.place_ = under_way_.size();
    call.under_way_ = true;
    under_way_.push_back(&call);
    engine_->count(1);
    follow(call, call.machine_->start(now), {}, now);
}

AISTUDIO_DECL result<void> prediction_calls::prepare(prediction_call& call) {
    const prediction_target& target = *call.target;
    if (target.where == nullptr) {
        const auto found = engine_->find_origin(target.address);
        if (!found)
            return found.error();
        target.where = *found;
    }
    call.where = target.where;
    call.max_response_bytes = core_->options().max_response_bytes;
    write_head(call);
    call.may_share = core_->options().pool.pipeline_depth > 1 && target.idempotent &&
                     call.request.size() <= largest_pipelined;
    return {};
}

/// Puts the header right before the record, where room was left for it.
AISTUDIO_DECL void prediction_calls::write_head(prediction_call& call) {
    const std::string& head = call.target->head;
    const std::size_t room = head.size() + longest_length;
    std::array<char, longest_length> length; // NOLINT: written at once
    char* end =
        std::to_chars(length.data(), length.data() + length.size(), call.text.size() - room).ptr;
    end = std::copy_n("\r\n\r\n", 4, end);
    const auto size = static_cast<std::size_t>(end - length.data());
    char* const record = call.text.data() + room;
    std::memcpy(record - size, length.data(), size);
    std::memcpy(record - size - head.size(), head.data(), head.size());
    call.request = std::string_view(call.text).substr(room - size - head.size());
}

AISTUDIO_DECL void prediction_calls::follow(prediction_call& call, call_machine::action what,
                                            answer how, time_point now) {
    if (auto* const over = std::get_if<call_machine::done>(&what)) {
        how.attempts = call.machine_->attempts();
        if (over->outcome)
            return complete(call, how);
        return fail(call, std::move(over->outcome).error());
    }
    if (std::exchange(call.answered_, false))
        engine_->finish(call); // others may have the connection meanwhile
    if (const auto* const wait = std::get_if<call_machine::sleep>(&what))
        return engine_->set_limit(call.nap_, wait->until, errc::ok);
    engine_->start(call, std::get<call_machine::send>(what).fresh_connection, now);
}

AISTUDIO_DECL void prediction_calls::fail(prediction_call& call, problem p) {
    core_->scrub(p, call.target->address.target);
    answer how;
    how.failure = &p;
    how.status = p.status;
    how.attempts = p.attempts;
    complete(call, how);
}

AISTUDIO_DECL void prediction_calls::complete(prediction_call& call, const answer& how) {
    if (core_->reports_calls())
        core_->report("POST", call.target->address, how.failure, how.status, how.attempts,
                      call.started_);
    call.completion_->finish(call, how);
}

AISTUDIO_DECL void prediction_calls::release(prediction_call& call) {
    if (std::exchange(call.answered_, false))
        engine_->finish(call);
    if (std::exchange(call.under_way_, false)) {
        under_way_.back()->place_ = call.place_;
        std::swap(under_way_[call.place_], under_way_.back());
        under_way_.pop_back();
        engine_->count(-1);
    }
    give_back(call);
}

AISTUDIO_DECL void prediction_calls::cancel(prediction_call& call, std::uint64_t use) {
    engine_->home().post([this, core = core_->shared_from_this(), &call, use] {
        if (call.use() == use)
            interrupt(call, errc::cancelled);
    });
}

AISTUDIO_DECL void prediction_calls::interrupt(prediction_call& call, errc why) {
    if (!call.under_way_)
        return;
    if (!call.nap_.is_set())
        return engine_->abort(call, why);
    call.nap_.clear();
    follow(call, call.machine_->interrupted(why), {}, std::chrono::steady_clock::now());
}

AISTUDIO_DECL void prediction_calls::close() {
    closed_ = true;
    const auto calls = under_way_; // ending one may end others
    for (prediction_call* call : calls)
        if (std::find(under_way_.begin(), under_way_.end(), call) != under_way_.end())
            interrupt(*call, errc::client_closed);
    engine_->close();
}

} // namespace aistudio::detail
