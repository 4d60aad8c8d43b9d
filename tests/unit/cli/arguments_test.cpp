#include "cli/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aistudio::cli {
namespace {

using testing::ElementsAre;

TEST(parse_tensor, whole_form_is_read) {
    const auto spec = parse_tensor("x:-1,13:float64");
    EXPECT_EQ(spec.name, "x");
    EXPECT_THAT(spec.shape, ElementsAre(-1, 13));
    EXPECT_EQ(spec.dtype, "float64");
}

TEST(parse_tensor, sizes_may_be_joined_by_x) {
    EXPECT_THAT(parse_tensor("image:-1x3x224x224").shape, ElementsAre(-1, 3, 224, 224));
}

TEST(parse_tensor, dtype_defaults_to_float32) { EXPECT_EQ(parse_tensor("x:1").dtype, "float32"); }

TEST(parse_tensor, other_forms_are_refused) {
    for (const char* text : {"", "x", "x:", ":1:float32", "x:1:float16", "x:a", "x:1,,2", "x:0",
                             "x:-2", "x:1:", "x:99999999999999999999"})
        EXPECT_THROW((void)parse_tensor(text), usage_error) << text;
}

TEST(parse_environments, last_one_of_a_name_counts) {
    const auto all = parse_environments({"a=/x", "b=/y", "a=/z=1"});
    EXPECT_EQ(all.at("a"), "/z=1");
    EXPECT_EQ(all.at("b"), "/y");
}

TEST(parse_environments, other_forms_are_refused) {
    for (const char* text : {"", "a", "=x", "a="})
        EXPECT_THROW((void)parse_environments({text}), usage_error) << text;
}

TEST(path_below, file_in_a_folder_stays_below) {
    EXPECT_EQ(path_below("out", "model/model.json"), "out/model/model.json");
}

TEST(path_below, way_out_is_refused) {
    for (const char* path : {"", "/etc/passwd", "../x", "a/../../x", ".."})
        EXPECT_THROW((void)path_below("out", path), api_error) << path;
}

TEST(shown_words, value_of_an_unknown_option_is_hidden) {
    EXPECT_EQ(shown_words({"--tokn", "canary", "word"}), "`--tokn`, `word`");
    EXPECT_EQ(shown_words({"--tokn=canary"}), "`--tokn`");
    EXPECT_EQ(shown_words({"datset", "-x"}), "`datset`, `-x`");
}

} // namespace
} // namespace aistudio::cli
