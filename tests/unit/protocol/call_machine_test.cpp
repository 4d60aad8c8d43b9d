#include <aistudio/protocol/call_machine.hpp>
#include <aistudio/protocol/service_codes.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const time_point start_time = time_point{} + 1h;

http_response answer(int status, std::string body = {}, std::vector<http_header> headers = {}) {
    return {status, std::move(headers), std::move(body)};
}

http_response envelope(int status, std::int64_t code) {
    return answer(status, R"({"logId":"7","errorCode":)" + std::to_string(code) +
                              R"(,"errorMsg":"why","result":null})");
}

attempt_result answered(http_response response) {
    attempt_result out;
    out.response = std::move(response);
    out.code = errc::ok;
    out.sent = true;
    out.answered = true;
    return out;
}

attempt_result failed(errc code, bool sent, bool reused = false) {
    attempt_result out;
    out.code = code;
    out.phase = sent ? phase::first_byte : phase::connect;
    out.sent = sent;
    out.reused = reused;
    return out;
}

/// Drives one machine with a clock of its own.
class driver {
public:
    explicit driver(
        bool repeatable, call_machine::settings s = {}, retry_budget_options budget = {},
        random_source random = [] { return 0.5; })
        : budget_(budget), machine_((s.repeatable = repeatable, s), budget_, std::move(random)),
          action_(machine_.start(now_)) {}

    [[nodiscard]] bool sends() const { return std::holds_alternative<call_machine::send>(action_); }
    [[nodiscard]] bool sleeps() const {
        return std::holds_alternative<call_machine::sleep>(action_);
    }
    [[nodiscard]] bool is_done() const {
        return std::holds_alternative<call_machine::done>(action_);
    }
    [[nodiscard]] bool fresh() const {
        return std::get<call_machine::send>(action_).fresh_connection;
    }
    [[nodiscard]] milliseconds wait() const {
        return std::chrono::duration_cast<milliseconds>(
            std::get<call_machine::sleep>(action_).until - now_);
    }
    [[nodiscard]] const result<void>& outcome_of_call() const {
        return std::get<call_machine::done>(action_).outcome;
    }
    [[nodiscard]] problem error() const { return outcome_of_call().error(); }
    [[nodiscard]] call_machine& machine() { return machine_; }
    [[nodiscard]] retry_budget& budget() { return budget_; }

    driver& attempt(attempt_result r) {
        action_ = machine_.resume(r, now_);
        return *this;
    }
    driver& wake() {
        now_ = std::get<call_machine::sleep>(action_).until;
        action_ = machine_.resume(now_);
        return *this;
    }
    driver& interrupt(errc why) {
        action_ = machine_.interrupted(why);
        return *this;
    }
    /// Answers every attempt with the same until the call is done.
    driver& always(const attempt_result& r) {
        while (!is_done())
            sends() ? attempt(r) : wake();
        return *this;
    }

private:
    time_point now_ = start_time;
    retry_budget budget_;
    call_machine machine_;
    call_machine::action action_;
};

call_machine::settings with_deadline(milliseconds after) {
    call_machine::settings s;
    s.deadline = start_time + after;
    return s;
}

// ---- what is sent again -----------------------------------------------------------------------

struct status_row {
    int status;
    errc meaning;
    bool transient;
    bool not_executed;
};

constexpr status_row status_rows[] = {
    {400, errc::bad_request, false, true},       {401, errc::unauthorized, false, true},
    {403, errc::forbidden, false, true},         {404, errc::not_found, false, true},
    {405, errc::bad_request, false, true},       {407, errc::proxy_failed, false, true},
    {408, errc::server_error, true, false},      {409, errc::conflict, false, true},
    {411, errc::bad_request, false, true},       {413, errc::payload_too_large, false, true},
    {415, errc::bad_request, false, true},       {416, errc::bad_request, false, true},
    {418, errc::bad_request, false, true},       {422, errc::bad_request, false, true},
    {429, errc::rate_limited, true, true},       {500, errc::server_error, true, false},
    {502, errc::server_error, true, false},      {503, errc::service_overloaded, true, false},
    {504, errc::server_error, true, false},      {511, errc::server_error, false, false},
    {302, errc::unexpected_answer, false, false}};

TEST(call_machine, status_row_retried_only_when_transient_and_safe) {
    for (const auto& row : status_rows)
        for (const bool repeatable : {false, true}) {
            SCOPED_TRACE(std::to_string(row.status) + (repeatable ? " repeatable" : " once"));
            driver d(repeatable);
            d.always(answered(answer(row.status)));
            const bool again = row.transient && (repeatable || row.not_executed);
            EXPECT_EQ(d.error().code, row.meaning);
            EXPECT_EQ(d.error().attempts, again ? 3 : 1);
            EXPECT_EQ(d.error().outcome, outcome::done);
            EXPECT_EQ(d.error().status, row.status);
        }
}

TEST(call_machine, service_code_row_retried_only_when_transient_and_safe) {
    for (const auto& row : service_code_table)
        for (const int status : {200, row.http_status, 400})
            for (const bool repeatable : {false, true}) {
                SCOPED_TRACE(std::to_string(row.code) + " with HTTP " + std::to_string(status) +
                             (repeatable ? " repeatable" : " once"));
                driver d(repeatable);
                d.always(answered(envelope(status, row.code)));
                const bool transient = row.meaning == errc::rate_limited ||
                                       row.meaning == errc::service_overloaded ||
                                       row.meaning == errc::server_error;
                const bool again = transient && (repeatable || row.not_executed);
                EXPECT_EQ(d.error().code, row.meaning);
                EXPECT_EQ(d.error().service_code, row.code);
                EXPECT_EQ(d.error().attempts, again ? 3 : 1);
                EXPECT_EQ(d.error().outcome, outcome::done);
            }
}

TEST(call_machine, bare_503_not_sent_again_unless_repeatable) {
    // A gateway says 503 also when the server behind it broke off in the middle of the call.
    driver once(false);
    once.always(answered(answer(503, "upstream connect error or disconnect/reset")));
    EXPECT_EQ(once.error().attempts, 1);
    driver repeatable(true);
    repeatable.always(answered(answer(503)));
    EXPECT_EQ(repeatable.error().attempts, 3);
}

struct silent_failure {
    errc code;
    bool may_pass;
};

constexpr silent_failure failures_without_answer[] = {
    {errc::queue_timeout, false},        {errc::resolve_timeout, true},
    {errc::connect_timeout, true},       {errc::tls_timeout, true},
    {errc::write_timeout, true},         {errc::first_byte_timeout, true},
    {errc::body_timeout, true},          {errc::deadline_exceeded, false},
    {errc::resolve_failed, true},        {errc::connect_failed, true},
    {errc::proxy_failed, true},          {errc::tls_failed, false},
    {errc::connection_lost, true},       {errc::malformed_response, false},
    {errc::response_too_large, false},   {errc::cancelled, false},
    {errc::client_closed, false},        {errc::overloaded, false},
    {errc::file_unreadable, false},      {errc::write_failed, false},
    {errc::invalid_configuration, false}};

TEST(call_machine, failure_after_sent_never_repeated_unless_repeatable) {
    for (const auto& [code, may_pass] : failures_without_answer) {
        SCOPED_TRACE(info(code).name);
        driver d(false);
        d.attempt(failed(code, true));
        ASSERT_TRUE(d.is_done());
        EXPECT_EQ(d.error().code, code);
        EXPECT_EQ(d.error().attempts, 1) << may_pass;
        EXPECT_EQ(d.error().outcome, outcome::unknown);
    }
}

TEST(call_machine, failure_without_answer_repeated_when_it_may_pass) {
    for (const auto& [code, may_pass] : failures_without_answer)
        for (const bool sent : {false, true}) {
            SCOPED_TRACE(std::string(info(code).name) + (sent ? " sent" : " not sent"));
            driver d(true);
            d.always(failed(code, sent));
            EXPECT_EQ(d.error().code, code);
            EXPECT_EQ(d.error().attempts, may_pass ? 3 : 1);
            EXPECT_EQ(d.error().outcome, sent ? outcome::unknown : outcome::not_sent);
        }
}

TEST(call_machine, not_sent_call_repeated_even_if_not_repeatable) {
    driver d(false);
    d.attempt(failed(errc::connect_failed, false));
    ASSERT_TRUE(d.sleeps());
    d.wake().attempt(answered(envelope(200, 0)));
    ASSERT_TRUE(d.is_done());
    EXPECT_TRUE(d.outcome_of_call().has_value());
    EXPECT_EQ(d.machine().attempts(), 2);
}

TEST(call_machine, success_at_once_is_one_attempt) {
    driver d(false);
    d.attempt(answered(envelope(200, 0)));
    ASSERT_TRUE(d.is_done());
    EXPECT_TRUE(d.outcome_of_call().has_value());
    EXPECT_EQ(d.machine().attempts(), 1);
}

TEST(call_machine, max_attempts_one_never_repeats) {
    call_machine::settings s;
    s.retry.max_attempts = 1;
    driver d(true, s);
    d.attempt(failed(errc::connect_failed, false));
    ASSERT_TRUE(d.is_done());
    EXPECT_EQ(d.error().attempts, 1);
}

// ---- outcome over all attempts ----------------------------------------------------------------

TEST(call_machine, unknown_then_not_sent_stays_unknown) {
    driver d(true);
    d.attempt(failed(errc::first_byte_timeout, true)).wake();
    d.always(failed(errc::connect_failed, false));
    EXPECT_EQ(d.error().code, errc::connect_failed);
    EXPECT_EQ(d.error().outcome, outcome::unknown);
    EXPECT_EQ(d.error().attempts, 3);
}

TEST(call_machine, unknown_then_success_succeeds) {
    driver d(true);
    d.attempt(failed(errc::connection_lost, true)).wake().attempt(answered(envelope(200, 0)));
    EXPECT_TRUE(d.outcome_of_call().has_value());
}

TEST(call_machine, server_error_then_not_sent_is_unknown) {
    // The first answer did not say that nothing was executed.
    driver d(true);
    d.attempt(answered(answer(500))).wake();
    d.always(failed(errc::connect_failed, false));
    EXPECT_EQ(d.error().code, errc::connect_failed);
    EXPECT_EQ(d.error().outcome, outcome::unknown);
}

TEST(call_machine, refused_unexecuted_then_not_sent_is_not_sent) {
    driver d(false);
    d.attempt(answered(envelope(400, service_code::queue_full))).wake();
    d.always(failed(errc::connect_failed, false));
    EXPECT_EQ(d.error().outcome, outcome::not_sent);
}

TEST(call_machine, interrupted_sleep_ends_with_reason) {
    driver d(true);
    d.attempt(failed(errc::connect_failed, false));
    ASSERT_TRUE(d.sleeps());
    d.interrupt(errc::cancelled);
    EXPECT_EQ(d.error().code, errc::cancelled);
    EXPECT_EQ(d.error().outcome, outcome::not_sent);
    EXPECT_EQ(d.error().attempts, 1);
}

TEST(call_machine, interrupted_sleep_after_server_error_is_unknown) {
    driver d(true);
    d.attempt(answered(answer(500)));
    ASSERT_TRUE(d.sleeps());
    d.interrupt(errc::client_closed);
    EXPECT_EQ(d.error().code, errc::client_closed);
    EXPECT_EQ(d.error().outcome, outcome::unknown);
}

// ---- stale connections ------------------------------------------------------------------------

TEST(call_machine, stale_connection_replayed_once_without_delay_when_repeatable) {
    driver d(true);
    d.attempt(failed(errc::connection_lost, true, true));
    ASSERT_TRUE(d.sends());
    EXPECT_TRUE(d.fresh());
    d.attempt(failed(errc::connection_lost, true, true));
    EXPECT_TRUE(d.sleeps()) << "the second loss is an ordinary failure";
}

TEST(call_machine, stale_connection_replay_costs_no_attempt_of_the_policy) {
    driver d(true);
    d.attempt(failed(errc::connection_lost, true, true));
    d.always(failed(errc::connect_failed, false));
    EXPECT_EQ(d.error().attempts, 4);
}

TEST(call_machine, stale_connection_not_replayed_once_sent_when_not_repeatable) {
    driver d(false);
    d.attempt(failed(errc::connection_lost, true, true));
    ASSERT_TRUE(d.is_done());
    EXPECT_EQ(d.error().outcome, outcome::unknown);
}

TEST(call_machine, stale_connection_replayed_when_nothing_was_sent) {
    driver d(false);
    d.attempt(failed(errc::connection_lost, false, true));
    ASSERT_TRUE(d.sends());
    EXPECT_TRUE(d.fresh());
}

TEST(call_machine, loss_after_first_answer_byte_is_not_stale) {
    driver d(true);
    auto lost = failed(errc::connection_lost, true, true);
    lost.answered = true;
    d.attempt(lost);
    EXPECT_TRUE(d.sleeps());
}

TEST(call_machine, loss_on_new_connection_is_not_stale) {
    driver d(true);
    d.attempt(failed(errc::connection_lost, true, false));
    EXPECT_TRUE(d.sleeps());
}

// ---- waiting ----------------------------------------------------------------------------------

TEST(call_machine, retry_after_never_undercut) {
    for (const double random : {0.0, 0.25, 0.999}) {
        driver d(true, {}, {}, [random] { return random; });
        d.attempt(answered(answer(503, {}, {{"Retry-After", "7"}})));
        ASSERT_TRUE(d.sleeps());
        EXPECT_GE(d.wait(), 7s);
        EXPECT_LE(d.wait(), 8s) << "and at most one throttle delay later";
    }
}

TEST(call_machine, retry_after_beyond_limit_fails_at_once_and_tells_it) {
    call_machine::settings s;
    s.retry.max_retry_after = 10s;
    driver d(true, s);
    d.attempt(answered(answer(429, {}, {{"Retry-After", "11"}})));
    ASSERT_TRUE(d.is_done());
    EXPECT_EQ(d.error().code, errc::rate_limited);
    EXPECT_EQ(d.error().retry_after, 11s);
    EXPECT_EQ(d.error().attempts, 1);
}

TEST(call_machine, retry_after_beyond_deadline_fails_at_once) {
    driver d(true, with_deadline(5s));
    d.attempt(answered(answer(503, {}, {{"Retry-After", "5"}})));
    ASSERT_TRUE(d.is_done());
    EXPECT_EQ(d.error().code, errc::service_overloaded);
}

TEST(call_machine, jitter_stays_in_bounds_and_doubles) {
    for (const double random : {0.0, 0.5, 0.999999}) {
        call_machine::settings s;
        s.retry.max_attempts = 10;
        s.retry.base_delay = 100ms;
        s.retry.max_delay = 2s;
        driver d(true, s, {}, [random] { return random; });
        milliseconds bound = 100ms;
        while (d.attempt(failed(errc::connect_failed, false)).sleeps()) {
            const auto expected = static_cast<double>(bound.count()) * random;
            EXPECT_EQ(d.wait().count(), static_cast<milliseconds::rep>(expected));
            d.wake();
            bound = std::min<milliseconds>(bound * 2, 2s);
        }
        EXPECT_EQ(d.error().attempts, 10);
    }
}

TEST(call_machine, throttled_waits_from_the_larger_base) {
    driver d(true, {}, {}, [] { return 0.999; });
    d.attempt(answered(envelope(503, service_code::queue_full)));
    EXPECT_EQ(d.wait(), 999ms);
    driver other(true, {}, {}, [] { return 0.999; });
    other.attempt(answered(answer(500)));
    EXPECT_EQ(other.wait(), 99ms);
}

TEST(call_machine, deadline_already_past_sends_nothing) {
    for (const milliseconds after : {0ms, -1ms}) {
        driver d(true, with_deadline(after));
        ASSERT_TRUE(d.is_done());
        EXPECT_EQ(d.error().code, errc::deadline_exceeded);
        EXPECT_EQ(d.error().outcome, outcome::not_sent);
        EXPECT_EQ(d.error().attempts, 0);
    }
}

TEST(call_machine, wait_that_would_reach_the_deadline_is_not_begun) {
    driver d(true, with_deadline(50ms));
    d.attempt(failed(errc::connect_failed, false)); // would wait 50 ms
    ASSERT_TRUE(d.is_done());
    EXPECT_EQ(d.error().code, errc::connect_failed);
}

TEST(call_machine, every_send_carries_the_deadline) {
    driver d(true, with_deadline(10s));
    ASSERT_TRUE(d.sends());
    d.attempt(failed(errc::connect_failed, false)).wake();
    EXPECT_TRUE(d.sends());
}

// ---- budget -----------------------------------------------------------------------------------

int retries_of(int calls, const attempt_result& r, retry_budget& budget) {
    int retries = 0;
    for (int i = 0; i < calls; ++i) {
        call_machine machine({answer_kind::envelope, true, {}, never}, budget, [] { return 0.0; });
        auto action = machine.start(start_time);
        while (!std::holds_alternative<call_machine::done>(action))
            action = std::holds_alternative<call_machine::send>(action)
                         ? machine.resume(r, start_time)
                         : machine.resume(start_time);
        retries += machine.attempts() - 1;
    }
    return retries;
}

TEST(retry_budget, full_outage_met_by_capacity_over_cost_retries) {
    retry_budget budget({.capacity = 100, .retry_cost = 5, .timeout_retry_cost = 10});
    EXPECT_EQ(retries_of(100, failed(errc::connect_failed, false), budget), 20);
    EXPECT_EQ(budget.tokens(), 0);
}

TEST(retry_budget, outage_of_timeouts_met_by_half_as_many) {
    retry_budget budget({.capacity = 100, .retry_cost = 5, .timeout_retry_cost = 10});
    EXPECT_EQ(retries_of(100, failed(errc::connect_timeout, false), budget), 10);
}

TEST(retry_budget, zero_capacity_allows_every_retry) {
    retry_budget budget({.capacity = 0});
    EXPECT_EQ(retries_of(100, failed(errc::connect_failed, false), budget), 200);
}

TEST(retry_budget, retry_that_succeeds_gives_its_tokens_back) {
    driver d(true, {}, {.capacity = 50, .retry_cost = 5, .timeout_retry_cost = 10});
    d.attempt(failed(errc::connect_failed, false));
    EXPECT_EQ(d.budget().tokens(), 45);
    d.wake().attempt(answered(envelope(200, 0)));
    EXPECT_EQ(d.budget().tokens(), 50);
}

TEST(retry_budget, first_try_success_adds_one_up_to_capacity) {
    retry_budget budget({.capacity = 10, .retry_cost = 5, .timeout_retry_cost = 10});
    EXPECT_EQ(budget.take(false), 5);
    budget.first_try_succeeded();
    EXPECT_EQ(budget.tokens(), 6);
    for (int i = 0; i < 20; ++i)
        budget.first_try_succeeded();
    EXPECT_EQ(budget.tokens(), 10);
}

TEST(retry_budget, stale_replay_costs_no_token) {
    driver d(true, {}, {.capacity = 50, .retry_cost = 5, .timeout_retry_cost = 10});
    d.attempt(failed(errc::connection_lost, true, true));
    EXPECT_TRUE(d.sends());
    EXPECT_EQ(d.budget().tokens(), 50);
}

} // namespace
} // namespace aistudio
