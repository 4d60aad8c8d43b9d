#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace aistudio::local::store {

/// One row of a query's result; valid inside the function it is passed to.
class row {
public:
    explicit row(sqlite3_stmt* s) noexcept : statement_(s) {}
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;

private:
    sqlite3_stmt* statement_;
};

/// The studio's SQLite database: one connection in WAL mode with full sync, so a commit is on disk
/// when it returns.
///
/// Failures are thrown: `refusal` with `disk_full` when there is no room, with `internal`
/// otherwise.
/// @par Thread safety  All members: safe; statements and transactions of several threads take
/// turns.
class database {
public:
    /// Opens or creates the file and brings its schema up to date.
    /// Throws `std::runtime_error` when it cannot, or when a newer version of the program wrote it.
    explicit database(const std::filesystem::path& file);
    ~database();
    database(const database&) = delete;
    database& operator=(const database&) = delete;

    /// Runs `f` as one transaction: committed when it returns, undone when it throws. Inside
    /// another transaction of the same thread it becomes part of that one.
    template <class F>
    auto transact(F&& f) {
        const std::lock_guard lock(mutex_);
        transaction t(*this);
        if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
            f();
            t.commit();
        } else {
            auto value = f();
            t.commit();
            return value;
        }
    }

    /// Runs `f` while no other thread uses the database, without a transaction.
    template <class F>
    auto exclusively(F&& f) {
        const std::lock_guard lock(mutex_);
        return f();
    }

    /// Runs a statement without rows; returns the number of rows it changed.
    template <class... A>
    std::int64_t execute(std::string_view sql, const A&... arguments) {
        const std::lock_guard lock(mutex_);
        use u(*this, sql);
        u.bind_all(arguments...);
        u.step();
        return changes();
    }

    /// Runs an INSERT and returns the id of the new row.
    template <class... A>
    std::int64_t insert(std::string_view sql, const A&... arguments) {
        const std::lock_guard lock(mutex_);
        execute(sql, arguments...);
        return last_id();
    }

    /// All rows, each mapped by `map(row)`.
    template <class Map, class... A>
    auto query(std::string_view sql, Map map, const A&... arguments) {
        std::vector<std::invoke_result_t<Map&, row>> rows;
        const std::lock_guard lock(mutex_);
        use u(*this, sql);
        u.bind_all(arguments...);
        while (u.step())
            rows.push_back(map(u.current()));
        return rows;
    }

    /// The first row, or nullopt.
    template <class Map, class... A>
    auto find(std::string_view sql, Map map, const A&... arguments)
        -> std::optional<std::invoke_result_t<Map&, row>> {
        auto rows = query(sql, map, arguments...);
        if (rows.empty())
            return std::nullopt;
        return std::move(rows.front());
    }

    /// The first column of the first row as a number; 0 without rows.
    template <class... A>
    std::int64_t number(std::string_view sql, const A&... arguments) {
        return find(sql, [](row r) { return r.integer(0); }, arguments...).value_or(0);
    }

    /// Moves what is in the write-ahead log into the database file.
    void checkpoint() noexcept;

private:
    class transaction {
    public:
        explicit transaction(database& d);
        ~transaction();
        transaction(const transaction&) = delete;
        transaction& operator=(const transaction&) = delete;
        void commit();

    private:
        database& database_;
        bool done_ = false;
    };

    /// A prepared statement while it is in use.
    class use {
    public:
        use(database& d, std::string_view sql);
        ~use();
        use(const use&) = delete;
        use& operator=(const use&) = delete;

        template <class... A>
        void bind_all(const A&... arguments) {
            int index = 0;
            (bind(++index, arguments), ...);
        }
        bool step();
        [[nodiscard]] row current() const { return row(statement_); }

    private:
        void bind(int index, std::int64_t value);
        void bind(int index, std::string_view value);
        void bind_null(int index);
        template <std::integral T>
        void bind(int index, T value) {
            bind(index, static_cast<std::int64_t>(value));
        }
        template <class T>
        void bind(int index, const std::optional<T>& value) {
            value ? bind(index, *value) : bind_null(index);
        }

        database& database_;
        sqlite3_stmt* statement_;
    };

    void run(const char* sql);
    void migrate();
    [[noreturn]] void fail();
    [[nodiscard]] std::int64_t changes() const;
    [[nodiscard]] std::int64_t last_id() const;

    std::recursive_mutex mutex_;
    sqlite3* connection_ = nullptr;
    std::unordered_map<std::string_view, sqlite3_stmt*>
        statements_; // keys are literals of the program
    int depth_ = 0;
};

} // namespace aistudio::local::store
