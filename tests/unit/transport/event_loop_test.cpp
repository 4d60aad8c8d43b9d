#include "support/any_loop.hpp"

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

#include <array>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <memory>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <thread>
#include <vector>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

class event_loop_test : public testing::TestWithParam<io_backend> {
    void SetUp() override {
        if (GetParam() == io_backend::io_uring && !test::why_no_uring().empty())
            GTEST_SKIP() << test::why_no_uring();
    }
};
INSTANTIATE_TEST_SUITE_P(on, event_loop_test,
                         testing::Values(io_backend::epoll, io_backend::io_uring),
                         [](const auto& what) {
                             return what.param == io_backend::epoll ? "epoll" : "io_uring";
                         });

TEST_P(event_loop_test, without_work_run_returns_at_once) {
    event_loop loop(GetParam());
    loop.run();
    EXPECT_TRUE(loop.stopped());
}

TEST_P(event_loop_test, posted_functions_run_in_order_never_inline) {
    event_loop loop(GetParam());
    std::vector<int> order;
    for (int i = 0; i < 3; ++i)
        asio::post(loop.get_executor(), [&order, i] { order.push_back(i); });
    EXPECT_TRUE(order.empty());
    loop.run();
    EXPECT_EQ(order, (std::vector{0, 1, 2}));
}

TEST_P(event_loop_test, dispatch_is_inline_on_the_loop_only) {
    event_loop loop(GetParam());
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

TEST_P(event_loop_test, tracked_work_keeps_it_running_until_another_thread_ends_it) {
    event_loop loop(GetParam());
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

TEST_P(event_loop_test, stop_ends_it_with_work_left_and_restart_goes_on) {
    event_loop loop(GetParam());
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

TEST_P(event_loop_test, run_for_returns_in_time) {
    event_loop loop(GetParam());
    const asio::any_io_executor work = asio::prefer(asio::any_io_executor(loop.get_executor()),
                                                    asio::execution::outstanding_work.tracked);
    const auto begin = event_loop::clock::now();
    loop.run_for(20ms);
    EXPECT_GE(event_loop::clock::now() - begin, 20ms);
    EXPECT_FALSE(loop.stopped()) << "there is work left";
}

TEST_P(event_loop_test, function_that_throws_leaves_the_rest_for_the_next_run) {
    event_loop loop(GetParam());
    int ran = 0;
    asio::post(loop.get_executor(), [] { throw std::runtime_error("no"); });
    asio::post(loop.get_executor(), [&] { ++ran; });
    EXPECT_THROW(loop.run(), std::runtime_error);
    EXPECT_EQ(ran, 0);
    loop.run();
    EXPECT_EQ(ran, 1);
}

TEST_P(event_loop_test, asio_timers_and_coroutines_work_on_it) {
    event_loop loop(GetParam());
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

TEST_P(event_loop_test, what_never_ran_is_destroyed_with_it) {
    const auto kept = std::make_shared<int>(0);
    {
        event_loop loop(GetParam());
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

TEST_P(event_loop_test, timers_go_off_by_time_and_not_when_cleared) {
    event_loop loop(GetParam());
    std::vector<int> order;
    noted_timer late(loop, order, 2);
    noted_timer early(loop, order, 1);
    noted_timer never(loop, order, 3);
    const auto now = event_loop::clock::now();
    late.set(now + 300ms); // far apart: both may be due at once where other programs are busy
    early.set(now + 5ms);
    never.set(now + 1ms);
    never.set(event_loop::clock::time_point::max());
    const asio::any_io_executor work = asio::prefer(asio::any_io_executor(loop.get_executor()),
                                                    asio::execution::outstanding_work.tracked);
    loop.run_for(500ms);
    EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST_P(event_loop_test, runs_in_one_thread_after_the_other) {
    event_loop loop(GetParam());
    std::vector<std::thread::id> ran_in;
    for (int i = 0; i < 3; ++i)
        std::thread([&] {
            const asio::any_io_executor work =
                asio::prefer(asio::any_io_executor(loop.get_executor()),
                             asio::execution::outstanding_work.tracked);
            std::thread waker([&] {
                asio::post(loop.get_executor(), [&] {
                    ran_in.push_back(std::this_thread::get_id());
                    loop.stop();
                });
            });
            loop.run();
            waker.join();
            EXPECT_EQ(ran_in.back(), std::this_thread::get_id());
            loop.restart();
        }).join();
    EXPECT_EQ(ran_in.size(), 3U);
}

TEST_P(event_loop_test, says_what_it_runs_on) {
    EXPECT_EQ(event_loop(GetParam()).backend(), GetParam());
    EXPECT_NE(event_loop().backend(), io_backend::automatic);
}

/// From now on the system refuses io_uring to this process, as containers do.
void refuse_uring() {
    std::array<sock_filter, 4> rules{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{rules.size(), rules.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        throw std::runtime_error("no filter could be set");
}

/// What a process that is refused io_uring gets; 0: what it should.
int loops_without_uring() {
    refuse_uring();
    if (event_loop().backend() != io_backend::epoll)
        return 1;
    try {
        const event_loop loop(io_backend::io_uring);
        return 2;
    } catch (const api_error& refused) {
        const std::string what = refused.what();
        if (refused.problem().code != errc::invalid_configuration)
            return 3;
        return what.find("io_backend::automatic") != std::string::npos ? 0 : 4;
    }
}

TEST(event_loop_death_test, falls_back_to_epoll_where_the_system_refuses_io_uring) {
    EXPECT_EXIT(std::exit(loops_without_uring()), testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace aistudio
