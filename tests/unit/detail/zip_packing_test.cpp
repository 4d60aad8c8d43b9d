#include <aistudio/detail/zip_packing.hpp>
#include <aistudio/protocol/digest.hpp>

#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <sstream>

namespace {

using namespace aistudio;
using aistudio::detail::zip_limits;
using aistudio::detail::zip_packing;
using aistudio::detail::zip_summary;
using test::read_file;
using test::write_file;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

// Python's zipfile is the judge: it checks every checksum and prints a line a member.
constexpr std::string_view list_members = R"(
import hashlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    for m in z.infolist():
        sys.stdout.buffer.write('|'.join([
            m.filename, hashlib.sha256(z.read(m)).hexdigest()[:8], str(m.file_size),
            'deflated' if m.compress_type == 8 else 'stored', oct(m.external_attr >> 16)[2:],
            '%d-%d-%d' % m.date_time[:3]]).encode() + b'\n')
)";

result<zip_summary> zip_folder(const fs::path& folder, const fs::path& target,
                               zip_limits limits = {}) {
    zip_packing packing(folder, target, limits);
    while (true) {
        const auto more = packing.pack_piece();
        if (!more)
            return more.error();
        if (!*more)
            return packing.summary();
    }
}

std::string run(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string output;
    char buffer[4096];
    while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe.get()))
        output.append(buffer, n);
    return output;
}

std::vector<std::string> members_of(const fs::path& zip) {
    const test::temporary_folder scripts;
    write_file(scripts / "list_members.py", list_members);
    const char* python = std::getenv("AISTUDIO_PYTHON");
    std::istringstream lines(run(std::string(python != nullptr ? python : "python3") + " " +
                                 (scripts / "list_members.py").string() + " " + zip.string() +
                                 " 2>&1"));
    std::vector<std::string> members;
    for (std::string line; std::getline(lines, line);)
        members.push_back(line);
    return members;
}

std::string as_listed(std::string_view name, std::string_view content, std::string_view method,
                      std::string_view mode = "100644") {
    std::ostringstream line;
    line << name << '|' << sha256::of(content).substr(0, 8) << '|' << content.size() << '|'
         << method << '|' << mode << "|1980-1-1";
    return line.str();
}

std::string random_bytes(std::size_t size, unsigned values = 256) {
    std::mt19937 random(static_cast<unsigned>(size));
    std::string bytes(size, '\0');
    for (char& c : bytes)
        c = static_cast<char>(random() % values);
    return bytes;
}

std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

class zip_of_folder : public testing::Test {
protected:
    void SetUp() override {
        fs::create_directory(folder);
        fs::create_directory(target.parent_path());
    }

    void expect_refused(errc code, std::string_view why, detail::zip_limits limits = {}) {
        const auto zip = zip_folder(folder, target, limits);
        ASSERT_FALSE(zip.has_value());
        EXPECT_EQ(zip.error().code, code);
        EXPECT_THAT(zip.error().detail, HasSubstr(std::string(why)));
        EXPECT_EQ(entries(target.parent_path()), 0U) << "something was left behind";
    }

    test::temporary_folder temporary;
    fs::path folder = temporary / "code";
    fs::path target = temporary / "zips/code.zip";
};

TEST_F(zip_of_folder, files_are_readable_by_another_implementation) {
    const std::string text(5000, 'x');
    const std::string noise = random_bytes(3000);
    write_file(folder / "train.py", text);
    write_file(folder / "data/noise.bin", noise);
    write_file(folder / "data/.hidden", "h");
    write_file(folder / "empty", "");
    write_file(folder / "模型 😀.txt", text);
    write_file(folder / "run.sh", text);
    fs::permissions(folder / "run.sh", fs::perms::owner_all);
    fs::create_directory(folder / "folder without files");

    const auto zip = zip_folder(folder, target);

    ASSERT_TRUE(zip.has_value()) << zip.error().message();
    EXPECT_THAT(members_of(target), ElementsAre(as_listed("data/.hidden", "h", "stored"),
                                                as_listed("data/noise.bin", noise, "stored"),
                                                as_listed("empty", "", "stored"),
                                                as_listed("run.sh", text, "deflated", "100755"),
                                                as_listed("train.py", text, "deflated"),
                                                as_listed("模型 😀.txt", text, "deflated")));
    EXPECT_EQ(zip->files, 6U);
    EXPECT_EQ(zip->content_bytes, 18001U);
    EXPECT_EQ(zip->zip_bytes, fs::file_size(target));
    EXPECT_EQ(entries(target.parent_path()), 1U);
}

TEST_F(zip_of_folder, sizes_around_the_buffers_survive) {
    std::vector<std::string> expected;
    for (const std::size_t size :
         {1U, 16383U, 16384U, 16385U, 32768U, 65535U, 65536U, 65537U, 131072U, 1000000U}) {
        for (const unsigned values : {1U, 4U, 250U, 256U}) {
            const std::string name =
                std::to_string(1000000 + size) + "-" + std::to_string(100 + values);
            write_file(folder / name, random_bytes(size, values));
            expected.push_back(name + "|" + sha256::of(random_bytes(size, values)).substr(0, 8) +
                               "|" + std::to_string(size));
        }
    }
    ASSERT_TRUE(zip_folder(folder, target).has_value());
    const auto members = members_of(target);
    ASSERT_EQ(members.size(), expected.size()) << testing::PrintToString(members);
    for (std::size_t i = 0; i < members.size(); ++i)
        EXPECT_THAT(members[i], HasSubstr(expected[i]));
}

TEST_F(zip_of_folder, last_file_stored_after_all_leaves_no_bytes_behind_it) {
    write_file(folder / "noise", random_bytes(200'000));
    const auto zip = zip_folder(folder, target);
    ASSERT_TRUE(zip.has_value());
    EXPECT_EQ(zip->zip_bytes, 200'000U + 30 + 5 + 46 + 5 + 22);
    EXPECT_EQ(fs::file_size(target), zip->zip_bytes);
}

TEST_F(zip_of_folder, same_content_gives_same_bytes) {
    for (const char* name : {"a", "b/c", "b-d", "B"})
        write_file(folder / name, name);
    ASSERT_TRUE(zip_folder(folder, target).has_value());
    const std::string first = read_file(target);
    fs::remove_all(folder);
    for (const char* name : {"B", "b-d", "b/c", "a"})
        write_file(folder / name, name);
    fs::last_write_time(folder / "a", fs::file_time_type::clock::now() - std::chrono::hours(1000));
    ASSERT_TRUE(zip_folder(folder, target).has_value());
    EXPECT_EQ(read_file(target), first);
}

TEST_F(zip_of_folder, relative_paths_and_trailing_slash_are_fine) {
    write_file(folder / "a", "a");
    const fs::path relative = fs::relative(folder) / "";
    ASSERT_TRUE(zip_folder(relative, target).has_value());
    EXPECT_THAT(members_of(target), ElementsAre(as_listed("a", "a", "stored")));
}

TEST_F(zip_of_folder, target_inside_is_not_packed_into_itself) {
    write_file(folder / "a", "a");
    target = folder / "code.zip";
    ASSERT_TRUE(zip_folder(folder, target).has_value());
    ASSERT_TRUE(zip_folder(folder, target).has_value());
    EXPECT_THAT(members_of(target), ElementsAre(as_listed("a", "a", "stored")));
    EXPECT_EQ(entries(folder), 2U);
}

TEST_F(zip_of_folder, what_transfers_left_to_go_on_later_is_not_packed) {
    write_file(folder / "a", "a");
    write_file(folder / "b" / ".aistudio-0123456789abcdef.part", "half a file");
    write_file(folder / ".aistudio-0123456789abcdef.upload", "{}");
    ASSERT_TRUE(zip_folder(folder, target).has_value());
    EXPECT_THAT(members_of(target), ElementsAre(as_listed("a", "a", "stored")));
}

TEST_F(zip_of_folder, target_that_exists_is_replaced_only_on_success) {
    write_file(target, "earlier");
    write_file(folder / "noise", random_bytes(100'000));
    EXPECT_FALSE(zip_folder(folder, target, {1000}).has_value());
    EXPECT_EQ(read_file(target), "earlier");
    ASSERT_TRUE(zip_folder(folder, target).has_value());
    EXPECT_EQ(members_of(target).size(), 1U);
}

TEST_F(zip_of_folder, link_to_a_file_inside_is_followed) {
    write_file(folder / "a", "content");
    fs::create_directory(folder / "b");
    fs::create_symlink("../a", folder / "b/link");
    ASSERT_TRUE(zip_folder(folder, target).has_value());
    EXPECT_THAT(members_of(target), ElementsAre(as_listed("a", "content", "stored"),
                                                as_listed("b/link", "content", "stored")));
}

TEST_F(zip_of_folder, folder_that_is_itself_a_link_is_followed) {
    write_file(folder / "a", "a");
    fs::create_symlink(folder, temporary / "link");
    ASSERT_TRUE(zip_folder(temporary / "link", target).has_value());
    EXPECT_THAT(members_of(target), ElementsAre(as_listed("a", "a", "stored")));
}

TEST_F(zip_of_folder, link_out_of_the_folder_is_refused) {
    write_file(temporary / "code2/secret", "s"); // shares the beginning of the folder's path
    write_file(folder / "a", "a");
    fs::create_symlink(temporary / "code2/secret", folder / "link");
    expect_refused(errc::invalid_argument, "leads out of the folder");
}

TEST_F(zip_of_folder, link_to_a_folder_is_refused) {
    write_file(folder / "a", "a");
    fs::create_symlink(".", folder / "loop");
    expect_refused(errc::invalid_argument, "leads to a folder");
}

TEST_F(zip_of_folder, link_to_nothing_is_refused) {
    fs::create_symlink("nothing", folder / "link");
    expect_refused(errc::file_not_found, "leads nowhere");
}

TEST_F(zip_of_folder, folder_without_a_file_is_refused) {
    fs::create_directory(folder / "inner");
    expect_refused(errc::invalid_argument, "holds no file");
}

TEST_F(zip_of_folder, packing_that_is_given_up_leaves_nothing) {
    write_file(folder / "a", random_bytes(200'000));
    fs::create_directory(temporary / "out");
    {
        zip_packing packing(folder, temporary / "out/code.zip");
        EXPECT_TRUE(packing.pack_piece().value());
        EXPECT_FALSE(fs::is_empty(temporary / "out"));
    }
    EXPECT_TRUE(fs::is_empty(temporary / "out"));
}

TEST_F(zip_of_folder, missing_folder_is_refused) {
    folder = temporary / "missing";
    expect_refused(errc::file_not_found, "does not exist");
}

TEST_F(zip_of_folder, file_in_place_of_a_folder_is_refused) {
    write_file(temporary / "file", "x");
    folder = temporary / "file";
    expect_refused(errc::invalid_argument, "is not a folder");
}

TEST_F(zip_of_folder, name_that_is_not_utf8_is_refused) {
    write_file(folder / "a\xff", "a");
    expect_refused(errc::invalid_argument, "not UTF-8");
}

TEST_F(zip_of_folder, zip_over_the_limit_is_refused) {
    write_file(folder / "noise", random_bytes(2'000'000));
    expect_refused(errc::limit_exceeded, "more than 1000000 bytes", {1'000'000});
}

TEST_F(zip_of_folder, limit_counts_every_byte_of_the_zip) {
    write_file(folder / "a", "a");
    const auto zip = zip_folder(folder, target);
    ASSERT_TRUE(zip.has_value());
    EXPECT_TRUE(zip_folder(folder, target, {zip->zip_bytes}).has_value());
    fs::remove(target);
    expect_refused(errc::limit_exceeded, "bytes", {zip->zip_bytes - 1});
}

TEST_F(zip_of_folder, target_folder_that_is_missing_is_a_write_failure) {
    write_file(folder / "a", "a");
    const auto zip = zip_folder(folder, temporary / "missing/code.zip");
    ASSERT_FALSE(zip.has_value());
    EXPECT_EQ(zip.error().code, errc::write_failed);
    EXPECT_EQ(zip.error().cause.value(), ENOENT);
}

TEST_F(zip_of_folder, target_that_is_a_folder_is_a_write_failure) {
    write_file(folder / "a", "a");
    fs::create_directory(target);
    const auto zip = zip_folder(folder, target);
    ASSERT_FALSE(zip.has_value());
    EXPECT_EQ(zip.error().code, errc::write_failed);
    EXPECT_EQ(entries(target.parent_path()), 1U);
}

/// Takes root's right to read everything away, as long as it lives.
struct as_nobody {
    as_nobody() {
        if (geteuid() == 0)
            changed = seteuid(65534) == 0;
    }
    ~as_nobody() {
        if (changed && seteuid(0) != 0)
            std::abort();
    }
    bool changed = false;
};

TEST_F(zip_of_folder, unreadable_file_or_folder_is_refused) {
    fs::permissions(temporary.path(), fs::perms::all);
    fs::permissions(target.parent_path(), fs::perms::all);
    write_file(folder / "a", "a");
    write_file(folder / "b/c", "c");
    fs::permissions(folder / "a", fs::perms::none);
    {
        const as_nobody reader;
        expect_refused(errc::file_unreadable, "/a` cannot be read");
    }
    fs::remove(folder / "a");
    fs::permissions(folder / "b", fs::perms::none);
    {
        const as_nobody reader;
        expect_refused(errc::file_unreadable, "cannot be read");
    }
    fs::permissions(folder / "b", fs::perms::all);
}

} // namespace
