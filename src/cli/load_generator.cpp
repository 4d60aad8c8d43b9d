#include "cli/load_generator.hpp"

#include <algorithm>
#include <utility>

namespace aistudio::cli {
namespace {

constexpr std::chrono::milliseconds look_interval{100};

call_options one_attempt() {
    call_options o;
    o.retry.emplace().max_attempts = 1; // a failure is to be seen, not mended
    return o;
}

} // namespace

load_generator::load_generator(boost::asio::io_context& io, predictor service, load_plan plan)
    : io_(io), service_(std::move(service)), plan_(std::move(plan)), arrival_(io), look_(io) {}

load_result
load_generator::run(const std::function<bool(const load_result&, clock::duration)>& keep_on) {
    start_ = clock::now();
    watch(keep_on);
    pump();
    io_.run();
    const auto counted = clock::now() - start_ - plan_.warm_up;
    result_.elapsed = std::max<std::chrono::nanoseconds>(counted, std::chrono::nanoseconds(0));
    return std::move(result_);
}

/// When the next call should begin; nothing: no more calls.
std::optional<load_generator::clock::time_point>
load_generator::next_start(clock::time_point now) const {
    if (over_ || (plan_.calls > 0 && begun_ >= plan_.calls))
        return std::nullopt;
    const auto offset = std::chrono::duration<double>(
        plan_.rate > 0 ? static_cast<double>(begun_) / plan_.rate : 0);
    const auto when =
        plan_.rate > 0 ? start_ + std::chrono::duration_cast<clock::duration>(offset) : now;
    if (plan_.duration.count() > 0 && when - start_ >= plan_.duration + plan_.warm_up)
        return std::nullopt;
    return when;
}

void load_generator::pump() {
    const auto now = clock::now();
    while (in_flight_ < plan_.in_flight) {
        const auto when = next_start(now);
        if (!when) {
            over_ = true;
            break;
        }
        if (*when > now) {
            if (std::exchange(waits_for_arrival_, true))
                break;
            arrival_.expires_at(*when);
            arrival_.async_wait([this](boost::system::error_code) {
                waits_for_arrival_ = false;
                pump();
            });
            break;
        }
        begin(*when);
    }
    finish_if_done();
}

void load_generator::begin(clock::time_point intended) {
    ++begun_;
    ++in_flight_;
    service_.async_predict<std::string>(
        std::string_view(plan_.record), one_attempt(),
        [this, intended](const result<std::string>& answer) { end(intended, answer); });
}

void load_generator::end(clock::time_point intended, const result<std::string>& answer) {
    const auto now = clock::now();
    --in_flight_;
    if (intended - start_ >= plan_.warm_up) {
        if (answer) {
            ++result_.ok;
            result_.latency.add(now - intended);
        } else {
            ++result_.failures[std::string(info(answer.error().code).name)];
        }
    }
    pump();
}

void load_generator::finish_if_done() {
    if (over_ && in_flight_ == 0) {
        look_.cancel();
        arrival_.cancel();
    }
}

void load_generator::watch(
    const std::function<bool(const load_result&, clock::duration)>& keep_on) {
    look_.expires_after(look_interval);
    look_.async_wait([this, &keep_on](boost::system::error_code stopped) {
        if (stopped)
            return;
        if (!keep_on(result_, clock::now() - start_))
            over_ = true;
        watch(keep_on);
        finish_if_done();
    });
}

} // namespace aistudio::cli
