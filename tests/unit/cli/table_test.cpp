#include "cli/columns.hpp"
#include "cli/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aistudio::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(table, columns_are_as_wide_as_their_widest_cell) {
    const table t{{"ID", "NAME"}, {{"1", "a"}, {"100", "bcd"}}};
    EXPECT_EQ(render(t, false), "ID   NAME\n1    a\n100  bcd\n");
}

TEST(table, chinese_names_are_aligned) {
    const table t{{"NAME", "ID"}, {{"房价", "1"}, {"ab", "2"}, {"波士顿房价", "3"}}};
    EXPECT_EQ(render(t, false), "NAME        ID\n"
                                "房价        1\n"
                                "ab          2\n"
                                "波士顿房价  3\n");
}

TEST(table, header_is_bold_only_when_asked) {
    const table t{{"ID"}, {{"1"}}};
    EXPECT_EQ(render(t, true), "\033[1mID\033[0m\n1\n");
    EXPECT_THAT(render(t, false), Not(HasSubstr("\033")));
}

TEST(table, short_row_is_padded) {
    EXPECT_EQ(render(table{{"A", "B"}, {{"1"}}}, false), "A  B\n1\n");
}

TEST(fields, values_stand_below_each_other) {
    EXPECT_EQ(render(field_list{{"ID", "1"}, {"NAME", "房价"}}, false), "ID    1\nNAME  房价\n");
}

TEST(to_table, columns_come_from_the_described_struct) {
    dataset d;
    d.id = dataset_id(7);
    d.name = "a\nb";
    d.files = {dataset_file{}, dataset_file{}};
    const auto t = to_table(std::vector{d});
    EXPECT_THAT(t.header, ElementsAre("ID", "NAME", "ACCESS", "LICENCE", "FILES", "CREATED AT"));
    EXPECT_THAT(t.rows, ElementsAre(ElementsAre("7", "a b", "private", "CC0", "2", "")));
}

TEST(to_table, every_listed_column_is_a_member) {
    EXPECT_EQ(to_table(std::vector<dataset>{}).header.size(), dataset_columns.size());
    EXPECT_EQ(to_table(std::vector<project>{}).header.size(), project_columns.size());
    EXPECT_EQ(to_table(std::vector<job>{}).header.size(), job_columns.size());
    EXPECT_EQ(to_table(std::vector<service>{}).header.size(), service_columns.size());
}

TEST(to_text, key_is_never_shown) {
    service s;
    s.name = "prices";
    s.api_key = secret("canary-key");
    EXPECT_THAT(to_text(s, false), Not(HasSubstr("canary")));
    EXPECT_THAT(to_text(s, false), HasSubstr("API KEY        ***"));
}

TEST(to_text, unknown_enum_value_keeps_its_name) {
    job j;
    j.stage = open_enum<job_stage>::from_name("Preempted");
    EXPECT_THAT(to_text(j, false), HasSubstr("Preempted"));
}

TEST(to_text, list_of_structs_follows_as_a_table) {
    dataset d;
    d.files = {{file_id(1), "a.csv", 3, "ab"}};
    EXPECT_THAT(to_text(d, false), HasSubstr("\nID  NAME   SIZE  SHA256\n1   a.csv  3     ab\n"));
}

} // namespace
} // namespace aistudio::cli
