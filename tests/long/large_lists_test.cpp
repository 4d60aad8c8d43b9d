// Lists of a studio that has very much: 100,000 projects, and 1,000,000 files in 100,000 datasets.

#include "support/sanitizers.hpp"
#include "support/temporary_folder.hpp"

#include <aistudio/local/studio.hpp>
#include <aistudio/sync_client.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace aistudio::test {
namespace {

using clock = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

/// Fills the database of a studio that is stopped, in one transaction.
void fill_here(const std::filesystem::path& file) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    const char* rows = R"sql(
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO projects (name, description, created_at, updated_at, owner, access)
    SELECT 'project ' || i, 'What project ' || i || ' is about, in a sentence or two.', i, i, 'local', 1 + i % 2
    FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO datasets (name, description, access, licence, created_at, updated_at, owner)
    SELECT 'dataset ' || i, 'What dataset ' || i || ' is about, in a sentence or two.', 1 + i % 2, 1, i, i, 'local'
    FROM n;
INSERT INTO project_datasets (project_id, dataset_id, position) SELECT id, id, 1 FROM projects;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999)
INSERT INTO contents (sha256, md5, size)
    SELECT printf('%08x%s', (i * 2654435761) % 4294967296, hex(zeroblob(28))), hex(zeroblob(16)), i FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999)
INSERT INTO files (name, description, sha256, object_key, dataset_id, position)
    SELECT 'file ' || i % 10 || '.csv', '', printf('%08x%s', (i * 2654435761) % 4294967296, hex(zeroblob(28))),
           'uploads/' || i, 1 + i / 10, i % 10
    FROM n;
COMMIT;
)sql";
    char* why = nullptr;
    EXPECT_EQ(sqlite3_exec(database, rows, nullptr, nullptr, &why), SQLITE_OK) << why;
    sqlite3_close(database);
}

/// In a process of its own, so that this one's memory is the studio's.
void fill(const std::filesystem::path& file) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        fill_here(file);
        ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
}

/// What this process has in memory: the studio, the client that asks it, and the test.
double resident_mib() {
    std::ifstream in("/proc/self/statm");
    long pages = 0;
    in >> pages >> pages;
    return static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1U << 20U);
}

#if defined(AISTUDIO_TEST_SANITIZED)
constexpr double slower = 20;
constexpr bool measures_memory = false;
#else
constexpr double slower = 1;
constexpr bool measures_memory = true;
#endif

local::studio start(const std::filesystem::path& folder) {
    local::studio_options o;
    o.directory = folder;
    return local::studio::start(o).value();
}

sync_client client_of(const local::studio& studio) {
    client_options o;
    o.base_url = studio.base_url();
    o.access_token = studio.access_token();
    return sync_client(o);
}

double since(clock::time_point before) { return milliseconds(clock::now() - before).count(); }

/// Times of single pages, in milliseconds: what a client waits for. The best of three tries, for
/// others use the machine, too.
std::vector<double> times(const std::vector<int>& pages, const std::function<bool(int)>& list) {
    std::vector<double> out;
    for (const int page : pages) {
        double best = 1e9;
        for (int i = 0; i < 3; ++i) {
            const auto before = clock::now();
            EXPECT_TRUE(list(page)) << "page " << page;
            best = std::min(best, since(before));
        }
        out.push_back(best);
    }
    std::sort(out.begin(), out.end());
    return out;
}

TEST(large_lists, pages_come_quickly_wherever_they_are_and_take_little_memory) {
    const temporary_folder folder;
    start(folder / "studio").stop();
    fill(folder / "studio" / "studio.db");
    const auto before = clock::now();
    auto studio = start(folder / "studio");
    const auto client = client_of(studio);
    EXPECT_EQ(client.projects().list().value().total, 100'000);
    std::cout << "start and first page: " << since(before) << " ms\n";
    EXPECT_LT(since(before), 1000 * slower);

    EXPECT_EQ(client.datasets().list().value().items.at(49).files.size(), 10U);
    for (const auto scope : {list_scope::own, list_scope::shared, list_scope::all}) {
        const int last = scope == list_scope::shared ? 1000 : 2000;
        std::vector<int> pages{1, 2};
        for (int page = 100; page <= last; page += 100)
            pages.push_back(page);
        const auto check = [&](const char* what, const std::function<bool(int)>& list) {
            const auto all = times(pages, list);
            std::cout << what << ", " << enum_name(scope) << ": median " << all[all.size() / 2]
                      << " ms, largest " << all.back() << " ms\n";
            EXPECT_LT(all[all.size() / 2], 10 * slower) << what << ", " << enum_name(scope);
        };
        check("projects", [&](int page) {
            return client.projects().list({scope, {page, 50}}).value().items.size() == 50;
        });
        check("datasets", [&](int page) {
            return client.datasets().list({scope, {page, 50}}).value().items.size() == 50;
        });
    }
    // What looks for contents that can go does not look at all there are.
    new_service draft;
    draft.name = "draft";
    draft.project = project_id(1);
    const auto asked = clock::now();
    EXPECT_TRUE(client.services().save_draft(draft));
    std::cout << "a service's draft: " << since(asked) << " ms\n";
    EXPECT_LT(since(asked), 100 * slower);

    const auto memory = resident_mib();
    std::cout << "resident: " << memory << " MiB\n";
    if (measures_memory) {
        EXPECT_LE(memory, 100);
    }
}

} // namespace
} // namespace aistudio::test
