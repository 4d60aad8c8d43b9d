#include <aistudio/resources/item_range.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ranges>
#include <vector>

namespace aistudio {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A list of the numbers 1 to `total`.
class item_range_of_numbers : public testing::Test {
protected:
    std::vector<int> walk(int total, page_request first = {1, 3}) {
        item_range<int> range(
            [this, total](page_request which) -> result<page<int>> {
                asked_.push_back(which.number);
                if (which.number == broken_)
                    return make_problem(errc::connect_failed, {});
                page<int> out{{}, total, which.number, which.size};
                for (int i = (which.number - 1) * which.size + 1;
                     i <= std::min(total - missing_, which.number * which.size); ++i)
                    out.items.push_back(i);
                return out;
            },
            first);
        std::vector<int> out;
        for (const auto& item : range)
            out.push_back(item ? *item : -1);
        return out;
    }

    std::vector<int> asked_;
    int broken_ = 0;
    int missing_ = 0; // items the service counts and does not give
};

static_assert(std::ranges::input_range<item_range<int>>);

TEST_F(item_range_of_numbers, every_page_is_asked_for_once_in_order) {
    EXPECT_THAT(walk(7), ElementsAre(1, 2, 3, 4, 5, 6, 7));
    EXPECT_THAT(asked_, ElementsAre(1, 2, 3));
}

TEST_F(item_range_of_numbers, full_last_page_ends_it) {
    EXPECT_THAT(walk(6), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(asked_, ElementsAre(1, 2));
}

TEST_F(item_range_of_numbers, empty_list_is_an_empty_range) {
    EXPECT_THAT(walk(0), IsEmpty());
    EXPECT_THAT(asked_, ElementsAre(1));
}

TEST_F(item_range_of_numbers, later_first_page_skips_those_before) {
    EXPECT_THAT(walk(6, {2, 3}), ElementsAre(4, 5, 6));
    EXPECT_THAT(asked_, ElementsAre(2));
}

TEST_F(item_range_of_numbers, failure_is_the_last_element) {
    broken_ = 2;
    EXPECT_THAT(walk(7), ElementsAre(1, 2, 3, -1));
    EXPECT_THAT(asked_, ElementsAre(1, 2));
}

TEST_F(item_range_of_numbers, service_that_counts_too_many_does_not_keep_it_going) {
    missing_ = 2;
    EXPECT_THAT(walk(8), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(asked_, ElementsAre(1, 2, 3));
}

TEST_F(item_range_of_numbers, next_page_is_not_asked_for_before_it_is_needed) {
    int asked = 0;
    item_range<int> range([&](page_request) -> result<page<int>> {
        ++asked;
        return page<int>{{1, 2}, 4, asked, 2};
    });
    auto at = range.begin();
    ++at;
    EXPECT_EQ(**at, 2);
    EXPECT_EQ(asked, 1);
    ++at;
    EXPECT_EQ(asked, 2);
}

} // namespace
} // namespace aistudio
