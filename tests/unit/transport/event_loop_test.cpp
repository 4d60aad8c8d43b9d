#include <aistudio/transport/event_loop.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST(event_loop, without_work_run_returns_at_once) {
    event_loop loop;
    loop.run();
    EXPECT_TRUE(loop.stopped());
}

TEST(event_loop, posted_functions_run_in_order_never_inline) {
    event_loop loop;
    std::vector<int> order;
    for (int i = 0; i < 3; ++i)
        asio::post(loop.get_executor(), [&order, i] { order.push_back(i); });
    EXPECT_TRUE(order.empty());
    loop.run();
    EXPECT_EQ(order, (std::vector{0, 1, 2}));
}

TEST(event_loop, dispatch_is_inline_on_the_loop_only) {
    event_loop loop;
    std::vector<int> order;
    asio::dispatch(loop.get_executor(), [&] {
        order.push_back(1);
        asio::dispatch(loop.get_executor(), [&] { order.push_back(2); });
        asio::post(loop.get_executor(), [&] { order.push_back(4); });
        order.push_back(3);
    });
    EXPECT_TRUE(order.empty());
    loop.run();
    EXPECT_EQ(order, (std::vector{1, 2, 3, 4}));
}

TEST(event_loop, tracked_work_keeps_it_running_until_another_thread_ends_it) {
    event_loop loop;
    asio::any_io_executor work = asio::prefer(asio::any_io_executor(loop.get_executor()),
                                              asio::execution::outstanding_work.tracked);
    std::thread::id ran_in;
    std::thread other([&] {
        asio::post(loop.get_executor(), [&] { ran_in = std::this_thread::get_id(); });
        asio::post(loop.get_executor(), [&] { work = {}; });
    });
    loop.run();
    other.join();
    EXPECT_EQ(ran_in, std::this_thread::get_id());
}

TEST(event_loop, stop_ends_it_with_work_left_and_restart_goes_on) {
    event_loop loop;
    int ran = 0;
    asio::post(loop.get_executor(), [&] {
        ++ran;
        loop.stop();
    });
    asio::post(loop.get_executor(), [&] { ++ran; });
    loop.run();
    EXPECT_EQ(ran, 1);
    loop.restart();
    loop.run();
    EXPECT_EQ(ran, 2);
}

TEST(event_loop, run_for_returns_in_time) {
    event_loop loop;
    const asio::any_io_executor work = asio::prefer(asio::any_io_executor(loop.get_executor()),
                                                    asio::execution::outstanding_work.tracked);
    const auto begin = event_loop::clock::now();
    loop.run_for(20ms);
    EXPECT_GE(event_loop::clock::now() - begin, 20ms);
    EXPECT_FALSE(loop.stopped()) << "there is work left";
}

TEST(event_loop, function_that_throws_leaves_the_rest_for_the_next_run) {
    event_loop loop;
    int ran = 0;
    asio::post(loop.get_executor(), [] { throw std::runtime_error("no"); });
    asio::post(loop.get_executor(), [&] { ++ran; });
    EXPECT_THROW(loop.run(), std::runtime_error);
    EXPECT_EQ(ran, 0);
    loop.run();
    EXPECT_EQ(ran, 1);
}

TEST(event_loop, asio_timers_and_coroutines_work_on_it) {
    event_loop loop;
    bool done = false;
    asio::co_spawn(
        asio::make_strand(loop.get_executor()),
        [&]() -> asio::awaitable<void> {
            asio::steady_timer timer(co_await asio::this_coro::executor, 5ms);
            co_await timer.async_wait(asio::use_awaitable);
            done = loop.running_in_this_thread();
        },
        asio::detached);
    loop.run();
    EXPECT_TRUE(done);
}

TEST(event_loop, what_never_ran_is_destroyed_with_it) {
    const auto kept = std::make_shared<int>(0);
    {
        event_loop loop;
        asio::post(loop.get_executor(), [kept] { ++*kept; });
    }
    EXPECT_EQ(kept.use_count(), 1);
    EXPECT_EQ(*kept, 0);
}

class noted_timer final : event_loop::timer {
public:
    noted_timer(event_loop& loop, std::vector<int>& order, int number)
        : timer(loop), order_(&order), number_(number) {}
    using timer::set;

private:
    void on_time() override { order_->push_back(number_); }
    std::vector<int>* order_;
    int number_;
};

TEST(event_loop, timers_go_off_by_time_and_not_when_cleared) {
    event_loop loop;
    std::vector<int> order;
    noted_timer late(loop, order, 2);
    noted_timer early(loop, order, 1);
    noted_timer never(loop, order, 3);
    const auto now = event_loop::clock::now();
    late.set(now + 10ms);
    early.set(now + 5ms);
    never.set(now + 1ms);
    never.set(event_loop::clock::time_point::max());
    const asio::any_io_executor work = asio::prefer(asio::any_io_executor(loop.get_executor()),
                                                    asio::execution::outstanding_work.tracked);
    loop.run_for(30ms);
    EXPECT_EQ(order, (std::vector{1, 2}));
}

} // namespace
} // namespace aistudio
