#pragma once

#include <aistudio/codec/wire.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aistudio {
namespace local::routes {

/// D2, the platform's list of what everybody may see. Topics and orders, whose numbers it does not
/// publish, are not looked at.
struct public_list_request {
    std::optional<std::string> kw;                 ///< what the names contain
    std::optional<std::vector<std::int64_t>> tags; ///< categories: no dataset has any here
    std::int64_t p = 1;                            ///< from 1
    std::int64_t page_size = 20;
};
BOOST_DESCRIBE_STRUCT(public_list_request, (), (kw, tags, p, page_size))

struct public_list_item {
    aistudio::dataset_id dataset_id;
    std::string dataset_name;
    visibility dataset_type = visibility::public_access;
    std::string git_login; ///< empty: its files are not in a repository
    std::string repo_name;
    int item_version = 1;
};
BOOST_DESCRIBE_STRUCT(public_list_item, (),
                      (dataset_id, dataset_name, dataset_type, git_login, repo_name, item_version))

struct public_list {
    std::vector<public_list_item> data;
    std::int64_t total_page = 0;
    std::int64_t total_count = 0;
};
BOOST_DESCRIBE_STRUCT(public_list, (), (data, total_page, total_count))

} // namespace local::routes

template <>
struct wire_names<local::routes::public_list_request> : camel_case_names {};
template <>
struct wire_names<local::routes::public_list_item> : camel_case_names {};
template <>
struct wire_names<local::routes::public_list> : camel_case_names {};

} // namespace aistudio
