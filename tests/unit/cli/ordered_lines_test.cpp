#include "cli/ordered_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <random>

namespace aistudio::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Keeps what is written; the writer's thread is over or waiting when a test looks.
struct kept_lines {
    std::vector<std::string> lines;
    std::function<bool(std::string_view)> sink() {
        return [this](std::string_view line) {
            lines.emplace_back(line);
            return true;
        };
    }
};

TEST(ordered_lines, answers_out_of_order_are_written_in_order) {
    kept_lines kept;
    ordered_lines lines(3, 0, kept.sink());
    const auto a = *lines.open();
    const auto b = *lines.open();
    const auto c = *lines.open();
    lines.close(c, "c");
    lines.close(a, "a");
    lines.close(b, "b");
    EXPECT_TRUE(lines.finish());
    EXPECT_THAT(kept.lines, ElementsAre("a", "b", "c"));
}

TEST(ordered_lines, open_waits_while_too_many_are_on_their_way) {
    kept_lines kept;
    ordered_lines lines(1, 10, kept.sink());
    const auto first = *lines.open();
    auto second = std::async(std::launch::async, [&] { return *lines.open(); });
    EXPECT_EQ(second.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    lines.close(first, "1");
    lines.close(second.get(), "2");
    EXPECT_TRUE(lines.finish());
    EXPECT_THAT(kept.lines, ElementsAre("1", "2"));
}

TEST(ordered_lines, open_waits_while_too_many_wait_for_a_slow_one) {
    kept_lines kept;
    ordered_lines lines(2, 1, kept.sink());
    const auto slow = *lines.open();
    lines.close(*lines.open(), "b");
    lines.close(*lines.open(), "c");
    auto next = std::async(std::launch::async, [&] { return *lines.open(); });
    EXPECT_EQ(next.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    lines.close(slow, "a");
    lines.close(next.get(), "d");
    EXPECT_TRUE(lines.finish());
    EXPECT_THAT(kept.lines, ElementsAre("a", "b", "c", "d"));
}

TEST(ordered_lines, failed_write_ends_it) {
    ordered_lines lines(2, 2, [](std::string_view) { return false; });
    lines.close(*lines.open(), "a");
    EXPECT_FALSE(lines.finish());
    EXPECT_FALSE(lines.open());
}

TEST(ordered_lines, abandoned_ones_write_nothing) {
    kept_lines kept;
    ordered_lines lines(2, 2, kept.sink());
    const auto a = *lines.open();
    lines.abandon();
    lines.close(a, "a");
    EXPECT_TRUE(lines.finish());
    EXPECT_FALSE(lines.open());
    EXPECT_THAT(kept.lines, IsEmpty());
}

TEST(ordered_lines, many_threads_keep_the_order) {
    kept_lines kept;
    {
        ordered_lines lines(8, 8, kept.sink());
        std::vector<std::future<void>> closing;
        for (int i = 0; i < 500; ++i) {
            const auto number = *lines.open();
            closing.push_back(std::async(std::launch::async, [&lines, number] {
                lines.close(number, std::to_string(number));
            }));
        }
        for (auto& each : closing)
            each.get();
        EXPECT_TRUE(lines.finish());
    }
    ASSERT_EQ(kept.lines.size(), 500U);
    for (std::size_t i = 0; i < kept.lines.size(); ++i)
        EXPECT_EQ(kept.lines[i], std::to_string(i));
}

} // namespace
} // namespace aistudio::cli
