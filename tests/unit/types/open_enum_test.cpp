#include <aistudio/types/dataset.hpp>
#include <aistudio/types/job.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/service.hpp>

#include <gtest/gtest.h>

#include <set>

namespace {

using namespace aistudio;
using stage = open_enum<job_stage>;

template <class E>
class named_enum : public testing::Test {};
using named_enums = testing::Types<visibility, licence, job_stage, service_state, job_archive>;
TYPED_TEST_SUITE(named_enum, named_enums);

TYPED_TEST(named_enum, every_name_leads_back_to_its_value) {
    std::set<std::string_view> names;
    for (const auto& [value, name] : enum_table<TypeParam>::values) {
        TypeParam found = TypeParam::unknown;
        EXPECT_TRUE(enum_from_name(name, found)) << name;
        EXPECT_EQ(found, value) << name;
        EXPECT_EQ(enum_name(value), name);
        EXPECT_TRUE(names.insert(name).second) << name << " stands for two values";
    }
}

TYPED_TEST(named_enum, value_without_a_name_has_an_empty_one) {
    EXPECT_EQ(enum_name(static_cast<TypeParam>(999)), "");
}

TEST(enum_from_name, unknown_name_leaves_the_value) {
    job_stage value = job_stage::running;
    EXPECT_FALSE(enum_from_name("running", value)) << "names are compared with their case";
    EXPECT_EQ(value, job_stage::running);
}

TEST(open_enum, known_name_becomes_its_value) {
    EXPECT_EQ(stage::from_name("Running"), job_stage::running);
    EXPECT_EQ(stage::from_name("Running"), stage(job_stage::running));
    EXPECT_EQ(stage(job_stage::running).name(), "Running");
}

TEST(open_enum, unknown_name_is_unknown_and_keeps_its_text) {
    const stage value = stage::from_name("Queueing");
    EXPECT_EQ(value, job_stage::unknown);
    EXPECT_EQ(value.name(), "Queueing");
    EXPECT_NE(value, stage::from_name("Preparing"));
    EXPECT_NE(value, stage());
}

TEST(open_enum, default_is_unknown) {
    EXPECT_EQ(stage(), job_stage::unknown);
    EXPECT_EQ(stage().name(), "Unknown");
    EXPECT_EQ(stage::from_name("Unknown"), stage());
}

TEST(job_stage, only_ended_stages_are_final) {
    for (const job_stage s : {job_stage::succeeded, job_stage::failed, job_stage::stopped})
        EXPECT_TRUE(is_final(s));
    for (const job_stage s : {job_stage::unknown, job_stage::pending, job_stage::running})
        EXPECT_FALSE(is_final(s));
}

} // namespace
