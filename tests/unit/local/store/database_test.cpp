#include "local/store/database.hpp"

#include "local/refusal.hpp"
#include "local/store/schema.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sqlite3.h>
#include <stdexcept>
#include <thread>

namespace aistudio::local::store {
namespace {

class database_test : public testing::Test {
protected:
    void insert(std::string_view name) {
        database_.insert(
            "INSERT INTO projects (name, description, created_at, updated_at) VALUES (?, '', 0, 0)",
            name);
    }
    std::int64_t count() { return database_.number("SELECT count(*) FROM projects"); }

    test::temporary_folder folder_;
    database database_{folder_ / "studio.db"};
};

TEST_F(database_test, transaction_that_returns_is_committed) {
    EXPECT_EQ(database_.transact([&] {
        insert("a");
        return 7;
    }),
              7);
    EXPECT_EQ(count(), 1);
}

TEST_F(database_test, transaction_that_throws_leaves_nothing) {
    EXPECT_THROW(database_.transact([&] {
        insert("a");
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_EQ(count(), 0);
}

TEST_F(database_test, nested_transaction_that_throws_undoes_the_outer_one) {
    EXPECT_THROW(database_.transact([&] {
        insert("a");
        database_.transact([&] {
            insert("b");
            throw std::runtime_error("no");
        });
    }),
                 std::runtime_error);
    EXPECT_EQ(count(), 0);
    insert("c"); // the connection is usable
    EXPECT_EQ(count(), 1);
}

TEST_F(database_test, text_with_nul_and_beyond_ascii_comes_back) {
    const std::string text("a\0b 数据", 10);
    insert(text);
    EXPECT_EQ(database_.find("SELECT name FROM projects", [](row r) { return r.text(0); }), text);
}

TEST_F(database_test, empty_view_is_stored_as_empty_text) {
    insert({});
    EXPECT_EQ(database_.find("SELECT name FROM projects", [](row r) { return r.text(0); }), "");
}

TEST_F(database_test, absent_optional_is_null) {
    const std::optional<std::int64_t> none;
    EXPECT_EQ(database_.number("SELECT ? IS NULL", none), 1);
    EXPECT_FALSE(database_.find("SELECT NULL", [](row r) { return r.maybe_integer(0); }).value());
}

TEST_F(database_test, failing_statement_is_refused_as_internal) {
    try {
        database_.execute(
            "INSERT INTO project_datasets (project_id, dataset_id, position) VALUES (1, 1, 1)");
        FAIL() << "foreign keys are not checked";
    } catch (const refusal& r) {
        EXPECT_EQ(r.code(), service_code::internal);
    }
}

TEST_F(database_test, several_threads_take_turns) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 20; ++i)
                database_.transact([&] { insert("x"); });
        });
    for (auto& t : threads)
        t.join();
    EXPECT_EQ(count(), 80);
}

TEST_F(database_test, reopening_keeps_rows) {
    insert("a");
    database again(folder_ / "studio.db"); // beside the first one, as after a crash
    EXPECT_EQ(again.number("SELECT count(*) FROM projects"), 1);
}

TEST_F(database_test, newer_schema_is_refused) {
    database_.execute("PRAGMA user_version = 99");
    EXPECT_THROW(database(folder_ / "studio.db"), std::runtime_error);
}

/// Makes a database as a program did that knew the first `steps` steps only.
void write_old(const std::filesystem::path& file, int steps, const char* rows) {
    sqlite3* old = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &old), SQLITE_OK);
    for (int i = 0; i < steps; ++i)
        ASSERT_EQ(sqlite3_exec(old, schema_steps[i], nullptr, nullptr, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(old, rows, nullptr, nullptr, nullptr), SQLITE_OK);
    const auto version = "PRAGMA user_version=" + std::to_string(steps);
    ASSERT_EQ(sqlite3_exec(old, version.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(old);
}

TEST_F(database_test, schema_without_owners_and_versions_keeps_its_rows) {
    write_old(
        folder_ / "old.db", 2,
        "INSERT INTO projects (name, description, created_at, updated_at) VALUES ('p', 'd', 1, 2);"
        "INSERT INTO datasets (name, description, access, licence, created_at, updated_at) "
        "VALUES ('s', '', 2, 1, 1, 2);"
        "INSERT INTO project_datasets (project_id, dataset_id, position) VALUES (1, 1, 1);"
        "INSERT INTO jobs (name, stage, project_id, command, environment, device, gpus, "
        "payment, remark, created_at) VALUES ('j', 'Succeeded', 1, 'c', '', '', 1, '', '', 3);");
    database again(folder_ / "old.db");
    EXPECT_EQ(again.number("PRAGMA user_version"), schema_version);
    EXPECT_EQ(again.number("SELECT count(*) FROM projects WHERE name = 'p' AND owner = '' AND kind "
                           "= 'script' AND access = 1 AND official = 0 AND main_file = ''"),
              1);
    EXPECT_EQ(again.number("SELECT count(*) FROM datasets WHERE name = 's' AND usage = ''"), 1);
    EXPECT_EQ(again.number("SELECT n FROM project_totals WHERE owner = '' AND class = 0"), 1);
    EXPECT_EQ(again.number("SELECT n FROM dataset_totals WHERE owner = '' AND class = 1"), 1);
    EXPECT_EQ(again.number("SELECT count(*) FROM project_datasets"), 1);
    EXPECT_EQ(again.number("SELECT count(*) FROM jobs WHERE version IS NULL"), 1);
}

} // namespace
} // namespace aistudio::local::store
