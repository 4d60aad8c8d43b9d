#include "local/faults/fault_script.hpp"

#include "local/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace aistudio::local::faults {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

fault make(fault_kind kind) {
    fault f;
    f.kind = kind;
    return f;
}

std::string refusal_of(const auto& f) {
    try {
        f();
    } catch (const refusal& r) {
        EXPECT_TRUE(r.code() == service_code::parameter_invalid ||
                    r.code() == service_code::not_found);
        return r.message();
    }
    return "(none)";
}

class script_of_faults : public testing::Test {
protected:
    /// What the next call meets, by name; `-` for nothing.
    std::string next(service_id service = service_id(1), std::string_view key = "k") {
        const auto met = script.next(service, key, now);
        return met ? std::string(enum_name(met->kind)) + (met->blocked ? "!" : "") : "-";
    }
    /// Those of `count` calls, one character each: `x` for a fault.
    std::string calls(int count) {
        std::string out;
        for (int i = 0; i < count; ++i)
            out += next() == "-" ? '.' : 'x';
        return out;
    }

    fault_script script{1};
    fault_script::clock::time_point now{};
};

TEST_F(script_of_faults, plays_nothing_when_empty) { EXPECT_EQ(calls(3), "..."); }

TEST_F(script_of_faults, plays_after_some_calls_and_so_often) {
    auto f = make(fault_kind::reset);
    f.after = 2;
    f.times = 3;
    script.add(f);
    EXPECT_EQ(calls(8), "..xxx...");
    EXPECT_EQ(script.list({}).front().played, 3);
}

TEST_F(script_of_faults, first_one_that_fits_is_played) {
    auto once = make(fault_kind::queue_full);
    once.times = 1;
    script.add(once);
    script.add(make(fault_kind::html_page));
    EXPECT_EQ(next(), "queue_full");
    EXPECT_EQ(next(), "html_page");
}

TEST_F(script_of_faults, meets_only_its_service_and_key) {
    auto f = make(fault_kind::stall);
    f.service = service_id(7);
    f.api_key = secret("theirs");
    script.add(f);
    EXPECT_EQ(next(service_id(7), "theirs"), "stall");
    EXPECT_EQ(next(service_id(7), "mine"), "-");
    EXPECT_EQ(next(service_id(8), "theirs"), "-");
}

TEST_F(script_of_faults, share_is_by_chance) {
    auto f = make(fault_kind::queue_full);
    f.share = 0.25;
    script.add(f);
    const auto seen = calls(4000);
    EXPECT_NEAR(static_cast<double>(std::count(seen.begin(), seen.end(), 'x')), 1000, 120);
}

TEST_F(script_of_faults, client_that_does_not_wait_is_blocked_for_ten_times_as_long) {
    auto f = make(fault_kind::too_many_requests);
    f.delay_ms = 2000;
    f.patience = 2;
    script.add(f);
    EXPECT_EQ(next(), "too_many_requests"); // told to wait 2 s
    EXPECT_EQ(next(), "too_many_requests");
    EXPECT_EQ(next(), "too_many_requests");
    EXPECT_EQ(next(), "too_many_requests!");
    now += 19s;
    EXPECT_EQ(next(), "too_many_requests!");
    now += 2s;
    EXPECT_EQ(next(), "too_many_requests");
}

TEST_F(script_of_faults, client_that_waits_is_never_blocked) {
    auto f = make(fault_kind::too_many_requests);
    f.patience = 0;
    script.add(f);
    for (int i = 0; i < 10; ++i, now += 1s)
        EXPECT_EQ(next(), "too_many_requests");
}

TEST_F(script_of_faults, tls_stall_meets_connections_and_no_calls) {
    auto f = make(fault_kind::tls_stall);
    f.times = 1;
    script.add(f);
    EXPECT_EQ(next(), "-");
    EXPECT_TRUE(script.next_tls());
    EXPECT_FALSE(script.next_tls());
}

TEST_F(script_of_faults, are_listed_removed_and_cleared_by_service) {
    auto f = make(fault_kind::reset);
    f.service = service_id(7);
    const auto first = script.add(f).id;
    script.add(make(fault_kind::stall));
    EXPECT_EQ(script.list({}).size(), 2U);
    EXPECT_EQ(script.list(service_id(7)).size(), 1U);
    script.remove(first);
    EXPECT_EQ(next(service_id(7)), "stall");
    EXPECT_THAT(refusal_of([&] { script.remove(first); }), HasSubstr("fault 1"));
    script.clear(service_id(7));
    EXPECT_EQ(script.list({}).size(), 1U);
    script.clear({});
    EXPECT_EQ(calls(1), ".");
}

TEST_F(script_of_faults, what_cannot_be_played_is_refused) {
    const auto refused = [&](auto change) {
        auto f = make(fault_kind::reset);
        change(f);
        return refusal_of([&] { script.add(f); });
    };
    EXPECT_THAT(refused([](fault& f) { f.kind = {}; }), HasSubstr("`queue_full`"));
    EXPECT_THAT(refused([](fault& f) { f.share = 0; }), HasSubstr("share"));
    EXPECT_THAT(refused([](fault& f) { f.share = 1.01; }), HasSubstr("share"));
    EXPECT_THAT(refused([](fault& f) { f.after = -1; }), HasSubstr("after"));
    EXPECT_THAT(refused([](fault& f) { f.times = -1; }), HasSubstr("times"));
    EXPECT_THAT(refused([](fault& f) { f.bytes = -1; }), HasSubstr("bytes"));
    EXPECT_THAT(refused([](fault& f) { f.delay_ms = 3'600'001; }), HasSubstr("delayMs"));
    EXPECT_THAT(refused([](fault& f) { f.patience = -1; }), HasSubstr("patience"));
    EXPECT_TRUE(script.list({}).empty());
}

TEST(fault_header, names_a_kind_and_its_numbers) {
    EXPECT_EQ(parse_header("queue_full").kind, fault_kind::queue_full);
    const auto f = parse_header(" reset ; bytes = 40;delay_ms=7 ");
    EXPECT_EQ(f.kind, fault_kind::reset);
    EXPECT_EQ(f.bytes, 40);
    EXPECT_EQ(f.delay, 7ms);
    EXPECT_EQ(parse_header("slow_body").delay, 10ms);
}

TEST(fault_header, anything_else_is_refused) {
    for (const auto* text : {"", "nothing", "unknown", "reset; bytes", "reset; bytes=x",
                             "reset; share=1", "reset; bytes=-1", "tls_stall"})
        EXPECT_NE(refusal_of([&] { (void)parse_header(text); }), "(none)") << text;
}

} // namespace
} // namespace aistudio::local::faults
