#include "local/jobs/usage.hpp"

#include "local/jobs/process.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace aistudio::local::jobs {
namespace {

using namespace std::chrono_literals;

TEST(usage_text, numbers_have_the_unit_that_fits) {
    EXPECT_EQ(bytes_text(1500), "1500 bytes");
    EXPECT_EQ(bytes_text(20 << 10), "20 KiB");
    EXPECT_EQ(bytes_text((3LL << 30) / 2), "1.5 GiB");
    EXPECT_EQ(time_text(250ms), "250 ms");
    EXPECT_EQ(time_text(2s), "2 s");
    EXPECT_EQ(time_text(1500ms), "1.5 s");
}

TEST(usage, bytes_below_count_files_in_all_folders_but_not_behind_links) {
    const test::temporary_folder folder;
    test::write_file(folder / "out" / "a", std::string(100, 'x'));
    test::write_file(folder / "out" / "b" / "c", std::string(23, 'x'));
    test::write_file(folder / "other", std::string(1000, 'x'));
    std::filesystem::create_symlink(folder / "other", folder / "out" / "link");
    std::filesystem::create_directory_symlink(folder.path(), folder / "out" / "up");
    EXPECT_EQ(bytes_below(folder / "out"), 123);
    EXPECT_EQ(bytes_below(folder / "none"), 0);
}

TEST(usage, memory_below_counts_children_and_theirs) {
    auto [told, tell] = make_pipe();
    // The parent shell stays, its child holds the memory.
    auto started = spawn(
        {{"/bin/sh", "-c",
          "(x=$(head -c 20000000 /dev/zero | tr '\\0' x); echo ready; sleep 1000; true); true"},
         {"PATH=/usr/bin:/bin"},
         {},
         {{tell.get(), 1}},
         9});
    ASSERT_TRUE(started) << started.error().message();
    std::array<char, 6> word{};
    ASSERT_EQ(::read(told.get(), word.data(), word.size()), 6);
    const auto used = memory_below(::getpid());
    EXPECT_GT(used, 20'000'000);
    EXPECT_LT(used, 200'000'000);
    for (const auto pid : descendants(started->pid()))
        ::kill(pid, 9);
}

class usage_watching : public testing::Test {
protected:
    process_spec spec(process_limits limits) {
        process_spec out;
        out.output_folder = folder_ / "out";
        out.log_file = folder_ / "log";
        out.limits = limits;
        return out;
    }
    test::temporary_folder folder_;
};

TEST_F(usage_watching, nothing_is_looked_at_without_limits) {
    usage_watch watch(spec({}), ::getpid());
    EXPECT_EQ(watch.next_look(), std::nullopt);
    test::write_file(folder_ / "out" / "a", "x");
    EXPECT_FALSE(watch.crossed());
    EXPECT_FALSE(watch.crossed_at_the_end());
}

TEST_F(usage_watching, time_is_looked_at_when_it_is_over) {
    usage_watch watch(spec({.time = 20ms}), ::getpid());
    ASSERT_TRUE(watch.next_look());
    EXPECT_LE(*watch.next_look(), 20ms);
    std::optional<crossed_limit> found;
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (!found && std::chrono::steady_clock::now() < until)
        found = watch.crossed();
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->may_tidy_up);
    EXPECT_NE(found->message.find("20 ms"), std::string::npos) << found->message;
}

TEST_F(usage_watching, output_and_log_are_each_held_against_the_limit) {
    test::write_file(folder_ / "out" / "a", std::string(10, 'x'));
    test::write_file(folder_ / "log", std::string(10, 'x'));
    usage_watch watch(spec({.output_bytes = 10}), ::getpid());
    EXPECT_FALSE(watch.crossed_at_the_end());
    test::write_file(folder_ / "out" / "b", "x");
    ASSERT_TRUE(watch.crossed_at_the_end());
    EXPECT_NE(watch.crossed_at_the_end()->message.find("output folder"), std::string::npos);
    std::filesystem::remove(folder_ / "out" / "b");
    test::write_file(folder_ / "log", std::string(11, 'x'));
    ASSERT_TRUE(watch.crossed_at_the_end());
    EXPECT_NE(watch.crossed_at_the_end()->message.find("log"), std::string::npos);
}

} // namespace
} // namespace aistudio::local::jobs
