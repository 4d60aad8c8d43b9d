#include <aistudio/protocol/pool_machine.hpp>

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using verb = pool_machine::verb;

const pool_machine::time_point t0 = pool_machine::time_point{} + 1h;

pool_options limits(std::size_t connections, std::size_t waiting = 10) {
    pool_options o;
    o.max_connections = connections;
    o.max_waiting = waiting;
    return o;
}

/// A pool with `n` idle connections, the last one released most recently.
pool_machine with_idle(pool_options o, int n) {
    pool_machine pool(o);
    std::vector<pool_machine::connection_id> ids;
    for (int i = 0; i < n; ++i)
        ids.push_back(pool.acquire(0, {false}, t0).connection);
    bool closed = false;
    for (const auto id : ids)
        EXPECT_FALSE(pool.release(id, t0 + 1s * id, closed));
    return pool;
}

TEST(pool_machine, opens_up_to_the_limit_then_waits) {
    pool_machine pool(limits(2));
    EXPECT_EQ(pool.acquire(1, {false}, t0).what, verb::open);
    EXPECT_EQ(pool.acquire(2, {false}, t0).what, verb::open);
    EXPECT_EQ(pool.acquire(3, {false}, t0).what, verb::wait);
    EXPECT_EQ(pool.open_connections(), 2U);
    EXPECT_EQ(pool.waiting(), 1U);
}

TEST(pool_machine, zero_limit_means_one) {
    pool_machine pool(limits(0));
    EXPECT_EQ(pool.acquire(1, {false}, t0).what, verb::open);
    EXPECT_EQ(pool.acquire(2, {false}, t0).what, verb::wait);
}

TEST(pool_machine, full_queue_refuses) {
    pool_machine pool(limits(1, 1));
    (void)pool.acquire(1, {false}, t0);
    EXPECT_EQ(pool.acquire(2, {false}, t0).what, verb::wait);
    EXPECT_EQ(pool.acquire(3, {false}, t0).what, verb::refuse);
    pool_machine none(limits(1, 0));
    (void)none.acquire(1, {false}, t0);
    EXPECT_EQ(none.acquire(2, {false}, t0).what, verb::refuse);
}

TEST(pool_machine, idle_connection_reused_last_in_first_out) {
    auto pool = with_idle(limits(3), 3);
    for (const pool_machine::connection_id expected : {3U, 2U, 1U}) {
        const auto d = pool.acquire(0, {false}, t0);
        EXPECT_EQ(d.what, verb::use);
        EXPECT_EQ(d.connection, expected);
    }
}

TEST(pool_machine, waiters_served_first_in_first_out) {
    pool_machine pool(limits(1));
    const auto only = pool.acquire(1, {false}, t0).connection;
    for (const pool_machine::waiter_id w : {5U, 6U, 7U})
        (void)pool.acquire(w, {false}, t0);
    bool closed = false;
    for (const pool_machine::waiter_id w : {5U, 6U, 7U}) {
        const auto grant = pool.release(only, t0, closed);
        ASSERT_TRUE(grant);
        EXPECT_EQ(grant->waiter, w);
        EXPECT_EQ(grant->how.what, verb::use);
        EXPECT_EQ(grant->how.connection, only);
    }
    EXPECT_FALSE(pool.release(only, t0, closed));
}

TEST(pool_machine, lost_connection_lets_the_next_waiter_open) {
    pool_machine pool(limits(1));
    const auto first = pool.acquire(1, {false}, t0).connection;
    (void)pool.acquire(2, {false}, t0);
    const auto grant = pool.discard(first, t0);
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->waiter, 2U);
    EXPECT_EQ(grant->how.what, verb::open);
    EXPECT_NE(grant->how.connection, first);
    EXPECT_EQ(pool.open_connections(), 1U);
}

TEST(pool_machine, too_old_connection_closed_at_release_and_replaced) {
    auto o = limits(1);
    o.max_age = 10s;
    pool_machine pool(o);
    const auto first = pool.acquire(1, {false}, t0).connection;
    (void)pool.acquire(2, {false}, t0);
    bool closed = false;
    const auto grant = pool.release(first, t0 + 10s, closed);
    EXPECT_TRUE(closed);
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->how.what, verb::open);
}

TEST(pool_machine, zero_max_age_means_no_limit) {
    auto o = limits(1);
    o.max_age = 0s;
    pool_machine pool(o);
    bool closed = false;
    (void)pool.release(pool.acquire(1, {false}, t0).connection, t0 + 1000h, closed);
    EXPECT_FALSE(closed);
}

TEST(pool_machine, idle_too_long_expires_oldest_only) {
    auto o = limits(3);
    o.idle_timeout = 50s;
    auto pool = with_idle(o, 3); // idle since t0+1s, +2s, +3s
    EXPECT_TRUE(pool.expire(t0 + 50s).empty());
    EXPECT_EQ(pool.expire(t0 + 52s), (std::vector<pool_machine::connection_id>{1, 2}));
    EXPECT_EQ(pool.open_connections(), 1U);
    EXPECT_EQ(pool.idle_connections(), 1U);
}

TEST(pool_machine, age_limit_expires_idle_connections) {
    auto o = limits(2);
    o.max_age = 20s;
    auto pool = with_idle(o, 2);
    EXPECT_EQ(pool.expire(t0 + 20s).size(), 2U);
    EXPECT_EQ(pool.open_connections(), 0U);
}

TEST(pool_machine, cancelled_waiter_gets_nothing) {
    pool_machine pool(limits(1));
    const auto only = pool.acquire(1, {false}, t0).connection;
    (void)pool.acquire(2, {false}, t0);
    (void)pool.acquire(3, {false}, t0);
    pool.cancel(2);
    pool.cancel(99);
    bool closed = false;
    const auto grant = pool.release(only, t0, closed);
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->waiter, 3U);
}

TEST(pool_machine, fresh_never_takes_an_idle_connection) {
    auto pool = with_idle(limits(2), 1);
    const auto d = pool.acquire(9, {true}, t0);
    EXPECT_EQ(d.what, verb::open);
    EXPECT_EQ(pool.idle_connections(), 1U);
}

TEST(pool_machine, fresh_at_the_limit_gives_the_oldest_idle_one_up) {
    auto pool = with_idle(limits(2), 2);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(pool.acquire(9, {true}, t0).what, verb::open);
        EXPECT_LE(pool.open_connections(), 2U);
    }
    EXPECT_EQ(pool.acquire(9, {true}, t0).what, verb::wait);
    EXPECT_EQ(pool.expire(t0), (std::vector<pool_machine::connection_id>{1, 2}))
        << "told once, so that their sockets are closed";
    EXPECT_TRUE(pool.expire(t0).empty());
}

pool_options pipelined(std::size_t connections, std::size_t depth) {
    auto o = limits(connections);
    o.pipeline_depth = depth;
    return o;
}
constexpr pool_machine::wish sharing{.share = true};
constexpr pool_machine::wish alone{};

TEST(pool_machine, shares_in_turn_once_all_connections_are_open) {
    pool_machine pool(pipelined(2, 3));
    const auto a = pool.acquire(1, sharing, t0).connection;
    const auto b = pool.acquire(2, sharing, t0).connection;
    EXPECT_EQ(pool.acquire(3, sharing, t0).what, verb::wait) << "neither is open yet";
    pool.opened(a);
    const auto first = pool.next_to_share(t0);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->waiter, 3U);
    EXPECT_EQ(first->how.what, verb::share);
    EXPECT_EQ(first->how.connection, a);
    EXPECT_FALSE(pool.next_to_share(t0)) << "nobody waits";
    pool.opened(b);
    std::multiset<pool_machine::connection_id> given;
    for (int i = 0; i < 3; ++i) {
        const auto d = pool.acquire(4, sharing, t0);
        ASSERT_EQ(d.what, verb::share);
        given.insert(d.connection);
    }
    EXPECT_EQ(given.count(a), 1U);
    EXPECT_EQ(given.count(b), 2U);
    EXPECT_EQ(pool.acquire(5, sharing, t0).what, verb::wait) << "all are full";
}

TEST(pool_machine, release_of_a_shared_connection_serves_who_waits) {
    pool_machine pool(pipelined(1, 2));
    const auto a = pool.acquire(1, sharing, t0).connection;
    pool.opened(a);
    EXPECT_EQ(pool.acquire(2, sharing, t0).what, verb::share);
    EXPECT_EQ(pool.acquire(3, sharing, t0).what, verb::wait);
    bool closed = false;
    const auto next = pool.release(a, t0, closed);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->waiter, 3U);
    EXPECT_EQ(next->how.what, verb::share);
    EXPECT_FALSE(pool.release(a, t0, closed));
    EXPECT_EQ(pool.idle_connections(), 0U) << "one call is on it still";
    EXPECT_FALSE(pool.release(a, t0, closed));
    EXPECT_EQ(pool.idle_connections(), 1U);
}

TEST(pool_machine, who_wants_a_connection_alone_gets_it_and_is_not_overtaken) {
    pool_machine pool(pipelined(1, 4));
    const auto a = pool.acquire(1, sharing, t0).connection;
    pool.opened(a);
    EXPECT_EQ(pool.acquire(2, sharing, t0).what, verb::share);
    EXPECT_EQ(pool.acquire(3, alone, t0).what, verb::wait);
    EXPECT_EQ(pool.acquire(4, sharing, t0).what, verb::wait) << "not before the third";
    bool closed = false;
    EXPECT_FALSE(pool.release(a, t0, closed));
    const auto next = pool.release(a, t0, closed);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->waiter, 3U);
    EXPECT_EQ(next->how.what, verb::use);
    EXPECT_FALSE(pool.next_to_share(t0)) << "it is alone there";
    const auto last = pool.release(a, t0, closed);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->waiter, 4U);
}

TEST(pool_machine, connection_that_got_old_takes_no_more_and_closes_with_its_last_call) {
    auto o = pipelined(1, 4);
    o.max_age = 10s;
    pool_machine pool(o);
    const auto a = pool.acquire(1, sharing, t0).connection;
    pool.opened(a);
    EXPECT_EQ(pool.acquire(2, sharing, t0 + 1s).what, verb::share);
    EXPECT_EQ(pool.acquire(3, sharing, t0 + 10s).what, verb::wait);
    bool closed = false;
    EXPECT_FALSE(pool.release(a, t0 + 11s, closed));
    EXPECT_FALSE(closed);
    const auto next = pool.release(a, t0 + 12s, closed);
    EXPECT_TRUE(closed);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->how.what, verb::open);
}

TEST(pool_machine, sharing_stops_for_a_connection_or_for_all) {
    pool_machine pool(pipelined(2, 4));
    const auto a = pool.acquire(1, sharing, t0).connection;
    const auto b = pool.acquire(2, sharing, t0).connection;
    pool.opened(a);
    pool.opened(b);
    pool.stop_sharing(a);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(pool.acquire(3, sharing, t0).connection, b);
    EXPECT_EQ(pool.acquire(4, sharing, t0).what, verb::wait);
    pool.stop_sharing();
    bool closed = false;
    EXPECT_FALSE(pool.release(b, t0, closed)) << "others are on it";
}

/// Random operations against what must always hold.
class pool_fuzz : public testing::TestWithParam<unsigned> {};

TEST_P(pool_fuzz, invariants_hold) {
    std::mt19937 random(GetParam());
    auto o = limits(1 + random() % 5, random() % 8);
    o.idle_timeout = 20s;
    o.max_age = 100s;
    pool_machine pool(o);
    std::set<pool_machine::connection_id> busy;
    std::set<pool_machine::connection_id> idle;
    std::deque<pool_machine::waiter_id> waiting;
    auto now = t0;
    pool_machine::waiter_id next = 1;
    const auto take = [&](const pool_machine::decision& d) {
        if (d.what == verb::use) {
            ASSERT_EQ(idle.erase(d.connection) + busy.count(d.connection), 1U);
        }
        ASSERT_TRUE(d.what == verb::open || d.what == verb::use);
        busy.insert(d.connection);
    };
    const auto serve = [&](const std::optional<pool_machine::grant>& grant) {
        ASSERT_EQ(grant.has_value(), !waiting.empty());
        if (!grant)
            return;
        ASSERT_EQ(grant->waiter, waiting.front());
        waiting.pop_front();
        take(grant->how);
    };
    for (int i = 0; i < 5000; ++i) {
        now += std::chrono::seconds(random() % 3);
        const auto pick = [&](const auto& set) {
            return *std::next(set.begin(), static_cast<std::ptrdiff_t>(random() % set.size()));
        };
        switch (random() % 6) {
        case 0:
        case 1: {
            const auto d = pool.acquire(next, {random() % 4 == 0}, now);
            if (d.what == verb::wait)
                waiting.push_back(next);
            else if (d.what == verb::refuse)
                ASSERT_EQ(waiting.size(), o.max_waiting);
            else
                take(d);
            ++next;
            break;
        }
        case 2:
        case 3:
            if (!busy.empty()) {
                const auto id = pick(busy);
                busy.erase(id);
                bool closed = false;
                const bool handed_on = !waiting.empty();
                const auto grant = pool.release(id, now, closed);
                if (!closed && !handed_on)
                    idle.insert(id);
                if (!closed && handed_on)
                    busy.insert(id);
                serve(grant);
            }
            break;
        case 4:
            if (!busy.empty()) {
                const auto id = pick(busy);
                busy.erase(id);
                serve(pool.discard(id, now));
            }
            break;
        default:
            if (!waiting.empty()) {
                const auto id = pick(waiting);
                std::erase(waiting, id);
                pool.cancel(id);
            }
        }
        for (const auto id : pool.expire(now))
            ASSERT_EQ(idle.erase(id), 1U);
        ASSERT_EQ(pool.waiting(), waiting.size());
        ASSERT_EQ(pool.idle_connections(), idle.size());
        ASSERT_EQ(pool.open_connections(), busy.size() + idle.size());
        ASSERT_LE(pool.open_connections(), o.max_connections + 1);
        ASSERT_TRUE(waiting.empty() || idle.empty()) << "nobody waits beside an idle connection";
        ASSERT_TRUE(waiting.empty() || !busy.empty()) << "nobody waits for nothing";
    }
}

INSTANTIATE_TEST_SUITE_P(seeds, pool_fuzz, testing::Range(1U, 9U));

} // namespace
} // namespace aistudio
