#include "integration/support/studio_fixture.hpp"

#include <atomic>
#include <thread>

namespace aistudio::test {
namespace {

class studio_chat : public studio_test {
protected:
    void SetUp() override { start(); }

    void serve(local::chat_handler handler) {
        base_ = studio().serve_chat(std::move(handler)).value();
        EXPECT_EQ(base_, studio().base_url() + "/llm/lmapi/v3");
    }
    [[nodiscard]] header_list token() {
        return {{"Authorization", "Bearer " + std::string(studio().access_token().reveal())},
                {"Content-Type", "application/json"}};
    }
    http_reply ask(const std::string& body) {
        http_connection c(api().port());
        return c.send("POST", path_, body, token());
    }
    /// Sends a streamed question and leaves its answer unread.
    void begin(http_connection& c) {
        std::string head = "POST " + path_ + " HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                           std::to_string(streamed_.size()) + "\r\n";
        for (const auto& [name, value] : token())
            head.append(name).append(": ").append(value).append("\r\n");
        c.send_raw(head + "\r\n" + streamed_);
    }

    const std::string path_ = "/llm/lmapi/v3/chat/completions";
    const std::string streamed_ =
        R"({"model":"m","messages":[{"role":"user","content":"q"}],"stream":true})";
    std::string base_;
};

TEST_F(studio_chat, handler_gets_the_messages_and_the_whole_request) {
    local::chat_call got;
    serve([&](const local::chat_call& call, const local::chat_listener& say) -> result<void> {
        got = call;
        say("an ");
        say("");
        say("answer");
        return {};
    });
    const std::string body =
        R"({"model":"ernie","temperature":0.5,"messages":[{"role":"system","content":"s"},)"
        R"({"role":"user","content":[{"type":"text","text":"数"},{"type":"text","text":"据"}]}]})";
    const auto reply = ask(body);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    EXPECT_NE(reply.body.find(R"("content":"an answer")"), std::string::npos) << reply.body;
    EXPECT_EQ(got.model, "ernie");
    ASSERT_EQ(got.messages.size(), 2U);
    EXPECT_EQ(got.messages[0].role, "system");
    EXPECT_EQ(got.messages[1].content, "数据");
    EXPECT_EQ(got.json, body);
}

TEST_F(studio_chat, stream_has_an_event_a_piece_and_an_end) {
    serve([](const local::chat_call&, const local::chat_listener& say) -> result<void> {
        say("one");
        say("two\n");
        return {};
    });
    const auto reply = ask(streamed_);
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.headers.at("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_NE(reply.body.find(R"("content":"one")"), std::string::npos);
    EXPECT_NE(reply.body.find(R"("content":"two\n")"), std::string::npos);
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n")) << reply.body;
    std::size_t events = 0;
    for (auto at = reply.body.find("data: "); at != std::string::npos;
         at = reply.body.find("data: ", at + 1))
        ++events;
    EXPECT_EQ(events, 4U); // the pieces, the reason of the end, [DONE]
}

TEST_F(studio_chat, exception_of_the_handler_is_a_failed_answer) {
    serve([](const local::chat_call&, const local::chat_listener&) -> result<void> {
        throw std::runtime_error("no memory of it");
    });
    for (const auto& body :
         {streamed_, std::string(R"({"model":"m","messages":[{"content":"q"}]})")}) {
        const auto reply = ask(body);
        EXPECT_EQ(reply.status, 502U);
        EXPECT_NE(reply.body.find("no memory of it"), std::string::npos) << reply.body;
    }
}

TEST_F(studio_chat, bad_requests_are_refused_without_the_handler) {
    bool asked = false;
    serve([&](const local::chat_call&, const local::chat_listener&) -> result<void> {
        asked = true;
        return {};
    });
    for (const std::string body :
         {"", "{", "[]", "{}", R"({"model":"m"})", R"({"model":"m","messages":[]})",
          R"({"model":"m","messages":["text"]})",
          R"({"model":"m","messages":[{"role":"user"}]})"}) {
        const auto reply = ask(body);
        EXPECT_EQ(reply.status, 400U) << body;
        EXPECT_NE(reply.body.find(R"("message":)"), std::string::npos) << reply.body;
    }
    http_connection c(api().port());
    EXPECT_EQ(c.send("POST", path_, streamed_, {{"Authorization", "Bearer wrong"}}).status, 401U);
    EXPECT_FALSE(asked);
    EXPECT_FALSE(studio().serve_chat(
        [](const local::chat_call&, const local::chat_listener&) -> result<void> { return {}; }));
    EXPECT_FALSE(studio().serve_chat({}));
}

TEST_F(studio_chat, slow_listener_holds_the_handler_back_and_one_who_leaves_ends_it) {
    std::atomic<std::size_t> said{0};
    std::atomic<bool> ended{false};
    const std::string piece(100'000, 'x');
    serve([&](const local::chat_call&, const local::chat_listener& say) -> result<void> {
        while (say(piece))
            ++said;
        ended = true;
        return {};
    });
    {
        http_connection c(api().port());
        begin(c);
        EXPECT_TRUE(eventually([&] { return said > 0; }));
    }
    EXPECT_TRUE(eventually([&] { return ended.load(); }));
    EXPECT_LT(said, 2'000U); // what fits the connection's buffers, and the few that wait
}

TEST_F(studio_chat, stopping_ends_the_answers_that_are_under_way) {
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    serve([&](const local::chat_call&, const local::chat_listener& say) -> result<void> {
        say("hello");
        ++begun;
        while (say("")) // silent, but still there
            std::this_thread::yield();
        ++ended;
        return {};
    });
    http_connection one(api().port());
    http_connection two(api().port());
    begin(one);
    begin(two);
    EXPECT_TRUE(eventually([&] { return begun == 2; }));
    stop();
    EXPECT_EQ(ended, 2);
    const auto reply = one.receive();
    EXPECT_NE(reply.body.find("The studio stopped"), std::string::npos) << reply.body;
}

} // namespace
} // namespace aistudio::test
