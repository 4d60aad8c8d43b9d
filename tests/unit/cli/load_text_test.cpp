#include "cli/load_text.hpp"

#include "cli/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace aistudio::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(load_text, durations_have_three_digits_and_a_unit) {
    EXPECT_EQ(human_duration(0ns), "0 ns");
    EXPECT_EQ(human_duration(999ns), "999 ns");
    EXPECT_EQ(human_duration(1000ns), "1.00 us");
    EXPECT_EQ(human_duration(1624us), "1.62 ms");
    EXPECT_EQ(human_duration(23400us), "23.4 ms");
    EXPECT_EQ(human_duration(234ms), "234 ms");
    EXPECT_EQ(human_duration(999900us), "1.00 s");
    EXPECT_EQ(human_duration(90s), "90.0 s");
    EXPECT_EQ(human_duration(1h), "3600 s");
}

TEST(load_text, progress_tells_what_is_known) {
    bulk_progress at;
    at.done = 1200;
    at.failed = 3;
    at.per_second = 598.2;
    at.in_flight = 16;
    at.latency.p50 = 1600us;
    at.latency.p99 = 4100us;
    EXPECT_EQ(progress_text(at),
              "1200 records  598/s  16 in flight  p50 1.60 ms  p99 4.10 ms  3 failed");
    at.total = 5000;
    EXPECT_THAT(progress_text(at), HasSubstr("1200 of 5000 records"));
}

TEST(load_text, summary_tells_retries_and_copies_only_where_there_were_some) {
    bulk_summary s;
    s.ok = 90;
    s.failed = 10;
    s.elapsed = 2s;
    EXPECT_THAT(summary_text(s), HasSubstr("100 records in 2.00 s  50/s"));
    EXPECT_THAT(summary_text(s), HasSubstr("10 failed"));
    EXPECT_THAT(summary_text(s), Not(HasSubstr("again")));
    s.retries = 4;
    s.hedges = 2;
    EXPECT_THAT(summary_text(s), HasSubstr("4 sent again  2 second copies"));
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);)
        out.push_back(line);
    return out;
}

TEST(load_text, plot_has_bars_as_long_as_the_values) {
    latency_histogram h;
    for (int i = 1; i <= 100; ++i)
        h.add(i * 1ms);
    const auto lines = lines_of(percentile_plot(h, 61, false)); // 40 cells
    ASSERT_EQ(lines.size(), 9U);
    EXPECT_EQ(lines[1], "p50        50.0 ms  " + std::string(20, '#'));
    EXPECT_EQ(lines.back(), "max         100 ms  " + std::string(40, '#'));
}

TEST(load_text, plot_of_blocks_fits_the_terminal) {
    latency_histogram h;
    h.add(1ms);
    h.add(999ms);
    for (const std::size_t columns : {40U, 80U, 500U})
        for (const auto& line : lines_of(percentile_plot(h, columns, true)))
            EXPECT_LT(display_width(line), columns);
    EXPECT_THAT(percentile_plot(h, 80, true), HasSubstr("█"));
}

} // namespace
} // namespace aistudio::cli
