#include <aistudio/transport/transport.hpp>
#include <aistudio/transport/watchdog.hpp>

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using detail::watchdog;

class watchdog_test : public testing::Test {
protected:
    boost::asio::io_context io;
    std::shared_ptr<watchdog> dog = std::make_shared<watchdog>(io.get_executor());
    std::vector<errc> expired;
    watchdog::clock::time_point begin = watchdog::clock::now();

    std::function<void(errc)> note() {
        return [this](errc why) { expired.push_back(why); };
    }
};

TEST_F(watchdog_test, limit_expires_once_with_its_reason) {
    watchdog::limit limit(*dog, note());
    limit.set(begin + 10ms, errc::body_timeout);
    io.run();
    EXPECT_EQ(expired, std::vector{errc::body_timeout});
    EXPECT_GE(watchdog::clock::now(), begin + 10ms);
}

TEST_F(watchdog_test, without_limits_the_loop_ends_at_once) {
    watchdog::limit limit(*dog, note());
    limit.set(begin + 1h, errc::body_timeout);
    limit.clear();
    io.run();
    EXPECT_LT(watchdog::clock::now(), begin + 1s);
    EXPECT_TRUE(expired.empty());
}

TEST_F(watchdog_test, destroyed_limit_is_forgotten) {
    {
        watchdog::limit limit(*dog, note());
        limit.set(begin + 1ms, errc::body_timeout);
    }
    io.run();
    EXPECT_TRUE(expired.empty());
}

TEST_F(watchdog_test, limit_moved_later_expires_later) {
    watchdog::limit limit(*dog, note());
    limit.set(begin + 5ms, errc::connect_timeout);
    limit.set(begin + 40ms, errc::tls_timeout);
    io.run();
    EXPECT_EQ(expired, std::vector{errc::tls_timeout});
    EXPECT_GE(watchdog::clock::now(), begin + 40ms);
}

TEST_F(watchdog_test, limit_moved_earlier_expires_earlier) {
    watchdog::limit limit(*dog, note());
    limit.set(begin + 1h, errc::connect_timeout);
    limit.set(begin + 5ms, errc::tls_timeout);
    io.run();
    EXPECT_EQ(expired, std::vector{errc::tls_timeout});
}

TEST_F(watchdog_test, limit_in_the_past_expires_too) {
    watchdog::limit limit(*dog, note());
    limit.set(begin - 1h, errc::queue_timeout);
    io.run();
    EXPECT_EQ(expired, std::vector{errc::queue_timeout});
}

TEST_F(watchdog_test, limit_never_does_not_expire) {
    watchdog::limit first(*dog, note());
    watchdog::limit second(*dog, note());
    first.set(watchdog::clock::time_point::max(), errc::queue_timeout);
    second.set(begin + 5ms, errc::tls_timeout);
    second.set(watchdog::clock::time_point::max(), errc::tls_timeout);
    io.run();
    EXPECT_TRUE(expired.empty());
}

TEST_F(watchdog_test, many_limits_expire_in_time) {
    std::vector<std::unique_ptr<watchdog::limit>> limits;
    for (int i = 0; i < 50; ++i) {
        limits.push_back(std::make_unique<watchdog::limit>(*dog, note()));
        limits.back()->set(begin + std::chrono::milliseconds(i % 7), errc::body_timeout);
    }
    io.run();
    EXPECT_EQ(expired.size(), 50U);
}

TEST_F(watchdog_test, callback_may_end_other_limits) {
    auto other = std::make_unique<watchdog::limit>(*dog, note());
    auto first = std::make_unique<watchdog::limit>(*dog, [&](errc why) {
        expired.push_back(why);
        other.reset();
    });
    auto twin = std::make_unique<watchdog::limit>(*dog, [&](errc) { first.reset(); });
    first->set(begin, errc::tls_timeout);
    other->set(begin + 1ms, errc::body_timeout);
    twin->set(begin + 20ms, errc::body_timeout);
    io.run();
    EXPECT_EQ(expired, std::vector{errc::tls_timeout});
}

TEST(interrupter, wakes_the_present_wait_and_every_later_one) {
    interrupter stop;
    int woken = 0;
    {
        const interrupter::scope scope(stop, [&] { ++woken; });
        stop.interrupt(errc::cancelled);
        stop.interrupt(errc::client_closed);
    }
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(stop.reason(), errc::cancelled) << "the first reason stays";
    const interrupter::scope later(stop, [&] { ++woken; });
    EXPECT_EQ(woken, 2);
}

TEST(interrupter, scope_within_a_scope_gives_the_wait_back) {
    interrupter stop;
    std::string woken;
    const interrupter::scope outer(stop, [&] { woken += "outer"; });
    {
        const interrupter::scope inner(stop, [&] { woken += "inner"; });
    }
    stop.interrupt(errc::cancelled);
    EXPECT_EQ(woken, "outer");
}

TEST(interrupter, after_the_scope_nothing_is_woken) {
    interrupter stop;
    {
        const interrupter::scope scope(stop, [] { ADD_FAILURE() << "woken"; });
    }
    stop.interrupt(errc::cancelled);
}

} // namespace
} // namespace aistudio
