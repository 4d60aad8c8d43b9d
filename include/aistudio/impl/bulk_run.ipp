#pragma once

#include <aistudio/detail/bulk_run.hpp>
#include <aistudio/impl/predictor.ipp>
#include <aistudio/protocol/repeat.hpp>
#include <aistudio/transport/client_core.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cmath>

namespace aistudio::detail {

/// Records open for each call in flight, where the user did not say.
inline constexpr std::size_t window_per_call = 4;

inline bulk_options completed(bulk_options o, const client_options& client) {
    if (o.max_in_flight == 0)
        o.max_in_flight = std::max<std::size_t>(client.pool.max_connections, 1);
    const std::size_t rows = o.coalesce ? std::max<std::size_t>(o.coalesce->max_rows, 1) : 1;
    if (o.window == 0)
        o.window = window_per_call * o.max_in_flight * rows;
    o.progress_interval = std::max(o.progress_interval, std::chrono::milliseconds(1));
    return o;
}

AISTUDIO_DECL bulk_run::bulk_run(std::optional<boost::asio::any_io_executor> executor,
                                 const predictor& service, std::unique_ptr<bulk_source> source,
                                 bulk_options options, handler<bulk_summary> h)
    : service_(service), options_(completed(std::move(options), service.core()->options())),
      core_(service.core()),
      strand_(boost::asio::make_strand(executor ? std::move(*executor) : core_->executor())),
      work_(strand_.get_inner_executor()), timer_(strand_), handler_(std::move(h)),
      source_(std::move(source)), retry_(options_.call.retry.value_or(core_->options().retry)),
      budget_(core_->options().retry_budget), random_(std::random_device{}()),
      idempotent_(service.target()->idempotent),
      limit_({.max = options_.max_in_flight,
              .initial = options_.adaptive ? 1 : options_.max_in_flight}),
      rate_(options_.calls_per_second, options_.burst), started_(clock::now()),
      reported_(started_) {
    if (options_.hedge)
        hedge_.emplace(*options_.hedge);
    if (options_.coalesce)
        coalescer_.emplace(*options_.coalesce);
    if (!options_.call.deadline)
        options_.call.deadline = core_->options().deadline;
}

AISTUDIO_DECL std::optional<problem> bulk_run::check() const {
    const auto wrong = [](std::string why) {
        return make_problem(errc::invalid_argument, std::move(why));
    };
    if (!(options_.calls_per_second >= 0) || !std::isfinite(options_.calls_per_second))
        return wrong("calls_per_second must be 0 (no limit) or more.");
    if (!(options_.burst >= 1) || !std::isfinite(options_.burst))
        return wrong("burst must be at least 1.");
    if (retry_.max_attempts < 1 || retry_.max_attempts > 10)
        return wrong("retry.max_attempts must be 1 to 10.");
    if (!options_.hedge)
        return std::nullopt;
    if (!(options_.hedge->percentile > 0 && options_.hedge->percentile < 100))
        return wrong("hedge.percentile must be above 0 and below 100.");
    if (!(options_.hedge->budget >= 0 && options_.hedge->budget <= 1))
        return wrong("hedge.budget must be 0 to 1.");
    if (!idempotent_)
        return wrong("Hedging sends a record twice; it needs predictor_options::idempotent.");
    return std::nullopt;
}

AISTUDIO_DECL void bulk_run::start() {
    watch_token();
    boost::asio::post(strand_, [self = shared_from_this()] {
        if (auto wrong = self->check())
            self->stop(*wrong);
        self->pump();
    });
}

AISTUDIO_DECL void bulk_run::watch_token() {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected())
        return;
    slot.assign([weak = weak_from_this(), strand = strand_](boost::asio::cancellation_type type) {
        if (type == boost::asio::cancellation_type::none)
            return;
        boost::asio::post(strand, [weak] {
            if (const auto self = weak.lock()) {
                self->stop(make_problem(errc::cancelled, {}));
                self->pump();
            }
        });
    });
}

AISTUDIO_DECL void bulk_run::wake() {
    boost::asio::post(strand_, [self = shared_from_this()] { self->pump(); });
}

AISTUDIO_DECL void bulk_run::pump() {
    if (finished_)
        return;
    const time_point now = clock::now();
    if (!stopped_) {
        send_copies(now);
        send_all(now);
    }
    const bool nothing_left = source_ended_ && open_ == 0 && limit_.in_flight() == 0;
    if (nothing_left)
        return complete(now);
    report(now, false);
    arm(now);
}

AISTUDIO_DECL bool bulk_run::may_send(time_point now) const {
    const bool room =
        options_.adaptive ? limit_.may_start() : limit_.in_flight() < options_.max_in_flight;
    return room && rate_.next() <= now;
}

AISTUDIO_DECL void bulk_run::send_all(time_point now) {
    while (!stopped_ && may_send(now)) {
        const auto place = next_call(now);
        if (!place)
            return;
        launch(*place, 0, now);
    }
}

AISTUDIO_DECL void bulk_run::send_copies(time_point now) {
    while (!copies_due_.empty() && copies_due_.front().when <= now) {
        const copy_due due = copies_due_.front();
        call& c = calls_[due.place];
        const bool late = c.copies[0].running && c.copies[0].sent == due.sent && !c.hedged;
        if (late && !may_send(now))
            return; // it stays the first in the line
        copies_due_.pop_front();
        if (!late || !hedge_->take())
            continue;
        c.hedged = true;
        ++summary_.hedges;
        launch(due.place, 1, now);
    }
}

AISTUDIO_DECL std::optional<std::size_t> bulk_run::next_call(time_point now) {
    if (!retries_.empty() && retries_.top().when <= now) {
        const std::size_t place = retries_.top().place;
        retries_.pop();
        ++summary_.retries;
        return place;
    }
    return coalescer_ ? next_batch(now) : next_record();
}

AISTUDIO_DECL std::size_t bulk_run::take_place() {
    if (free_.empty()) {
        calls_.emplace_back();
        return calls_.size() - 1;
    }
    const std::size_t place = free_.back();
    free_.pop_back();
    return place;
}

AISTUDIO_DECL std::optional<std::size_t> bulk_run::next_record() {
    const std::size_t place = take_place();
    call& c = calls_[place];
    std::uint64_t record = 0;
    if (!read(c.body, record)) {
        free_.push_back(place);
        return std::nullopt;
    }
    c.records.assign(1, record);
    return place;
}

AISTUDIO_DECL std::optional<std::size_t> bulk_run::next_batch(time_point now) {
    bool more = true;
    while (coalescer_->due() > now) {
        if (!held_record_) {
            std::uint64_t record = 0;
            more = read(held_, record);
            if (!more)
                break;
            held_record_ = record;
        }
        if (!coalescer_->fits(held_.size()))
            break;
        coalescer_->add(*std::exchange(held_record_, std::nullopt), held_, now);
    }
    if (stopped_ || coalescer_->empty())
        return std::nullopt;
    const bool nobody_joins = source_ended_ || open_ >= options_.window;
    if (!more && !nobody_joins && coalescer_->due() > now)
        return std::nullopt;
    const std::size_t place = take_place();
    call& c = calls_[place];
    auto batch = coalescer_->take({std::move(c.body), std::move(c.records)});
    c.body = std::move(batch.body);
    c.records = std::move(batch.records);
    return place;
}

/// The next record that can be sent; those that cannot be written end on the way. False: none now.
AISTUDIO_DECL bool bulk_run::read(std::string& body, std::uint64_t& record) {
    while (!source_ended_ && open_ < options_.window) {
        problem why;
        const auto got = pull(body, why);
        if (got == bulk_source::pulled::end)
            stop_reading();
        if (got == bulk_source::pulled::end || got == bulk_source::pulled::pending)
            return false;
        record = next_record_++;
        ++open_;
        opened(record);
        if (got == bulk_source::pulled::record)
            return true;
        fail(record, std::move(why));
    }
    return false;
}

AISTUDIO_DECL bulk_source::pulled bulk_run::pull(std::string& body, problem& why) {
    try {
        return source_->pull(body, why);
    } catch (...) {
        thrown_ = std::current_exception();
        return bulk_source::pulled::end;
    }
}

AISTUDIO_DECL call_options bulk_run::options_of(std::size_t place) const {
    call_options o = options_.call;
    o.retry = retry_;
    o.retry->max_attempts = 1; // the limit must see each refusal, so the run repeats by itself
    if (calls_[place].attempts > 1 && o.deadline->count() > 0) {
        const auto left = *o.deadline - std::chrono::duration_cast<std::chrono::milliseconds>(
                                            clock::now() - calls_[place].first_sent);
        o.deadline = std::max(left, std::chrono::milliseconds(1));
    }
    return o;
}

AISTUDIO_DECL void bulk_run::launch(std::size_t place, int which, time_point now) {
    call& c = calls_[place];
    copy& sending = c.copies[which];
    rate_.take(now);
    sending.ticket = limit_.start();
    sending.running = true;
    sending.sent = now;
    if (which == 0 && c.attempts++ == 0) {
        c.first_sent = now;
        c.settled = false;
        c.hedged = false;
        c.maybe_effect = false;
        ++summary_.calls;
        summary_.sent += c.records.size();
    }
    if (which == 0 && hedge_)
        if (const auto delay = hedge_->sent())
            copies_due_.push_back({now + *delay, place, now});
    send(place, which);
}

AISTUDIO_DECL bulk_run::use bulk_run::ended(std::size_t place, int which,
                                            const std::optional<problem>& p) {
    const time_point now = clock::now();
    call& c = calls_[place];
    copy& done = c.copies[which];
    copy& other = c.copies[1 - which];
    const auto took = now - done.sent;
    done.running = false;
    const bool load = p && is_overload(*p);
    client_closed_ = client_closed_ || (p && p->code == errc::client_closed);
    limit_.finish(done.ticket,
                  !p     ? adaptive_limit::ending::answered
                  : load ? adaptive_limit::ending::overloaded
                         : adaptive_limit::ending::unrelated,
                  took);
    if (c.settled)
        return use::drop; // the slower copy, or a call that was given up
    if (p && other.running)
        return use::drop; // the other copy may still do it
    if (p && !stopped_ && retry(place, *p, now))
        return use::drop;
    c.settled = true;
    if (other.running)
        other.stop.emit(boost::asio::cancellation_type::terminal);
    if (p)
        return use::deliver;
    budget_.first_try_succeeded();
    latencies_.add(now - c.first_sent);
    if (hedge_)
        hedge_->answered(which == 0 ? took : now - other.sent);
    summary_.hedges_won += which == 1 ? 1 : 0;
    return use::deliver;
}

AISTUDIO_DECL bool bulk_run::retry(std::size_t place, const problem& p, time_point now) {
    call& c = calls_[place];
    if (c.attempts >= retry_.max_attempts || !may_repeat(p, idempotent_))
        return false;
    if (p.retry_after && *p.retry_after > retry_.max_retry_after)
        return false;
    const bool throttled = p.code == errc::rate_limited || p.code == errc::service_overloaded;
    const auto wait =
        p.retry_after.value_or(std::chrono::milliseconds(0)) +
        backoff(retry_, throttled ? retry_.throttle_base_delay : retry_.base_delay, c.attempts,
                [this] { return std::uniform_real_distribution<double>()(random_); });
    const auto limit = options_.call.deadline.value_or(std::chrono::milliseconds(0));
    if (limit.count() > 0 && now + wait >= c.first_sent + limit)
        return false;
    const bool timed_out = p.status == 0 && is_overload(p);
    if (budget_.take(timed_out) < 0)
        return false;
    c.hedged = false;
    c.maybe_effect = c.maybe_effect || p.outcome == outcome::unknown;
    retries_.push({now + wait, place});
    return true;
}

AISTUDIO_DECL problem bulk_run::of_all_attempts(std::size_t place, problem p) const {
    const call& c = calls_[place];
    p.attempts += std::max(c.attempts - 1, 0);
    if (c.maybe_effect)
        p.outcome = outcome::unknown;
    return p;
}

AISTUDIO_DECL void bulk_run::release(std::size_t place) {
    call& c = calls_[place];
    if (c.settled && !c.copies[0].running && !c.copies[1].running && !c.records.empty()) {
        c.records.clear();
        c.attempts = 0;
        free_.push_back(place);
    }
    if (client_closed_ && !failure_)
        stop(make_problem(errc::client_closed, {})); // no other call would fare better
    pump();
}

AISTUDIO_DECL void bulk_run::count(const std::optional<problem>& p) {
    if (!p) {
        ++summary_.ok;
        return;
    }
    if (summary_.failed++ == 0)
        summary_.first_failure = *p;
    if (options_.stop_at_first_error && !stopped_) {
        stop_reading();
        drop_unsent(make_problem(errc::cancelled, "A record before this one failed."));
    }
}

AISTUDIO_DECL void bulk_run::stop_reading() {
    if (!std::exchange(source_ended_, true))
        source_->abandon();
}

/// Ends the records that are read and not on their way.
AISTUDIO_DECL void bulk_run::drop_unsent(const problem& p) {
    stopped_ = true;
    if (coalescer_ && !coalescer_->empty()) {
        const auto batch = coalescer_->take();
        for (const auto record : batch.records)
            fail(record, p);
    }
    if (held_record_)
        fail(*std::exchange(held_record_, std::nullopt), p);
    while (!retries_.empty()) { // giving one up may stop the run, which comes here again
        const std::size_t place = retries_.top().place;
        retries_.pop();
        give_up(place, p);
    }
}

AISTUDIO_DECL void bulk_run::give_up(std::size_t place, const problem& p) {
    call& c = calls_[place];
    c.settled = true;
    for (const auto record : c.records)
        fail(record, p);
    c.records.clear();
    c.attempts = 0;
    free_.push_back(place);
}

AISTUDIO_DECL void bulk_run::refuse(std::exception_ptr thrown) {
    sink_closed_ = true;
    if (!thrown_)
        thrown_ = std::move(thrown);
    stop(make_problem(errc::cancelled, "The receiver of the answers wanted no more."));
}

AISTUDIO_DECL void bulk_run::stop(const problem& why) {
    options_.stop_at_first_error = false; // from here on this is the reason
    if (!failure_)
        failure_ = why;
    stop_reading();
    drop_unsent(why);
    for (auto& c : calls_)
        for (auto& each : c.copies)
            if (each.running)
                each.stop.emit(boost::asio::cancellation_type::terminal);
}

AISTUDIO_DECL void bulk_run::arm(time_point now) {
    time_point next = time_point::max();
    const auto consider = [&](time_point when) { next = std::min(next, when); };
    if (!stopped_ && !retries_.empty())
        consider(retries_.top().when);
    if (!stopped_ && !copies_due_.empty())
        consider(copies_due_.front().when);
    if (!stopped_ && coalescer_)
        consider(coalescer_->due());
    const bool waits_for_room = next <= now; // the end of a call pumps again
    if (waits_for_room)
        next = time_point::max();
    if (!stopped_ && rate_.next() > now &&
        (waits_for_room || !source_ended_ || next < rate_.next()))
        consider(rate_.next());
    if (options_.progress)
        consider(reported_ + options_.progress_interval);
    if (next == time_point::max() || next >= armed_)
        return;
    armed_ = next;
    timer_.expires_at(next);
    timer_.async_wait([self = shared_from_this(), next](boost::system::error_code) {
        if (self->armed_ != next)
            return; // another one took its place
        self->armed_ = time_point::max();
        self->pump();
    });
}

AISTUDIO_DECL latency_summary bulk_run::latency() const {
    return {latencies_.percentile(50), latencies_.percentile(90),   latencies_.percentile(95),
            latencies_.percentile(99), latencies_.percentile(99.9), latencies_.max()};
}

AISTUDIO_DECL void bulk_run::report(time_point now, bool last) {
    if (!options_.progress || (!last && now - reported_ < options_.progress_interval))
        return;
    bulk_progress at;
    at.done = summary_.ok + summary_.failed;
    at.failed = summary_.failed;
    at.total = source_->total();
    const double seconds = std::chrono::duration<double>(now - reported_).count();
    at.per_second = seconds > 0 ? static_cast<double>(at.done - reported_done_) / seconds : 0;
    at.in_flight = limit_.in_flight();
    at.limit = options_.adaptive ? limit_.limit() : options_.max_in_flight;
    at.latency = latency();
    reported_ = now;
    reported_done_ = at.done;
    options_.progress(at);
}

AISTUDIO_DECL problem bulk_run::problem_of_thrown() const {
    try {
        std::rethrow_exception(thrown_);
    } catch (const api_error& e) {
        return e.problem();
    } catch (const std::exception& e) {
        return make_problem(errc::internal_error,
                            std::string("The source or the receiver of the records failed: ") +
                                e.what());
    } catch (...) {
        return make_problem(errc::internal_error,
                            "The source or the receiver of the records failed.");
    }
}

AISTUDIO_DECL void bulk_run::complete(time_point now) {
    finished_ = true;
    summary_.elapsed = now - started_;
    summary_.latency = latency();
    summary_.limit = options_.adaptive ? limit_.limit() : options_.max_in_flight;
    report(now, true);
    timer_.cancel();
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected())
        slot.clear();
    result<bulk_summary> out = thrown_    ? result<bulk_summary>(problem_of_thrown())
                               : failure_ ? result<bulk_summary>(*failure_)
                                          : result<bulk_summary>(std::move(summary_));
    auto executor = boost::asio::get_associated_executor(handler_, core_->executor());
    boost::asio::dispatch(executor, [h = std::move(handler_), out = std::move(out),
                                     work = std::move(work_)]() mutable {
        work.reset();
        std::move(h)(std::move(out));
    });
}

} // namespace aistudio::detail
