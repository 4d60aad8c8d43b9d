#include "support/any_loop.hpp"

#include <aistudio/transport/event_loop.hpp>

#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using detail::stream;

/// The other end of a stream, and what the stream's user was told.
class user final : detail::stream_events {
public:
    explicit user(event_loop& loop) : loop_(&loop) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0)
            throw std::runtime_error("socketpair");
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
        link = loop.driver().adopt({ends[0], false}, *this);
        peer = ends[1];
    }
    user(const user&) = delete;
    user& operator=(const user&) = delete;
    ~user() { hang_up(); }

    void hang_up() {
        if (peer >= 0)
            ::close(std::exchange(peer, -1));
    }
    void peer_says(std::string_view text) const {
        EXPECT_EQ(::write(peer, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    [[nodiscard]] std::string peer_hears(std::size_t size) const {
        std::string out(size, '\0');
        const ssize_t n = ::recv(peer, out.data(), size, 0);
        out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return out;
    }
    void receive(std::size_t size = 64) {
        place.assign(size, '?');
        link->receive(place.data(), place.size());
    }
    template <class Condition>
    void run_until(Condition&& holds) const {
        const auto end = event_loop::clock::now() + 5s;
        while (!holds() && event_loop::clock::now() < end)
            loop_->run_for(5ms);
        EXPECT_TRUE(holds());
    }
    /// The next that comes.
    std::string received() {
        told = false;
        receive();
        run_until([this] { return told; });
        return std::exchange(got, {});
    }

    std::unique_ptr<stream> link;
    int peer = -1;
    std::string place;
    std::string got;
    bool told = false;
    std::size_t sent = 0;
    int closed = 0;
    boost::system::error_code error;
    bool receives_on = false;

private:
    void on_sent(boost::system::error_code e, std::size_t n) override {
        error = e;
        sent += n;
    }
    void on_received(boost::system::error_code e, std::size_t n) override {
        EXPECT_EQ(closed, 0);
        error = e;
        got.append(place, 0, n);
        told = true;
        if (receives_on && !e)
            link->receive(place.data(), place.size());
    }
    void on_closed() override { ++closed; }

    event_loop* loop_;
};

class stream_driver_test : public testing::TestWithParam<io_backend> {
protected:
    void SetUp() override {
        if (GetParam() == io_backend::io_uring && !test::why_no_uring().empty())
            GTEST_SKIP() << test::why_no_uring();
        loop.emplace(GetParam());
        loop->work_started(); // it never stops by itself
    }
    void TearDown() override {
        if (loop)
            loop->work_finished();
    }
    std::optional<event_loop> loop;
};
INSTANTIATE_TEST_SUITE_P(on, stream_driver_test,
                         testing::Values(io_backend::epoll, io_backend::io_uring),
                         [](const auto& what) {
                             return what.param == io_backend::epoll ? "epoll" : "io_uring";
                         });

TEST_P(stream_driver_test, bytes_go_both_ways) {
    user u(*loop);
    boost::system::error_code error;
    EXPECT_EQ(u.link->send("ping", 4, error), 4U);
    EXPECT_EQ(u.peer_hears(64), "ping");
    u.peer_says("pong");
    EXPECT_EQ(u.received(), "pong");
    EXPECT_FALSE(u.error);
}

TEST_P(stream_driver_test, what_came_early_is_kept_in_order_for_small_receives) {
    user u(*loop);
    u.peer_says("0123456789");
    u.run_until([&] { return u.link->may_have_input() || !u.link->is_quiet(); });
    loop->run_for(5ms);
    EXPECT_FALSE(u.link->is_quiet());
    u.peer_says("ab");
    u.receives_on = true;
    u.receive(3);
    u.run_until([&] { return u.got.size() == 12; });
    EXPECT_EQ(u.got, "0123456789ab");
}

TEST_P(stream_driver_test, quiet_while_open_and_silent_only) {
    user u(*loop);
    EXPECT_TRUE(u.link->is_quiet());
    loop->run_for(5ms);
    EXPECT_TRUE(u.link->is_quiet());
    u.hang_up();
    EXPECT_FALSE(u.link->is_quiet()) << "before the loop knows";
    loop->run_for(5ms);
    EXPECT_FALSE(u.link->is_quiet()) << "once it knows";
}

TEST_P(stream_driver_test, end_comes_after_all_bytes) {
    user u(*loop);
    u.peer_says("last words");
    u.hang_up();
    EXPECT_EQ(u.received(), "last words");
    EXPECT_FALSE(u.error);
    EXPECT_EQ(u.received(), "");
    EXPECT_EQ(u.error, boost::asio::error::eof);
    EXPECT_EQ(u.received(), "") << "and again for who asks again";
}

TEST_P(stream_driver_test, more_than_the_system_takes_is_sent_in_pieces) {
    user u(*loop);
    const std::string text(std::size_t{4} << 20U, 'x');
    std::size_t done = 0;
    std::size_t heard = 0;
    boost::system::error_code error;
    bool waited = false;
    while (done < text.size()) {
        const std::size_t n = u.link->send(text.data() + done, text.size() - done, error);
        ASSERT_FALSE(error);
        done += n;
        if (n > 0)
            continue;
        waited = true;
        u.sent = 0;
        heard += u.peer_hears(std::size_t{1} << 20U).size();
        u.run_until([&] { return u.sent > 0; });
        done += u.sent;
    }
    EXPECT_TRUE(waited);
    while (heard < text.size())
        heard += u.peer_hears(std::size_t{1} << 20U).size();
    EXPECT_EQ(heard, text.size());
}

TEST_P(stream_driver_test, many_megabytes_arrive_whole) {
    user u(*loop);
    std::string text(std::size_t{8} << 20U, '\0');
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>('a' + i * 7 % 26);
    u.receives_on = true;
    u.receive(100'000);
    std::thread writer([&] {
        for (std::size_t done = 0; done < text.size();) {
            const ssize_t n = ::write(u.peer, text.data() + done, text.size() - done);
            ASSERT_GT(n, 0);
            done += static_cast<std::size_t>(n);
        }
    });
    u.run_until([&] { return u.got.size() == text.size(); });
    writer.join();
    EXPECT_TRUE(u.got == text);
}

TEST_P(stream_driver_test, many_streams_at_a_time_each_get_their_own) {
    std::vector<std::unique_ptr<user>> users;
    for (int i = 0; i < 400; ++i) { // more than the driver has memory to receive into at a time
        users.push_back(std::make_unique<user>(*loop));
        users.back()->receive();
    }
    for (int round = 0; round < 3; ++round) {
        for (std::size_t i = 0; i < users.size(); ++i)
            users[i]->peer_says(std::to_string(i));
        for (std::size_t i = 0; i < users.size(); ++i) {
            users[i]->run_until([&] { return users[i]->told; });
            EXPECT_EQ(users[i]->got, std::to_string(i));
            users[i]->got.clear();
            users[i]->told = false;
            users[i]->receive();
        }
    }
}

TEST_P(stream_driver_test, closed_hears_once_and_nothing_else) {
    user u(*loop);
    u.receive();
    u.link->close();
    (void)::send(u.peer, "too late", 8, MSG_NOSIGNAL);
    u.run_until([&] { return u.closed == 1; });
    loop->run_for(5ms);
    EXPECT_EQ(u.closed, 1);
    EXPECT_FALSE(u.told);
    EXPECT_EQ(u.peer_hears(1), "") << "the peer sees the end";
}

TEST_P(stream_driver_test, destroyed_while_it_receives_touches_nothing_any_more) {
    user u(*loop);
    auto place = std::make_unique<std::array<char, 32>>();
    u.link->receive(place->data(), place->size());
    loop->run_for(1ms);
    u.link.reset();
    place.reset(); // the address sanitizer watches it
    EXPECT_EQ(::send(u.peer, "x", 1, MSG_NOSIGNAL), -1);
    loop->run_for(5ms);
    EXPECT_FALSE(u.told);
    EXPECT_EQ(u.closed, 0);
}

TEST_P(stream_driver_test, unasked_flood_ends_instead_of_filling_memory) {
    if (GetParam() == io_backend::epoll)
        GTEST_SKIP() << "reads nothing that nobody asked for";
    user u(*loop);
    ::fcntl(u.peer, F_SETFL, O_NONBLOCK);
    const std::string text(std::size_t{64} << 10U, 'x');
    std::size_t taken = 0;
    for (int i = 0; i < 200; ++i) {
        const ssize_t n = ::send(u.peer, text.data(), text.size(), MSG_NOSIGNAL);
        if (n > 0)
            taken += static_cast<std::size_t>(n);
        loop->run_for(1ms);
    }
    EXPECT_LT(taken, std::size_t{4} << 20U);
    EXPECT_FALSE(u.link->is_quiet());
}

TEST_P(stream_driver_test, goes_on_receiving_when_another_thread_runs_the_loop) {
    user u(*loop);
    u.receive();
    std::thread([&] { loop->run_for(5ms); }).join();
    u.peer_says("over here");
    std::thread([&] { u.run_until([&] { return u.told; }); }).join();
    EXPECT_EQ(u.got, "over here");
}

} // namespace
} // namespace aistudio
