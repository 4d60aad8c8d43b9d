#include <aistudio/protocol/transfer_patience.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

using namespace std::chrono_literals;

transfer_patience three_tries() {
    retry_policy policy;
    policy.max_attempts = 3;
    return transfer_patience(policy, [] { return 0.5; });
}
problem lost() { return make_problem(errc::connection_lost, {}); }
problem answered(errc code, int status) {
    problem p = make_problem(code, {});
    p.status = status;
    p.outcome = outcome::done;
    return p;
}

TEST(transfer_patience, ends_after_as_many_failures_in_a_row) {
    auto patience = three_tries();
    transfer_patience::tally tally;
    EXPECT_EQ(patience.after(lost(), tally), 50ms);
    EXPECT_EQ(patience.after(lost(), tally), 100ms);
    EXPECT_FALSE(patience.after(lost(), tally));
}

TEST(transfer_patience, any_progress_lets_all_pieces_begin_anew) {
    auto patience = three_tries();
    transfer_patience::tally a;
    transfer_patience::tally b;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(patience.after(lost(), a), 50ms);
        EXPECT_EQ(patience.after(lost(), a), 100ms);
        EXPECT_EQ(patience.after(lost(), b), 50ms);
        patience.got_on();
    }
}

TEST(transfer_patience, what_cannot_pass_ends_at_once) {
    auto patience = three_tries();
    transfer_patience::tally tally;
    EXPECT_FALSE(patience.after(answered(errc::bad_request, 400), tally));
    EXPECT_FALSE(patience.after(answered(errc::not_found, 404), tally));
    EXPECT_FALSE(patience.after(make_problem(errc::write_failed, {}), tally));
    EXPECT_FALSE(patience.after(make_problem(errc::cancelled, {}), tally));
    EXPECT_TRUE(patience.after(answered(errc::service_overloaded, 503), tally));
}

TEST(transfer_patience, wait_asked_for_is_kept_unless_it_is_too_long) {
    auto patience = three_tries();
    transfer_patience::tally tally;
    auto p = answered(errc::rate_limited, 429);
    p.retry_after = 7s;
    EXPECT_EQ(patience.after(p, tally), 7s + 500ms);
    p.retry_after = 1h;
    EXPECT_FALSE(patience.after(p, tally));
}

TEST(transfer_patience, right_is_renewed_once_until_something_arrives) {
    auto patience = three_tries();
    transfer_patience::tally tally;
    EXPECT_TRUE(patience.after(lost(), tally));
    for (const int status : {401, 403}) {
        EXPECT_TRUE(patience.worth_renewing(answered(errc::forbidden, status), tally));
        EXPECT_FALSE(patience.worth_renewing(answered(errc::forbidden, status), tally));
        patience.got_on();
    }
    EXPECT_FALSE(patience.worth_renewing(answered(errc::not_found, 404), tally));
    EXPECT_FALSE(patience.worth_renewing(lost(), tally));
}

TEST(may_go_on_later, only_refusals_for_good_end_it) {
    for (const errc code : {errc::cancelled, errc::client_closed, errc::deadline_exceeded,
                            errc::connection_lost, errc::write_failed, errc::body_timeout})
        EXPECT_TRUE(may_go_on_later(make_problem(code, {}))) << static_cast<int>(code);
    EXPECT_TRUE(may_go_on_later(answered(errc::service_overloaded, 503)));
    EXPECT_FALSE(may_go_on_later(answered(errc::forbidden, 403)));
    EXPECT_FALSE(may_go_on_later(answered(errc::bad_request, 400)));
    EXPECT_FALSE(may_go_on_later(make_problem(errc::file_unreadable, {})));
    EXPECT_FALSE(may_go_on_later(make_problem(errc::checksum_mismatch, {})));
}

} // namespace
} // namespace aistudio
