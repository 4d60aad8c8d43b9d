#include <aistudio/protocol/adaptive_limit.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <queue>
#include <random>
#include <vector>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using duration = adaptive_limit::duration;
using ending = adaptive_limit::ending;
using testing::AllOf;
using testing::Ge;
using testing::Le;

/// A service that works on `capacity` calls at a time and queues the others, on scripted time. The
/// client always has a next call.
class simulation {
public:
    explicit simulation(adaptive_limit_options options, unsigned seed = 1)
        : limit(options), random_(seed) {}

    std::size_t capacity = 1;
    std::size_t refuse_above = SIZE_MAX; ///< queued calls beyond which it answers "overloaded"
    std::function<duration(std::mt19937&)> service = [](std::mt19937&) { return 20ms; };
    adaptive_limit limit;

    /// What was seen in the last stretch of time.
    struct summary {
        std::size_t lowest = SIZE_MAX;
        std::size_t highest = 0;
        double mean_limit = 0;
        double calls_per_second = 0;
        std::size_t refused = 0;
    };

    summary run_for(duration how_long) {
        summary out;
        const duration from = now_;
        double area = 0;
        std::size_t answered = 0;
        fill(out);
        while (!busy_.empty() && busy_.top().end < from + how_long) {
            const job done = busy_.top();
            area +=
                static_cast<double>(limit.limit()) * static_cast<double>((done.end - now_).count());
            now_ = done.end;
            busy_.pop();
            ++answered;
            limit.finish(done.ticket, ending::answered, now_ - done.start);
            fill(out);
            out.lowest = std::min(out.lowest, limit.limit());
            out.highest = std::max(out.highest, limit.limit());
            EXPECT_LE(limit.in_flight(), highest_allowed_);
        }
        const auto spent = static_cast<double>((now_ - from).count());
        out.mean_limit = area / spent;
        out.calls_per_second = static_cast<double>(answered) / spent * 1e9;
        return out;
    }

private:
    struct job {
        duration start;
        duration end;
        adaptive_limit::ticket ticket;
        bool operator<(const job& other) const { return end > other.end; }
    };

    void fill(summary& out) {
        std::size_t refused_now = 0;
        while (limit.may_start() && refused_now < 10) {
            highest_allowed_ = std::max(highest_allowed_, limit.limit());
            const job next{now_, {}, limit.start()};
            if (busy_.size() >= capacity && waiting_.size() >= refuse_above) {
                ++out.refused;
                ++refused_now;
                limit.finish(next.ticket, ending::overloaded, 1ms);
            } else {
                waiting_.push(next);
            }
            begin();
        }
        begin();
    }
    void begin() {
        while (busy_.size() < capacity && !waiting_.empty()) {
            job next = waiting_.front();
            waiting_.pop();
            next.end = now_ + service(random_);
            busy_.push(next);
        }
    }

    std::mt19937 random_;
    duration now_{0};
    std::priority_queue<job> busy_;
    std::queue<job> waiting_;
    std::size_t highest_allowed_ = 0;
};

/// The band promised: all of the capacity used, at most 30 % and three calls waiting.
auto within_band(std::size_t capacity) {
    const auto c = static_cast<double>(capacity);
    return AllOf(Ge(0.97 * c), Le(1.3 * c + 3));
}

std::function<duration(std::mt19937&)> steady(duration s) {
    return [s](std::mt19937&) { return s; };
}
/// Long-tailed: the median is `s`; with a spread of 0.7 one in fifty takes four times as long.
std::function<duration(std::mt19937&)> noisy(duration s, double spread) {
    return [s, spread](std::mt19937& random) {
        std::lognormal_distribution<double> factor(0.0, spread);
        return duration(
            static_cast<duration::rep>(static_cast<double>(s.count()) * factor(random)));
    };
}

class capacities : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(adaptive_limit, capacities, testing::Values(1, 2, 4, 8, 16, 64, 150));

TEST_P(capacities, limit_settles_in_the_band_and_stays) {
    simulation s({.max = 1000});
    s.capacity = GetParam();
    s.run_for(20s);
    for (int minute = 0; minute < 5; ++minute) {
        const auto seen = s.run_for(60s);
        EXPECT_THAT(seen.mean_limit, within_band(s.capacity));
        EXPECT_GE(seen.calls_per_second, 0.96 * static_cast<double>(s.capacity) / 0.020);
    }
}

TEST_P(capacities, all_of_it_is_used_after_thirty_rounds) {
    simulation s({.max = 1000});
    s.capacity = GetParam();
    s.run_for(30 * 20ms);
    EXPECT_GE(s.run_for(1s).calls_per_second, 0.95 * static_cast<double>(s.capacity) / 0.020);
}

TEST_P(capacities, noise_does_not_drive_the_limit_away) {
    for (const double spread : {0.2, 0.5, 0.7}) {
        simulation s({.max = 1000}, 7);
        s.capacity = GetParam();
        s.service = noisy(20ms, spread);
        s.run_for(60s);
        const auto seen = s.run_for(100s);
        const auto c = static_cast<double>(s.capacity);
        EXPECT_THAT(seen.mean_limit, AllOf(Ge(0.8 * c), Le(1.6 * c + 4))) << spread;
        const double most = c / (0.020 * std::exp(spread * spread / 2));
        EXPECT_GE(seen.calls_per_second, 0.88 * most) << spread;
    }
}

TEST(adaptive_limit, more_capacity_is_found) {
    simulation s({.max = 1000});
    s.capacity = 8;
    s.run_for(60s);
    s.capacity = 64;
    s.run_for(5s);
    EXPECT_THAT(s.run_for(60s).mean_limit, within_band(64));
}

TEST(adaptive_limit, less_capacity_is_found) {
    simulation s({.max = 1000});
    s.capacity = 64;
    s.run_for(60s);
    s.capacity = 8;
    s.run_for(5s);
    EXPECT_THAT(s.run_for(60s).mean_limit, within_band(8));
}

TEST(adaptive_limit, slower_service_is_not_taken_for_a_queue_for_good) {
    simulation s({.max = 1000});
    s.capacity = 32;
    s.run_for(60s);
    s.service = steady(60ms);
    s.run_for(30s);
    EXPECT_THAT(s.run_for(60s).mean_limit, within_band(32));
}

TEST(adaptive_limit, faster_service_is_followed) {
    simulation s({.max = 1000});
    s.capacity = 32;
    s.service = steady(60ms);
    s.run_for(60s);
    s.service = steady(20ms);
    s.run_for(30s);
    EXPECT_THAT(s.run_for(60s).mean_limit, within_band(32));
}

TEST(adaptive_limit, service_that_refuses_is_used_almost_fully_with_few_refusals) {
    simulation s({.max = 1000});
    s.capacity = 16;
    s.refuse_above = 0; // no queue: latency never rises, only refusals tell
    s.run_for(60s);
    const auto seen = s.run_for(300s);
    EXPECT_GE(seen.calls_per_second, 0.75 * 16 / 0.020);
    EXPECT_LE(static_cast<double>(seen.refused), 0.02 * seen.calls_per_second * 300);
    EXPECT_LE(seen.highest, 18U);
}

TEST(adaptive_limit, never_above_the_maximum_never_below_one) {
    simulation s({.max = 5});
    s.capacity = 100;
    const auto seen = s.run_for(60s);
    EXPECT_EQ(seen.highest, 5U);
    for (int i = 0; i < 100; ++i)
        s.limit.finish(s.limit.start(), ending::overloaded, 1ms);
    EXPECT_EQ(s.limit.limit(), 1U);
}

TEST(adaptive_limit, options_out_of_range_are_brought_into_it) {
    EXPECT_EQ(adaptive_limit({.max = 0, .initial = 0}).limit(), 1U);
    EXPECT_EQ(adaptive_limit({.max = 4, .initial = 9}).limit(), 4U);
}

TEST(adaptive_limit, refusals_of_calls_in_flight_together_cut_once) {
    adaptive_limit limit({.max = 100, .initial = 90});
    std::vector<adaptive_limit::ticket> calls;
    while (limit.may_start())
        calls.push_back(limit.start());
    for (const auto call : calls)
        limit.finish(call, ending::overloaded, 1ms);
    EXPECT_EQ(limit.limit(), 60U);
    limit.finish(limit.start(), ending::overloaded, 1ms);
    EXPECT_EQ(limit.limit(), 40U);
}

TEST(adaptive_limit, unrelated_endings_change_nothing_but_free_the_place) {
    adaptive_limit limit({.max = 100, .initial = 10});
    for (int i = 0; i < 1000; ++i)
        limit.finish(limit.start(), ending::unrelated, 1s);
    EXPECT_EQ(limit.limit(), 10U);
    EXPECT_EQ(limit.in_flight(), 0U);
}

TEST(adaptive_limit, idle_client_does_not_raise_the_limit) {
    adaptive_limit limit({.max = 100, .initial = 10});
    for (int i = 0; i < 1000; ++i)
        limit.finish(limit.start(), ending::answered, 20ms); // one at a time
    EXPECT_LE(limit.limit(), 10U);
}

TEST(adaptive_limit, waits_within_the_free_delay_are_no_queue) {
    simulation s({.max = 64, .free_delay = 2ms});
    s.capacity = 1;
    s.service = steady(20us);
    s.run_for(2s);
    EXPECT_EQ(s.run_for(1s).highest, 64U); // 64 calls of 20 us wait for 1.3 ms
}

} // namespace
} // namespace aistudio
