#include <aistudio/protocol/digest.hpp>
#include <aistudio/protocol/download_machine.hpp>

#include <gtest/gtest.h>

#include <random>

namespace aistudio {
namespace {

using machine = download_machine;

std::uint32_t crc_of(std::string_view text) {
    crc32 sum;
    sum.update(text);
    return sum.value();
}

const std::string content = "0123456789abcdefghij"; // 20 bytes

download_answer whole(std::int64_t length = 20, std::string_view tag = "\"t\"") {
    return {200, tag, {}, length};
}
download_answer part(std::string_view range, std::string_view tag = "\"t\"") {
    return {206, tag, range, -1};
}

TEST(download_machine, fresh_download_asks_for_the_whole_without_a_range) {
    machine m({"s", 20, 0});
    auto s = m.next();
    ASSERT_TRUE(s);
    EXPECT_EQ(m.range_of(*s), "");
    EXPECT_FALSE(m.next()) << "asked for already";
    EXPECT_EQ(m.accept(*s, whole()).value(), 0U);
    EXPECT_TRUE(m.add(*s, 0, content));
    m.give_back(*s);
    EXPECT_TRUE(m.complete());
    EXPECT_FALSE(m.next());
}

TEST(download_machine, after_a_cut_only_the_rest_is_asked_for) {
    machine m({"s", 20, 0});
    auto s = *m.next();
    EXPECT_TRUE(m.accept(s, whole()));
    EXPECT_TRUE(m.add(s, 0, content.substr(0, 7)));
    m.give_back(s);
    auto rest = *m.next();
    EXPECT_EQ(m.range_of(rest), "bytes=7-19");
    EXPECT_EQ(m.if_range(), "\"t\"");
    EXPECT_EQ(m.accept(rest, part("bytes 7-19/20")).value(), 7U);
    EXPECT_TRUE(m.add(rest, 7, content.substr(7)));
    EXPECT_TRUE(m.complete());
    EXPECT_EQ(m.ranges(), (std::vector<stored_range>{{0, 20, crc_of(content)}}));
}

TEST(download_machine, size_is_learned_from_the_answer) {
    machine m({"s", -1, 0});
    auto s = *m.next();
    EXPECT_TRUE(m.accept(s, whole()));
    EXPECT_EQ(m.size(), 20);
    EXPECT_TRUE(m.add(s, 0, content.substr(0, 4)));
    m.give_back(s);
    EXPECT_EQ(m.range_of(*m.next()), "bytes=4-19");
}

TEST(download_machine, without_any_size_the_end_tells_it) {
    machine m({"s", -1, 0});
    auto s = *m.next();
    EXPECT_TRUE(m.accept(s, whole(-1)));
    EXPECT_TRUE(m.add(s, 0, "abc"));
    m.give_back(s);
    auto rest = *m.next();
    EXPECT_EQ(m.range_of(rest), "bytes=3-");
    EXPECT_TRUE(m.accept(rest, part("bytes 3-5/*")));
    EXPECT_TRUE(m.add(rest, 3, "def"));
    EXPECT_FALSE(m.complete());
    m.ended(rest);
    EXPECT_TRUE(m.complete());
    EXPECT_EQ(m.size(), 6);
}

TEST(download_machine, empty_object_is_complete_at_once) {
    machine known({"s", 0, 0});
    EXPECT_TRUE(known.complete());
    machine unknown({"s", -1, 0});
    auto s = *unknown.next();
    EXPECT_TRUE(unknown.accept(s, whole(0)));
    EXPECT_TRUE(unknown.complete());
}

TEST(download_machine, other_size_than_expected_is_told) {
    machine m({"s", 20, 0});
    auto s = *m.next();
    EXPECT_EQ(m.accept(s, whole(19)).error().code, errc::incomplete_transfer);
}

TEST(download_machine, changed_object_begins_anew) {
    machine m({"s", -1, 0});
    auto s = *m.next();
    EXPECT_TRUE(m.accept(s, whole()));
    EXPECT_TRUE(m.add(s, 0, content.substr(0, 7)));
    m.give_back(s);
    auto rest = *m.next();
    // `If-Range` did not hold: the whole new object comes.
    EXPECT_EQ(m.accept(rest, whole(5, "\"u\"")).value(), 0U);
    EXPECT_EQ(m.restarts(), 1);
    EXPECT_FALSE(m.add(s, 7, "old")) << "bytes of the old one";
    EXPECT_TRUE(m.add(rest, 0, "fresh"));
    EXPECT_TRUE(m.complete());
    EXPECT_EQ(m.e_tag(), "\"u\"");
}

TEST(download_machine, range_of_another_object_is_refused) {
    for (const auto& answer : {part("bytes 7-19/20", "\"u\""), part("bytes 7-20/21")}) {
        machine m({"s", -1, 0});
        auto s = *m.next();
        EXPECT_TRUE(m.accept(s, whole()));
        EXPECT_TRUE(m.add(s, 0, content.substr(0, 7)));
        m.give_back(s);
        auto rest = *m.next();
        rest.last = machine::to_the_end;
        EXPECT_EQ(m.accept(rest, answer).error().code, errc::conflict);
        EXPECT_EQ(m.restarts(), 1);
        EXPECT_EQ(m.done(), 0U);
        EXPECT_EQ(m.range_of(*m.next()), "");
    }
}

TEST(download_machine, other_bytes_than_asked_for_are_refused) {
    for (const char* range :
         {"bytes 6-19/20", "bytes 8-19/20", "bytes 7-", "", "bytes 7-6/20", "bytes 7-19/18",
          "items 7-19/20", "bytes 7-19/20x", "bytes 7-99999999999999999999/20", "bytes -7-19/20"}) {
        machine m({"s", 20, 0});
        auto s = *m.next();
        EXPECT_TRUE(m.accept(s, whole()));
        EXPECT_TRUE(m.add(s, 0, content.substr(0, 7)));
        m.give_back(s);
        auto rest = *m.next();
        EXPECT_FALSE(m.accept(rest, part(range))) << range;
        EXPECT_EQ(m.done(), 7U);
    }
}

TEST(download_machine, range_behind_the_end_begins_anew) {
    machine m({"s", -1, 0});
    auto s = *m.next();
    EXPECT_TRUE(m.accept(s, whole()));
    EXPECT_TRUE(m.add(s, 0, content.substr(0, 7)));
    m.give_back(s);
    (void)m.next();
    m.refuse_range();
    EXPECT_EQ(m.range_of(*m.next()), "");
}

TEST(download_machine, spans_are_handed_out_once_and_cut_to_length) {
    machine m({"s", 20, 8});
    const auto a = *m.next();
    const auto b = *m.next();
    const auto c = *m.next();
    EXPECT_FALSE(m.next());
    EXPECT_EQ(m.range_of(a), "bytes=0-7");
    EXPECT_EQ(m.range_of(b), "bytes=8-15");
    EXPECT_EQ(m.range_of(c), "bytes=16-19");
    m.give_back(b);
    EXPECT_EQ(m.range_of(*m.next()), "bytes=8-15");
}

TEST(download_machine, more_bytes_than_asked_for_are_refused) {
    machine m({"s", 20, 8});
    auto a = *m.next();
    EXPECT_TRUE(m.accept(a, part("bytes 0-7/20")));
    EXPECT_FALSE(m.add(a, 0, content.substr(0, 9)));
}

TEST(download_machine, weak_tags_are_not_sent) {
    machine m({"s", 20, 0});
    auto s = *m.next();
    EXPECT_TRUE(m.accept(s, whole(20, "W/\"t\"")));
    EXPECT_EQ(m.if_range(), "");
}

TEST(download_machine, record_brings_another_call_there) {
    machine first({"s", 20, 8});
    auto a = *first.next();
    auto b = *first.next();
    EXPECT_TRUE(first.accept(a, part("bytes 0-7/20")));
    EXPECT_TRUE(first.accept(b, part("bytes 8-15/20")));
    EXPECT_TRUE(first.add(b, 8, content.substr(8, 8)));
    EXPECT_TRUE(first.add(a, 0, content.substr(0, 3)));
    machine second({"s", 20, 0});
    ASSERT_TRUE(second.adopt(first.record()));
    EXPECT_EQ(second.done(), 11U);
    EXPECT_EQ(second.prefix(), 3U);
    EXPECT_EQ(second.e_tag(), "\"t\"");
    EXPECT_EQ(second.range_of(*second.next()), "bytes=3-7");
    EXPECT_EQ(second.range_of(*second.next()), "bytes=16-19");
    second.drop({8, 8, 0});
    EXPECT_EQ(second.range_of(*second.next()), "bytes=8-15");
}

TEST(download_machine, record_of_something_else_is_not_taken) {
    machine first({"s", 20, 0});
    auto s = *first.next();
    EXPECT_TRUE(first.accept(s, whole()));
    EXPECT_TRUE(first.add(s, 0, "012"));
    const auto good = first.record();
    const auto taken = [](download_record r, std::int64_t size = 20, std::string source = "s") {
        machine m({std::move(source), size, 0});
        return m.adopt(r);
    };
    EXPECT_TRUE(taken(good));
    EXPECT_TRUE(taken(good, -1));
    EXPECT_FALSE(taken(good, 21));
    EXPECT_FALSE(taken(good, 20, "other"));
    const auto broken = [&](auto change) {
        auto r = good;
        change(r);
        return taken(r);
    };
    EXPECT_FALSE(broken([](auto& r) { r.format = "aistudio download 2"; }));
    EXPECT_FALSE(broken([](auto& r) { r.ranges = {{0, 21, 0}}; }));
    EXPECT_FALSE(broken([](auto& r) { r.ranges = {{21, 1, 0}}; }));
    EXPECT_FALSE(broken([](auto& r) { r.ranges = {{1, UINT64_MAX, 0}}; }));
    EXPECT_FALSE(broken([](auto& r) { r.ranges = {{0, 3, 0}, {2, 3, 0}}; }));
    EXPECT_FALSE(broken([](auto& r) { r.ranges = {{0, 0, 0}}; }));
}

/// Whatever order bytes come in and wherever streams break off: in the end all are here once, and
/// their checksum is that of the whole.
TEST(download_machine, random_orders_and_cuts_end_complete) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        const auto below = [&](std::uint64_t n) { return random() % n; };
        std::string bytes(1 + below(300), '\0');
        for (char& c : bytes)
            c = static_cast<char>(random());
        const auto size = static_cast<std::int64_t>(bytes.size());
        machine m({"s", size, 1 + below(40)});
        std::vector<std::pair<machine::span, std::uint64_t>> streams; // with their next byte
        std::string got(bytes.size(), '\0');
        while (!m.complete()) {
            if (const auto s = streams.size() < 4 ? m.next() : std::nullopt)
                streams.emplace_back(*s, s->first);
            ASSERT_FALSE(streams.empty());
            auto& [span, at] = streams[below(streams.size())];
            const auto piece = std::string_view(bytes).substr(
                at, 1 + below(std::min<std::uint64_t>(span.last - at, 10)));
            ASSERT_TRUE(m.add(span, at, piece));
            got.replace(at, piece.size(), piece);
            at += piece.size();
            if (at == span.last || below(5) == 0) {
                m.give_back(span);
                std::swap(streams.back(),
                          *std::find_if(streams.begin(), streams.end(),
                                        [&](const auto& s) { return &s.first == &span; }));
                streams.pop_back();
            }
        }
        EXPECT_EQ(got, bytes);
        EXPECT_EQ(m.ranges(), (std::vector<stored_range>{{0, bytes.size(), crc_of(bytes)}}));
    }
}

} // namespace
} // namespace aistudio
