#include "support/fake_transport.hpp"
#include "support/scripted_server.hpp"

#include <aistudio/sync_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using test::fake_client;
using test::peer;
using test::scripted_server;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view answer_json =
    R"({"id":"c","model":"m","choices":[{"message":{"role":"assistant","content":"hello"},)"
    R"("finish_reason":"stop"}]})";

chat_request question(std::string text = "q") {
    chat_request out;
    out.model = "m";
    out.messages.push_back({.content = std::move(text)});
    return out;
}

// ---- what is sent, and to whom ------------------------------------------------------------------

class chat_calls : public testing::Test {
protected:
    result<chat_answer> complete(fake_client& from, chat_request what, chat_options o = {}) {
        return from.run<chat_answer>([&](auto h) {
            from.client.chat().async_complete(std::move(what), std::move(o), std::move(h));
        });
    }
    fake_client fake;
};

TEST_F(chat_calls, platform_is_asked_with_the_token) {
    fake.answer(200, std::string(answer_json));
    const auto got = complete(fake, question());
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(got->choices[0].content, "hello");
    EXPECT_EQ(fake.seen(0).call(), "POST https://studio.example/llm/lmapi/v3/chat/completions");
    EXPECT_EQ(fake.seen(0).header("Authorization"), "Bearer token-5b1f");
    EXPECT_EQ(fake.seen(0).header("Accept"), "application/json");
    EXPECT_EQ(fake.seen(0).body, R"({"model":"m","messages":[{"role":"user","content":"q"}]})");
}

TEST_F(chat_calls, stream_asks_for_one) {
    fake.answer(200, "data: " + std::string(answer_json) + "\n\n");
    (void)fake.run<chat_answer>(
        [&](auto h) { fake.client.chat().async_stream(question(), {}, {}, std::move(h)); });
    EXPECT_EQ(fake.seen(0).header("Accept"), "text/event-stream");
    EXPECT_THAT(fake.seen(0).body, HasSubstr(R"("stream":true)"));
}

TEST_F(chat_calls, token_is_not_for_others) {
    chat_options other;
    other.base_url = "http://127.0.0.1:1/v1/";
    fake.answer(200, std::string(answer_json));
    ASSERT_TRUE(complete(fake, question(), other));
    EXPECT_EQ(fake.seen(0).call(), "POST http://127.0.0.1:1/v1/chat/completions");
    EXPECT_EQ(fake.seen(0).header("Authorization"), "");
    other.api_key = secret("key-of-another");
    fake.answer(200, std::string(answer_json));
    ASSERT_TRUE(complete(fake, question(), other));
    EXPECT_EQ(fake.seen(1).header("Authorization"), "Bearer key-of-another");
    chat_options key_only;
    key_only.api_key = secret("key-for-the-platform");
    fake.answer(200, std::string(answer_json));
    ASSERT_TRUE(complete(fake, question(), key_only));
    EXPECT_EQ(fake.seen(2).header("Authorization"), "Bearer key-for-the-platform");
}

TEST_F(chat_calls, bad_questions_are_not_sent) {
    const auto code = [&](chat_request what, chat_options o = {}) {
        const auto got = complete(fake, std::move(what), std::move(o));
        EXPECT_EQ(got.error().outcome, outcome::not_sent);
        return got.error().code;
    };
    EXPECT_EQ(code({}), errc::invalid_argument);
    auto q = question();
    q.messages.clear();
    EXPECT_EQ(code(q), errc::invalid_argument);
    q = question();
    q.messages[0].role = "";
    EXPECT_EQ(code(q), errc::invalid_argument);
    EXPECT_EQ(code(question("\xff")), errc::encode_failed);
    for (const char* url : {"ftp://x", "nonsense", "http://x/v1?key=1", "http://u:p@x/v1"}) {
        chat_options o;
        o.base_url = url;
        EXPECT_EQ(code(question(), o), errc::invalid_argument) << url;
    }
    chat_options o;
    o.base_url = "http://127.0.0.1:1";
    o.api_key = secret("a\r\nb");
    EXPECT_EQ(code(question(), o), errc::invalid_argument);
    EXPECT_TRUE(fake.journal->seen.empty());

    auto without = fake_client::default_options();
    without.access_token = {};
    fake_client none(without);
    EXPECT_EQ(complete(none, question()).error().code, errc::credentials_missing);
}

TEST_F(chat_calls, only_what_did_not_begin_is_asked_again) {
    fake.answer(429, R"({"error":{"message":"slow down"}})", {{"Retry-After", "0"}})
        .answer(503, R"({"error":"full"})", {{"Retry-After", "0"}})
        .answer(200, std::string(answer_json));
    ASSERT_TRUE(complete(fake, question()));
    EXPECT_EQ(fake.journal->seen.size(), 3U);

    fake.journal->seen.clear();
    fake.answer(503, "").answer(200, std::string(answer_json));
    EXPECT_EQ(complete(fake, question()).error().code, errc::service_overloaded)
        << "a gateway may say so in the middle of an answer";
    fake.journal->answers.clear();
    fake.lost(true).answer(200, std::string(answer_json));
    const auto lost = complete(fake, question());
    EXPECT_EQ(lost.error().code, errc::connection_lost);
    EXPECT_EQ(lost.error().outcome, outcome::unknown);
    EXPECT_EQ(fake.journal->seen.size(), 2U);
}

TEST_F(chat_calls, failures_have_the_services_words_and_no_key) {
    chat_options o;
    o.base_url = "http://127.0.0.1:1/v1";
    o.api_key = secret("sk-4b7e-canary");
    fake.answer(401,
                R"({"error":{"message":"Incorrect API key provided: sk-4b7e-canary","code":"x"}})");
    const auto refused = complete(fake, question(), o);
    EXPECT_EQ(refused.error().code, errc::unauthorized);
    EXPECT_THAT(refused.error().detail,
                AllOf(HasSubstr("Incorrect API key"), Not(HasSubstr("canary"))));
    fake.answer(200, R"({"error":{"message":"with a good status: sk-4b7e-canary"}})");
    const auto failed = complete(fake, question(), o);
    EXPECT_EQ(failed.error().code, errc::service_failed);
    EXPECT_EQ(failed.error().outcome, outcome::done);
    EXPECT_EQ(failed.error().status, 200);
    EXPECT_EQ(failed.error().attempts, 1);
    EXPECT_THAT(failed.error().message(),
                AllOf(HasSubstr("good status"), Not(HasSubstr("canary"))));
}

// ---- streams, over sockets
// ------------------------------------------------------------------------

std::string event(std::string_view text) {
    return R"(data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":")" +
           std::string(text) + R"("},"finish_reason":null}]})" + "\n\n";
}
constexpr std::string_view last = "data: [DONE]\n\n";

std::string as_chunk(std::string_view bytes) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + std::string(bytes) + "\r\n";
}
constexpr std::string_view stream_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                         "Transfer-Encoding: chunked\r\n\r\n";

class chat_stream : public testing::Test {
protected:
    static sync_client make_client() {
        client_options o;
        o.base_url = "http://127.0.0.1:1";
        o.access_token = secret("t");
        o.config_file = "/nonexistent/config.json";
        return sync_client(o);
    }
    chat_options at(const scripted_server& server) {
        chat_options o;
        o.base_url = server.address("/v1");
        o.piece_timeout = 5s;
        return o;
    }
    result<chat_answer> ask(const scripted_server& server) { return ask(at(server)); }
    result<chat_answer> ask(chat_options o) {
        return client.chat().stream(
            question(), [this](const chat_delta& d) { text += d.content; }, std::move(o));
    }

    sync_client client = make_client();
    std::string text;
};

TEST_F(chat_stream, pieces_are_handed_out_as_they_come) {
    std::atomic<int> heard{0};
    scripted_server server([&](peer& p) {
        while (p.read_request()) {
            p.send(stream_head);
            for (int i = 0; i < 3; ++i) { // each only after the one before was heard
                p.send(as_chunk(event(std::to_string(i))));
                const auto limit = std::chrono::steady_clock::now() + 10s;
                while (heard <= i && std::chrono::steady_clock::now() < limit)
                    std::this_thread::yield();
            }
            p.send(as_chunk(last) + "0\r\n\r\n");
        }
    });
    const auto got = client.chat().stream(
        question(),
        [&](const chat_delta& d) {
            text += d.content;
            ++heard;
        },
        at(server));
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(text, "012");
    EXPECT_EQ(got->choices[0].content, "012");
    heard = 0;
    ASSERT_TRUE(client.chat().stream(question(), [&](const chat_delta&) { ++heard; }, at(server)));
    EXPECT_EQ(server.connections(), 1) << "the connection is used again";
}

TEST_F(chat_stream, broken_off_answer_tells_how_much_came) {
    for (const bool reset : {false, true}) {
        text.clear();
        scripted_server server([&](peer& p) {
            p.read_request();
            p.send(std::string(stream_head) + as_chunk(event("一二") + event("三")));
            if (reset)
                p.reset();
        });
        const auto got = ask(server);
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error().code, errc::connection_lost);
        EXPECT_EQ(got.error().outcome, outcome::unknown);
        EXPECT_EQ(server.connections(), 1) << "not asked again";
        if (!reset) {
            EXPECT_THAT(got.error().detail, HasSubstr("3 characters of the answer had come"));
            EXPECT_EQ(text, "一二三");
        }
    }
}

TEST_F(chat_stream, end_of_the_connection_is_no_end_of_the_answer) {
    scripted_server server([](peer& p) {
        p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + event("half"));
    });
    const auto got = ask(server);
    EXPECT_EQ(got.error().code, errc::connection_lost);
    EXPECT_EQ(got.error().outcome, outcome::unknown);
    EXPECT_EQ(got.error().status, 200);
    EXPECT_THAT(got.error().detail, HasSubstr("4 characters of the answer had come, in 1 piece."));
}

TEST_F(chat_stream, silence_between_pieces_has_a_limit) {
    scripted_server server([](peer& p) {
        p.read_request();
        p.send(std::string(stream_head) + as_chunk(event("first")));
        p.wait_until_closed();
    });
    auto o = at(server);
    o.piece_timeout = 50ms;
    const auto got = ask(o);
    EXPECT_EQ(got.error().code, errc::body_timeout);
    EXPECT_EQ(got.error().outcome, outcome::unknown);
    EXPECT_EQ(text, "first");
}

TEST_F(chat_stream, whole_answer_has_a_deadline_where_asked) {
    scripted_server server([](peer& p) {
        p.read_request();
        p.send(stream_head);
        while (p.send(as_chunk(": still there\n\n")))
            std::this_thread::sleep_for(1ms);
    });
    auto o = at(server);
    o.call.deadline = 100ms;
    EXPECT_EQ(ask(o).error().code, errc::deadline_exceeded);
}

TEST_F(chat_stream, server_that_does_not_close_what_it_ended_is_not_waited_for) {
    scripted_server server([](peer& p) {
        p.read_request();
        p.send(std::string(stream_head) + as_chunk(event("all") + std::string(last)));
        p.wait_until_closed();
    });
    auto o = at(server);
    o.piece_timeout = 0ms; // no limit
    const auto got = ask(o);
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(got->choices[0].content, "all");
}

TEST_F(chat_stream, cancelling_closes_the_connection) {
    std::atomic<bool> closed{false};
    scripted_server server([&](peer& p) {
        p.read_request();
        p.send(stream_head);
        while (p.send(as_chunk(event("on and on ")))) {
        }
        closed = true;
    });
    boost::asio::io_context io;
    client_options options;
    options.base_url = "http://127.0.0.1:1";
    options.config_file = "/nonexistent/config.json";
    const aistudio::client c(io.get_executor(), options);
    boost::asio::cancellation_signal stop;
    std::size_t pieces = 0;
    std::optional<result<chat_answer>> got;
    c.chat().async_stream(
        question(),
        [&](const chat_delta&) {
            if (++pieces == 3)
                stop.emit(boost::asio::cancellation_type::terminal);
        },
        at(server), boost::asio::bind_cancellation_slot(stop.slot(), [&](result<chat_answer> r) {
            got.emplace(std::move(r));
        }));
    io.run_for(10s);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->error().code, errc::cancelled);
    EXPECT_EQ(got->error().outcome, outcome::unknown);
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (!closed && std::chrono::steady_clock::now() < limit)
        std::this_thread::yield();
    EXPECT_TRUE(closed);
}

TEST_F(chat_stream, listener_that_throws_ends_the_answer) {
    scripted_server server([](peer& p) {
        p.read_request();
        p.send(stream_head);
        while (p.send(as_chunk(event("x")))) {
        }
    });
    const auto got = client.chat().stream(
        question(), [](const chat_delta&) { throw std::runtime_error("enough of it"); },
        at(server));
    EXPECT_EQ(got.error().code, errc::internal_error);
    EXPECT_EQ(got.error().attempts, 1);
    EXPECT_THAT(got.error().detail, HasSubstr("enough of it"));
}

TEST_F(chat_stream, hostile_servers_get_an_error_each) {
    const auto code_of = [&](const std::string& answer) {
        scripted_server server([&](peer& p) {
            p.read_request();
            p.send(answer);
        });
        const auto got = ask(server);
        EXPECT_FALSE(got);
        return got ? errc::ok : got.error().code;
    };
    const auto whole = [](std::string_view body, std::string_view status = "200 OK") {
        return "HTTP/1.1 " + std::string(status) +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
               std::string(body);
    };
    EXPECT_EQ(code_of(whole("<html><body>Sign in</body></html>")), errc::unexpected_answer);
    EXPECT_EQ(code_of(whole("<html>502</html>", "502 Bad Gateway")), errc::server_error);
    EXPECT_EQ(code_of(whole("", "301 Moved\r\nLocation: http://127.0.0.1:1/")),
              errc::unexpected_answer);
    EXPECT_EQ(code_of(whole("")), errc::unexpected_answer);
    EXPECT_EQ(code_of(whole(R"({"error":{"message":"no such model","code":"model_not_found"}})",
                            "404 Not Found")),
              errc::not_found);
    EXPECT_EQ(
        code_of(whole(event("a") + R"(data: {"error":{"message":"out of memory"}})" + "\n\n")),
        errc::service_failed);
    EXPECT_EQ(code_of(whole(event("a") + "data: {\"choices\": 5}\n\n")), errc::decode_failed);
    EXPECT_EQ(code_of(whole(event("a"))), errc::connection_lost);
    EXPECT_EQ(code_of("\x01\x02 nonsense\r\n\r\n"), errc::malformed_response);
    EXPECT_EQ(code_of(std::string(stream_head) + "zz\r\n"), errc::malformed_response);
    EXPECT_EQ(code_of(""), errc::connection_lost);
}

TEST_F(chat_stream, endless_line_is_refused) {
    scripted_server server([](peer& p) {
        p.read_request();
        p.send("HTTP/1.1 200 OK\r\n\r\ndata: ");
        const std::string piece(65536, 'x');
        while (p.send(piece)) {
        }
    });
    client_options o;
    o.base_url = "http://127.0.0.1:1";
    o.config_file = "/nonexistent/config.json";
    o.max_response_bytes = std::size_t{1} << 20U;
    client = sync_client(o);
    const auto got = ask(server);
    EXPECT_EQ(got.error().code, errc::response_too_large);
    EXPECT_EQ(got.error().outcome, outcome::unknown);
}

} // namespace
} // namespace aistudio
