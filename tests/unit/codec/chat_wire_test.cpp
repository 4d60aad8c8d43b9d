#include <aistudio/codec/chat_wire.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

chat_request question() {
    chat_request out;
    out.model = "m";
    out.messages = {{"system", "s"}, {"user", "数\n\"据\""}};
    return out;
}

TEST(chat_question, has_what_was_given_and_no_more) {
    EXPECT_EQ(
        detail::chat_question(question(), false).value(),
        R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"数\n\"据\""}]})");
    auto full = question();
    full.messages = {{"user", "q"}};
    full.temperature = 0.5;
    full.max_tokens = 100;
    full.stop = {"a", "b"};
    full.extra = R"( {"top_p": 0.8, "stream_options": {"include_usage": true}} )";
    EXPECT_EQ(detail::chat_question(full, true).value(),
              R"({"model":"m","messages":[{"role":"user","content":"q"}],"temperature":0.5,)"
              R"("max_tokens":100,"stop":["a","b"],"stream":true,"top_p":0.8,)"
              R"("stream_options":{"include_usage":true}})");
}

TEST(chat_question, bad_values_are_refused) {
    auto q = question();
    for (const char* extra : {"{", "[]", "5", "\"x\""}) {
        q.extra = extra;
        EXPECT_EQ(detail::chat_question(q, false).error().code, errc::encode_failed) << extra;
    }
    for (const char* extra : {R"({"model":"n"})", R"({"stream":false})", R"({"messages":[]})"}) {
        q.extra = extra;
        EXPECT_EQ(detail::chat_question(q, false).error().code, errc::invalid_argument) << extra;
    }
    q = question();
    q.messages[0].content = "\xff";
    EXPECT_EQ(detail::chat_question(q, false).error().code, errc::encode_failed);
    q = question();
    q.temperature = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(detail::chat_question(q, false).error().code, errc::encode_failed);
}

} // namespace
} // namespace aistudio
