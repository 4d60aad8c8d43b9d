#include "integration/support/studio_fixture.hpp"

#include <aistudio/sync_client.hpp>

#include <gmock/gmock.h>

#include <atomic>

namespace aistudio::test {
namespace {

using testing::HasSubstr;

/// Our client against our studio.
class chat : public studio_test {
protected:
    void SetUp() override {
        start();
        client_options o;
        o.base_url = studio().base_url();
        o.access_token = studio().access_token();
        o.config_file = "/nonexistent/config.json";
        client_.emplace(o);
    }
    static chat_request question(std::string text) {
        chat_request out;
        out.model = "ernie";
        out.messages.push_back({.role = "system", .content = "be short"});
        out.messages.push_back({.content = std::move(text)});
        return out;
    }
    void serve(local::chat_handler handler) {
        (void)studio().serve_chat(std::move(handler)).value();
    }

    std::optional<sync_client> client_;
};

TEST_F(chat, question_and_answer_go_round_whole_and_in_pieces) {
    local::chat_call got;
    serve([&](const local::chat_call& call, const local::chat_listener& say) -> result<void> {
        got = call;
        for (const char* piece : {"一", "二 ", "🏠", "\n\"x\""})
            say(piece);
        say.usage({3, 4, 7});
        return {};
    });
    auto q = question("数据?");
    q.temperature = 0.25;
    q.max_tokens = 9;
    const auto whole = client_->chat().complete(q);
    ASSERT_TRUE(whole) << whole.error().message();
    EXPECT_EQ(whole->choices[0], (chat_choice{0, "一二 🏠\n\"x\"", "", "stop"}));
    EXPECT_EQ(whole->model, "ernie");
    EXPECT_EQ(whole->usage, (chat_usage{3, 4, 7}));
    EXPECT_GT(whole->created_at, timestamp{std::chrono::seconds{1'700'000'000}});
    ASSERT_EQ(got.messages.size(), 2U);
    EXPECT_EQ(got.messages[0].role, "system");
    EXPECT_EQ(got.messages[1].content, "数据?");
    EXPECT_THAT(got.json,
                testing::AllOf(HasSubstr(R"("temperature":0.25)"), HasSubstr(R"("max_tokens":9)")));

    std::vector<std::string> pieces;
    const auto collect = [&](const chat_delta& d) { pieces.push_back(d.content); };
    q.extra = R"({"stream_options":{"include_usage":true}})";
    const auto streamed = client_->chat().stream(q, collect);
    ASSERT_TRUE(streamed) << streamed.error().message();
    EXPECT_EQ(streamed->choices, whole->choices);
    EXPECT_EQ(streamed->usage, whole->usage);
    EXPECT_THAT(pieces, testing::ElementsAre("一", "二 ", "🏠", "\n\"x\"", ""));
    q.extra.clear();
    EXPECT_FALSE(client_->chat().stream(q, {})->usage) << "nobody asked";
}

TEST_F(chat, failures_of_the_handler_are_told) {
    serve([&](const local::chat_call& call, const local::chat_listener& say) -> result<void> {
        if (call.messages.back().content == "half")
            say("half an ");
        return make_problem(errc::service_failed, "The model is tired.");
    });
    const auto at_once = client_->chat().complete(question("fail"));
    EXPECT_EQ(at_once.error().code, errc::server_error);
    EXPECT_THAT(at_once.error().detail, HasSubstr("The model is tired."));
    std::string text;
    const auto half =
        client_->chat().stream(question("half"), [&](const chat_delta& d) { text += d.content; });
    EXPECT_EQ(half.error().code, errc::server_error);
    EXPECT_THAT(half.error().detail,
                testing::AllOf(HasSubstr("The model is tired."), HasSubstr("8 characters")));
    EXPECT_EQ(text, "half an ");
}

TEST_F(chat, nobody_answers_without_a_handler) {
    const auto none = client_->chat().complete(question("x"));
    EXPECT_EQ(none.error().outcome, outcome::done);
    EXPECT_THAT(none.error().detail, HasSubstr("serve_chat")) << none.error().message();
}

TEST_F(chat, stopping_the_studio_ends_the_answer) {
    std::atomic<bool> said{false};
    serve([&](const local::chat_call&, const local::chat_listener& say) -> result<void> {
        while (say("on "))
            said = true;
        return {};
    });
    std::thread stopper([&] {
        EXPECT_TRUE(eventually([&] { return said.load(); }));
        stop();
    });
    const auto got = client_->chat().stream(question("x"), {});
    stopper.join();
    ASSERT_FALSE(got);
    EXPECT_THAT(got.error().detail, HasSubstr("characters of the answer had come"));
}

} // namespace
} // namespace aistudio::test
