#include "support/fake_transport.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aistudio {
namespace {

using test::fake_client;
using testing::ElementsAre;

class item_stream_of_projects : public testing::Test {
protected:
    void page(const std::string& ids, int total) {
        std::string items;
        for (const char id : ids)
            items += (items.empty() ? R"({"projectId":)" : R"(,{"projectId":)") +
                     std::string(1, id) + R"(,"projectName":"p"})";
        fake.result(R"({"data":[)" + items + R"(],"totalCount":)" + std::to_string(total) +
                    R"(,"page":1,"pageSize":2})");
    }
    result<std::optional<project>> next() {
        return fake.run<std::optional<project>>([&](auto h) { all.async_next(std::move(h)); });
    }
    /// Ids as text, `-` for an error; what an item_stream gives until its end.
    std::string rest() {
        std::string out;
        while (true) {
            const auto item = next();
            if (!item)
                out += '-';
            else if (!*item)
                return out;
            else
                out += std::to_string((*item)->id.value());
        }
    }

    fake_client fake;
    item_stream<project> all = fake.client.projects().all();
};

TEST_F(item_stream_of_projects, goes_through_all_pages) {
    page("12", 3);
    page("3", 3);
    EXPECT_EQ(rest(), "123");
    EXPECT_EQ(fake.calls().size(), 2U);
}

TEST_F(item_stream_of_projects, stays_at_its_end) {
    page("", 0);
    EXPECT_EQ(rest(), "");
    EXPECT_EQ(rest(), "");
    EXPECT_EQ(fake.calls().size(), 1U);
}

TEST_F(item_stream_of_projects, page_is_asked_for_when_needed) {
    page("12", 4);
    EXPECT_EQ((*next())->id.value(), 1);
    EXPECT_EQ((*next())->id.value(), 2);
    EXPECT_EQ(fake.calls().size(), 1U);
}

TEST_F(item_stream_of_projects, error_ends_it) {
    page("12", 4);
    fake.failure(404, 1);
    EXPECT_EQ(rest(), "12-");
    EXPECT_EQ(fake.calls().size(), 2U);
}

TEST_F(item_stream_of_projects, completes_on_the_handlers_executor) {
    page("12", 2);
    boost::asio::io_context other;
    std::vector<std::string> seen;
    const auto ask = [&] {
        bool done = false;
        all.async_next(boost::asio::bind_executor(other, [&](const auto& item) {
            seen.push_back(other.get_executor().running_in_this_thread() ? "there" : "elsewhere");
            EXPECT_TRUE(item);
            done = true;
        }));
        while (!done) {
            fake.io.restart();
            fake.io.poll();
            other.restart();
            other.poll();
        }
    };
    ask(); // with a page from the service
    ask(); // from the page at hand
    EXPECT_THAT(seen, ElementsAre("there", "there"));
}

TEST_F(item_stream_of_projects, can_be_cancelled) {
    auto options = fake_client::default_options();
    options.retry.base_delay = std::chrono::hours{1};
    fake_client slow(options);
    boost::asio::cancellation_signal stop;
    slow.journal->before = [&](std::size_t) { stop.emit(boost::asio::cancellation_type::total); };
    slow.lost(false);
    const auto list = slow.client.projects().all();
    const auto got = slow.run<std::optional<project>>([&](auto h) {
        list.async_next(boost::asio::bind_cancellation_slot(stop.slot(), std::move(h)));
    });
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::cancelled);
}

TEST_F(item_stream_of_projects, outlives_the_client) {
    page("1", 1);
    {
        const auto moved_away = std::move(fake.client);
    }
    EXPECT_EQ(rest(), "1");
}

TEST_F(item_stream_of_projects, can_be_awaited) {
    page("12", 3);
    page("3", 3);
    std::vector<std::int64_t> ids;
    boost::asio::co_spawn(
        fake.io,
        [&]() -> boost::asio::awaitable<void> {
            while (true) {
                const auto item = co_await all.async_next();
                if (!item || !*item)
                    break;
                ids.push_back((*item)->id.value());
            }
        },
        boost::asio::detached);
    fake.io.run();
    EXPECT_THAT(ids, ElementsAre(1, 2, 3));
}

} // namespace
} // namespace aistudio
