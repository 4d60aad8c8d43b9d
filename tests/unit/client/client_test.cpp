#include "support/any_loop.hpp"
#include "support/scripted_server.hpp"

#include <aistudio/client.hpp>
#include <aistudio/sync_client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/describe/class.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <future>
#include <limits>
#include <map>
#include <mutex>
#include <thread>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::keep_alive;
using test::peer;
using test::scripted_server;

client_options quiet() {
    client_options o;
    o.base_url = "http://127.0.0.1:1";
    o.config_file = "/nonexistent/aistudio.json";
    o.proxy.use_environment = false;
    o.retry.base_delay = 1ms;
    o.retry.throttle_base_delay = 1ms;
    return o;
}

/// A service that is full at its first call and answers `1` from then on; counts into `calls`.
scripted_server::script full_at_first(int& calls) {
    return [&calls](peer& p) {
        while (p.read_request())
            ++calls == 1 ? p.respond(R"({"errorCode":10010,"errorMsg":"full"})", "400 Bad Request",
                                     "Retry-After: 0\r\n")
                         : p.respond("1");
    };
}

struct record_in {
    double rm = 0;
    std::vector<double> x;
};
BOOST_DESCRIBE_STRUCT(record_in, (), (rm, x))
struct price_out {
    double price = 0;
};
BOOST_DESCRIBE_STRUCT(price_out, (), (price))

/// A loop, a client on it, and a predictor for one server.
class client_test : public testing::TestWithParam<test::loop_kind> {
protected:
    void SetUp() override { AISTUDIO_NEEDS_LOOP(GetParam()); }

    test::any_loop io{GetParam()};

    template <class T>
    result<T> wait(std::optional<result<T>>& out) {
        io.restart();
        io.run_for(10s);
        EXPECT_TRUE(io.stopped()) << "something is still in flight";
        return std::move(out.value());
    }
    template <class Out = std::string, class In>
    result<Out> predict(const predictor& p, const In& record, call_options o = {}) {
        std::optional<result<Out>> out;
        p.async_predict<Out>(record, o, [&](result<Out> r) {
            EXPECT_FALSE(out);
            out.emplace(std::move(r));
        });
        EXPECT_FALSE(out) << "never inline";
        return wait(out);
    }
    predictor predictor_of(const scripted_server& server, client_options o = quiet(),
                           predictor_options p = {}) {
        return client(io.get_executor(), std::move(o))
            .predictor(server.address("/serving/online/7"), secret("K-5b1f"), p)
            .value();
    }
};

// ---- predictor --------------------------------------------------------------------------------

TEST_P(client_test, predict_sends_json_and_reads_the_result) {
    test::raw_request seen;
    scripted_server server(keep_alive([&](const auto& r) {
        seen = r;
        return R"({"logId":"1","errorCode":0,"errorMsg":"","result":{"price":2.5}})";
    }));
    const auto p = predictor_of(server);
    const auto got = predict<price_out>(p, record_in{6.5, {1, 2}});
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(got->price, 2.5);
    EXPECT_EQ(seen.line(), "POST /serving/online/7?apiKey=K-5b1f HTTP/1.1");
    EXPECT_EQ(seen.header("Content-Type"), "application/json");
    EXPECT_FALSE(seen.header("Authorization")) << "the token is not for prediction services";
    EXPECT_EQ(seen.body, R"({"rm":6.5,"x":[1,2]})");
}

TEST_P(client_test, predict_reads_the_whole_body_when_it_has_no_result) {
    std::string body = R"({"price":3.5})";
    scripted_server server(keep_alive([&](const auto&) { return body; }));
    const auto p = predictor_of(server);
    EXPECT_EQ(predict<price_out>(p, "{}")->price, 3.5);
    body = "[1,2.5]";
    EXPECT_EQ(predict<std::vector<double>>(p, "{}").value(), (std::vector<double>{1, 2.5}));
}

TEST_P(client_test, predict_leaves_raw_bytes_untouched_both_ways) {
    std::string seen;
    const std::string odd = " {\"result\" :  1 }\n\x01";
    scripted_server server(keep_alive([&](const auto& r) {
        seen = r.body;
        return odd;
    }));
    const auto p = predictor_of(server);
    EXPECT_EQ(predict(p, std::string("  {\"a\" : 1}\n")).value(), odd);
    EXPECT_EQ(seen, "  {\"a\" : 1}\n");
}

TEST_P(client_test, predict_gives_the_whole_document) {
    scripted_server server(
        keep_alive([](const auto&) { return R"({"errorCode":0,"logId":"9","result":[1]})"; }));
    auto got = predict<json_document>(predictor_of(server), "{}");
    ASSERT_TRUE(got);
    EXPECT_EQ(got->root().find("logId")->get_string().value(), "9");
}

TEST_P(client_test, predict_that_cannot_be_written_sends_nothing) {
    scripted_server server(keep_alive([](const auto&) { return "{}"; }));
    const auto p = predictor_of(server);
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        const auto got = predict<price_out>(p, record_in{bad, {}});
        EXPECT_EQ(got.error().code, errc::encode_failed);
        EXPECT_EQ(got.error().outcome, outcome::not_sent);
    }
    EXPECT_EQ(server.connections(), 0);
}

TEST_P(client_test, predict_answer_of_another_form_is_decode_failed_and_done) {
    scripted_server server(keep_alive([](const auto&) { return R"({"price":"dear"})"; }));
    const auto got = predict<price_out>(predictor_of(server), "{}");
    EXPECT_EQ(got.error().code, errc::decode_failed);
    EXPECT_EQ(got.error().outcome, outcome::done);
}

TEST_P(client_test, each_call_is_reported_once_without_its_key) {
    int calls = 0;
    scripted_server server(full_at_first(calls));
    std::vector<call_report> reports;
    auto o = quiet();
    o.on_call = [&](const call_report& r) { reports.push_back(r); };
    const auto p = predictor_of(server, o);
    EXPECT_TRUE(predict(p, "{}"));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_GT(reports[0].seconds, 0);
    EXPECT_LT(reports[0].seconds, 10);
    call_report expected;
    expected.method = "POST";
    expected.url = server.address("/serving/online/7?apiKey=***");
    expected.status = 200;
    expected.attempts = 2;
    expected.seconds = reports[0].seconds;
    EXPECT_EQ(reports[0], expected);

    EXPECT_FALSE(predict(p, record_in{std::nan(""), {}}));
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_EQ(reports[1].error, "encode_failed");
    EXPECT_EQ(reports[1].phase, phase::check);
    EXPECT_EQ(reports[1].outcome, outcome::not_sent);
    EXPECT_EQ(reports[1].attempts, 0);
}

TEST_P(client_test, predictor_refuses_bad_addresses_and_keys) {
    const client c(io.get_executor(), quiet());
    EXPECT_EQ(c.predictor("http://h/p", secret()).error().code, errc::credentials_missing);
    for (const char* address : {"h/p", "ftp://h/p", "http://h/p?apiKey=CANARY",
                                "http://h/p?apikey=CANARY", "http://u:CANARY@h/p"}) {
        const auto p = c.predictor(address, secret("k"));
        ASSERT_FALSE(p) << address;
        EXPECT_EQ(p.error().code, errc::invalid_argument);
        EXPECT_EQ(p.error().message().find("CANARY"), std::string::npos);
    }
    EXPECT_EQ(c.predictor("http://h/p?v=1", secret("k")).value().url(), "http://h/p?v=1");
}

// ---- attempts over real connections -----------------------------------------------------------

TEST_P(client_test, idle_connections_closed_by_the_server_cost_no_error) {
    // Sometimes the close is seen before use, sometimes only when the request is lost.
    scripted_server server([](peer& p) {
        for (int i = 0; i < 3; ++i) {
            if (!p.read_request())
                return;
            p.respond("1");
        }
    });
    const auto p = predictor_of(server);
    int errors = 0;
    for (int i = 0; i < 1000; ++i)
        errors += predict(p, "{}") ? 0 : 1;
    EXPECT_EQ(errors, 0);
    EXPECT_GE(server.connections(), 333);
}

TEST_P(client_test, request_lost_on_a_reused_connection_sent_once_more) {
    for (const bool idempotent : {true, false}) {
        scripted_server server([&](peer& p) {
            for (bool first = true; const auto r = p.read_request(); first = false) {
                server.record(*r);
                if (!first)
                    return; // took the second request and says nothing
                p.respond("1");
            }
        });
        const auto p = predictor_of(server, quiet(), {.idempotent = idempotent});
        EXPECT_TRUE(predict(p, "{}"));
        const auto second = predict(p, "{}");
        EXPECT_EQ(second.has_value(), idempotent);
        EXPECT_EQ(server.seen().size(), idempotent ? 3U : 2U);
        if (!idempotent) {
            EXPECT_EQ(second.error().code, errc::connection_lost);
            EXPECT_EQ(second.error().outcome, outcome::unknown);
            EXPECT_EQ(second.error().attempts, 1);
        }
    }
}

TEST_P(client_test, overload_waits_as_told_and_tries_again) {
    int calls = 0;
    scripted_server server(full_at_first(calls));
    EXPECT_TRUE(predict(predictor_of(server, quiet(), {.idempotent = false}), "{}"));
    EXPECT_EQ(calls, 2);
}

TEST_P(client_test, refused_call_that_ends_others_ends_each_once) {
    scripted_server server([](peer& p) { p.wait_until_closed(); });
    auto o = quiet();
    o.pool.max_connections = 1;
    o.pool.max_waiting = 0;
    o.retry.max_attempts = 1;
    client c(io.get_executor(), o);
    const auto p = c.predictor(server.address(), secret("k-1234")).value();
    std::vector<errc> ends;
    for (int i = 0; i < 4; ++i)
        p.async_predict<std::string>("{}", {}, [&](result<std::string> r) {
            ends.push_back(r.error().code);
            c.close();
        });
    io.run_for(10s);
    EXPECT_TRUE(io.stopped());
    EXPECT_EQ(ends.size(), 4U);
    EXPECT_EQ(ends.front(), errc::overloaded);
}

TEST_P(client_test, deadline_bounds_the_whole_call) {
    scripted_server server([](peer& p) { p.wait_until_closed(); });
    call_options o;
    o.deadline = 50ms;
    const auto begin = steady_clock::now();
    const auto got = predict(predictor_of(server), "{}", o);
    EXPECT_EQ(got.error().code, errc::deadline_exceeded);
    EXPECT_EQ(got.error().phase, phase::first_byte);
    EXPECT_EQ(got.error().outcome, outcome::unknown);
    EXPECT_LT(steady_clock::now() - begin, 1s);
}

TEST_P(client_test, per_call_retry_checked) {
    scripted_server server(keep_alive([](const auto&) { return "1"; }));
    call_options o;
    o.retry.emplace();
    o.retry->max_attempts = 0;
    EXPECT_EQ(predict(predictor_of(server), "{}", o).error().code, errc::invalid_argument);
}

// ---- ending -----------------------------------------------------------------------------------

TEST_P(client_test, close_ends_what_is_in_flight_and_refuses_more) {
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        server.arrive();
        p.wait_until_closed();
    });
    auto o = quiet();
    o.pool.max_connections = 2;
    client c(io.get_executor(), o);
    const auto p = c.predictor(server.address(), secret("k-1234")).value();
    std::vector<errc> ended;
    for (int i = 0; i < 5; ++i)
        p.async_predict("{}", {}, [&](result<std::string> r) { ended.push_back(r.error().code); });
    while (server.arrivals() < 2)
        io.run_for(5ms);
    c.close();
    c.close();
    io.restart();
    io.run_for(5s);
    EXPECT_EQ(ended, std::vector<errc>(5, errc::client_closed));
    EXPECT_EQ(predict(p, "{}").error().code, errc::client_closed);
}

TEST_P(client_test, cancelled_call_completes_once_with_cancelled) {
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        server.arrive();
        p.wait_until_closed();
        server.arrive();
    });
    const auto p = predictor_of(server);
    boost::asio::cancellation_signal signal;
    int completions = 0;
    p.async_predict("{}", {},
                    boost::asio::bind_cancellation_slot(signal.slot(), [&](result<std::string> r) {
                        ++completions;
                        EXPECT_EQ(r.error().code, errc::cancelled);
                        EXPECT_EQ(r.error().outcome, outcome::unknown);
                    }));
    while (server.arrivals() < 1)
        io.run_for(5ms);
    signal.emit(boost::asio::cancellation_type::total);
    signal.emit(boost::asio::cancellation_type::terminal);
    io.run_for(5s);
    EXPECT_EQ(completions, 1);
    EXPECT_TRUE(server.wait_for_arrivals(2)) << "the connection was closed";
}

TEST_P(client_test, cancelled_between_attempts_ends_at_once) {
    auto o = quiet();
    o.retry.throttle_base_delay = 1h;
    o.retry.max_delay = 1h;
    o.deadline = 0ms;
    scripted_server server([&](peer& p) {
        while (p.read_request()) {
            p.respond("", "503 Service Unavailable");
            server.arrive();
        }
    });
    const auto p = predictor_of(server, o);
    boost::asio::cancellation_signal signal;
    std::optional<errc> code;
    p.async_predict("{}", {},
                    boost::asio::bind_cancellation_slot(
                        signal.slot(), [&](result<std::string> r) { code = r.error().code; }));
    while (server.arrivals() < 1)
        io.run_for(5ms);
    io.run_for(20ms);
    EXPECT_FALSE(code);
    signal.emit(boost::asio::cancellation_type::partial);
    io.run_for(5s);
    EXPECT_EQ(code, errc::cancelled);
}

TEST_P(client_test, cancelled_before_it_began_sends_nothing) {
    scripted_server server([&](peer& p) {
        while (const auto r = p.read_request())
            server.record(*r);
    });
    const auto p = predictor_of(server);
    boost::asio::cancellation_signal signal;
    std::optional<errc> code;
    p.async_predict("{}", {},
                    boost::asio::bind_cancellation_slot(
                        signal.slot(), [&](result<std::string> r) { code = r.error().code; }));
    signal.emit(boost::asio::cancellation_type::terminal);
    io.run_for(5s);
    EXPECT_EQ(code, errc::cancelled);
    EXPECT_TRUE(server.seen().empty());
}

TEST_P(client_test, destroyed_client_lets_calls_finish) {
    scripted_server server(keep_alive([](const auto&) { return "1"; }));
    std::optional<result<std::string>> out;
    {
        client c(io.get_executor(), quiet());
        c.predictor(server.address(), secret("k-1234"))
            ->async_predict("{}", {}, [&](result<std::string> r) { out.emplace(std::move(r)); });
    }
    EXPECT_TRUE(wait(out));
}

INSTANTIATE_TEST_SUITE_P(on, client_test, testing::ValuesIn(test::loop_kinds),
                         testing::PrintToStringParamName());

class client_and_loop : public testing::TestWithParam<test::loop_kind> {
    void SetUp() override { AISTUDIO_NEEDS_LOOP(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(on, client_and_loop, testing::ValuesIn(test::loop_kinds),
                         testing::PrintToStringParamName());

TEST_P(client_and_loop, destroyed_with_calls_in_flight_is_clean) {
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        server.arrive();
        p.wait_until_closed();
    });
    auto completed = std::make_shared<int>(0);
    {
        test::any_loop io(GetParam());
        auto o = quiet();
        o.pool.max_connections = 1;
        const client c(io.get_executor(), o);
        const auto p = c.predictor(server.address(), secret("k-1234")).value();
        for (int i = 0; i < 3; ++i)
            p.async_predict("{}", {}, [completed](const auto&) { ++*completed; });
        while (server.arrivals() < 1)
            io.run_for(5ms);
    }
    EXPECT_EQ(*completed, 0);
    EXPECT_EQ(completed.use_count(), 1) << "every handler was destroyed";
}

// ---- tokens and executors ---------------------------------------------------------------------

TEST_P(client_test, bare_co_await_future_and_other_executor_work) {
    scripted_server server(keep_alive([](const auto&) { return "1"; }));
    const auto p = predictor_of(server);
    std::string awaited;
    boost::asio::co_spawn(
        io.get_executor(),
        [&]() -> boost::asio::awaitable<void> {
            const auto got = co_await p.async_predict("{}");
            awaited = got.value();
        },
        [](std::exception_ptr e) { EXPECT_FALSE(e); });
    auto future = p.async_predict("{}", {}, boost::asio::use_future);
    boost::asio::thread_pool other(1);
    std::promise<std::thread::id> where;
    p.async_predict("{}", {}, boost::asio::bind_executor(other, [&](result<std::string> r) {
                        EXPECT_TRUE(r);
                        where.set_value(std::this_thread::get_id());
                    }));
    io.run_for(5s);
    EXPECT_EQ(awaited, "1");
    EXPECT_EQ(future.get().value(), "1");
    EXPECT_NE(where.get_future().get(), std::this_thread::get_id());
    other.join();
}

TEST(client, many_threads_share_one) {
    scripted_server server(keep_alive([](const auto& r) { return r.body; }));
    boost::asio::io_context io;
    auto o = quiet();
    o.pool.max_connections = 8;
    const client c(io.get_executor(), o);
    const auto p = c.predictor(server.address(), secret("k-1234")).value();
    std::atomic<int> good{0};
    auto guard = boost::asio::make_work_guard(io);
    std::vector<std::thread> runners;
    for (int i = 0; i < 3; ++i)
        runners.emplace_back([&] { io.run(); });
    std::vector<std::thread> callers;
    for (int t = 0; t < 4; ++t)
        callers.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                const std::string body = std::to_string(t * 1000 + i);
                p.async_predict(body, {}, [&good, body](result<std::string> r) {
                    if (r && *r == body)
                        ++good;
                });
            }
        });
    for (auto& thread : callers)
        thread.join();
    guard.reset();
    for (auto& thread : runners)
        thread.join();
    EXPECT_EQ(good, 200);
    EXPECT_LE(server.connections(), 8);
}

// ---- blocking client --------------------------------------------------------------------------

TEST(sync_client, predicts_from_many_threads) {
    scripted_server server(keep_alive([](const auto& r) { return r.body; }));
    const sync_client c(quiet());
    const auto p = c.predictor(server.address(), secret("k-1234")).value();
    std::atomic<int> good{0};
    std::vector<std::thread> callers;
    for (int t = 0; t < 4; ++t)
        callers.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i)
                if (p.predict<int>(std::to_string(t * 100 + i)) == result<int>(t * 100 + i))
                    ++good;
        });
    for (auto& thread : callers)
        thread.join();
    EXPECT_EQ(good, 100);
}

TEST(sync_client, prediction_threads_share_the_calls) {
    scripted_server server(keep_alive([](const auto& r) { return r.body; }));
    auto o = quiet();
    o.prediction_threads = 3;
    o.pool.max_connections = 1;
    const sync_client c(o);
    const auto p = c.predictor(server.address(), secret("k-1234")).value();
    std::mutex mutex;
    std::map<std::thread::id, int> calls;
    std::vector<std::future<bool>> done;
    for (int i = 0; i < 30; ++i) {
        const auto stays = std::make_shared<std::promise<bool>>();
        done.push_back(stays->get_future());
        p.async_predict<int>(std::to_string(i), {}, [&, i, stays](result<int> r) {
            const auto here = std::this_thread::get_id();
            {
                const std::lock_guard lock(mutex);
                calls[here] += r == result<int>(i) ? 1 : 0;
            }
            p.async_predict("{}", {}, [here, stays](result<std::string> then) {
                stays->set_value(then && here == std::this_thread::get_id());
            });
        });
    }
    for (auto& one : done)
        EXPECT_TRUE(one.get()) << "a call from a completion stays on its thread";
    EXPECT_THAT(calls, testing::SizeIs(3));
    EXPECT_THAT(calls, testing::Each(testing::Pair(testing::_, 10)));
    EXPECT_EQ(server.connections(), 3);
}

TEST(sync_client, close_ends_the_calls_of_all_prediction_threads) {
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        server.arrive();
        p.wait_until_closed();
    });
    auto o = quiet();
    o.prediction_threads = 2;
    sync_client c(o);
    const auto p = c.predictor(server.address(), secret("k-1234")).value();
    std::array<std::promise<errc>, 4> ends;
    for (auto& end : ends)
        p.async_predict("{}", {}, [&end](result<std::string> r) { end.set_value(r.error().code); });
    server.wait_for_arrivals(4);
    c.close();
    for (auto& end : ends)
        EXPECT_EQ(end.get_future().get(), errc::client_closed);
}

TEST(sync_client, blocking_call_in_its_own_callback_refused) {
    scripted_server server(keep_alive([](const auto&) { return "1"; }));
    const sync_client c(quiet());
    const auto p = c.predictor(server.address(), secret("k-1234")).value();
    std::promise<errc> inner;
    p.async_predict("{}", {},
                    [&](result<std::string>) { inner.set_value(p.predict("{}").error().code); });
    EXPECT_EQ(inner.get_future().get(), errc::invalid_argument);
}

TEST(sync_client, close_ends_a_blocked_call) {
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        server.arrive();
        p.wait_until_closed();
    });
    sync_client c(quiet());
    const auto p = c.predictor(server.address(), secret("k-1234")).value();
    std::thread closer([&] {
        server.wait_for_arrivals(1);
        c.close();
    });
    EXPECT_EQ(p.predict("{}").error().code, errc::client_closed);
    EXPECT_EQ(p.predict("{}").error().code, errc::client_closed);
    closer.join();
}

TEST(sync_client, last_copy_destroyed_in_a_callback_is_clean) {
    scripted_server server(keep_alive([](const auto&) { return "1"; }));
    auto c = std::make_unique<sync_client>(quiet());
    const auto p = std::make_shared<std::optional<sync_predictor>>(
        c->predictor(server.address(), secret("k-1234")).value());
    std::promise<void> done;
    (*p)->async_predict("{}", {}, [&, p](result<std::string> r) {
        EXPECT_TRUE(r);
        c.reset();
        p->reset();
        done.set_value();
    });
    EXPECT_EQ(done.get_future().wait_for(5s), std::future_status::ready);
}

TEST(sync_client, bad_configuration_is_a_value_or_an_exception) {
    auto o = quiet();
    o.base_url = "nonsense";
    EXPECT_EQ(sync_client::create(o).error().code, errc::invalid_configuration);
    EXPECT_THROW(sync_client{o}, api_error);
}

} // namespace
} // namespace aistudio
