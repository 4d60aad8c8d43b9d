#include "support/any_loop.hpp"
#include "support/engine_transport.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"

#include <aistudio/transport/http_transport.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::keep_alive;
using test::peer;
using test::scripted_server;

/// What makes the attempts.
enum class maker { streaming, engine_on_asio, engine_on_epoll, engine_on_io_uring };
constexpr maker makers[] = {maker::streaming, maker::engine_on_asio, maker::engine_on_epoll,
                            maker::engine_on_io_uring};
constexpr std::string_view maker_names[] = {"streaming", "engine_on_asio", "engine_on_epoll",
                                            "engine_on_io_uring"};

test::loop_kind loop_of(maker who) {
    switch (who) {
    case maker::engine_on_epoll:
        return test::loop_kind::epoll;
    case maker::engine_on_io_uring:
        return test::loop_kind::io_uring;
    default:
        return test::loop_kind::io_context;
    }
}

/// Every test of a transport runs with each of them.
class transport_test : public testing::TestWithParam<maker> {
protected:
    void SetUp() override {
        under_test = GetParam();
        AISTUDIO_NEEDS_LOOP(loop_of(under_test));
    }

public:
    inline static maker under_test = maker::streaming;
    static std::string name(const testing::TestParamInfo<maker>& info) {
        return std::string(maker_names[static_cast<std::size_t>(info.param)]);
    }
};

std::unique_ptr<transport> make_transport(const boost::asio::any_io_executor& executor,
                                          const http_transport::strand& strand,
                                          client_options options, environment env) {
    if (transport_test::under_test == maker::streaming)
        return std::make_unique<http_transport>(strand, std::move(options), std::move(env));
    return std::make_unique<test::engine_transport>(executor, strand, options, std::move(env));
}

/// A transport with a loop of its own.
class rig {
public:
    explicit rig(client_options options = {}, std::map<std::string, std::string> variables = {})
        : strand_(boost::asio::make_strand(io.get_executor())),
          made_(make_transport(io.get_executor(), strand_, std::move(options),
                               [variables](const std::string& name) -> std::optional<std::string> {
                                   const auto found = variables.find(name);
                                   return found == variables.end() ? std::nullopt
                                                                   : std::optional(found->second);
                               })),
          transport(*made_) {}

    /// Begins an attempt; `out` is filled when it ends.
    void start(http_request request, std::optional<attempt_result>& out, interrupter& stop,
               call_machine::send how = {never, false}) {
        auto kept = std::make_shared<http_request>(std::move(request));
        boost::asio::co_spawn(
            strand_,
            [](aistudio::transport& t, std::shared_ptr<http_request> r, call_machine::send h,
               interrupter& s) -> boost::asio::awaitable<attempt_result> {
                co_return co_await t.attempt(*r, h, s);
            }(transport, kept, how, stop),
            [&out](std::exception_ptr error, attempt_result r) {
                EXPECT_FALSE(error) << "an attempt never throws";
                EXPECT_FALSE(out) << "an attempt ends once";
                out = std::move(r);
            });
    }
    /// Runs the loop until nothing is in flight. That it returns is part of every test.
    void run() {
        io.restart();
        io.run_for(10s);
        EXPECT_TRUE(io.stopped()) << "something is still in flight";
    }
    attempt_result attempt(http_request request, call_machine::send how = {never, false}) {
        std::optional<attempt_result> out;
        interrupter stop;
        start(std::move(request), out, stop, how);
        run();
        return out.value();
    }
    template <class Condition>
    void run_until(Condition&& holds) {
        io.restart();
        const auto end = steady_clock::now() + 10s;
        while (!holds() && steady_clock::now() < end)
            io.run_one_for(5ms);
        EXPECT_TRUE(holds());
    }

    test::any_loop io{loop_of(transport_test::under_test)};

private:
    http_transport::strand strand_;
    std::unique_ptr<aistudio::transport> made_;

public:
    aistudio::transport& transport;
};

http_request get(const std::string& address, std::string method = "GET", std::string body = {}) {
    http_request r;
    r.method = std::move(method);
    r.address = parse_url(address).value();
    r.body = std::move(body);
    return r;
}

http_request get_into(std::shared_ptr<body_sink> sink, const std::string& address) {
    auto r = get(address);
    r.sink = std::move(sink);
    return r;
}

std::string body_of(const attempt_result& r) {
    if (!r.response)
        return "no answer: " + std::string(info(r.code).name) + " " + r.detail;
    return r.response->body;
}

class text_sink : public body_sink {
public:
    result<void> begin(const http_response&, std::int64_t length) override {
        ++begins;
        announced = length;
        text.clear();
        return {};
    }
    result<void> write(std::string_view piece) override {
        if (refuse)
            return make_problem(errc::write_failed, "full", phase::store);
        text += piece;
        largest = std::max(largest, piece.size());
        return {};
    }
    std::string text;
    std::size_t largest = 0;
    std::int64_t announced = 0;
    int begins = 0;
    bool refuse = false;
};

class text_source : public body_source {
public:
    explicit text_source(std::string text, std::uint64_t size)
        : text_(std::move(text)), size_(size) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    result<void> rewind() override {
        at_ = 0;
        return {};
    }
    result<std::string_view> read(std::size_t most) override {
        const auto piece = std::string_view(text_).substr(at_, most);
        at_ += piece.size();
        return piece;
    }

private:
    std::string text_;
    std::uint64_t size_;
    std::size_t at_ = 0;
};

// ---- ordinary exchanges -----------------------------------------------------------------------

TEST_P(transport_test, request_bytes_are_those_of_http) {
    test::raw_request seen;
    scripted_server server(keep_alive([&](const auto& r) {
        seen = r;
        return "ok";
    }));
    rig r;
    auto request = get(server.address("/p?q=1"), "POST", "{}");
    request.headers = {{"X-One", "1"}};
    EXPECT_EQ(body_of(r.attempt(request)), "ok");
    EXPECT_EQ(seen.line(), "POST /p?q=1 HTTP/1.1");
    EXPECT_EQ(seen.header("Host"), server.authority());
    EXPECT_EQ(seen.header("Content-Length"), "2");
    EXPECT_EQ(seen.header("X-One"), "1");
    EXPECT_TRUE(seen.header("User-Agent")->starts_with("aistudio-cpp/"));
    EXPECT_EQ(seen.body, "{}");
    EXPECT_EQ(body_of(r.attempt(get(server.address(), "POST"))), "ok");
    EXPECT_EQ(seen.header("Content-Length"), "0") << "a POST always has a length";
    EXPECT_EQ(body_of(r.attempt(get(server.address()))), "ok");
    EXPECT_FALSE(seen.header("Content-Length"));
}

TEST(http_transport, answer_keeps_status_headers_and_body) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.respond("gone", "404 Not Found", "X-Reason: moved\r\n");
    });
    const auto a = rig().attempt(get(server.address()));
    ASSERT_TRUE(a.response);
    EXPECT_EQ(a.response->status, 404);
    EXPECT_EQ(a.response->header("x-reason"), "moved");
    EXPECT_EQ(a.response->body, "gone");
    EXPECT_TRUE(a.sent && a.answered && !a.reused);
}

TEST_P(transport_test, connection_reused_for_later_requests) {
    scripted_server server(keep_alive([](const auto& r) { return r.body; }));
    rig r;
    for (int i = 0; i < 20; ++i) {
        const auto a = r.attempt(get(server.address(), "POST", std::to_string(i)));
        EXPECT_EQ(body_of(a), std::to_string(i));
        EXPECT_EQ(a.reused, i > 0);
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(transport_test, connection_close_respected) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.respond("x", "200 OK", "Connection: close\r\n");
    });
    rig r;
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(body_of(r.attempt(get(server.address()))), "x");
    EXPECT_EQ(server.connections(), 5);
}

TEST_P(transport_test, answer_without_length_ends_with_the_connection) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.0 200 OK\r\n\r\nall there is");
    });
    rig r;
    EXPECT_EQ(body_of(r.attempt(get(server.address()))), "all there is");
    EXPECT_EQ(body_of(r.attempt(get(server.address()))), "all there is");
    EXPECT_EQ(server.connections(), 2);
}

TEST_P(transport_test, chunked_answer_put_together) {
    scripted_server server([](peer& p) {
        while (p.read_request())
            p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n");
    });
    rig r;
    EXPECT_EQ(body_of(r.attempt(get(server.address()))), "abcde");
    EXPECT_EQ(body_of(r.attempt(get(server.address()))), "abcde");
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(transport_test, interim_answers_skipped) {
    scripted_server server([](peer& p) {
        while (p.read_request())
            p.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    rig r;
    EXPECT_EQ(body_of(r.attempt(get(server.address()))), "ok");
    EXPECT_EQ(body_of(r.attempt(get(server.address()))), "ok");
    EXPECT_EQ(server.connections(), 1);
}

TEST(http_transport, head_and_bodiless_statuses_end_at_the_header) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        (void)p.read_request();
        p.send("HTTP/1.1 204 No Content\r\n\r\n");
        (void)p.read_request();
        p.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
        (void)p.read_request();
        p.respond("end");
    });
    rig r;
    const auto head = r.attempt(get(server.address(), "HEAD"));
    EXPECT_EQ(head.response->header("Content-Length"), "1000");
    EXPECT_EQ(r.attempt(get(server.address())).response->status, 204);
    EXPECT_EQ(r.attempt(get(server.address())).response->status, 304);
    EXPECT_EQ(body_of(r.attempt(get(server.address()))), "end");
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(transport_test, answer_in_pieces_of_one_byte_put_together) {
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-A: b\r\n\r\n0123456789";
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        for (const char c : text)
            p.send({&c, 1});
    });
    EXPECT_EQ(body_of(rig().attempt(get(server.address()))), "0123456789");
}

TEST_P(transport_test, large_bodies_pass_both_ways) {
    const std::string big(std::size_t{3} << 20U, 'b');
    scripted_server server(keep_alive([](const auto& r) { return r.body; }));
    EXPECT_EQ(body_of(rig().attempt(get(server.address(), "POST", big))), big);
}

TEST(http_transport, source_is_streamed_and_sink_filled) {
    const std::string big(std::size_t{2} << 20U, 's');
    scripted_server server(keep_alive([](const auto& r) { return r.body; }));
    auto request = get(server.address(), "PUT");
    const auto sink = std::make_shared<text_sink>();
    request.source = std::make_shared<text_source>(big, big.size());
    request.sink = sink;
    const auto a = rig().attempt(request);
    EXPECT_EQ(a.response->status, 200);
    EXPECT_TRUE(a.response->body.empty());
    EXPECT_EQ(sink->text, big);
    EXPECT_EQ(sink->announced, static_cast<std::int64_t>(big.size()));
    EXPECT_GE(sink->largest, std::size_t{16} << 10U) << "many small reads cost a multiple";
}

/// Has its own memory, and takes pieces from nowhere else without noting it.
class roomy_sink final : public text_sink {
public:
    std::span<char> room() override { return std::span(memory_).subspan(at_); }
    result<void> write(std::string_view piece) override {
        elsewhere += piece.data() == memory_.data() + at_ ? 0U : piece.size();
        at_ = (at_ + piece.size()) % (memory_.size() - 10'000);
        return text_sink::write(piece);
    }
    std::size_t elsewhere = 0;

private:
    std::string memory_ = std::string(100'000, '\0');
    std::size_t at_ = 0;
};

/// Text in which no two places look alike.
std::string long_text(std::size_t size) {
    std::string out;
    for (int i = 0; out.size() < size; ++i)
        out += std::to_string(i) + " ";
    out.resize(size);
    return out;
}

TEST(http_transport, body_of_known_length_is_received_in_the_sinks_memory) {
    const std::string big = long_text(3'000'000);
    scripted_server server(keep_alive([&](const auto&) { return big; }));
    rig r;
    for (int i = 0; i < 3; ++i) {
        const auto sink = std::make_shared<roomy_sink>();
        EXPECT_EQ(r.attempt(get_into(sink, server.address())).code, errc::ok);
        EXPECT_TRUE(sink->text == big);
        EXPECT_EQ(sink->elsewhere, 0U);
    }
    EXPECT_EQ(server.connections(), 1) << "nothing was left, and nothing too much was read";
}

TEST(http_transport, body_without_known_length_reaches_a_sink_with_memory) {
    const std::string big = long_text(300'000);
    for (const bool chunked : {true, false}) {
        scripted_server server([&](peer& p) {
            (void)p.read_request();
            p.send(chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n493e0\r\n" +
                                 big + "\r\n0\r\n\r\n"
                           : "HTTP/1.1 200 OK\r\n\r\n" + big);
        });
        const auto sink = std::make_shared<roomy_sink>();
        EXPECT_EQ(rig().attempt(get_into(sink, server.address())).code, errc::ok);
        EXPECT_TRUE(sink->text == big);
        EXPECT_EQ(sink->announced, -1);
    }
}

TEST(http_transport, body_cut_off_leaves_the_sink_what_came) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    });
    const auto sink = std::make_shared<text_sink>();
    const auto a = rig().attempt(get_into(sink, server.address()));
    EXPECT_EQ(a.code, errc::connection_lost);
    EXPECT_EQ(a.phase, phase::body);
    EXPECT_EQ(sink->text, "half");
}

TEST(http_transport, bytes_after_a_sinks_answer_retire_the_connection) {
    scripted_server server([](peer& p) {
        while (p.read_request())
            p.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
                   "Content-Length: 5\r\n\r\nwrong");
    });
    rig r;
    for (int i = 0; i < 3; ++i) {
        const auto sink = std::make_shared<text_sink>();
        EXPECT_EQ(r.attempt(get_into(sink, server.address())).code, errc::ok);
        EXPECT_EQ(sink->text, "ok");
    }
    EXPECT_EQ(server.connections(), 3);
}

TEST(http_transport, answers_without_a_body_end_at_the_head_for_a_sink_too) {
    for (const std::string head :
         {"204 No Content\r\nContent-Length: 7", "200 OK\r\nContent-Length: 0"}) {
        scripted_server server([&](peer& p) {
            while (p.read_request())
                p.send("HTTP/1.1 " + head + "\r\n\r\n");
        });
        rig r;
        for (int i = 0; i < 2; ++i) {
            const auto sink = std::make_shared<text_sink>();
            EXPECT_EQ(r.attempt(get_into(sink, server.address())).code, errc::ok);
            EXPECT_EQ(sink->begins, 1);
            EXPECT_EQ(sink->text, "");
        }
        EXPECT_EQ(server.connections(), 1);
    }
}

TEST(http_transport, sink_gets_nothing_of_a_failure) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.respond("no such object", "404 Not Found");
    });
    const auto sink = std::make_shared<text_sink>();
    EXPECT_EQ(body_of(rig().attempt(get_into(sink, server.address()))), "no such object");
    EXPECT_EQ(sink->begins, 0);
}

TEST(http_transport, sink_that_fails_ends_the_attempt) {
    scripted_server server(keep_alive([](const auto&) { return "data"; }));
    const auto sink = std::make_shared<text_sink>();
    sink->refuse = true;
    const auto a = rig().attempt(get_into(sink, server.address()));
    EXPECT_EQ(a.code, errc::write_failed);
    EXPECT_EQ(a.phase, phase::store);
}

TEST(http_transport, source_that_became_shorter_is_named) {
    scripted_server server([](peer& p) { p.wait_until_closed(); });
    auto request = get(server.address(), "PUT");
    request.source = std::make_shared<text_source>("short", 100);
    const auto a = rig().attempt(request);
    EXPECT_EQ(a.code, errc::file_unreadable);
    EXPECT_TRUE(a.sent);
}

// ---- servers that misbehave -------------------------------------------------------------------

struct bad_answer {
    const char* name;
    std::string bytes;
    errc expected;
    aistudio::phase phase;
};

void PrintTo(const bad_answer& b, std::ostream* out) { *out << b.name; }

class misbehaving_server : public testing::TestWithParam<std::tuple<maker, bad_answer>> {};

TEST_P(misbehaving_server, ends_typed_and_closes) {
    const auto& bad = std::get<1>(GetParam());
    transport_test::under_test = std::get<0>(GetParam());
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        p.send(bad.bytes);
    });
    rig r;
    auto request = get(server.address());
    request.max_response_bytes = 1000;
    for (int i = 0; i < 2; ++i) {
        const auto a = r.attempt(request);
        EXPECT_FALSE(a.response);
        EXPECT_EQ(info(a.code).name, info(bad.expected).name);
        EXPECT_EQ(enum_name(a.phase), enum_name(bad.phase));
        EXPECT_TRUE(a.sent);
        EXPECT_FALSE(a.reused) << "the connection is not trusted again";
    }
    EXPECT_EQ(server.connections(), 2);
}

std::string header_bomb() {
    std::string text = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 10000; ++i)
        text += "X-" + std::to_string(i) + ": 0123456789\r\n";
    return text;
}

INSTANTIATE_TEST_SUITE_P(
    answers, misbehaving_server,
    testing::Combine(
        testing::ValuesIn(makers),
        testing::Values(
            bad_answer{"nothing", "", errc::connection_lost, phase::first_byte},
            bad_answer{"garbage", "\x01\x02 this is not HTTP\r\n\r\n", errc::malformed_response,
                       phase::first_byte},
            bad_answer{"other_protocol", "SSH-2.0-OpenSSH_9.2\r\n", errc::malformed_response,
                       phase::first_byte},
            bad_answer{"half_header", "HTTP/1.1 200 OK\r\nContent-Le", errc::connection_lost,
                       phase::first_byte},
            bad_answer{"half_body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
                       errc::connection_lost, phase::body},
            bad_answer{"half_chunk",
                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
                       errc::connection_lost, phase::body},
            bad_answer{"bad_chunk_size",
                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n",
                       errc::malformed_response, phase::body},
            bad_answer{"bad_length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                       errc::malformed_response, phase::first_byte},
            bad_answer{"two_lengths",
                       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                       errc::malformed_response, phase::first_byte},
            bad_answer{"length_and_chunks",
                       "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "0\r\n\r\n",
                       errc::malformed_response, phase::first_byte},
            bad_answer{"huge_length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nx",
                       errc::response_too_large, phase::body},
            bad_answer{"too_long_body",
                       "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'),
                       errc::response_too_large, phase::body},
            bad_answer{"too_long_chunks",
                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                           std::string(2000, 'x') + "\r\n0\r\n\r\n",
                       errc::response_too_large, phase::body},
            bad_answer{"too_long_until_close", "HTTP/1.1 200 OK\r\n\r\n" + std::string(2000, 'x'),
                       errc::response_too_large, phase::body},
            bad_answer{"header_bomb", header_bomb(), errc::malformed_response, phase::first_byte},
            bad_answer{"bad_header_name", "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
                       errc::malformed_response, phase::first_byte})),
    [](const auto& info) {
        return std::string(std::get<1>(info.param).name) + "_with_" +
               std::string(maker_names[static_cast<std::size_t>(std::get<0>(info.param))]);
    });

TEST_P(transport_test, reset_in_the_body_is_a_lost_connection) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        p.reset();
    });
    const auto a = rig().attempt(get(server.address()));
    EXPECT_EQ(a.code, errc::connection_lost);
    EXPECT_TRUE(a.sent);
}

TEST_P(transport_test, bytes_after_the_answer_retire_the_connection) {
    scripted_server server([](peer& p) {
        while (p.read_request())
            p.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
                   "Content-Length: 5\r\n\r\nwrong");
    });
    rig r;
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(body_of(r.attempt(get(server.address()))), "ok");
    EXPECT_EQ(server.connections(), 3);
}

TEST_P(transport_test, late_bytes_on_an_idle_connection_retire_it) {
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        p.respond("ok");
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
        server.arrive();
        p.wait_until_closed();
    });
    rig r;
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(body_of(r.attempt(get(server.address()))), "ok");
        ASSERT_TRUE(server.wait_for_arrivals(i));
    }
}

TEST_P(transport_test, connection_closed_while_idle_found_before_use) {
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        p.respond("ok");
        ::shutdown(p.fd(), SHUT_RDWR);
        server.arrive();
    });
    rig r;
    for (int i = 1; i <= 20; ++i) {
        const auto a = r.attempt(get(server.address()));
        EXPECT_EQ(body_of(a), "ok");
        EXPECT_FALSE(a.reused);
        ASSERT_TRUE(server.wait_for_arrivals(i));
    }
}

TEST_P(transport_test, connection_lost_after_the_check_is_told_as_reused) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.respond("ok");
        (void)p.read_request(); // and closes without a word
    });
    rig r;
    EXPECT_EQ(body_of(r.attempt(get(server.address()))), "ok");
    const auto a = r.attempt(get(server.address()));
    EXPECT_EQ(a.code, errc::connection_lost);
    EXPECT_TRUE(a.reused && a.sent && !a.answered);
    EXPECT_EQ(body_of(r.attempt(get(server.address()), {never, true})), "ok");
}

TEST_P(transport_test, early_refusal_of_a_body_is_read) {
    // The server answers and closes while the request is still being written.
    const std::string big(std::size_t{32} << 20U, 'b');
    scripted_server server([](peer& p) {
        p.read_some(1000);
        p.respond("too big", "413 Payload Too Large", "Connection: close\r\n");
        ::shutdown(p.fd(), SHUT_WR);
        p.wait_until_closed();
    });
    const auto a = rig().attempt(get(server.address(), "POST", big));
    ASSERT_TRUE(a.response) << body_of(a);
    EXPECT_EQ(a.response->status, 413);
}

// ---- limits -----------------------------------------------------------------------------------

client_options short_limits() {
    client_options o;
    o.limits = {50ms, 50ms, 50ms, 50ms, 50ms, 50ms, 50ms};
    return o;
}

TEST_P(transport_test, silent_server_ends_in_first_byte_timeout) {
    scripted_server server([](peer& p) { p.wait_until_closed(); });
    const auto a = rig(short_limits()).attempt(get(server.address()));
    EXPECT_EQ(a.code, errc::first_byte_timeout);
    EXPECT_EQ(a.phase, phase::first_byte);
    EXPECT_TRUE(a.sent && !a.answered);
}

TEST_P(transport_test, endless_interim_answers_end_in_first_byte_timeout) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        while (p.send("HTTP/1.1 100 Continue\r\n\r\n"))
            ::usleep(5000);
    });
    const auto a = rig(short_limits()).attempt(get(server.address()));
    EXPECT_EQ(a.code, errc::first_byte_timeout);
}

TEST_P(transport_test, header_that_never_ends_is_first_byte_timeout) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.1 200 OK\r\nX-Slow: ");
        while (p.send("a"))
            ::usleep(5000);
    });
    const auto a = rig(short_limits()).attempt(get(server.address()));
    EXPECT_EQ(a.code, errc::first_byte_timeout);
}

TEST_P(transport_test, stalled_body_ends_in_body_timeout) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        p.wait_until_closed();
    });
    for (const bool with_sink : {false, true}) {
        if (with_sink && GetParam() != maker::streaming)
            continue;
        auto request = get(server.address());
        if (with_sink)
            request.sink = std::make_shared<text_sink>();
        const auto a = rig(short_limits()).attempt(request);
        EXPECT_EQ(a.code, errc::body_timeout);
        EXPECT_EQ(a.phase, phase::body);
        EXPECT_TRUE(a.answered);
    }
}

TEST_P(transport_test, slow_body_that_keeps_coming_is_not_a_timeout) {
    constexpr int pieces = 24; // take longer than the limit of one of them
    auto o = short_limits();
    o.limits.first_byte = 10s;
    o.limits.body = 500ms;
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(pieces) + "\r\n\r\n");
        for (int i = 0; i < pieces; ++i) {
            ::usleep(25000);
            p.send("x");
        }
    });
    for (const bool with_sink : {false, true}) {
        if (with_sink && GetParam() != maker::streaming)
            continue;
        auto request = get(server.address());
        const auto sink = std::make_shared<text_sink>();
        if (with_sink)
            request.sink = sink;
        const auto a = rig(o).attempt(request);
        ASSERT_TRUE(a.response) << body_of(a);
        EXPECT_EQ(with_sink ? sink->text : a.response->body, std::string(pieces, 'x'));
    }
}

TEST_P(transport_test, server_that_does_not_read_ends_in_write_timeout) {
    scripted_server server([&](peer&) { server.wait_for_arrivals(1); });
    const auto a =
        rig(short_limits())
            .attempt(get(server.address(), "POST", std::string(std::size_t{32} << 20U, 'b')));
    server.arrive();
    EXPECT_EQ(a.code, errc::write_timeout);
    EXPECT_EQ(a.phase, phase::write);
    EXPECT_TRUE(a.sent);
}

TEST_P(transport_test, slow_reader_that_keeps_reading_is_not_a_timeout) {
    auto o = short_limits();
    o.limits.write = 250ms;
    o.limits.first_byte = 5s;
    const std::string big(std::size_t{32} << 20U, 'b');
    for (const bool with_source : {false, true}) {
        if (with_source && GetParam() != maker::streaming)
            continue;
        scripted_server server([&](peer& p) {
            std::size_t got = 0;
            std::string piece(std::size_t{1} << 20U, '\0');
            while (got < big.size()) {
                ::usleep(20000);
                const auto n = ::recv(p.fd(), piece.data(), piece.size(), 0);
                if (n <= 0)
                    return;
                got += static_cast<std::size_t>(n);
            }
            p.respond("ok");
            p.wait_until_closed();
        });
        auto request = get(server.address(), "POST");
        if (with_source)
            request.source = std::make_shared<text_source>(big, big.size());
        else
            request.body = big;
        EXPECT_EQ(body_of(rig(o).attempt(request)), "ok") << with_source;
    }
}

/// A listening socket whose queue is full: the next connect gets no answer.
class full_backlog {
public:
    full_backlog() : server_(nullptr, nullptr, 0) {
        for (int i = 0; i < 4; ++i) {
            const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            address.sin_port = htons(server_.port());
            ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
            fds_.push_back(fd);
        }
    }
    full_backlog(const full_backlog&) = delete;
    full_backlog& operator=(const full_backlog&) = delete;
    ~full_backlog() {
        for (const int fd : fds_)
            ::close(fd);
    }
    [[nodiscard]] std::string address() const { return server_.address(); }

private:
    scripted_server server_;
    std::vector<int> fds_;
};

TEST_P(transport_test, connect_without_answer_ends_in_connect_timeout) {
    const full_backlog server;
    const auto a = rig(short_limits()).attempt(get(server.address()));
    EXPECT_EQ(a.code, errc::connect_timeout);
    EXPECT_EQ(a.phase, phase::connect);
    EXPECT_FALSE(a.sent);
}

std::string closed_port() {
    std::uint16_t port = 0;
    {
        const scripted_server gone(nullptr);
        port = gone.port();
    }
    return "http://127.0.0.1:" + std::to_string(port) + "/";
}

TEST_P(transport_test, refused_connect_is_connect_failed) {
    const auto a = rig().attempt(get(closed_port()));
    EXPECT_EQ(a.code, errc::connect_failed);
    EXPECT_EQ(a.phase, phase::connect);
    EXPECT_FALSE(a.sent);
    EXPECT_TRUE(a.cause.failed());
}

TEST_P(transport_test, unknown_host_is_resolve_failed_and_named) {
    auto o = client_options{};
    o.limits.resolve = 3s;
    const auto a = rig(o).attempt(get("http://no-such-host.invalid/"));
    // A machine without any name server may time out instead.
    EXPECT_TRUE(a.code == errc::resolve_failed || a.code == errc::resolve_timeout);
    EXPECT_EQ(a.phase, phase::resolve);
    EXPECT_NE(a.detail.find("no-such-host.invalid"), std::string::npos);
}

TEST_P(transport_test, name_is_resolved) {
    scripted_server server(keep_alive([](const auto&) { return "ok"; }));
    EXPECT_EQ(body_of(rig().attempt(get("http://localhost:" + std::to_string(server.port())))),
              "ok");
}

TEST_P(transport_test, deadline_ends_any_phase) {
    scripted_server silent([](peer& p) { p.wait_until_closed(); });
    scripted_server stalled([](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        p.wait_until_closed();
    });
    const full_backlog full;
    for (const auto& [address, where] :
         {std::pair{silent.address(), phase::first_byte}, std::pair{stalled.address(), phase::body},
          std::pair{full.address(), phase::connect}}) {
        const auto begin = steady_clock::now();
        const auto a = rig().attempt(get(address), {begin + 60ms, false});
        EXPECT_EQ(a.code, errc::deadline_exceeded);
        EXPECT_EQ(enum_name(a.phase), enum_name(where));
        EXPECT_LT(steady_clock::now() - begin, 1s);
    }
}

TEST_P(transport_test, endless_drip_is_ended_by_the_deadline) {
    scripted_server server([](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.1 200 OK\r\n\r\n");
        while (p.send("x"))
            ::usleep(5000);
    });
    const auto a = rig().attempt(get(server.address()), {steady_clock::now() + 100ms, false});
    EXPECT_EQ(a.code, errc::deadline_exceeded);
}

TEST_P(transport_test, zero_limit_means_none) {
    client_options o;
    o.limits = {0ms, 0ms, 0ms, 0ms, 0ms, 0ms, 0ms};
    scripted_server server(keep_alive([](const auto&) { return "ok"; }));
    EXPECT_EQ(body_of(rig(o).attempt(get(server.address()))), "ok");
}

// ---- pool -------------------------------------------------------------------------------------

TEST_P(transport_test, full_queue_is_overloaded) {
    client_options o;
    o.pool.max_connections = 1;
    o.pool.max_waiting = 1;
    scripted_server server([&](peer& p) {
        while (p.read_request()) {
            server.wait_for_arrivals(1);
            p.respond("ok");
        }
    });
    rig r(o);
    std::optional<attempt_result> results[3];
    interrupter stops[3];
    for (int i = 0; i < 3; ++i)
        r.start(get(server.address()), results[i], stops[i]);
    r.run_until([&] { return results[2].has_value(); });
    EXPECT_EQ(results[2]->code, errc::overloaded);
    EXPECT_EQ(results[2]->phase, phase::queue);
    EXPECT_FALSE(results[2]->sent);
    server.arrive();
    r.run();
    EXPECT_EQ(body_of(*results[0]), "ok");
    EXPECT_EQ(body_of(*results[1]), "ok");
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(transport_test, waiting_too_long_is_queue_timeout) {
    client_options o;
    o.pool.max_connections = 1;
    o.limits.queue = 50ms;
    scripted_server server([&](peer& p) {
        while (p.read_request()) {
            server.wait_for_arrivals(1);
            p.respond("ok");
        }
    });
    rig r(o);
    std::optional<attempt_result> results[2];
    interrupter stops[2];
    for (int i = 0; i < 2; ++i)
        r.start(get(server.address()), results[i], stops[i]);
    r.run_until([&] { return results[1].has_value(); });
    EXPECT_EQ(results[1]->code, errc::queue_timeout);
    EXPECT_EQ(results[1]->phase, phase::queue);
    server.arrive();
    r.run();
    EXPECT_EQ(body_of(*results[0]), "ok");
}

TEST_P(transport_test, many_attempts_share_few_connections) {
    client_options o;
    o.pool.max_connections = 4;
    scripted_server server(keep_alive([](const auto& r) { return r.body; }));
    rig r(o);
    constexpr int count = 200;
    std::vector<std::optional<attempt_result>> results(count);
    std::vector<interrupter> stops(count);
    for (int i = 0; i < count; ++i)
        r.start(get(server.address(), "POST", std::to_string(i)), results[i], stops[i]);
    r.run();
    for (int i = 0; i < count; ++i)
        EXPECT_EQ(body_of(results[i].value()), std::to_string(i));
    EXPECT_EQ(server.connections(), 4);
}

TEST_P(transport_test, failed_connect_lets_the_next_waiter_try) {
    client_options o;
    o.pool.max_connections = 1;
    rig r(o);
    const auto address = closed_port();
    std::optional<attempt_result> results[5];
    interrupter stops[5];
    for (int i = 0; i < 5; ++i)
        r.start(get(address), results[i], stops[i]);
    r.run();
    for (const auto& a : results)
        EXPECT_EQ(a.value().code, errc::connect_failed);
}

TEST_P(transport_test, old_connections_not_used_again) {
    client_options o;
    o.pool.idle_timeout = 0ms;
    scripted_server server(keep_alive([](const auto&) { return "ok"; }));
    rig r(o);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(body_of(r.attempt(get(server.address()))), "ok");
    EXPECT_EQ(server.connections(), 3);
}

TEST_P(transport_test, closed_transport_refuses) {
    scripted_server server(keep_alive([](const auto&) { return "ok"; }));
    rig r;
    EXPECT_EQ(body_of(r.attempt(get(server.address()))), "ok");
    r.transport.close();
    const auto a = r.attempt(get(server.address()));
    EXPECT_EQ(a.code, errc::client_closed);
    EXPECT_FALSE(a.sent);
}

// ---- interruption -----------------------------------------------------------------------------

/// Interrupts an attempt once `ready` holds, and expects it to end at once.
attempt_result interrupted(rig& r, http_request request, const std::function<bool()>& ready) {
    std::optional<attempt_result> out;
    interrupter stop;
    r.start(std::move(request), out, stop);
    r.run_until(ready);
    EXPECT_FALSE(out) << "it waits";
    const auto begin = steady_clock::now();
    stop.interrupt(errc::cancelled);
    r.run();
    EXPECT_LT(steady_clock::now() - begin, 1s);
    return out.value();
}

/// Holds after the loop has turned long enough for a connect to be under way.
std::function<bool()> soon() {
    return [turns = 0]() mutable { return ++turns > 10; };
}

TEST_P(transport_test, interrupted_in_first_byte_closes_the_connection) {
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        server.arrive();
        p.wait_until_closed();
        server.arrive();
    });
    rig r;
    const auto a = interrupted(r, get(server.address()), [&] { return server.arrivals() > 0; });
    EXPECT_EQ(a.code, errc::cancelled);
    EXPECT_EQ(a.phase, phase::first_byte);
    EXPECT_TRUE(a.sent);
    EXPECT_TRUE(server.wait_for_arrivals(2));
}

TEST_P(transport_test, interrupted_in_body_closes_the_connection) {
    scripted_server server([&](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        p.wait_until_closed();
        server.arrive();
    });
    rig r;
    const auto a = interrupted(r, get(server.address()), soon());
    EXPECT_EQ(a.code, errc::cancelled);
    EXPECT_EQ(a.phase, phase::body);
    EXPECT_TRUE(server.wait_for_arrivals(1));
}

TEST_P(transport_test, interrupted_in_write_closes_the_connection) {
    scripted_server server([&](peer&) { server.wait_for_arrivals(1); });
    rig r;
    const auto a = interrupted(
        r, get(server.address(), "POST", std::string(std::size_t{32} << 20U, 'b')), soon());
    server.arrive();
    EXPECT_EQ(a.code, errc::cancelled);
    EXPECT_EQ(a.phase, phase::write);
}

TEST_P(transport_test, interrupted_in_connect_ends) {
    const full_backlog server;
    rig r;
    const auto a = interrupted(r, get(server.address()), soon());
    EXPECT_EQ(a.code, errc::cancelled);
    EXPECT_EQ(a.phase, phase::connect);
    EXPECT_FALSE(a.sent);
}

TEST_P(transport_test, interrupted_in_tls_after_a_name_was_resolved_ends) {
    scripted_server silent([&](peer& p) {
        p.read_some(10);
        silent.arrive();
        p.wait_until_closed();
    });
    rig r;
    const auto a = interrupted(r, get("https://localhost:" + std::to_string(silent.port())),
                               [&] { return silent.arrivals() > 0; });
    EXPECT_EQ(a.code, errc::cancelled);
    EXPECT_EQ(a.phase, phase::tls);
}

TEST_P(transport_test, interrupted_in_the_queue_leaves_it) {
    client_options o;
    o.pool.max_connections = 1;
    scripted_server server([&](peer& p) {
        while (p.read_request()) {
            server.wait_for_arrivals(1);
            p.respond("ok");
        }
    });
    rig r(o);
    std::optional<attempt_result> results[3];
    interrupter stops[3];
    for (int i = 0; i < 3; ++i)
        r.start(get(server.address()), results[i], stops[i]);
    r.run_until([&, later = soon()] { return server.connections() == 1 && later(); });
    stops[1].interrupt(errc::cancelled);
    r.run_until([&] { return results[1].has_value(); });
    EXPECT_EQ(results[1]->code, errc::cancelled);
    EXPECT_EQ(results[1]->phase, phase::queue);
    server.arrive();
    r.run();
    EXPECT_EQ(body_of(*results[0]), "ok");
    EXPECT_EQ(body_of(*results[2]), "ok");
}

TEST_P(transport_test, interrupted_before_it_began_sends_nothing) {
    scripted_server server(keep_alive([](const auto&) { return "ok"; }));
    rig r;
    std::optional<attempt_result> out;
    interrupter stop;
    stop.interrupt(errc::cancelled);
    r.start(get(server.address()), out, stop);
    r.run();
    EXPECT_EQ(out->code, errc::cancelled);
    EXPECT_EQ(server.connections(), 0);
}

TEST_P(transport_test, loop_destroyed_with_attempts_pending_is_clean) {
    scripted_server server([](peer& p) { p.wait_until_closed(); });
    const full_backlog full;
    std::optional<attempt_result> results[6];
    interrupter stops[6];
    {
        client_options o;
        o.pool.max_connections = 1;
        rig r(o);
        for (int i = 0; i < 3; ++i)
            r.start(get(server.address()), results[i], stops[i]);
        r.start(get(full.address()), results[3], stops[3]);
        r.start(get("https://localhost:" + std::to_string(server.port())), results[4], stops[4]);
        r.start(get("http://localhost:" + std::to_string(server.port())), results[5], stops[5]);
        r.run_until([&, later = soon()] { return server.connections() >= 1 && later(); });
    }
    for (const auto& a : results)
        EXPECT_FALSE(a) << "nobody is told any more";
}

// ---- TLS --------------------------------------------------------------------------------------

/// An authority, a server certified by it, and a client that trusts it.
class tls_transport : public transport_test {
protected:
    tls_transport() { test::write_pem(authority, folder / "ca.pem"); }

    /// The first attempt at a server that shows `who`.
    attempt_result reach(const test::identity& who, const std::string& host = "localhost",
                         int max_version = TLS1_3_VERSION, bool trusting = true) {
        const auto context = test::make_server_context(who, max_version);
        scripted_server server(keep_alive([](const auto&) { return "secret"; }), context.get());
        client_options o;
        if (trusting)
            o.tls.ca_file = folder / "ca.pem";
        return rig(o).attempt(get("https://" + host + ":" + std::to_string(server.port()) + "/"));
    }
    static void expect_refused(const attempt_result& a, std::string_view word) {
        EXPECT_FALSE(a.response) << body_of(a);
        EXPECT_EQ(info(a.code).name, info(errc::tls_failed).name);
        EXPECT_EQ(a.phase, phase::tls);
        EXPECT_FALSE(a.sent);
        EXPECT_NE(a.detail.find(word), std::string::npos) << a.detail;
    }

    test::temporary_folder folder;
    test::identity authority = test::make_identity("test authority", "");
    std::string names = "DNS:localhost,IP:127.0.0.1";
};

TEST_P(tls_transport, certified_server_is_trusted_by_name_and_address) {
    const auto who = test::make_identity("server", names, &authority);
    EXPECT_EQ(body_of(reach(who)), "secret");
    EXPECT_EQ(body_of(reach(who, "127.0.0.1")), "secret");
    EXPECT_EQ(body_of(reach(who, "localhost", TLS1_2_VERSION)), "secret");
}

TEST(http_transport, encrypted_body_is_received_in_the_sinks_memory) {
    const test::temporary_folder folder;
    const auto authority = test::make_identity("test authority", "");
    test::write_pem(authority, folder / "ca.pem");
    const auto who = test::make_identity("server", "DNS:localhost", &authority);
    const auto context = test::make_server_context(who, TLS1_3_VERSION);
    const std::string big = long_text(1'000'000);
    scripted_server server(keep_alive([&](const auto&) { return big; }), context.get());
    client_options o;
    o.tls.ca_file = folder / "ca.pem";
    rig r(o);
    for (int i = 0; i < 2; ++i) {
        auto request = get("https://localhost:" + std::to_string(server.port()) + "/");
        const auto sink = std::make_shared<roomy_sink>();
        request.sink = sink;
        const auto a = r.attempt(request);
        EXPECT_EQ(a.code, errc::ok) << a.detail;
        EXPECT_TRUE(sink->text == big);
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(tls_transport, connection_reused_and_name_indicated) {
    const auto who = test::make_identity("server", names, &authority);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const auto context = test::make_server_context(who, version);
        std::mutex mutex;
        std::string indicated;
        scripted_server server(
            [&](peer& p) {
                if (const char* name = SSL_get_servername(p.tls(), TLSEXT_NAMETYPE_host_name)) {
                    const std::lock_guard lock(mutex);
                    indicated = name;
                }
                while (p.read_request())
                    p.respond("ok");
            },
            context.get());
        client_options o;
        o.tls.ca_file = folder / "ca.pem";
        rig r(o);
        for (int i = 0; i < 5; ++i)
            EXPECT_EQ(
                body_of(r.attempt(get("https://localhost:" + std::to_string(server.port()) + "/"))),
                "ok");
        EXPECT_EQ(server.connections(), 1) << version;
        const std::lock_guard lock(mutex);
        EXPECT_EQ(indicated, "localhost");
    }
}

TEST_P(tls_transport, other_host_name_refused) {
    expect_refused(reach(test::make_identity("server", "DNS:other.example", &authority)),
                   "localhost");
    expect_refused(
        reach(test::make_identity("localhost", "DNS:localhost", &authority), "127.0.0.1"),
        "127.0.0.1");
}

TEST_P(tls_transport, self_signed_refused) {
    expect_refused(reach(test::make_identity("localhost", names)), "self-signed");
}

TEST_P(tls_transport, unknown_authority_refused_without_ca_file) {
    expect_refused(
        reach(test::make_identity("server", names, &authority), "localhost", TLS1_3_VERSION, false),
        "issuer");
}

TEST_P(tls_transport, expired_certificate_refused) {
    expect_refused(reach(test::make_identity("server", names, &authority, -3600)), "expired");
}

TEST_P(tls_transport, old_version_refused) {
    const auto who = test::make_identity("server", names, &authority);
    expect_refused(reach(who, "localhost", TLS1_1_VERSION), "localhost");
}

TEST_P(tls_transport, verify_off_accepts_any_certificate) {
    const auto who = test::make_identity("x", "");
    const auto context = test::make_server_context(who);
    scripted_server server(keep_alive([](const auto&) { return "ok"; }), context.get());
    client_options o;
    o.tls.verify = false;
    EXPECT_EQ(body_of(rig(o).attempt(get(server.address()))), "ok");
}

TEST_P(tls_transport, ca_file_that_is_none_is_a_configuration_error) {
    test::write_file(folder / "junk.pem", "not a certificate");
    for (const char* name : {"junk.pem", "missing.pem"}) {
        client_options o;
        o.tls.ca_file = folder / name;
        const auto a = rig(o).attempt(get("https://127.0.0.1:1/"));
        EXPECT_EQ(a.code, errc::invalid_configuration);
        EXPECT_NE(a.detail.find(name), std::string::npos);
        EXPECT_FALSE(a.sent);
    }
}

TEST_P(tls_transport, handshake_that_stalls_is_tls_timeout) {
    scripted_server silent([](peer& p) { p.wait_until_closed(); });
    const auto a = rig(short_limits()).attempt(get("https://" + silent.authority() + "/"));
    EXPECT_EQ(a.code, errc::tls_timeout);
    EXPECT_EQ(a.phase, phase::tls);
    EXPECT_FALSE(a.sent);
}

TEST_P(tls_transport, server_without_tls_is_tls_failed) {
    scripted_server plain([](peer& p) {
        p.read_some(10);
        p.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    const auto a = rig().attempt(get("https://" + plain.authority() + "/"));
    EXPECT_EQ(a.code, errc::tls_failed);
}

TEST_P(tls_transport, handshake_broken_off_is_a_lost_connection) {
    // Nobody's identity was in doubt; another attempt may succeed.
    scripted_server closing([](peer& p) { p.read_some(10); });
    const auto a = rig().attempt(get("https://" + closing.authority() + "/"));
    EXPECT_EQ(info(a.code).name, info(errc::connection_lost).name);
    EXPECT_EQ(a.phase, phase::tls);
    EXPECT_FALSE(a.sent);
}

// ---- proxies ----------------------------------------------------------------------------------

/// A proxy: absolute-form requests are passed on, CONNECT opens a tunnel.
class tiny_proxy {
public:
    explicit tiny_proxy(std::uint16_t target, std::string credentials = {})
        : target_(target), credentials_(std::move(credentials)),
          server_([this](peer& p) { serve(p); }) {}

    [[nodiscard]] std::string address() const { return server_.authority(); }
    [[nodiscard]] std::vector<test::raw_request> seen() const { return server_.seen(); }

private:
    void serve(peer& p) {
        while (const auto r = p.read_request()) {
            server_.record(*r);
            if (!credentials_.empty() && r->header("Proxy-Authorization") != credentials_) {
                p.respond("who are you", "407 Proxy Authentication Required");
                continue;
            }
            if (!r->line().starts_with("CONNECT ")) {
                p.respond("via proxy");
                continue;
            }
            p.send("HTTP/1.1 200 Connection established\r\n\r\n");
            tunnel(p);
            return;
        }
    }
    /// Every name leads to the test's own server.
    void tunnel(peer& p) const {
        const int upstream = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(target_);
        ::connect(upstream, reinterpret_cast<sockaddr*>(&address), sizeof address);
        const int ends[] = {p.fd(), upstream};
        std::string piece(16384, '\0');
        for (bool open = true; open;) {
            pollfd polled[] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}};
            open = ::poll(polled, 2, 10000) > 0;
            for (int i = 0; open && i < 2; ++i) {
                if (polled[i].revents == 0)
                    continue;
                const auto n = ::recv(ends[i], piece.data(), piece.size(), 0);
                open = n > 0 && ::send(ends[1 - i], piece.data(), static_cast<std::size_t>(n),
                                       MSG_NOSIGNAL) == n;
            }
        }
        ::close(upstream);
    }

    std::uint16_t target_;
    std::string credentials_;
    scripted_server server_;
};

class proxied_transport : public transport_test {};

TEST_P(proxied_transport, plain_request_sent_in_absolute_form_with_credentials) {
    const tiny_proxy proxy(0, "Basic dXNlcjpwYSBzcw==");
    rig r({}, {{"http_proxy", "http://user:pa%20ss@" + proxy.address()}});
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(body_of(r.attempt(get("http://svc.example:81/p?q=1"))), "via proxy");
    EXPECT_EQ(proxy.seen().at(0).line(), "GET http://svc.example:81/p?q=1 HTTP/1.1");
    EXPECT_EQ(proxy.seen().at(0).header("Host"), "svc.example:81");
}

TEST_P(proxied_transport, https_goes_through_connect_and_credentials_stay_with_the_proxy) {
    test::temporary_folder folder;
    const auto authority = test::make_identity("authority", "");
    test::write_pem(authority, folder / "ca.pem");
    const auto who = test::make_identity("svc", "DNS:svc.example", &authority);
    const auto context = test::make_server_context(who);
    test::raw_request seen;
    scripted_server server(keep_alive([&](const auto& r) {
                               seen = r;
                               return "tunnelled";
                           }),
                           context.get());
    {
        const tiny_proxy proxy(server.port(), "Basic dTpw");
        client_options o;
        o.tls.ca_file = folder / "ca.pem";
        rig r(o, {{"HTTPS_PROXY", "http://u:p@" + proxy.address()}});
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(body_of(r.attempt(get("https://svc.example/p"))), "tunnelled");
        ASSERT_EQ(proxy.seen().size(), 1U) << "the tunnel is reused";
        EXPECT_EQ(proxy.seen()[0].line(), "CONNECT svc.example:443 HTTP/1.1");
        EXPECT_EQ(seen.line(), "GET /p HTTP/1.1");
        EXPECT_FALSE(seen.header("Proxy-Authorization"));
    }
}

TEST_P(proxied_transport, refused_connect_is_proxy_failed) {
    const tiny_proxy proxy(0, "Basic right");
    const auto a = rig({}, {{"HTTPS_PROXY", "http://u:wrong@" + proxy.address()}})
                       .attempt(get("https://svc.example/p"));
    EXPECT_EQ(a.code, errc::proxy_failed);
    EXPECT_NE(a.detail.find("407"), std::string::npos);
    EXPECT_FALSE(a.sent);
}

TEST_P(proxied_transport, proxy_that_talks_nonsense_or_closes_is_proxy_failed) {
    for (const char* answer : {"", "SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nunasked"}) {
        scripted_server server([answer](peer& p) {
            (void)p.read_request();
            p.send(answer);
            p.wait_until_closed();
        });
        auto o = short_limits();
        o.limits.tls = 1s;
        o.limits.connect = 200ms;
        const auto a = rig(o, {{"HTTPS_PROXY", "http://" + server.authority()}})
                           .attempt(get("https://svc.example/p"));
        if (*answer == '\0')
            EXPECT_EQ(a.code, errc::connect_timeout);
        else
            EXPECT_EQ(info(a.code).name, info(errc::proxy_failed).name) << answer;
        EXPECT_FALSE(a.sent);
    }
}

TEST_P(proxied_transport, unreadable_proxy_address_sends_nothing) {
    const auto a = rig({}, {{"HTTPS_PROXY", "socks5://p:1"}}).attempt(get("https://svc.example/p"));
    EXPECT_EQ(a.code, errc::invalid_configuration);
    EXPECT_FALSE(a.sent);
}

INSTANTIATE_TEST_SUITE_P(with, transport_test, testing::ValuesIn(makers), transport_test::name);
INSTANTIATE_TEST_SUITE_P(with, tls_transport, testing::ValuesIn(makers), transport_test::name);
INSTANTIATE_TEST_SUITE_P(with, proxied_transport, testing::ValuesIn(makers), transport_test::name);

} // namespace
} // namespace aistudio
