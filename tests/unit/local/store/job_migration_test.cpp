#include "local/store/database.hpp"
#include "local/store/schema.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sqlite3.h>

#include <string>

namespace aistudio::local::store {
namespace {

/// A database as the program wrote it when its schema had so many steps.
void make_old(const std::filesystem::path& file, int steps, const std::string& rows) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    std::string sql;
    for (int i = 0; i < steps; ++i)
        sql += schema_steps[i];
    sql += rows + "PRAGMA user_version = " + std::to_string(steps) + ";";
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_close(db);
}

TEST(job_migration, jobs_of_the_second_schema_are_kept_with_their_code) {
    const test::temporary_folder folder;
    make_old(folder / "studio.db", 2, R"sql(
        INSERT INTO contents (sha256, md5, size) VALUES ('c0de', 'm', 7);
        INSERT INTO objects (key, sha256, content_type, modified_at)
            VALUES ('jobs/job-1/code.zip', 'c0de', 'application/zip', 1);
        INSERT INTO jobs (id, name, stage, queued, command, environment, device, gpus, payment, remark, created_at)
            VALUES (1, '训练', 'Succeeded', 1, 'python train.py', 'paddle3.0_py3.10', 'v100', 4, 'acoin', 'r', 5),
                   (2, 'never sent', 'Failed', 0, 'true', '', 'v100', 1, 'acoin', '', 6);
    )sql");
    database d(folder / "studio.db");
    EXPECT_EQ(d.number("PRAGMA user_version"), schema_version);
    const auto text = [&](std::string_view sql) {
        return d.find(sql, [](row r) { return r.text(0); }).value_or("no row");
    };
    EXPECT_EQ(text("SELECT name FROM jobs WHERE id = 1"), "训练");
    EXPECT_EQ(text("SELECT code_sha256 FROM jobs WHERE id = 1"), "c0de");
    EXPECT_EQ(text("SELECT code_sha256 FROM jobs WHERE id = 2"), "");
    EXPECT_EQ(text("SELECT requirements FROM jobs WHERE id = 1"), "");
    EXPECT_EQ(d.number("SELECT count(*) FROM jobs WHERE trainers = 1 AND servers = 0 AND "
                       "time_limit_ms = 0 AND memory_limit_bytes = 0 AND output_limit_bytes = 0 "
                       "AND resubmitted_from IS NULL"),
              2);
}

} // namespace
} // namespace aistudio::local::store
