#include <aistudio/dataset_folder.hpp>

#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aistudio {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class dataset_folder_test : public testing::Test {
protected:
    void add(const std::string& name) { test::write_file(folder_ / ("照片/" + name), name); }
    [[nodiscard]] fs::path path() const { return folder_ / "照片"; }
    test::temporary_folder folder_;
};

TEST_F(dataset_folder_test, ten_files_are_taken_as_they_are) {
    for (int i = 0; i < 10; ++i)
        add("f" + std::to_string(i));
    const auto opened = dataset_folder::open(path());
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_FALSE(opened->is_packed());
    ASSERT_EQ(opened->files().size(), 10U);
    EXPECT_EQ(opened->files().front(), path() / "f0");
}

TEST_F(dataset_folder_test, eleven_files_become_one_zip_of_the_folders_name) {
    for (int i = 0; i < 11; ++i)
        add("f" + std::to_string(i));
    fs::path zip;
    {
        const auto opened = dataset_folder::open(path());
        ASSERT_TRUE(opened) << opened.error().message();
        EXPECT_TRUE(opened->is_packed());
        ASSERT_EQ(opened->files().size(), 1U);
        zip = opened->files().front();
        EXPECT_EQ(zip.filename(), "照片.zip");
        EXPECT_EQ(test::read_file(zip).substr(0, 2), "PK");
        const auto copy = *opened; // shares the zip
        EXPECT_EQ(copy.files(), opened->files());
    }
    EXPECT_FALSE(fs::exists(zip.parent_path()));
}

TEST_F(dataset_folder_test, folders_and_links_inside_are_packed) {
    add("sub/f");
    EXPECT_TRUE(dataset_folder::open(path()).value().is_packed());
    fs::remove_all(path() / "sub");
    add("f");
    fs::create_symlink("f", path() / "link");
    EXPECT_TRUE(dataset_folder::open(path()).value().is_packed());
}

TEST_F(dataset_folder_test, name_is_found_behind_dots_and_slashes) {
    add("sub/f");
    for (const auto& given : {path() / "", path() / ".", path() / "sub" / ".."})
        EXPECT_EQ(dataset_folder::open(given).value().files().front().filename(), "照片.zip")
            << given;
}

TEST_F(dataset_folder_test, what_no_zip_can_hold_is_refused_at_once_with_advice) {
    add("sub/f");
    fs::resize_file(path() / "sub/f", (std::uintmax_t{4} << 30U)); // takes no space
    const auto refused = dataset_folder::open(path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::limit_exceeded);
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("照片"));
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("4 GiB"));
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("pack it by `tar`"));
}

TEST_F(dataset_folder_test, what_cannot_be_packed_is_refused) {
    EXPECT_EQ(dataset_folder::open(path()).error().code, errc::file_not_found);
    fs::create_directories(path());
    EXPECT_EQ(dataset_folder::open(path()).error().code, errc::invalid_argument); // nothing in it
    add("f");
    EXPECT_EQ(dataset_folder::open(path() / "f").error().code, errc::invalid_argument);
}

} // namespace
} // namespace aistudio
