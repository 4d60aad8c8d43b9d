#include "local/domain/service_life.hpp"

#include "local/refusal.hpp"

#include <gtest/gtest.h>

namespace aistudio::local::domain {
namespace {

using namespace std::chrono_literals;

constexpr timestamp start{std::chrono::hours(1000)};

service_life sandbox() {
    service_life life;
    life.make_sandbox(start);
    return life;
}
service_life online() {
    auto life = sandbox();
    life.deploy(start);
    return life;
}
template <class F>
std::int64_t refused_with(F change) {
    try {
        change();
    } catch (const refusal& r) {
        return r.code();
    }
    return 0;
}

TEST(service_life_test, sandbox_pauses_after_24_hours_without_a_call) {
    auto life = sandbox();
    EXPECT_EQ(life.pauses_at(), start + 24h);
    EXPECT_FALSE(life.pause_if_idle(start + 24h));
    EXPECT_TRUE(life.pause_if_idle(start + 24h + 1ms));
    EXPECT_EQ(life.state, service_state::paused);
    EXPECT_FALSE(life.pauses_at());
    EXPECT_FALSE(life.pause_if_idle(start + 1000h));
}

TEST(service_life_test, online_service_pauses_after_14_days_without_a_call) {
    auto life = online();
    EXPECT_FALSE(life.pause_if_idle(start + 14 * 24h));
    EXPECT_TRUE(life.pause_if_idle(start + 14 * 24h + 1ms));
    life.resume(start + 400h);
    EXPECT_EQ(life.state, service_state::online);
    EXPECT_EQ(life.pauses_at(), start + 400h + 14 * 24h);
}

TEST(service_life_test, call_starts_the_patience_anew) {
    auto life = sandbox();
    life.called(start + 23h);
    EXPECT_FALSE(life.pause_if_idle(start + 25h));
    EXPECT_TRUE(life.pause_if_idle(start + 48h));
    life.called(start + 49h); // came too late
    EXPECT_EQ(life.state, service_state::paused);
}

TEST(service_life_test, deployment_starts_the_longer_patience) {
    auto life = sandbox();
    life.deploy(start + 20h);
    EXPECT_EQ(life.pauses_at(), start + 20h + 14 * 24h);
    life.deploy(start + 30h); // is online already
    EXPECT_EQ(life.pauses_at(), start + 20h + 14 * 24h);
}

TEST(service_life_test, clock_set_back_pauses_nothing_and_grants_no_more_than_the_patience) {
    auto life = sandbox();
    EXPECT_FALSE(life.pause_if_idle(start - 500h));
    EXPECT_EQ(life.pauses_at(), start - 500h + 24h);
    EXPECT_TRUE(life.pause_if_idle(start - 400h));
}

TEST(service_life_test, service_that_gives_way_is_a_sandbox_also_after_its_pause) {
    auto life = online();
    life.give_way(start + 100h);
    EXPECT_EQ(life.state, service_state::sandbox);
    EXPECT_EQ(life.pauses_at(), start + 124h);
    auto paused = online();
    paused.pause();
    paused.give_way(start);
    EXPECT_EQ(paused.state, service_state::paused);
    paused.resume(start);
    EXPECT_EQ(paused.state, service_state::sandbox);
}

TEST(service_life_test, what_is_not_allowed_is_refused_and_changes_nothing) {
    service_life draft;
    EXPECT_EQ(refused_with([&] { draft.deploy(start); }), service_code::conflict);
    EXPECT_EQ(refused_with([&] { draft.pause(); }), service_code::conflict);
    EXPECT_EQ(refused_with([&] { draft.resume(start); }), service_code::conflict);
    EXPECT_EQ(draft.state, service_state::draft);
    auto paused = online();
    paused.pause();
    paused.pause();
    EXPECT_EQ(paused.resumes_as, service_state::online);
    EXPECT_EQ(refused_with([&] { paused.deploy(start); }), service_code::conflict);
    EXPECT_EQ(refused_with([&] { paused.make_sandbox(start); }), service_code::conflict);
    EXPECT_EQ(refused_with([&] { paused.check_draft(); }), service_code::conflict);
    EXPECT_EQ(paused.state, service_state::paused);
}

} // namespace
} // namespace aistudio::local::domain
