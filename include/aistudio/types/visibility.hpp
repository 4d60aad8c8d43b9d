#pragma once

#include <aistudio/types/open_enum.hpp>

#include <utility>

namespace aistudio {

/// Who may see a project or dataset. The numbers are the wire's `datasetType`.
enum class visibility : int { unknown = 0, private_access = 1, public_access = 2 };

template <>
struct enum_table<visibility> {
    static constexpr std::pair<visibility, std::string_view> values[] = {
        {visibility::unknown, "unknown"},
        {visibility::private_access, "private"},
        {visibility::public_access, "public"},
    };
};
template <>
inline constexpr bool wire_as_number<visibility> = true;

/// Which projects or datasets a list has.
/// - `own`: of this account, whoever may see them.
/// - `shared`: published by any account, the own included, but the official ones.
/// - `official`: preset by the platform.
/// - `favourites`: those this account marked and may still see.
/// - `all`: everything this account may see.
enum class list_scope { own, shared, official, favourites, all };

template <>
struct enum_table<list_scope> {
    static constexpr std::pair<list_scope, std::string_view> values[] = {
        {list_scope::own, "own"},           {list_scope::shared, "shared"},
        {list_scope::official, "official"}, {list_scope::favourites, "favourites"},
        {list_scope::all, "all"},
    };
};

} // namespace aistudio
