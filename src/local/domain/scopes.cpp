#include "local/domain/scopes.hpp"

namespace aistudio::local::domain {
namespace {

/// What a list's rows have in common. A `+` keeps a condition from choosing the index: then rows
/// come in the order of their ids by themselves.
std::string condition(list_scope scope, const std::string& favourites) {
    const std::string open = "(+owner = ?1 OR +access = 2 OR +official = 1)";
    switch (scope) {
    case list_scope::own:
        return "owner = ?1";
    case list_scope::shared:
        return "official = 0 AND access = 2";
    case list_scope::official:
        return "official = 1";
    case list_scope::favourites:
        return "id IN (SELECT item_id FROM " + favourites + " WHERE user = ?1) AND " + open;
    case list_scope::all:
        break;
    }
    return open;
}

/// Which rows of the table of totals to add up.
std::string counted(list_scope scope) {
    switch (scope) {
    case list_scope::own:
        return "owner = ?1";
    case list_scope::shared:
        return "class = 1";
    case list_scope::official:
        return "class = 2";
    default:
        return "(class > 0 OR owner = ?1)";
    }
}

} // namespace

scoped_queries::scoped_queries(std::string_view table, std::string_view favourites,
                               std::string_view totals, std::string_view select)
    : one_(std::string(select) + " WHERE t.id = ?2") {
    for (std::size_t i = 0; i < scopes; ++i) {
        const auto scope = enum_table<list_scope>::values[i].first;
        const auto from = " FROM " + std::string(table) +
                          " WHERE ?1 IS NOT NULL AND " + // each takes the user
                          condition(scope, std::string(favourites));
        // The inner query skips what is before the page in an index, without reading the rows.
        const auto page = [&](const std::string& order) {
            return std::string(select) + " WHERE t.id IN (SELECT id" + from + " ORDER BY id " +
                   order + " LIMIT ?2 OFFSET ?3) ORDER BY t.id DESC";
        };
        pages_.at(i) = page("DESC");
        far_pages_.at(i) = page("ASC");
        counts_.at(i) = scope == list_scope::favourites
                            ? "SELECT count(*)" + from
                            : "SELECT coalesce(sum(n), 0) FROM " + std::string(totals) +
                                  " WHERE ?1 IS NOT NULL AND " + counted(scope);
    }
}

} // namespace aistudio::local::domain
