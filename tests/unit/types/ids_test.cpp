#include <aistudio/types/ids.hpp>

#include <gtest/gtest.h>

#include <concepts>
#include <sstream>
#include <type_traits>
#include <unordered_set>

namespace {

using namespace aistudio;

static_assert(!std::is_convertible_v<std::int64_t, dataset_id> &&
              std::is_constructible_v<dataset_id, std::int64_t>);
static_assert(!std::is_convertible_v<dataset_id, std::int64_t>);
static_assert(!std::is_constructible_v<dataset_id, project_id> &&
              !std::is_convertible_v<std::string, job_id>);
static_assert(!std::equality_comparable_with<dataset_id, project_id>);
static_assert(!std::equality_comparable_with<dataset_id, std::int64_t>);

TEST(id, default_names_nothing) {
    EXPECT_TRUE(dataset_id{}.empty());
    EXPECT_TRUE(job_id{}.empty());
    EXPECT_FALSE(dataset_id{1}.empty());
    EXPECT_FALSE(job_id{"j"}.empty());
}

TEST(id, text_is_the_bare_value) {
    EXPECT_EQ(to_string(dataset_id{-65}), "-65");
    EXPECT_EQ(to_string(job_id{"p-1"}), "p-1");
    std::ostringstream out;
    out << file_id{7} << ' ' << job_id{"p-1"};
    EXPECT_EQ(out.str(), "7 p-1");
}

TEST(id, order_and_equality_are_those_of_the_value) {
    EXPECT_EQ(service_id{3}, service_id{3});
    EXPECT_NE(service_id{3}, service_id{4});
    EXPECT_LT(service_id{3}, service_id{4});
    EXPECT_GT(job_id{"b"}, job_id{"a"});
}

TEST(id, hash_tells_ids_apart) {
    const std::unordered_set<job_id> jobs{job_id{"a"}, job_id{"b"}, job_id{"a"}};
    EXPECT_EQ(jobs.size(), 2U);
    EXPECT_EQ(jobs.count(job_id{"b"}), 1U);
}

} // namespace
