#include "local/archive/archive.hpp"

#include "local/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <vector>

namespace aistudio::local::archive {
namespace {

namespace fs = std::filesystem;

struct entry {
    std::string name;
    std::string content;
    std::string link; // of a symbolic link
};

/// `a` has its format.
void write_archive(::archive* a, const fs::path& file, const std::vector<entry>& entries) {
    ::archive_write_open_filename(a, file.c_str());
    for (const auto& e : entries) {
        ::archive_entry* header = ::archive_entry_new();
        ::archive_entry_set_pathname(header, e.name.c_str());
        ::archive_entry_set_perm(header, 0755);
        ::archive_entry_set_filetype(header, e.link.empty() ? AE_IFREG : AE_IFLNK);
        if (!e.link.empty())
            ::archive_entry_set_symlink(header, e.link.c_str());
        ::archive_entry_set_size(header, static_cast<la_int64_t>(e.content.size()));
        ::archive_write_header(a, header);
        ::archive_write_data(a, e.content.data(), e.content.size());
        ::archive_entry_free(header);
    }
    ::archive_write_close(a);
    ::archive_write_free(a);
}

void write_zip(const fs::path& file, const std::vector<entry>& entries) {
    ::archive* a = ::archive_write_new();
    ::archive_write_set_format_zip(a);
    write_archive(a, file, entries);
}

void write_tar(const fs::path& file, int (*packed)(::archive*), const std::vector<entry>& entries) {
    ::archive* a = ::archive_write_new();
    ::archive_write_set_format_pax_restricted(a);
    ASSERT_EQ(packed(a), ARCHIVE_OK);
    write_archive(a, file, entries);
}

class archive_test : public testing::Test {
protected:
    archive_test() { fs::create_directories(out()); }
    [[nodiscard]] fs::path out() const { return folder_ / "in/side/out"; }
    void unpack(const std::vector<entry>& entries, const unpack_limits& limits = {}) {
        write_zip(folder_ / "a.zip", entries);
        unpack_zip(folder_ / "a.zip", out(), limits);
    }
    void expect_refused(const std::vector<entry>& entries, const unpack_limits& limits = {}) {
        try {
            unpack(entries, limits);
            FAIL() << "not refused: " << entries.front().name;
        } catch (const refusal& r) {
            EXPECT_EQ(r.code(), service_code::parameter_invalid) << r.message();
        }
    }

    test::temporary_folder folder_;
};

TEST_F(archive_test, files_are_unpacked_with_folders_and_mode) {
    unpack({{"a.txt", "a", ""}, {"d/e/数据.txt", "b", ""}});
    EXPECT_EQ(test::read_file(out() / "a.txt"), "a");
    EXPECT_EQ(test::read_file(out() / "d/e/数据.txt"), "b");
    EXPECT_NE(fs::status(out() / "a.txt").permissions() & fs::perms::owner_exec, fs::perms::none);
}

TEST_F(archive_test, names_that_lead_out_are_refused) {
    for (const auto* name : {"../evil", "a/../../evil", "/evil", "a/..", "..\\evil"})
        expect_refused({{name, "x", ""}});
    EXPECT_FALSE(fs::exists(folder_ / "in/side/evil"));
    EXPECT_FALSE(fs::exists("/evil"));
}

TEST_F(archive_test, links_are_refused) {
    expect_refused({{"link", "", "/etc"}, {"link/evil", "x", ""}});
    EXPECT_FALSE(fs::exists(fs::symlink_status(out() / "link")));
}

TEST_F(archive_test, size_and_number_are_limited) {
    expect_refused({{"big", std::string(5000, '\0'), ""}}, {4999, 10});
    unpack({{"big", std::string(5000, '\0'), ""}}, {5000, 10});
    expect_refused({{"1", "", ""}, {"2", "", ""}, {"3", "", ""}}, {5000, 2});
}

TEST_F(archive_test, bomb_is_refused_before_it_is_written) {
    const std::string zeros(1'000'000, '\0'); // packs to about a thousandth
    expect_refused({{"a", "a", ""}, {"zeros", zeros, ""}}, {20 << 20, 10, 200, 500'000});
    EXPECT_TRUE(fs::is_empty(out()));
    unpack({{"zeros", zeros, ""}}, {20 << 20, 10, 200, 1'000'000}); // too small to do harm
    unpack({{"zeros", zeros, ""}}, {20 << 20, 10, 2'000, 500'000});
}

TEST_F(archive_test, bomb_that_lies_about_its_size_is_refused_too) {
    write_zip(folder_ / "bomb.zip", {{"zeros", std::string(1'000'000, '\0'), ""}});
    auto bytes = test::read_file(folder_ / "bomb.zip");
    const std::string size("\x40\x42\x0F\x00", 4); // 1,000,000, little-endian
    for (auto at = bytes.find(size); at != std::string::npos; at = bytes.find(size, at + 4))
        bytes.replace(at, 4, std::string("\x0A\x00\x00\x00", 4));
    test::write_file(folder_ / "bomb.zip", bytes);
    EXPECT_THROW(unpack_zip(folder_ / "bomb.zip", out(), {20 << 20, 10, 200, 500'000}), refusal);
}

TEST_F(archive_test, what_is_no_zip_is_refused) {
    test::write_file(folder_ / "text", "no zip");
    EXPECT_THROW(unpack_zip(folder_ / "text", out()), refusal);
    test::write_file(folder_ / "empty", "");
    EXPECT_THROW(unpack_zip(folder_ / "empty", out()), refusal);
}

TEST_F(archive_test, tars_are_unpacked_however_they_are_packed) {
    int (*const packings[])(::archive*) = {
        ::archive_write_add_filter_none, ::archive_write_add_filter_gzip,
        ::archive_write_add_filter_bzip2, ::archive_write_add_filter_xz,
        ::archive_write_add_filter_zstd};
    for (auto* const packed : packings) {
        write_tar(folder_ / "a.tar", packed, {{"d/x", "text", ""}});
        archive::unpack(folder_ / "a.tar", out());
        EXPECT_EQ(test::read_file(out() / "d/x"), "text");
        fs::remove_all(out() / "d");
    }
}

TEST_F(archive_test, programs_of_the_machine_unpack_nothing) {
    const auto program = folder_ / "bin/lrzip";
    test::write_file(program, "#!/bin/sh\n: >" + (folder_ / "ran").string() + "\n");
    fs::permissions(program, fs::perms::owner_all);
    ::setenv("PATH", (program.parent_path().string() + ":/usr/bin:/bin").c_str(), 1);
    test::write_file(folder_ / "a.lrz", "LRZI" + std::string("\0\6", 2) + std::string(100, '\0'));
    EXPECT_THROW(archive::unpack(folder_ / "a.lrz", out()), refusal);
    EXPECT_FALSE(fs::exists(folder_ / "ran"));
}

TEST_F(archive_test, zip_that_is_cut_off_anywhere_is_refused) {
    write_zip(folder_ / "whole.zip",
              {{"a", "first", ""}, {"b", "second", ""}, {"c/d", std::string(500, 'c') + "d", ""}});
    const auto bytes = test::read_file(folder_ / "whole.zip");
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        test::write_file(folder_ / "cut.zip", bytes.substr(0, length));
        EXPECT_THROW(unpack_zip(folder_ / "cut.zip", out()), refusal) << length;
        EXPECT_TRUE(fs::is_empty(out())) << length;
    }
}

TEST_F(archive_test, packed_folder_can_be_read_and_has_no_links) {
    test::write_file(folder_ / "from/d/数据.txt", "text");
    fs::create_symlink("/etc/passwd", folder_ / "from/link");
    pack_folder(folder_ / "from", folder_ / "x.tar.gz", folder_.path());
    ::archive* a = ::archive_read_new();
    ::archive_read_support_filter_gzip(a);
    ::archive_read_support_format_tar(a);
    ASSERT_EQ(::archive_read_open_filename(a, (folder_ / "x.tar.gz").c_str(), 4096), ARCHIVE_OK);
    std::vector<std::string> names;
    ::archive_entry* e = nullptr;
    for (int code = 0;
         (code = ::archive_read_next_header(a, &e)) == ARCHIVE_OK || code == ARCHIVE_WARN;) {
        const char* utf8 = ::archive_entry_pathname_utf8(e);
        names.emplace_back(utf8 != nullptr ? utf8 : ::archive_entry_pathname(e));
    }
    ::archive_read_free(a);
    EXPECT_EQ(names, std::vector<std::string>{"d/数据.txt"});
}

TEST_F(archive_test, missing_file_makes_an_empty_archive) {
    pack_files({{folder_ / "none", "log.txt"}}, folder_ / "x.tar.gz", folder_.path());
    EXPECT_GT(fs::file_size(folder_ / "x.tar.gz"), 0U);
}

} // namespace
} // namespace aistudio::local::archive
