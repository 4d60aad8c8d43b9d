#include <aistudio/resources/predict_many.hpp>

#include "support/fake_transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <set>

namespace aistudio::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct point {
    double x = 0;
};
BOOST_DESCRIBE_STRUCT(point, (), (x))

/// A service in memory. `answer` sees the body; calls end after `delay(call)`, counted from 0.
class fake_service : public transport {
public:
    struct script {
        std::function<attempt_result(const std::string& body, std::size_t call)> answer =
            [](const std::string& body, std::size_t) { return success(body); };
        std::function<std::chrono::microseconds(std::size_t call)> delay = [](std::size_t) {
            return 0us;
        };
        std::vector<std::string> bodies;
        std::size_t in_flight = 0;
        std::size_t most_in_flight = 0;
        /// Calls that do not end yet; asked every millisecond.
        std::function<bool(std::size_t call)> holds = [](std::size_t) { return false; };
        std::size_t cut = 0;
        std::vector<time_point> starts;
    };
    fake_service(client_core::strand s, std::shared_ptr<script> what)
        : strand_(std::move(s)), script_(std::move(what)) {}

    static attempt_result success(std::string body) { return status(200, std::move(body)); }
    static attempt_result status(int code, std::string body) {
        attempt_result a;
        a.response = http_response{code, {}, std::move(body)};
        a.code = errc::ok;
        a.sent = true;
        a.answered = true;
        return a;
    }

    boost::asio::awaitable<attempt_result> attempt(const http_request& r, call_machine::send,
                                                   interrupter& stop) override {
        auto& s = *script_;
        const std::size_t call = s.bodies.size();
        s.bodies.push_back(r.body);
        s.starts.push_back(std::chrono::steady_clock::now());
        s.most_in_flight = std::max(s.most_in_flight, ++s.in_flight);
        boost::asio::steady_timer timer(strand_, s.delay(call));
        const interrupter::scope scope(stop, [&timer] { timer.cancel(); });
        if (stop.reason() == errc::ok)
            co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        while (stop.reason() == errc::ok && s.holds(call)) {
            timer.expires_after(1ms);
            co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
        --s.in_flight;
        attempt_result out;
        out.code = stop.reason();
        if (stop.reason() != errc::ok) {
            ++s.cut;
            co_return out;
        }
        out = s.answer(r.body, call);
        co_return out;
    }
    void close() override {}

private:
    client_core::strand strand_;
    std::shared_ptr<script> script_;
};

class predict_many : public testing::Test {
protected:
    static client_options client_settings() {
        auto o = fake_client::default_options();
        o.retry_budget.capacity = 0;
        return o;
    }
    predictor service(predictor_options o = {}) {
        return aistudio::client(core_)
            .predictor("http://service.example/p", secret("k"), o)
            .value();
    }

    /// Runs to the end and keeps what the sink got.
    template <class Out = point, class Source>
    result<bulk_summary> run(Source&& source, bulk_options options = {}) {
        std::optional<result<bulk_summary>> ended;
        async_predict_many<Out>(
            service(), std::forward<Source>(source),
            [this](std::uint64_t index, result<Out> answer) {
                order_.push_back(index);
                if (!answer)
                    problems_.emplace(index, answer.error());
                else if constexpr (std::same_as<Out, point>)
                    xs_.emplace(index, answer->x);
                else if constexpr (std::same_as<Out, std::string>)
                    texts_.emplace(index, *answer);
            },
            std::move(options), [&](result<bulk_summary> r) { ended.emplace(std::move(r)); });
        EXPECT_FALSE(ended) << "completed inline";
        loop();
        return std::move(ended.value());
    }
    void loop() {
        io_.restart();
        io_.run_for(20s);
        EXPECT_TRUE(io_.stopped()) << "work is left";
    }
    static std::vector<point> points(int n) {
        std::vector<point> out;
        for (int i = 0; i < n; ++i)
            out.push_back({static_cast<double>(i)});
        return out;
    }
    static bulk_options fixed(std::size_t in_flight) {
        bulk_options o;
        o.max_in_flight = in_flight;
        o.adaptive = false;
        return o;
    }

    boost::asio::io_context io_;
    std::shared_ptr<fake_service::script> script_ = std::make_shared<fake_service::script>();
    std::shared_ptr<client_core> core_ = std::make_shared<client_core>(
        io_.get_executor(), client_settings(),
        [this](client_core::strand s) -> std::unique_ptr<transport> {
            return std::make_unique<fake_service>(std::move(s), script_);
        },
        [this](const client_core::strand& s) {
            return fake_engine::make(s, std::make_unique<fake_service>(s, script_));
        },
        process_environment());
    std::vector<std::uint64_t> order_;
    std::map<std::uint64_t, double> xs_;
    std::map<std::uint64_t, std::string> texts_;
    std::map<std::uint64_t, problem> problems_;
};

/// Delays that put the ends of calls into another order than their starts.
std::chrono::microseconds scrambled(std::size_t call) {
    return std::chrono::microseconds((call * 7919) % 500);
}

TEST_F(predict_many, every_record_is_answered_once_in_its_order) {
    script_->delay = scrambled;
    const auto records = points(500);
    const auto summary = run(records, fixed(16)).value();
    ASSERT_EQ(order_.size(), 500U);
    EXPECT_TRUE(std::is_sorted(order_.begin(), order_.end()));
    for (const auto& [index, x] : xs_)
        EXPECT_EQ(x, static_cast<double>(index));
    EXPECT_EQ(summary.sent, 500U);
    EXPECT_EQ(summary.ok, 500U);
    EXPECT_EQ(summary.failed, 0U);
    EXPECT_EQ(summary.calls, 500U);
    EXPECT_EQ(script_->most_in_flight, 16U);
    EXPECT_GT(summary.latency.p50, 0ns);
    EXPECT_LE(summary.latency.p50, summary.latency.p99);
    EXPECT_GE(summary.elapsed, summary.latency.max);
}

TEST_F(predict_many, finished_order_does_not_wait_for_a_slow_one) {
    script_->holds = [this](std::size_t call) { return call == 0 && order_.size() < 99; };
    auto o = fixed(4);
    o.order = bulk_order::finished;
    const auto records = points(100);
    EXPECT_EQ(run(records, o).value().ok, 100U);
    EXPECT_EQ(order_.back(), 0U);
    EXPECT_EQ(std::set<std::uint64_t>(order_.begin(), order_.end()).size(), 100U);
}

TEST_F(predict_many, nothing_to_do_ends_with_an_empty_summary) {
    const auto summary = run(std::vector<point>{}).value();
    EXPECT_EQ(summary.sent + summary.ok + summary.failed, 0U);
    EXPECT_TRUE(order_.empty());
}

TEST_F(predict_many, records_are_read_only_as_far_as_the_window) {
    std::size_t read = 0;
    std::size_t handed_out = 0;
    std::size_t most = 0;
    script_->delay = scrambled;
    auto o = fixed(4);
    o.window = 10;
    std::optional<result<bulk_summary>> ended;
    async_predict_many<point>(
        service(),
        [&]() -> std::optional<point> {
            if (read == 2000)
                return std::nullopt;
            most = std::max(most, ++read - handed_out);
            return point{1};
        },
        [&](std::uint64_t, const result<point>&) { ++handed_out; }, o,
        [&](result<bulk_summary> r) { ended.emplace(std::move(r)); });
    loop();
    EXPECT_EQ(ended.value().value().ok, 2000U);
    EXPECT_LE(most, 10U);
    EXPECT_EQ(handed_out, 2000U);
}

TEST_F(predict_many, record_that_cannot_be_written_fails_alone_before_it_is_sent) {
    auto records = points(10);
    records[3].x = std::numeric_limits<double>::quiet_NaN();
    records[7].x = std::numeric_limits<double>::infinity();
    const auto summary = run(records, fixed(2)).value();
    EXPECT_EQ(summary.ok, 8U);
    EXPECT_EQ(summary.failed, 2U);
    EXPECT_EQ(summary.sent, 8U);
    EXPECT_EQ(problems_.at(3).code, errc::encode_failed);
    EXPECT_EQ(problems_.at(7).outcome, outcome::not_sent);
    EXPECT_EQ(summary.first_failure->code, errc::encode_failed);
    EXPECT_EQ(script_->bodies.size(), 8U);
    EXPECT_TRUE(std::is_sorted(order_.begin(), order_.end()));
}

TEST_F(predict_many, text_records_are_checked_and_sent_as_they_are) {
    const std::vector<std::string> records{"{\"x\": 1}", "{oops", "\xff", "[2]"};
    const auto summary = run<std::string>(records, fixed(4)).value();
    EXPECT_EQ(summary.failed, 2U);
    EXPECT_THAT(script_->bodies, ElementsAre("{\"x\": 1}", "[2]"));
    EXPECT_EQ(texts_.at(0), "{\"x\": 1}");
    EXPECT_THAT(problems_.at(1).detail, HasSubstr("not JSON"));
    EXPECT_EQ(problems_.at(2).code, errc::encode_failed);
}

TEST_F(predict_many, failed_calls_fail_their_records_only) {
    script_->answer = [](const std::string& body, std::size_t) {
        return body.find("5") != std::string::npos ? fake_service::status(400, "{}")
                                                   : fake_service::success(body);
    };
    const auto records = points(10);
    const auto summary = run(records, fixed(3)).value();
    EXPECT_EQ(summary.ok, 9U);
    EXPECT_EQ(problems_.at(5).code, errc::bad_request);
    EXPECT_EQ(problems_.at(5).status, 400);
    EXPECT_EQ(order_.size(), 10U);
}

TEST_F(predict_many, refused_calls_are_made_again_and_counted) {
    script_->answer = [](const std::string& body, std::size_t call) {
        return call % 5 == 0 && call < 50 ? fake_service::status(429, "{}")
                                          : fake_service::success(body);
    };
    const auto records = points(100);
    const auto summary = run(records, fixed(4)).value();
    EXPECT_EQ(summary.ok, 100U);
    EXPECT_EQ(summary.retries, 10U);
    EXPECT_EQ(summary.calls, 100U);
    EXPECT_EQ(script_->bodies.size(), 110U);
}

TEST_F(predict_many, attempts_are_bounded_by_the_policy) {
    script_->answer = [](const std::string&, std::size_t) {
        return fake_service::status(429, "{}");
    };
    bulk_options o = fixed(2);
    o.call.retry = core_->options().retry;
    o.call.retry->max_attempts = 4;
    const auto summary = run(points(5), o).value();
    EXPECT_EQ(summary.failed, 5U);
    EXPECT_EQ(summary.retries, 15U);
    EXPECT_EQ(problems_.at(0).code, errc::rate_limited);
    EXPECT_EQ(problems_.at(0).attempts, 4);
}

TEST_F(predict_many, failure_tells_what_all_attempts_may_have_done) {
    script_->answer = [](const std::string&, std::size_t call) {
        if (call > 0)
            return fake_service::status(400, "{}");
        attempt_result lost;
        lost.code = errc::connection_lost;
        lost.sent = true;
        return lost;
    };
    (void)run(points(1), fixed(1)).value();
    EXPECT_EQ(problems_.at(0).code, errc::bad_request);
    EXPECT_EQ(problems_.at(0).outcome, outcome::unknown);
    EXPECT_EQ(problems_.at(0).attempts, 2);
}

TEST_F(predict_many, records_may_be_results_whose_problems_are_theirs) {
    const std::vector<result<point>> records{point{1}, make_problem(errc::encode_failed, "line 2"),
                                             point{3}};
    EXPECT_EQ(run(records, fixed(1)).value().ok, 2U);
    EXPECT_EQ(problems_.at(1).detail, "line 2");
    EXPECT_EQ(xs_.at(2), 3);
}

TEST_F(predict_many, first_error_stops_when_asked) {
    script_->delay = [](std::size_t) { return 100us; };
    script_->answer = [](const std::string& body, std::size_t call) {
        return call == 10 ? fake_service::status(400, "{}") : fake_service::success(body);
    };
    bulk_options o = fixed(4);
    o.stop_at_first_error = true;
    const auto summary = run(points(1000), o).value();
    EXPECT_EQ(summary.failed, 1U);
    EXPECT_LE(summary.sent, 20U);
    EXPECT_EQ(summary.ok + summary.failed, order_.size());
    EXPECT_EQ(summary.first_failure->code, errc::bad_request);
}

TEST_F(predict_many, source_that_throws_midway_ends_after_what_was_sent) {
    script_->delay = [](std::size_t) { return 1ms; };
    int i = 0;
    const auto ended = run(
        [&]() -> std::optional<point> {
            if (i == 6)
                throw std::runtime_error("the disk is gone");
            return point{static_cast<double>(i++)};
        },
        fixed(4));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, errc::internal_error);
    EXPECT_THAT(ended.error().detail, HasSubstr("the disk is gone"));
    EXPECT_EQ(xs_.size(), 6U);
    EXPECT_TRUE(problems_.empty());
}

TEST_F(predict_many, problem_thrown_by_the_source_is_the_result) {
    const auto ended = run([]() -> std::optional<point> {
        throw api_error(make_problem(errc::file_unreadable, "no more"));
    });
    EXPECT_EQ(ended.error().code, errc::file_unreadable);
}

TEST_F(predict_many, sink_may_stop_it_by_its_answer_or_by_throwing) {
    for (const bool throws : {false, true}) {
        std::size_t seen = 0;
        script_->bodies.clear();
        std::optional<result<bulk_summary>> ended;
        async_predict_many<point>(
            service(), points(1000),
            [&](std::uint64_t index, const result<point>&) {
                ++seen;
                if (index == 20 && throws)
                    throw std::runtime_error("full");
                return index < 20;
            },
            fixed(4), [&](result<bulk_summary> r) { ended.emplace(std::move(r)); });
        loop();
        ASSERT_FALSE(ended.value());
        EXPECT_EQ(ended->error().code, throws ? errc::internal_error : errc::cancelled);
        EXPECT_EQ(seen, 21U);
        EXPECT_LE(script_->bodies.size(), 50U);
    }
}

TEST_F(predict_many, cancellation_cuts_calls_and_reports_their_records) {
    script_->delay = [](std::size_t call) { return call < 8 ? 0us : 10s; };
    boost::asio::cancellation_signal signal;
    std::optional<result<bulk_summary>> ended;
    async_predict_many<point>(
        service(), points(100),
        [&](std::uint64_t index, const result<point>& answer) {
            order_.push_back(index);
            if (!answer)
                problems_.emplace(index, answer.error());
            if (index == 5)
                signal.emit(boost::asio::cancellation_type::terminal);
        },
        fixed(4), boost::asio::bind_cancellation_slot(signal.slot(), [&](result<bulk_summary> r) {
            ended.emplace(std::move(r));
        }));
    loop();
    EXPECT_EQ(ended.value().error().code, errc::cancelled);
    EXPECT_FALSE(problems_.empty());
    for (const auto& [index, p] : problems_)
        EXPECT_EQ(p.code, errc::cancelled);
    EXPECT_LT(order_.size(), 30U);
    EXPECT_EQ(order_.size(), order_.back() + 1);
    EXPECT_EQ(script_->in_flight, 0U);
}

TEST_F(predict_many, coalesced_records_go_as_arrays_and_come_back_one_by_one) {
    script_->delay = scrambled;
    bulk_options o = fixed(3);
    o.coalesce = coalesce_options{.max_rows = 8};
    const auto summary = run(points(100), o).value();
    EXPECT_EQ(summary.ok, 100U);
    EXPECT_EQ(summary.sent, 100U);
    EXPECT_EQ(summary.calls, 13U);
    EXPECT_EQ(script_->bodies.front(),
              R"([{"x":0},{"x":1},{"x":2},{"x":3},{"x":4},{"x":5},{"x":6},{"x":7}])");
    EXPECT_TRUE(std::is_sorted(order_.begin(), order_.end()));
    for (const auto& [index, x] : xs_)
        EXPECT_EQ(x, static_cast<double>(index));
}

TEST_F(predict_many, coalesced_bad_record_fails_alone) {
    bulk_options o = fixed(1);
    o.coalesce = coalesce_options{.max_rows = 4};
    const std::vector<std::string> records{"1", "2", "nope", "3", "4"};
    const auto summary = run<std::string>(records, o).value();
    EXPECT_EQ(summary.ok, 4U);
    EXPECT_EQ(problems_.at(2).code, errc::encode_failed);
    EXPECT_THAT(script_->bodies, ElementsAre("[1,2,3,4]"));
    EXPECT_EQ(texts_.at(4), "4");
}

TEST_F(predict_many, coalesced_failures_are_those_of_the_call_or_the_row) {
    script_->answer = [](const std::string& body, std::size_t call) {
        if (call == 0)
            return fake_service::status(400, "{}");
        if (call == 1)
            return fake_service::success("[1]"); // too few
        if (call == 2)
            return fake_service::success(R"({"result":[{"x":1},{"x":"wrong"}]})");
        return fake_service::success(body);
    };
    bulk_options o = fixed(1);
    o.coalesce = coalesce_options{.max_rows = 2};
    const auto summary = run(points(8), o).value();
    EXPECT_EQ(summary.failed, 5U);
    EXPECT_EQ(problems_.at(0).code, errc::bad_request);
    EXPECT_EQ(problems_.at(1).code, errc::bad_request);
    EXPECT_EQ(problems_.at(2).code, errc::decode_failed);
    EXPECT_THAT(problems_.at(3).detail, HasSubstr("1 results to 2 records"));
    EXPECT_EQ(xs_.at(4), 1);
    EXPECT_EQ(problems_.at(5).code, errc::decode_failed);
    EXPECT_EQ(xs_.at(7), 7);
}

TEST_F(predict_many, hedges_answer_for_stuck_calls_within_the_budget) {
    std::size_t slow = 0;
    script_->delay = [&](std::size_t call) {
        if (call < 100 || call % 40 != 0)
            return 200us;
        ++slow;
        return 5'000'000us; // the test would take long
    };
    bulk_options o = fixed(8);
    o.hedge = hedge_options{.budget = 0.10};
    const auto begin = std::chrono::steady_clock::now();
    const auto summary = run(points(400), o).value();
    EXPECT_EQ(summary.ok, 400U);
    EXPECT_GE(slow, 7U);
    EXPECT_GE(summary.hedges_won, 1U);
    EXPECT_LE(summary.hedges, 40U);
    EXPECT_EQ(script_->bodies.size(), 400U + summary.hedges);
    EXPECT_GE(script_->cut, summary.hedges_won);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
    EXPECT_TRUE(std::is_sorted(order_.begin(), order_.end()));
}

TEST_F(predict_many, hedging_needs_an_idempotent_predictor) {
    bulk_options o;
    o.hedge.emplace();
    std::optional<result<bulk_summary>> ended;
    async_predict_many<point>(
        service({.idempotent = false}), points(3), [](std::uint64_t, const result<point>&) {}, o,
        [&](result<bulk_summary> r) { ended.emplace(std::move(r)); });
    loop();
    EXPECT_EQ(ended.value().error().code, errc::invalid_argument);
    EXPECT_TRUE(script_->bodies.empty());
}

TEST_F(predict_many, options_that_make_no_sense_are_refused) {
    std::vector<bulk_options> wrong(6);
    wrong[0].calls_per_second = -1;
    wrong[1].calls_per_second = std::nan("");
    wrong[2].burst = 0;
    wrong[3].hedge = hedge_options{.percentile = 100};
    wrong[4].hedge = hedge_options{.budget = 2};
    wrong[5].call.retry = retry_policy{.max_attempts = 0};
    for (const auto& o : wrong)
        EXPECT_EQ(run(points(2), o).error().code, errc::invalid_argument);
    EXPECT_TRUE(script_->bodies.empty());
}

TEST_F(predict_many, calls_a_second_are_never_passed) {
    bulk_options o = fixed(8);
    o.calls_per_second = 2000;
    o.burst = 3;
    EXPECT_EQ(run(points(100), o).value().ok, 100U);
    const auto& starts = script_->starts;
    ASSERT_EQ(starts.size(), 100U);
    // The service sees them a little later than they were sent, by an unsteady amount.
    const std::chrono::duration<double> whole = starts.back() - starts.front();
    EXPECT_GE(whole.count(), 0.95 * 97 / 2000);
}

TEST_F(predict_many, adaptive_run_finds_more_than_one_call) {
    script_->delay = [](std::size_t) { return 2ms; };
    bulk_options o;
    o.max_in_flight = 32;
    const auto summary = run(points(1500), o).value();
    EXPECT_EQ(summary.ok, 1500U);
    EXPECT_GE(script_->most_in_flight, 8U);
    EXPECT_LE(script_->most_in_flight, 32U);
    EXPECT_LE(summary.limit, 32U);
}

TEST_F(predict_many, progress_is_told_while_it_runs_and_at_the_end) {
    script_->delay = [](std::size_t) { return 2ms; };
    std::vector<bulk_progress> seen;
    bulk_options o = fixed(4);
    o.progress = [&](const bulk_progress& p) { seen.push_back(p); };
    o.progress_interval = 5ms;
    const auto records = points(100);
    EXPECT_EQ(run(records, o).value().ok, 100U);
    ASSERT_GE(seen.size(), 3U);
    EXPECT_EQ(seen.back().done, 100U);
    EXPECT_EQ(seen.back().total, 100U);
    EXPECT_EQ(seen.back().in_flight, 0U);
    EXPECT_EQ(seen[1].limit, 4U);
    for (std::size_t i = 1; i < seen.size(); ++i)
        EXPECT_GE(seen[i].done, seen[i - 1].done);
}

TEST_F(predict_many, closed_client_ends_it_though_the_rate_is_low) {
    script_->delay = [](std::size_t call) { return call < 10 ? 0us : 10s; };
    bulk_options o = fixed(2);
    o.calls_per_second = 1; // what is left would take many seconds
    o.burst = 12;
    std::optional<result<bulk_summary>> ended;
    const auto begin = std::chrono::steady_clock::now();
    async_predict_many<point>(
        service(), [] { return std::optional(point{1}); }, // endless
        [&](std::uint64_t index, const result<point>& answer) {
            if (!answer)
                problems_.emplace(index, answer.error());
            if (index == 9)
                core_->close();
        },
        o, [&](result<bulk_summary> r) { ended.emplace(std::move(r)); });
    loop();
    EXPECT_EQ(ended.value().error().code, errc::client_closed);
    EXPECT_FALSE(problems_.empty());
    for (const auto& [index, p] : problems_)
        EXPECT_EQ(p.code, errc::client_closed);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(predict_many, coroutine_gets_the_summary) {
    std::optional<std::uint64_t> ok;
    const auto records = points(20);
    const auto p = service();
    boost::asio::co_spawn(
        io_,
        [&]() -> boost::asio::awaitable<void> {
            const auto sink = [](std::uint64_t, const result<point>&) {};
            const auto summary = co_await async_predict_many<point>(p, records, sink);
            ok = summary.value().ok;
        },
        [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
    loop();
    EXPECT_EQ(ok, 20U);
}

} // namespace
} // namespace aistudio::test
