#include "../../support/any_loop.hpp"
#include "../../support/scripted_server.hpp"
#include "../../support/temporary_folder.hpp"

#include <aistudio/client.hpp>
#include <aistudio/resources/predictor.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <thread>
#include <vector>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using test::keep_alive;
using test::peer;
using test::raw_request;
using test::scripted_server;

/// Several calls on one connection at a time.
class pipelining : public testing::TestWithParam<test::loop_kind> {
protected:
    void SetUp() override { AISTUDIO_NEEDS_LOOP(GetParam()); }

    static client_options options(std::size_t depth, std::size_t connections = 1) {
        client_options o;
        o.base_url = "http://127.0.0.1:1";
        o.config_file = "/nonexistent/aistudio.json";
        o.proxy.use_environment = false;
        o.retry.base_delay = 1ms;
        o.retry.throttle_base_delay = 1ms;
        o.pool.max_connections = connections;
        o.pool.pipeline_depth = depth;
        return o;
    }

    predictor predictor_of(const scripted_server& server, client_options o,
                           predictor_options p = {}) {
        client_.emplace(io.get_executor(), std::move(o));
        return client_->predictor(server.address("/p"), secret("K-5b1f"), p).value();
    }

    /// Starts a call whose record is its number; its end is in `ends`.
    void start(const predictor& p, int number, std::string record = {}) {
        if (record.empty())
            record = std::to_string(number);
        signals.try_emplace(number);
        p.async_predict<std::string>(
            record, {},
            boost::asio::bind_cancellation_slot(signals.at(number).slot(),
                                                [this, number](result<std::string> r) {
                                                    EXPECT_FALSE(ends.contains(number));
                                                    ends.emplace(number, std::move(r));
                                                    if (on_end)
                                                        on_end(number);
                                                }));
    }
    void run() {
        io.restart();
        io.run_for(20s);
        EXPECT_TRUE(io.stopped()) << "something is still in flight";
    }
    void expect_own_answers(int calls) {
        ASSERT_EQ(ends.size(), static_cast<std::size_t>(calls));
        for (const auto& [number, end] : ends) {
            ASSERT_TRUE(end) << number << ": " << end.error().message();
            EXPECT_EQ(*end, std::to_string(number));
        }
    }

    test::any_loop io{GetParam()};
    std::optional<client> client_;
    std::map<int, boost::asio::cancellation_signal> signals;
    std::map<int, result<std::string>> ends;
    std::function<void(int number)> on_end;
};

std::string plain(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string chunked(const std::string& body) {
    std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const char c : body)
        out += std::string("1\r\n") + c + "\r\n";
    return out + "0\r\n\r\n";
}

/// Reads `n` requests, then gives all their answers at once.
void answer_together(peer& p, int n) {
    std::string answers;
    for (int i = 0; i < n; ++i) {
        const auto r = p.read_request();
        if (!r)
            return;
        answers += i % 2 == 0 ? plain(r->body) : chunked(r->body);
    }
    p.send(answers);
}

TEST_P(pipelining, requests_go_before_the_answers_to_those_ahead) {
    scripted_server server([](peer& p) {
        (void)p.read_request(); // the first goes alone: sharing begins when the connection is open
        p.respond("0");
        for (int round = 0; round < 3; ++round)
            answer_together(p, 4);
    });
    const auto p = predictor_of(server, options(4));
    start(p, 0);
    run();
    for (int round = 0; round < 3; ++round) {
        for (int i = 1; i <= 4; ++i)
            start(p, round * 4 + i);
        run();
    }
    expect_own_answers(13);
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(pipelining, works_over_tls_and_in_pieces_of_any_size) {
    const test::temporary_folder folder;
    const auto authority = test::make_identity("test authority", "");
    test::write_pem(authority, folder / "ca.pem");
    const auto who = test::make_identity("server", "DNS:localhost,IP:127.0.0.1", &authority);
    const auto context = test::make_server_context(who);
    scripted_server server(
        [](peer& p) {
            std::string waiting;
            std::mt19937 random(7);
            while (const auto r = p.read_request()) {
                waiting += plain(r->body);
                const std::size_t n = random() % (waiting.size() + 1);
                if (!p.send(waiting.substr(0, n)))
                    return;
                waiting.erase(0, n);
                if (r->body == "63") {
                    p.send(waiting);
                    return p.wait_until_closed();
                }
            }
        },
        context.get());
    auto o = options(64);
    o.tls.ca_file = folder / "ca.pem";
    const auto p = predictor_of(server, o);
    for (int i = 0; i < 64; ++i)
        start(p, i);
    run();
    expect_own_answers(64);
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(pipelining, no_more_than_the_depth_on_a_connection) {
    scripted_server server([&](peer& p) {
        std::string answers;
        for (int i = 0; i < 3; ++i)
            answers += plain(p.read_request().value().body);
        EXPECT_FALSE(p.has_input());
        p.send(answers);
        answer_together(p, 2);
    });
    const auto p = predictor_of(server, options(3));
    for (int i = 0; i < 5; ++i)
        start(p, i);
    run();
    expect_own_answers(5);
}

TEST_P(pipelining, what_may_not_be_repeated_goes_alone) {
    scripted_server server([&](peer& p) {
        while (const auto r = p.read_request()) {
            // A second request would be here already, or come before this answer is sent.
            EXPECT_FALSE(p.has_input());
            p.respond(r->body);
        }
    });
    const auto p = predictor_of(server, options(8), {.idempotent = false});
    for (int i = 0; i < 8; ++i)
        start(p, i);
    run();
    expect_own_answers(8);
}

TEST_P(pipelining, large_request_goes_alone) {
    scripted_server server([](peer& p) {
        while (const auto r = p.read_request())
            p.respond(r->body.size() > 100 ? r->body.substr(0, 1) : r->body);
    });
    const auto p = predictor_of(server, options(8));
    for (int i = 0; i < 8; ++i)
        start(p, i, i == 3 ? "3" + std::string(300000, ' ') : std::string());
    run();
    expect_own_answers(8);
}

TEST_P(pipelining, server_that_closes_after_each_answer_costs_no_call) {
    scripted_server server([](peer& p) {
        if (const auto r = p.read_request())
            p.respond(r->body, "200 OK", "Connection: close\r\n");
    });
    const auto p = predictor_of(server, options(8, 2));
    for (int i = 0; i < 32; ++i)
        start(p, i);
    run();
    expect_own_answers(32);
    EXPECT_LE(server.connections(), 34) << "it is not tried again and again";
}

TEST_P(pipelining, connection_lost_with_calls_on_it_sends_them_again) {
    std::atomic<int> connections{0};
    scripted_server server([&](peer& p) {
        const bool first = ++connections == 1;
        for (int i = 0; const auto r = p.read_request(); ++i) {
            if (first && i == 3)
                return; // three are answered, the fourth was read, others may have come
            p.respond(r->body);
        }
    });
    const auto p = predictor_of(server, options(8));
    for (int i = 0; i < 16; ++i)
        start(p, i);
    run();
    expect_own_answers(16);
    EXPECT_EQ(server.connections(), 2);
}

TEST_P(pipelining, cancelled_call_leaves_the_others_on_the_connection) {
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        p.respond("0");
        std::string answers;
        for (int i = 0; i < 4; ++i)
            answers += plain(p.read_request().value().body);
        server.arrive();
        server.wait_for_arrivals(2); // until the second was cancelled
        p.send(answers);
        p.wait_until_closed();
    });
    auto o = options(4);
    const auto p = predictor_of(server, o);
    start(p, 0);
    run();
    for (int i = 1; i <= 4; ++i)
        start(p, i);
    std::thread canceller([&] {
        EXPECT_TRUE(server.wait_for_arrivals(1));
        boost::asio::post(io.get_executor(), [&] {
            on_end = [&server](int) { server.arrive(); };
            signals.at(2).emit(boost::asio::cancellation_type::terminal);
        });
    });
    run();
    canceller.join();
    ASSERT_EQ(ends.size(), 5U);
    EXPECT_EQ(ends.at(2).error().code, errc::cancelled);
    ends.erase(2);
    expect_own_answers(4);
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(pipelining, stuck_connection_ends_each_call_by_its_own_limit) {
    scripted_server server([](peer& p) { p.wait_until_closed(); });
    auto o = options(4);
    o.limits.first_byte = 50ms;
    o.retry.max_attempts = 1;
    const auto p = predictor_of(server, o);
    for (int i = 0; i < 4; ++i)
        start(p, i);
    run();
    ASSERT_EQ(ends.size(), 4U);
    for (const auto& [number, end] : ends) {
        ASSERT_FALSE(end);
        EXPECT_EQ(end.error().code, errc::first_byte_timeout) << end.error().message();
        EXPECT_EQ(end.error().outcome, outcome::unknown);
    }
}

TEST_P(pipelining, malformed_answer_fails_one_call_only) {
    std::atomic<int> connections{0};
    scripted_server server([&](peer& p) {
        const bool first = ++connections == 1;
        for (int i = 0; const auto r = p.read_request(); ++i)
            if (!p.send(first && i == 1 ? "nonsense\r\n\r\n" : plain(r->body)))
                return;
    });
    auto o = options(8);
    o.retry.max_attempts = 1;
    const auto p = predictor_of(server, o);
    for (int i = 0; i < 8; ++i)
        start(p, i);
    run();
    ASSERT_EQ(ends.size(), 8U);
    EXPECT_EQ(ends.at(1).error().code, errc::malformed_response);
    ends.erase(1);
    expect_own_answers(7);
}

TEST_P(pipelining, closing_the_client_ends_all) {
    scripted_server server([&](peer& p) {
        for (int i = 0; i < 4; ++i)
            (void)p.read_request();
        p.wait_until_closed();
    });
    const auto p = predictor_of(server, options(4));
    for (int i = 0; i < 9; ++i)
        start(p, i);
    boost::asio::post(io.get_executor(), [&] { client_->close(); });
    run();
    ASSERT_EQ(ends.size(), 9U);
    for (const auto& [number, end] : ends)
        EXPECT_EQ(end.error().code, errc::client_closed);
}

TEST_P(pipelining, random_losses_and_cancellations_end_each_call_once) {
    std::atomic<unsigned> seed{1};
    scripted_server server([&](peer& p) {
        std::mt19937 random(seed++);
        std::string waiting;
        while (const auto r = p.read_request()) {
            waiting += random() % 2 == 0 ? plain(r->body) : chunked(r->body);
            if (random() % 40 == 0)
                return;
            if (random() % 3 == 0 || !p.has_input())
                p.send(std::exchange(waiting, {}));
        }
    });
    auto o = options(8, 3);
    o.retry.max_attempts = 10;
    o.retry_budget.capacity = 0;
    o.limits.first_byte = 5s;
    const auto p = predictor_of(server, o);
    std::mt19937 random(99);
    for (int i = 0; i < 600; ++i)
        start(p, i);
    for (int i = 0; i < 60; ++i)
        boost::asio::post(io.get_executor(), [this, n = static_cast<int>(random() % 600)] {
            if (!ends.contains(n))
                signals.at(n).emit(boost::asio::cancellation_type::terminal);
        });
    run();
    ASSERT_EQ(ends.size(), 600U);
    for (const auto& [number, end] : ends) {
        if (end)
            EXPECT_EQ(*end, std::to_string(number));
        else
            EXPECT_EQ(end.error().code, errc::cancelled) << end.error().message();
    }
}

INSTANTIATE_TEST_SUITE_P(on, pipelining, testing::ValuesIn(test::loop_kinds),
                         testing::PrintToStringParamName());

} // namespace
} // namespace aistudio
