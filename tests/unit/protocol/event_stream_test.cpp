#include <aistudio/protocol/event_stream.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aistudio {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

/// `type|data|id` of each event.
struct heard {
    std::vector<std::string> events;
    event_stream::listener listener() {
        return [this](const server_event& e) -> result<void> {
            events.push_back(std::string(e.type) + "|" + std::string(e.data) + "|" +
                             std::string(e.id));
            return {};
        };
    }
};

std::vector<std::string> events_of(std::string_view bytes) {
    heard h;
    event_stream stream;
    EXPECT_TRUE(stream.put(bytes, h.listener()));
    return h.events;
}

TEST(event_stream, fields_and_events_are_told_apart) {
    EXPECT_THAT(events_of("data: one\n\ndata: two\n\n"), ElementsAre("|one|", "|two|"));
    EXPECT_THAT(events_of("event: e\nid: 7\ndata: x\n\ndata: y\n\n"), ElementsAre("e|x|7", "|y|7"));
    EXPECT_THAT(events_of("data: a\ndata: b\ndata:\ndata: c\n\n"), ElementsAre("|a\nb\n\nc|"));
    EXPECT_THAT(events_of("data:no blank\n\ndata:  two blanks\n\n"),
                ElementsAre("|no blank|", "| two blanks|"));
    EXPECT_THAT(events_of("data\n\ndata:\n\n"), ElementsAre("||", "||"));
    EXPECT_THAT(events_of("data: a:b: c\n\n"), ElementsAre("|a:b: c|"));
}

TEST(event_stream, what_is_no_event_is_dropped) {
    EXPECT_THAT(events_of("\n\n\n: comment\n\nretry: 10\n\nevent: e\n\nunknown: x\n\n data: x\n\n"),
                IsEmpty());
    EXPECT_THAT(events_of("event: forgotten\n\ndata: x\n\n"), ElementsAre("|x|"));
    EXPECT_THAT(events_of("data: not ended\n"), IsEmpty());
    EXPECT_THAT(events_of(std::string_view("id: a\0b\ndata: x\n\n", 17)), ElementsAre("|x|"));
}

TEST(event_stream, lines_end_in_three_ways) {
    for (const char* text :
         {"data: a\ndata: b\n\ndata: c\n\n", "data: a\rdata: b\r\rdata: c\r\r",
          "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", "data: a\r\ndata: b\r\r\ndata: c\n\r"})
        EXPECT_THAT(events_of(text), ElementsAre("|a\nb|", "|c|")) << testing::PrintToString(text);
}

TEST(event_stream, byte_order_mark_counts_at_the_start_only) {
    EXPECT_THAT(events_of("\xef\xbb\xbf"
                          "data: a\n\n\xef\xbb\xbf"
                          "data: b\n\n"),
                ElementsAre("|a|"));
}

const std::string mixed = "\xef\xbb\xbf: hello\r\nid: 1\r\ndata: 一二\r\ndata: 🏠\r\n\r\n"
                          "event: e\ndata: {\"x\": \"é\"}\n\n\rdata\r\rdata: [DONE]\r\n\r\n";

TEST(event_stream, pieces_may_be_split_at_every_byte) {
    const auto whole = events_of(mixed);
    ASSERT_THAT(whole, ElementsAre("|一二\n🏠|1", "e|{\"x\": \"é\"}|1", "||1", "|[DONE]|1"));
    for (std::size_t i = 0; i <= mixed.size(); ++i)
        for (std::size_t j = i; j <= mixed.size(); ++j) {
            heard h;
            event_stream stream;
            const std::string_view text = mixed;
            for (const auto piece : {text.substr(0, i), text.substr(i, j - i), text.substr(j)})
                EXPECT_TRUE(stream.put(piece, h.listener()));
            EXPECT_THAT(h.events, ElementsAreArray(whole)) << i << " " << j;
        }
}

TEST(event_stream, bytes_may_come_one_by_one) {
    heard h;
    event_stream stream;
    for (const char c : mixed)
        EXPECT_TRUE(stream.put({&c, 1}, h.listener()));
    EXPECT_THAT(h.events, ElementsAreArray(events_of(mixed)));
}

TEST(event_stream, end_hands_out_what_no_empty_line_ended) {
    for (const char* text :
         {"data: a\n\ndata: [DONE]", "data: a\n\ndata: [DONE]\n", "data: a\n\ndata: [DONE]\r"}) {
        heard h;
        event_stream stream;
        EXPECT_TRUE(stream.put(text, h.listener()));
        EXPECT_TRUE(stream.end(h.listener()));
        EXPECT_THAT(h.events, ElementsAre("|a|", "|[DONE]|"));
    }
    heard h;
    event_stream stream;
    EXPECT_TRUE(stream.end(h.listener()));
    EXPECT_THAT(h.events, IsEmpty());
}

TEST(event_stream, endless_line_and_endless_event_are_refused) {
    for (const std::string& piece : {std::string(100, 'x'), std::string("data: 1234567890\n")}) {
        heard h;
        event_stream stream(10'000);
        result<void> done{};
        std::size_t taken = 0;
        for (; done && taken < 1'000'000; taken += piece.size())
            done = stream.put(piece, h.listener());
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, errc::response_too_large);
        EXPECT_LT(taken, 20'000U);
    }
    heard h;
    event_stream stream(100);
    for (int i = 0; i < 1000; ++i) // many small ones are fine
        ASSERT_TRUE(stream.put("data: 0123456789\n\n: comment of some length\n", h.listener()));
    EXPECT_EQ(h.events.size(), 1000U);
}

TEST(event_stream, problem_of_the_listener_ends_the_reading) {
    int calls = 0;
    event_stream stream;
    const auto done = stream.put("data: a\n\ndata: b\n\n", [&](const server_event&) {
        ++calls;
        return result<void>(make_problem(errc::decode_failed, "no"));
    });
    EXPECT_EQ(done.error().code, errc::decode_failed);
    EXPECT_EQ(calls, 1);
}

} // namespace
} // namespace aistudio
