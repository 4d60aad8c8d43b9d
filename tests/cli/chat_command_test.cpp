#include "cli/command.hpp"

#include <atomic>
#include <csignal>
#include <mutex>

namespace aistudio::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class chat_command : public command_test {
protected:
    void SetUp() override {
        command_test::SetUp();
        base_ = studio_
                    ->serve_chat([this](const local::chat_call& call,
                                        const local::chat_listener& say) -> result<void> {
                        {
                            const std::lock_guard lock(mutex_);
                            call_ = call;
                        }
                        const auto& asked = call.messages.back().content;
                        if (asked == "fail")
                            return make_problem(errc::service_failed, "The model is tired.");
                        while (asked == "forever" && say("on and on "))
                            continue;
                        for (const char* piece : {"You asked: ", "", asked.c_str(), "!"})
                            say(piece);
                        say.usage({1, 2, 3});
                        return {};
                    })
                    .value();
    }
    local::chat_call last_call() {
        const std::lock_guard lock(mutex_);
        return call_;
    }

    std::string base_;
    std::mutex mutex_;
    local::chat_call call_;
};

TEST_F(chat_command, question_is_answered) {
    const auto asked =
        run({"chat", "数据?", "--model", "m", "--system", "be short", "--temperature", "0.5",
             "--max-tokens", "7", "--extra", R"({"top_p":1})"});
    EXPECT_EQ(asked.status, 0) << asked.err;
    EXPECT_EQ(asked.out, "You asked: 数据?!\n");
    const auto call = last_call();
    EXPECT_EQ(call.model, "m");
    ASSERT_EQ(call.messages.size(), 2U);
    EXPECT_EQ(call.messages[0].content, "be short");
    EXPECT_THAT(call.json, AllOf(HasSubstr(R"("temperature":0.5)"), HasSubstr(R"("max_tokens":7)"),
                                 HasSubstr(R"("top_p":1)"), HasSubstr(R"("stream":true)")));
}

TEST_F(chat_command, question_comes_from_standard_input) {
    EXPECT_EQ(run({"chat"}, "two\nlines\n").out, "You asked: two\nlines!\n");
    EXPECT_EQ(run({"chat", "-"}, "one").out, "You asked: one!\n");
    EXPECT_EQ(run({"chat"}, "\n").status, 2);
}

TEST_F(chat_command, json_is_the_whole_answer) {
    const auto answer = run_json({"chat", "x", "--model", "m"});
    EXPECT_THAT(answer, AllOf(HasSubstr(R"("content":"You asked: x!")"),
                              HasSubstr(R"("total_tokens":3)"), HasSubstr(R"("model":"m")")));
}

TEST_F(chat_command, other_services_get_their_own_key) {
    auto elsewhere = environment();
    elsewhere["AISTUDIO_BASE_URL"] = "http://127.0.0.1:1";
    elsewhere["AISTUDIO_ACCESS_TOKEN"] = "of-the-platform";
    const std::vector<std::string> words{"chat", "x", "--endpoint", base_};
    EXPECT_THAT(command(words, elsewhere).wait().err, HasSubstr("unauthorized"));
    elsewhere["AISTUDIO_CHAT_KEY"] = std::string(token);
    EXPECT_EQ(command(words, elsewhere).wait().out, "You asked: x!\n");
}

TEST_F(chat_command, failures_show_in_the_exit_status) {
    const auto failed = run({"chat", "fail"});
    EXPECT_EQ(failed.status, 1);
    EXPECT_THAT(failed.err, HasSubstr("The model is tired."));
    EXPECT_THAT(failed.out, IsEmpty());
    EXPECT_EQ(run({"chat", "x", "--extra", "[]"}).status, 1);
    EXPECT_EQ(run({"chat", "x", "--max-tokens", "0"}).status, 2);
}

TEST_F(chat_command, interrupt_ends_the_answer) {
    command endless({"chat", "forever"}, environment());
    ASSERT_TRUE(endless.prints("on and on"));
    endless.signal(SIGINT);
    const auto ended = endless.wait();
    EXPECT_EQ(ended.status, 128 + SIGINT);
    EXPECT_THAT(ended.err, HasSubstr("Interrupted"));
}

} // namespace
} // namespace aistudio::test
