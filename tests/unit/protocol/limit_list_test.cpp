#include <aistudio/protocol/limit_list.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace aistudio {
namespace {

using namespace std::chrono_literals;

const limit_list::time_point t0 = limit_list::time_point{} + 1h;

class noted final : public limit_list::limit {
public:
    void on_expiry(errc why) override {
        expired.push_back(why);
        if (then)
            then();
    }
    std::vector<errc> expired;
    std::function<void()> then;
};

TEST(limit_list, expires_what_is_due_once_with_its_reason) {
    limit_list list;
    noted a;
    noted b;
    EXPECT_TRUE(list.set(a, t0 + 2s, errc::body_timeout));
    EXPECT_FALSE(list.set(b, t0 + 3s, errc::tls_timeout)) << "the alarm goes off before";
    EXPECT_EQ(list.alarm(), t0 + 2s);
    list.look(t0 + 2s);
    EXPECT_EQ(a.expired, std::vector{errc::body_timeout});
    EXPECT_TRUE(b.expired.empty());
    EXPECT_EQ(list.alarm(), t0 + 3s);
    list.look(t0 + 9s);
    EXPECT_EQ(a.expired.size(), 1U);
    EXPECT_EQ(b.expired, std::vector{errc::tls_timeout});
    EXPECT_EQ(list.alarm(), limit_list::never);
    EXPECT_TRUE(list.empty());
}

TEST(limit_list, limit_moved_later_is_found_by_a_later_look) {
    limit_list list;
    noted a;
    (void)list.set(a, t0 + 1s, errc::connect_timeout);
    EXPECT_FALSE(list.set(a, t0 + 5s, errc::body_timeout));
    list.look(t0 + 1s);
    EXPECT_TRUE(a.expired.empty());
    EXPECT_EQ(list.alarm(), t0 + 5s);
    list.look(t0 + 5s);
    EXPECT_EQ(a.expired, std::vector{errc::body_timeout});
}

TEST(limit_list, cleared_destroyed_and_endless_limits_do_not_expire) {
    limit_list list;
    noted cleared;
    noted endless;
    (void)list.set(cleared, t0, errc::body_timeout);
    cleared.clear();
    (void)list.set(endless, t0, errc::body_timeout);
    EXPECT_FALSE(list.set(endless, limit_list::never, errc::body_timeout));
    {
        noted gone;
        (void)list.set(gone, t0, errc::body_timeout);
    }
    EXPECT_TRUE(list.empty());
    list.look(t0 + 1h);
    EXPECT_TRUE(cleared.expired.empty() && endless.expired.empty());
}

TEST(limit_list, expiry_may_clear_and_set_others) {
    limit_list list;
    noted a;
    noted b;
    (void)list.set(a, t0, errc::body_timeout);
    (void)list.set(b, t0, errc::body_timeout);
    a.then = [&] {
        b.clear();
        (void)list.set(a, t0 + 1s, errc::tls_timeout);
    };
    list.look(t0);
    EXPECT_TRUE(b.expired.empty()) << "cleared in time";
    EXPECT_EQ(list.alarm(), t0 + 1s);
    a.then = {};
    list.look(t0 + 1s);
    EXPECT_EQ(a.expired.size(), 2U);
}

} // namespace
} // namespace aistudio
