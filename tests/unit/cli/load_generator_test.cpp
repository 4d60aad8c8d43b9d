#include "cli/load_generator.hpp"

#include "support/scripted_server.hpp"

#include <gtest/gtest.h>

namespace aistudio::cli {
namespace {

using namespace std::chrono_literals;

/// A service that takes its time, one call after the other on each connection.
class load : public testing::Test {
protected:
    load_result run(load_plan plan) {
        boost::asio::io_context io(1);
        client_options o;
        o.base_url = server_.address();
        o.pool.max_connections = plan.in_flight;
        o.proxy.use_environment = false;
        client caller(io.get_executor(), o);
        plan.record = "1";
        load_generator generator(io, caller.predictor(server_.address("/p"), secret("key")).value(),
                                 plan);
        return generator.run([this](const load_result&, load_generator::clock::duration) {
            return keep_on_.load();
        });
    }

    static constexpr auto service_time = 2ms;
    std::atomic<int> calls_{0};
    std::atomic<bool> keep_on_{true};
    test::scripted_server server_{[this](test::peer& p) {
        while (p.read_request()) {
            ++calls_;
            std::this_thread::sleep_for(service_time); // what the service takes, not a wait
            if (!p.respond("1"))
                return;
        }
    }};
};

TEST_F(load, closed_loop_makes_the_calls_asked_for) {
    load_plan plan;
    plan.in_flight = 4;
    plan.calls = 40;
    const auto r = run(plan);
    EXPECT_EQ(r.ok, 40U);
    EXPECT_EQ(calls_, 40);
    EXPECT_EQ(r.failed(), 0U);
    EXPECT_GE(r.latency.min(), service_time);
    EXPECT_GE(r.elapsed, 10 * service_time);
    EXPECT_EQ(server_.connections(), 4);
}

TEST_F(load, open_loop_counts_from_when_a_call_should_have_begun) {
    load_plan plan;
    plan.in_flight = 1; // the service falls behind: 2 ms a call, one call a millisecond
    plan.rate = 1000;
    plan.calls = 50;
    const auto r = run(plan);
    EXPECT_EQ(r.ok, 50U);
    EXPECT_GE(r.latency.max(), 50 * service_time - 49ms);
    EXPECT_GE(r.latency.percentile(50), 25 * service_time - 24ms);
}

TEST_F(load, open_loop_begins_no_call_before_its_time) {
    load_plan plan;
    plan.rate = 200;
    plan.calls = 21;
    const auto r = run(plan);
    EXPECT_EQ(r.ok, 21U);
    EXPECT_GE(r.elapsed, 100ms);
}

TEST_F(load, calls_of_the_warm_up_are_not_counted) {
    load_plan plan;
    plan.rate = 500;
    plan.calls = 50; // 100 ms
    plan.warm_up = 40ms;
    const auto r = run(plan);
    EXPECT_EQ(r.ok, 30U);
    EXPECT_EQ(calls_, 50);
    EXPECT_LE(r.latency.count(), 30U);
}

TEST_F(load, duration_ends_it) {
    load_plan plan;
    plan.rate = 1000;
    plan.duration = 50ms;
    EXPECT_EQ(run(plan).ok, 50U);
}

TEST_F(load, asked_to_stop_it_ends) {
    keep_on_ = false;
    load_plan plan; // without any other end
    EXPECT_GT(run(plan).ok, 0U);
}

TEST_F(load, failures_are_counted_by_name_and_not_as_latencies) {
    test::scripted_server refusing([](test::peer& p) {
        while (p.read_request())
            if (!p.respond("{}", "429 Too Many Requests"))
                return;
    });
    boost::asio::io_context io(1);
    client_options o;
    o.base_url = refusing.address();
    o.proxy.use_environment = false;
    client caller(io.get_executor(), o);
    load_plan plan;
    plan.record = "1";
    plan.calls = 10;
    load_generator generator(io, caller.predictor(refusing.address("/p"), secret("key")).value(),
                             plan);
    const auto r =
        generator.run([](const load_result&, load_generator::clock::duration) { return true; });
    EXPECT_EQ(r.ok, 0U);
    EXPECT_EQ(r.failures.at("rate_limited"), 10U);
    EXPECT_EQ(r.latency.count(), 0U);
}

} // namespace
} // namespace aistudio::cli
