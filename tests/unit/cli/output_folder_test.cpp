#include "cli/output_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aistudio::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

timestamp at(int seconds) { return timestamp(std::chrono::seconds(seconds)); }

const std::vector<output_file> files{
    {"b.txt", 1, at(5)},
    {"model/w.bin", 20, at(7)},
    {"model/deep/x", 300, at(9)},
    {"model-card.md", 4, at(1)},
    {"a", 5, at(2)},
    {"", 0, at(0)},
};

TEST(folder_of_outputs, folders_are_one_entry_each) {
    EXPECT_THAT(folder_of_outputs(files, ""),
                ElementsAre(output_file{"a", 5, at(2)}, output_file{"b.txt", 1, at(5)},
                            output_file{"model-card.md", 4, at(1)},
                            output_file{"model/", 320, at(9)}));
}

TEST(folder_of_outputs, slashes_around_a_folder_do_not_matter) {
    for (const char* name : {"model", "model/", "/model", "//model//"})
        EXPECT_THAT(folder_of_outputs(files, name),
                    ElementsAre(output_file{"deep/", 300, at(9)}, output_file{"w.bin", 20, at(7)}))
            << name;
    EXPECT_THAT(folder_of_outputs(files, "/"), testing::SizeIs(4));
}

TEST(folder_of_outputs, what_is_no_folder_has_nothing) {
    for (const char* name : {"nothing", "a", "mod", "model/w.bin"})
        EXPECT_THAT(folder_of_outputs(files, name), IsEmpty()) << name;
}

} // namespace
} // namespace aistudio::cli
