#include "local/store/database.hpp"

#include "local/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

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

} // namespace
} // namespace aistudio::local::store
