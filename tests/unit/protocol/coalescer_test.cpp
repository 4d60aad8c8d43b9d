#include <aistudio/protocol/coalescer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using time_point = coalescer::time_point;

constexpr time_point start{1000s};

TEST(coalescer, records_become_one_array_in_their_order) {
    coalescer c({.max_rows = 3});
    EXPECT_TRUE(c.empty());
    c.add(7, "{\"a\":1}", start);
    c.add(8, "2", start);
    c.add(9, "[3]", start);
    const auto batch = c.take();
    EXPECT_EQ(batch.body, "[{\"a\":1},2,[3]]");
    EXPECT_THAT(batch.records, ElementsAre(7, 8, 9));
    EXPECT_TRUE(c.empty());
}

TEST(coalescer, full_batch_takes_no_more_and_is_due_at_once) {
    coalescer c({.max_rows = 2, .max_delay = 5ms});
    EXPECT_TRUE(c.fits(100));
    c.add(0, "1", start);
    EXPECT_TRUE(c.fits(1));
    EXPECT_EQ(c.due(), start + 5ms);
    c.add(1, "2", start + 1ms);
    EXPECT_FALSE(c.fits(1));
    EXPECT_EQ(c.due(), start);
}

TEST(coalescer, delay_counts_from_the_first_record) {
    coalescer c({.max_rows = 10, .max_delay = 5ms});
    EXPECT_EQ(c.due(), time_point::max());
    c.add(0, "1", start);
    c.add(1, "1", start + 4ms);
    EXPECT_EQ(c.due(), start + 5ms);
    (void)c.take();
    EXPECT_EQ(c.due(), time_point::max());
    c.add(2, "1", start + 9ms);
    EXPECT_EQ(c.due(), start + 14ms);
}

TEST(coalescer, body_never_has_more_bytes_than_allowed) {
    for (std::size_t most = 10; most < 20; ++most) {
        coalescer c({.max_rows = 100, .max_bytes = most});
        while (c.fits(3))
            c.add(0, "123", start);
        EXPECT_LE(c.take().body.size(), most);
    }
}

TEST(coalescer, record_longer_than_allowed_goes_alone) {
    coalescer c({.max_rows = 100, .max_delay = 1s, .max_bytes = 10});
    EXPECT_TRUE(c.fits(50));
    c.add(0, std::string(50, '1'), start);
    EXPECT_FALSE(c.fits(1));
    EXPECT_EQ(c.due(), start);
    EXPECT_EQ(c.take().body.size(), 52U);
    EXPECT_TRUE(c.fits(1));
}

TEST(coalescer, memory_of_an_earlier_batch_is_used_again) {
    coalescer c({.max_rows = 2});
    c.add(0, "1", start);
    auto first = c.take();
    c.add(1, "2", start);
    const auto second = c.take(std::move(first));
    EXPECT_EQ(second.body, "[2]");
    c.add(2, "3", start);
    const auto third = c.take();
    EXPECT_EQ(third.body, "[3]");
    EXPECT_THAT(third.records, ElementsAre(2));
}

TEST(coalescer, answer_is_split_into_its_rows) {
    json_document document;
    const auto rows = split_rows(document.parse("[1,{\"x\":2},null]").value(), 3).value();
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[1].to_string(), "{\"x\":2}");
}

TEST(coalescer, answer_of_another_length_or_kind_is_an_error) {
    json_document document;
    for (const std::string_view answer : {"[1,2]", "[1,2,3,4]", "[]", "{\"a\":1}", "3"}) {
        const auto rows = split_rows(document.parse(answer).value(), 3);
        ASSERT_FALSE(rows) << answer;
        EXPECT_EQ(rows.error().code, errc::decode_failed);
        EXPECT_EQ(rows.error().outcome, outcome::done);
        EXPECT_THAT(rows.error().detail, HasSubstr("3 records"));
    }
}

} // namespace
} // namespace aistudio
