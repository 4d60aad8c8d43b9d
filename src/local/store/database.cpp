#include "local/store/database.hpp"

#include "local/refusal.hpp"
#include "local/store/schema.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace aistudio::local::store {
namespace {

constexpr int busy_wait_ms = 5000;

bool is_out_of_room(sqlite3* connection) {
    const int code = sqlite3_errcode(connection);
    if (code == SQLITE_FULL)
        return true;
    const int system = sqlite3_system_errno(connection);
    return code == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT || system == EFBIG);
}

} // namespace

std::int64_t row::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string row::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr)
        return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<std::int64_t> row::maybe_integer(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL)
        return std::nullopt;
    return integer(column);
}

database::database(const std::filesystem::path& file) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    try {
        if (sqlite3_open_v2(file.c_str(), &connection_, flags, nullptr) != SQLITE_OK)
            fail();
        sqlite3_busy_timeout(connection_, busy_wait_ms);
        run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
        migrate();
    } catch (...) {
        for (const auto& [sql, statement] : statements_)
            sqlite3_finalize(statement);
        sqlite3_close(connection_);
        throw;
    }
}

database::~database() {
    for (const auto& [sql, statement] : statements_)
        sqlite3_finalize(statement);
    sqlite3_close(connection_);
}

void database::migrate() {
    const auto found = number("PRAGMA user_version");
    if (found > schema_version)
        throw std::runtime_error("A newer version of aistudio wrote this folder (schema " +
                                 std::to_string(found) + ", this one knows " +
                                 std::to_string(schema_version) +
                                 "); use that version, or another folder.");
    transact([&] {
        for (auto version = found; version < schema_version; ++version)
            run(schema_steps[version]);
        if (found < schema_version)
            run(("PRAGMA user_version=" + std::to_string(schema_version)).c_str());
    });
}

void database::run(const char* sql) {
    if (sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        fail();
}

void database::fail() {
    if (is_out_of_room(connection_))
        throw refusal(
            service_code::disk_full,
            "The disk of the studio is full; nothing was stored. Make room and send it again.");
    throw refusal(service_code::internal, std::string("The studio's database failed: ") +
                                              sqlite3_errmsg(connection_) + ".");
}

std::int64_t database::changes() const { return sqlite3_changes64(connection_); }
std::int64_t database::last_id() const { return sqlite3_last_insert_rowid(connection_); }

void database::checkpoint() noexcept {
    const std::lock_guard lock(mutex_);
    sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

database::transaction::transaction(database& d) : database_(d) {
    if (database_.depth_ == 0)
        database_.run("BEGIN IMMEDIATE");
    ++database_.depth_;
}

database::transaction::~transaction() {
    --database_.depth_;
    // a nested one that failed leaves the roll-back to the outermost, which the exception reaches
    // too
    if (!done_ && database_.depth_ == 0)
        sqlite3_exec(database_.connection_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void database::transaction::commit() {
    if (database_.depth_ == 1)
        database_.run("COMMIT");
    done_ = true;
}

database::use::use(database& d, std::string_view sql) : database_(d) {
    auto& cached = database_.statements_[sql];
    if (cached == nullptr &&
        sqlite3_prepare_v3(database_.connection_, sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &cached, nullptr) != SQLITE_OK)
        database_.fail();
    statement_ = cached;
}

database::use::~use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

bool database::use::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        database_.fail();
    return false;
}

void database::use::bind(int index, std::int64_t value) {
    if (sqlite3_bind_int64(statement_, index, value) != SQLITE_OK)
        database_.fail();
}
void database::use::bind(int index, std::string_view value) {
    // an empty view may have no data, which SQLite would take for NULL
    const char* data = value.data() == nullptr ? "" : value.data();
    if (sqlite3_bind_text64(statement_, index, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8) !=
        SQLITE_OK)
        database_.fail();
}
void database::use::bind_null(int index) {
    if (sqlite3_bind_null(statement_, index) != SQLITE_OK)
        database_.fail();
}

} // namespace aistudio::local::store
