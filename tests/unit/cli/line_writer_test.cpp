#include "cli/line_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

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

TEST(line_writer, lines_are_written_in_the_order_they_came) {
    kept_lines kept;
    line_writer lines(2, kept.sink());
    for (const char* each : {"a", "b", "c", "d"})
        EXPECT_TRUE(lines.put(each));
    EXPECT_TRUE(lines.finish());
    EXPECT_THAT(kept.lines, ElementsAre("a", "b", "c", "d"));
}

TEST(line_writer, room_is_there_once_the_reader_has_taken_lines) {
    std::promise<void> go;
    auto may_write = go.get_future().share();
    line_writer lines(2, [=](std::string_view) {
        may_write.wait();
        return true;
    });
    EXPECT_TRUE(lines.wait_for_room());
    lines.put("a");
    lines.put("b");
    lines.put("c"); // more than there is room for, but never waits
    auto room = std::async(std::launch::async, [&] { return lines.wait_for_room(); });
    EXPECT_EQ(room.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    go.set_value();
    EXPECT_TRUE(room.get());
    EXPECT_TRUE(lines.finish());
}

TEST(line_writer, failed_write_ends_it) {
    line_writer lines(1, [](std::string_view) { return false; });
    lines.put("a");
    EXPECT_FALSE(lines.finish());
    EXPECT_FALSE(lines.put("b"));
    EXPECT_FALSE(lines.wait_for_room());
}

TEST(line_writer, abandoned_one_takes_nothing_more) {
    kept_lines kept;
    line_writer lines(1, kept.sink());
    lines.abandon();
    EXPECT_FALSE(lines.put("a"));
    EXPECT_FALSE(lines.wait_for_room());
    EXPECT_TRUE(lines.finish());
    EXPECT_THAT(kept.lines, IsEmpty());
}

} // namespace
} // namespace aistudio::cli
