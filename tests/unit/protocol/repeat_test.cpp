#include <aistudio/protocol/repeat.hpp>
#include <aistudio/protocol/service_codes.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

problem answered(int status, errc code, std::int64_t service_code = 0) {
    problem p = make_problem(code, {});
    p.status = status;
    p.service_code = service_code;
    p.outcome = outcome::done;
    return p;
}

problem unanswered(errc code, outcome what) {
    problem p = make_problem(code, {});
    p.outcome = what;
    return p;
}

TEST(may_repeat, refusals_are_repeated_whatever_the_call_does) {
    for (const bool idempotent : {true, false}) {
        EXPECT_TRUE(may_repeat(answered(429, errc::rate_limited), idempotent));
        EXPECT_TRUE(may_repeat(answered(503, errc::service_overloaded, service_code::queue_full),
                               idempotent));
        EXPECT_TRUE(
            may_repeat(answered(200, errc::rate_limited, service_code::rate_limited), idempotent));
    }
}

TEST(may_repeat, broken_answers_are_repeated_when_twice_is_as_good_as_once) {
    for (const int status : {408, 500, 502, 503, 504}) {
        EXPECT_TRUE(may_repeat(answered(status, errc::server_error), true)) << status;
        EXPECT_FALSE(may_repeat(answered(status, errc::server_error), false)) << status;
    }
}

TEST(may_repeat, what_the_record_is_to_blame_for_is_not_repeated) {
    EXPECT_FALSE(may_repeat(answered(400, errc::bad_request), true));
    EXPECT_FALSE(may_repeat(answered(401, errc::unauthorized), true));
    EXPECT_FALSE(
        may_repeat(answered(422, errc::service_failed, service_code::converter_failed), true));
    EXPECT_FALSE(may_repeat(answered(200, errc::decode_failed), true));
    EXPECT_FALSE(may_repeat(answered(200, errc::unexpected_answer), true));
}

TEST(may_repeat, lost_calls_are_repeated_when_nothing_was_sent_or_twice_is_fine) {
    EXPECT_TRUE(may_repeat(unanswered(errc::connection_lost, outcome::unknown), true));
    EXPECT_FALSE(may_repeat(unanswered(errc::connection_lost, outcome::unknown), false));
    EXPECT_TRUE(may_repeat(unanswered(errc::connect_failed, outcome::not_sent), false));
    EXPECT_FALSE(may_repeat(unanswered(errc::cancelled, outcome::not_sent), true));
    EXPECT_FALSE(may_repeat(unanswered(errc::client_closed, outcome::not_sent), true));
    EXPECT_FALSE(may_repeat(unanswered(errc::deadline_exceeded, outcome::unknown), true));
    EXPECT_FALSE(may_repeat(unanswered(errc::encode_failed, outcome::not_sent), true));
}

TEST(may_repeat, refusal_after_an_attempt_that_may_have_worked_is_not_safe_by_itself) {
    problem p = answered(429, errc::rate_limited);
    p.outcome = outcome::unknown;
    EXPECT_FALSE(may_repeat(p, false));
    EXPECT_TRUE(may_repeat(p, true));
}

TEST(is_overload, refusals_and_time_limits_count_faults_do_not) {
    EXPECT_TRUE(is_overload(answered(429, errc::rate_limited)));
    EXPECT_TRUE(is_overload(answered(503, errc::service_overloaded)));
    EXPECT_TRUE(is_overload(unanswered(errc::first_byte_timeout, outcome::unknown)));
    EXPECT_FALSE(is_overload(answered(400, errc::bad_request)));
    EXPECT_FALSE(is_overload(unanswered(errc::connection_lost, outcome::unknown)));
    EXPECT_FALSE(is_overload(unanswered(errc::cancelled, outcome::not_sent)));
}

} // namespace
} // namespace aistudio
