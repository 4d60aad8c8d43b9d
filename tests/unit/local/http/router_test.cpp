#include "local/http/router.hpp"

#include <gtest/gtest.h>

namespace aistudio::local::http {
namespace {

class router_test : public testing::Test {
protected:
    router_test() {
        router_.add(verb::get, "/a", 1);
        router_.add(verb::post, "/a", 2);
        router_.add(verb::get, "/a/{id}", 3);
        router_.add(verb::put, "/a/{id}/b/{other}", 4);
    }
    router<int> router_;
};

TEST_F(router_test, method_and_path_choose_the_action) {
    EXPECT_EQ(*router_.find(verb::get, {"a"}).action, 1);
    EXPECT_EQ(*router_.find(verb::post, {"a"}).action, 2);
}

TEST_F(router_test, braces_capture_segments_in_order) {
    const auto m = router_.find(verb::put, {"a", "7", "b", "x/y"});
    ASSERT_NE(m.action, nullptr);
    EXPECT_EQ(*m.action, 4);
    EXPECT_EQ(m.captured, (std::vector<std::string>{"7", "x/y"}));
}

TEST_F(router_test, wrong_method_tells_the_allowed_ones) {
    const auto m = router_.find(verb::delete_, {"a"});
    EXPECT_EQ(m.action, nullptr);
    EXPECT_EQ(m.allowed, "GET, POST");
}

TEST_F(router_test, unknown_path_matches_nothing) {
    const auto m = router_.find(verb::get, {"a", "7", "b"});
    EXPECT_EQ(m.action, nullptr);
    EXPECT_TRUE(m.allowed.empty());
}

} // namespace
} // namespace aistudio::local::http
