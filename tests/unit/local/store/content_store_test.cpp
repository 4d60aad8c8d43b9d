#include "local/store/content_store.hpp"

#include "local/store/folder_lock.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace aistudio::local::store {
namespace {

namespace fs = std::filesystem;

class content_store_test : public testing::Test {
protected:
    content put(std::string_view text, const std::string& key) {
        auto writer = contents_.begin();
        writer.append(text);
        writer.finish();
        return database_.transact([&] {
            auto kept = contents_.keep(std::move(writer));
            database_.execute("INSERT INTO objects (key, sha256, content_type, modified_at) "
                              "VALUES (?, ?, '', 0) ON CONFLICT (key) DO UPDATE SET sha256 = "
                              "excluded.sha256",
                              key, kept.sha256);
            return kept;
        });
    }

    test::temporary_folder folder_;
    database database_{folder_ / "studio.db"};
    content_store contents_{database_, folder_.path()};
};

TEST_F(content_store_test, content_is_found_by_its_digest) {
    const auto kept = put("abc", "k");
    EXPECT_EQ(kept.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(kept.md5, "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(kept.size, 3);
    EXPECT_EQ(contents_.path(kept.sha256),
              folder_ /
                  "content/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(test::read_file(contents_.path(kept.sha256)), "abc");
    EXPECT_TRUE(fs::is_empty(contents_.temporary()));
}

TEST_F(content_store_test, writer_that_is_dropped_leaves_nothing) {
    {
        auto writer = contents_.begin();
        writer.append("abc");
        EXPECT_FALSE(fs::is_empty(contents_.temporary()));
    }
    EXPECT_TRUE(fs::is_empty(contents_.temporary()));
}

TEST_F(content_store_test, collect_removes_only_what_nothing_refers_to) {
    const auto used = put("used", "a");
    const auto unused = put("unused", "b");
    database_.execute("DELETE FROM objects WHERE key = 'b'");
    contents_.collect();
    EXPECT_TRUE(fs::exists(contents_.path(used.sha256)));
    EXPECT_FALSE(fs::exists(contents_.path(unused.sha256)));
    put("unused", "b"); // can be stored again
    EXPECT_TRUE(fs::exists(contents_.path(unused.sha256)));
}

TEST_F(content_store_test, collect_looks_only_at_what_was_released) {
    const auto used = put("used", "a");
    const auto changed = put("before", "b");
    put("after", "b");
    // Nothing refers to it, and nothing ever did.
    const std::string never(64, '1');
    database_.execute("INSERT INTO contents (sha256, md5, size) VALUES (?, '', 0)", never);
    database_.execute("DELETE FROM objects WHERE key = 'a'");
    put("used", "c"); // another one refers to it meanwhile
    contents_.collect();
    EXPECT_TRUE(fs::exists(contents_.path(used.sha256)));
    EXPECT_FALSE(fs::exists(contents_.path(changed.sha256)));
    EXPECT_EQ(database_.number("SELECT count(*) FROM contents WHERE sha256 = ?", never), 1);
    EXPECT_EQ(database_.number("SELECT count(*) FROM released"), 0);
    database_.execute("DELETE FROM objects"); // and again
    contents_.collect();
    EXPECT_FALSE(fs::exists(contents_.path(used.sha256)));
    EXPECT_EQ(database_.number("SELECT count(*) FROM contents"), 1);
}

TEST_F(content_store_test, rows_of_every_table_release_their_content) {
    const auto tables = database_.query(
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c, "
        "pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.\"table\" = 'contents' "
        "AND f.\"from\" = c.name",
        [](row r) { return std::pair(r.text(0), r.text(1)); });
    EXPECT_EQ(tables.size(), 8U);
    for (const auto& [table, column] : tables)
        for (const auto* event : {"DELETE ON ", "UPDATE OF "})
            EXPECT_EQ(
                database_.number("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' "
                                 "AND tbl_name = ? AND instr(sql, ?) > 0 AND instr(sql, ?) > 0",
                                 table, std::string("AFTER ") + event, "OLD." + column),
                1)
                << table << " " << event;
}

TEST_F(content_store_test, collect_of_some_looks_at_these_only) {
    const auto used = put("used", "a");
    const auto unused = put("unused", "b");
    const auto other = put("other", "c");
    database_.execute("DELETE FROM objects WHERE key <> 'a'");
    contents_.collect({used.sha256, unused.sha256, std::string(64, '0')});
    EXPECT_TRUE(fs::exists(contents_.path(used.sha256)));
    EXPECT_FALSE(fs::exists(contents_.path(unused.sha256)));
    EXPECT_TRUE(fs::exists(contents_.path(other.sha256)));
    put("unused", "b"); // can be stored again
    EXPECT_TRUE(fs::exists(contents_.path(unused.sha256)));
}

TEST_F(content_store_test, sweep_removes_files_without_a_row) {
    const auto used = put("used", "a");
    test::write_file(contents_.path(std::string(64, 'f')), "left by a crash");
    contents_.sweep();
    EXPECT_FALSE(fs::exists(contents_.path(std::string(64, 'f'))));
    EXPECT_TRUE(fs::exists(contents_.path(used.sha256)));
}

TEST_F(content_store_test, file_without_a_row_does_not_hinder_storing) {
    const auto sha256 = aistudio::sha256::of("abc");
    test::write_file(contents_.path(sha256), "ab"); // cut off by a crash
    put("abc", "k");
    EXPECT_EQ(test::read_file(contents_.path(sha256)), "abc");
}

TEST_F(content_store_test, temporary_files_of_an_earlier_run_are_removed) {
    test::write_file(contents_.temporary() / "left", "x");
    const content_store again(database_, folder_.path());
    EXPECT_TRUE(fs::is_empty(again.temporary()));
}

TEST(folder_lock_test, second_lock_names_the_holder) {
    test::temporary_folder folder;
    folder_lock first;
    EXPECT_EQ(first.take(folder.path()), 0);
    {
        folder_lock second;
        EXPECT_EQ(second.take(folder.path()), ::getpid());
    }
    {
        const folder_lock gone = std::move(first);
    }
    folder_lock third;
    EXPECT_EQ(third.take(folder.path()), 0);
}

TEST(files_test, copy_of_a_tree_leaves_links_out) {
    test::temporary_folder folder;
    test::write_file(folder / "from/a/b.txt", "b");
    fs::create_symlink("/etc/passwd", folder / "from/link");
    fs::create_directory_symlink("/etc", folder / "from/folder");
    copy_tree(folder / "from", folder / "to");
    EXPECT_EQ(test::read_file(folder / "to/a/b.txt"), "b");
    EXPECT_FALSE(fs::exists(folder / "to/link"));
    EXPECT_FALSE(fs::exists(folder / "to/folder"));
}

TEST(files_test, private_file_is_the_owners_only) {
    test::temporary_folder folder;
    write_private(folder / "token", "one");
    write_private(folder / "token", "two");
    EXPECT_EQ(read_all(folder / "token"), "two");
    EXPECT_EQ(fs::status(folder / "token").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

TEST(files_test, uuid_has_version_and_variant) {
    const auto id = random_uuid();
    ASSERT_EQ(id.size(), 36U);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    EXPECT_NE(random_uuid(), id);
}

} // namespace
} // namespace aistudio::local::store
