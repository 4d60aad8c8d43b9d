#pragma once

#include "local/domain/checks.hpp"
#include "local/store/database.hpp"

#include <aistudio/types/visibility.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace aistudio::local::domain {

/// What part of which list to show.
struct list_request {
    list_scope scope = list_scope::own;
    page_window window{};
};

/// The queries of the lists of one table whose rows have `id`, `owner`, `access` and `official`.
/// Lives as long as the program: statements are kept by their text.
class scoped_queries {
public:
    /// @param select      what ends before its WHERE; the table is called `t` in it, ?1 is the
    /// user.
    /// @param favourites  the table of the users' marks.
    /// @param totals      the table of their numbers.
    scoped_queries(std::string_view table, std::string_view favourites, std::string_view totals,
                   std::string_view select);

    /// One page, newest first, each row mapped by `map`. What is far from the newest is found from
    /// the oldest on.
    template <class Map>
    auto list(store::database& database, std::string_view user, const list_request& request,
              Map map) const {
        const auto& window = request.window;
        return database.exclusively([&] {
            const auto total = database.number(at(counts_, request.scope), user);
            const auto scope = quickest(database, user, request.scope, total);
            const auto before = window.offset();
            const auto left = std::max<std::int64_t>(0, total - before);
            const auto size = std::min<std::int64_t>(window.size, left);
            const bool near = before <= total / 2;
            auto items = database.query(at(near ? pages_ : far_pages_, scope), map, user, size,
                                        near ? before : left - size);
            return window.of(std::move(items), total);
        });
    }
    /// One row: ?1 the user, ?2 its id.
    [[nodiscard]] std::string_view one() const { return one_; }

private:
    static constexpr std::size_t scopes = std::size(enum_table<list_scope>::values);
    using texts = std::array<std::string, scopes>;
    /// A user who owns all there is sees the same in both lists, and one's own have an index.
    [[nodiscard]] list_scope quickest(store::database& database, std::string_view user,
                                      list_scope scope, std::int64_t total) const {
        const bool all_own = scope == list_scope::all &&
                             database.number(at(counts_, list_scope::own), user) == total;
        return all_own ? list_scope::own : scope;
    }
    static std::string_view at(const texts& all, list_scope scope) {
        return all.at(static_cast<std::size_t>(scope));
    }

    texts pages_;     // ?1 the user, ?2 how many, ?3 after how many
    texts far_pages_; // the same from the oldest on
    texts counts_;
    std::string one_;
};

/// Whose a thing is and who may see it.
struct standing {
    std::string owner;
    visibility access = visibility::private_access;
    bool official = false;

    [[nodiscard]] bool is_open_to(std::string_view user) const {
        return owner == user || access == visibility::public_access || official;
    }
    /// Of a row that begins with these three.
    [[nodiscard]] static standing read(store::row r) {
        return {r.text(0), static_cast<visibility>(r.integer(1)), r.integer(2) != 0};
    }
};

} // namespace aistudio::local::domain
