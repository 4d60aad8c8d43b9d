#include <aistudio/protocol/chat_reader.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aistudio {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t most = std::size_t{1} << 20U;

std::string chunk(std::string_view choice) {
    return R"({"id":"c-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[)" +
           std::string(choice) + "]}";
}
std::string event(std::string_view data) { return "data: " + std::string(data) + "\n\n"; }
std::string delta(std::string_view text, int index = 0) {
    return event(chunk(R"({"index":)" + std::to_string(index) + R"(,"delta":{"content":")" +
                       std::string(text) + R"("},"finish_reason":null})"));
}
std::string finish(std::string_view reason, int index = 0) {
    return event(chunk(R"({"index":)" + std::to_string(index) + R"(,"delta":{},"finish_reason":")" +
                       std::string(reason) + R"("})"));
}
const std::string role =
    event(chunk(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null})"));
const std::string done = event("[DONE]");

/// What came of a body that was put in pieces.
struct outcome_of {
    std::vector<chat_delta> pieces;
    result<chat_answer> answer = make_problem(errc::internal_error, "not asked");
    std::string so_far;

    explicit outcome_of(std::string_view body, std::size_t piece = 1U << 20U) {
        chat_reader reader(most, [this](const chat_delta& d) { pieces.push_back(d); });
        result<void> taken{};
        for (; !body.empty() && taken; body.remove_prefix(std::min(piece, body.size())))
            taken = reader.put(body.substr(0, piece));
        answer = taken ? reader.end() : result<chat_answer>(taken.error());
        so_far = reader.so_far();
    }
    [[nodiscard]] problem error() const { return answer.error(); }
};

TEST(chat_reader, stream_becomes_pieces_and_an_answer) {
    const outcome_of o(role + delta("一二") + delta(" \\ud83c\\udfe0") + finish("stop") + done);
    ASSERT_TRUE(o.answer) << o.error().message();
    EXPECT_THAT(o.pieces, ElementsAre(chat_delta{0, "一二", "", ""}, chat_delta{0, " 🏠", "", ""},
                                      chat_delta{0, "", "", "stop"}));
    EXPECT_EQ(o.answer->id, "c-1");
    EXPECT_EQ(o.answer->model, "m");
    EXPECT_EQ(to_string(o.answer->created_at), "2023-11-14T22:13:20Z");
    ASSERT_EQ(o.answer->choices.size(), 1U);
    EXPECT_EQ(o.answer->choices[0], (chat_choice{0, "一二 🏠", "", "stop"}));
    EXPECT_FALSE(o.answer->usage);
}

TEST(chat_reader, body_may_be_split_at_every_byte) {
    const std::string body =
        "\xef\xbb\xbf: hi\r\n\r\n" + role + delta("数") + delta("据") + finish("stop") + done;
    const outcome_of whole(body);
    ASSERT_TRUE(whole.answer);
    for (std::size_t size = 1; size < body.size(); ++size) {
        const outcome_of o(body, size);
        ASSERT_TRUE(o.answer) << size;
        EXPECT_EQ(*o.answer, *whole.answer);
        EXPECT_THAT(o.pieces, ElementsAreArray(whole.pieces));
    }
}

TEST(chat_reader, usage_thoughts_and_several_choices_are_kept) {
    const outcome_of o(
        delta("b", 1) + delta("a", 0) + delta("b", 1) +
        event(chunk(R"({"delta":{"reasoning_content":"hm"}})")) + finish("stop", 0) +
        finish("length", 1) +
        event(
            R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"more":{}}})") +
        done);
    ASSERT_TRUE(o.answer) << o.error().message();
    ASSERT_EQ(o.answer->choices.size(), 2U);
    EXPECT_EQ(o.answer->choices[0], (chat_choice{0, "a", "hm", "stop"}));
    EXPECT_EQ(o.answer->choices[1], (chat_choice{1, "bb", "", "length"}));
    EXPECT_EQ(o.answer->usage, (chat_usage{3, 4, 7}));
}

TEST(chat_reader, whole_answer_is_read_as_well) {
    const std::string body =
        R"({"id":"c","created":1700000000,"model":"m","choices":[{"index":0,"message":)"
        R"({"role":"assistant","content":"hello","refusal":null},"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})";
    for (const auto& text : {body, "\r\n \xef\xbb\xbf" + body,
                             R"({"errorCode":0,"errorMsg":"","result":)" + body + "}"})
        for (const std::size_t piece : {1U, 7U, 1000U}) {
            const outcome_of o(text, piece);
            ASSERT_TRUE(o.answer) << o.error().message();
            EXPECT_EQ(o.answer->choices[0].content, "hello");
            EXPECT_EQ(o.answer->usage->total_tokens, 3);
            EXPECT_THAT(o.pieces, ElementsAre(chat_delta{0, "hello", "", "stop"}));
        }
}

TEST(chat_reader, null_content_is_no_text) {
    const outcome_of o(
        R"({"choices":[{"message":{"content":null,"tool_calls":[{}]},"finish_reason":"tool_calls"}]})");
    ASSERT_TRUE(o.answer) << o.error().message();
    EXPECT_EQ(o.answer->choices[0].content, "");
    EXPECT_EQ(o.answer->choices[0].finish_reason, "tool_calls");
}

TEST(chat_reader, end_need_not_be_told_twice) {
    EXPECT_TRUE(outcome_of(delta("a") + finish("stop")).answer) << "no [DONE]";
    EXPECT_TRUE(outcome_of(delta("a") + done).answer) << "no finish_reason";
    EXPECT_TRUE(outcome_of(delta("a") + "data: [DONE]").answer) << "no empty line";
    EXPECT_TRUE(outcome_of(delta("a") + done + "data: what follows does not matter\n\n").answer);
}

TEST(chat_reader, broken_off_stream_tells_how_much_came) {
    for (const auto& body :
         {delta("一二") + delta("三"), delta("一二") + delta("三") + "data: {\"id",
          delta("一二") + delta("三") + "data: {}"}) {
        const outcome_of o(body);
        ASSERT_FALSE(o.answer);
        EXPECT_EQ(o.error().code, errc::connection_lost);
        EXPECT_EQ(o.error().outcome, outcome::unknown);
        EXPECT_EQ(o.so_far, "3 characters of the answer had come, in 2 pieces.");
        EXPECT_THAT(o.pieces, testing::SizeIs(2));
    }
    EXPECT_EQ(outcome_of(": nothing yet\n\n").so_far, "");
}

TEST(chat_reader, failure_within_the_stream_is_the_services_own) {
    const outcome_of o(delta("a") + event(R"({"error":{"message":"out of memory","type":"x"}})") +
                       delta("b") + done);
    EXPECT_EQ(o.error().code, errc::service_failed);
    EXPECT_EQ(o.error().outcome, outcome::done);
    EXPECT_THAT(o.error().detail, HasSubstr("out of memory"));
    EXPECT_EQ(outcome_of(event(R"({"error":{"message":"slow down","code":429}})")).error().code,
              errc::rate_limited);
    EXPECT_EQ(outcome_of(event(R"({"error":{"message":"no","code":"400"}})")).error().code,
              errc::bad_request);
    EXPECT_EQ(outcome_of("event: error\n" + event(R"({"error":"plain text"})")).error().detail,
              "The service says: plain text");
    const auto busy = outcome_of(event(R"({"errorCode":10010,"errorMsg":"full","logId":"7"})"));
    EXPECT_EQ(busy.error().code, errc::service_overloaded);
    EXPECT_EQ(busy.error().log_id, "7");
}

TEST(chat_reader, what_is_no_answer_is_told) {
    const auto page = outcome_of("<!DOCTYPE html><html><body>Login</body></html>");
    EXPECT_EQ(page.error().code, errc::unexpected_answer);
    EXPECT_THAT(page.error().detail, HasSubstr("Login"));
    for (const char* text : {"{}", R"({"choices":[]})", R"({"result":{}})", "{", "[1", "", "\n\n"})
        EXPECT_EQ(outcome_of(text).error().code, errc::unexpected_answer) << text;
    EXPECT_EQ(outcome_of(R"({"errorCode":110,"errorMsg":"bad token"})").error().code,
              errc::service_failed);
    EXPECT_EQ(outcome_of(done).error().code, errc::unexpected_answer) << "no choices";
    for (const char* text :
         {"hello", "data: hello\n\n", "data: [1]\n\n", "data: {\"id\":\n\n",
          "data: {\"choices\":[{\"delta\":{\"content\":5}}]}\n\n", "data: \xff\n\n"})
        EXPECT_THAT(outcome_of(text).error().code,
                    testing::AnyOf(errc::decode_failed, errc::connection_lost))
            << text;
}

TEST(chat_reader, endless_answers_are_refused) {
    const std::string piece = delta(std::string(1000, 'x'));
    for (const std::string& start : {std::string("data: "), std::string("{\"a\":\""), piece,
                                     finish("stop"), std::string(": c\n\n") + piece}) {
        chat_reader reader(most, {});
        auto taken = reader.put(start);
        std::size_t bytes = 0;
        for (; taken && bytes < 10 * most; bytes += piece.size())
            taken = reader.put(start.starts_with("data: {") || start.starts_with(":")
                                   ? piece
                                   : std::string(piece.size(), 'y'));
        ASSERT_FALSE(taken) << start;
        EXPECT_EQ(taken.error().code, errc::response_too_large) << start;
    }
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += delta("a", i);
    EXPECT_EQ(outcome_of(many).error().code, errc::decode_failed);
}

} // namespace
} // namespace aistudio
