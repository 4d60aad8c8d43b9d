#pragma once

/// @file
/// The model hub's calls on the API and the Git host (H1 to H14 of docs/wire.md).

#include <aistudio/codec/hub_wire.hpp>
#include <aistudio/impl/resource_support.ipp>
#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/protocol/repository_plan.hpp>
#include <aistudio/transport/client_core.hpp>
#include <aistudio/types/model.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio::detail {

inline constexpr std::string_view default_branch = "master";
inline constexpr int hub_page_size = 1000;

inline std::string branch_or_default(std::string_view revision) {
    return std::string(revision.empty() ? default_branch : revision);
}

/// Owner and name as parts of a path.
inline std::string encoded_id(const repository_id& id) {
    const std::string& text = to_string(id);
    const auto slash = text.find('/');
    return uri_encode(text.substr(0, slash), false) + "/" +
           uri_encode(text.substr(slash + 1), false);
}

inline std::string repository_target(const repository_id& id, std::string_view what) {
    return "/api/v1/repos/" + encoded_id(id) + "/" + std::string(what);
}

inline std::string own_repository(const repository_id& id) {
    return own("/repositories/" + encoded_id(id));
}

/// `?ref=`, left out for the default branch.
inline std::string ref_query(std::string_view revision) {
    return revision.empty() || revision == default_branch ? std::string{}
                                                          : "?ref=" + uri_encode(revision, false);
}

inline problem unexpected(std::string sentence) {
    problem p = make_problem(errc::unexpected_answer, std::move(sentence), phase::decode);
    p.outcome = outcome::done;
    return p;
}

/// Reads an answer that is no envelope.
template <class T>
result<T> read_plain(const http_response& answer) {
    auto out = from_json<T>(std::string_view(answer.body));
    if (!out) {
        problem p = out.error();
        p.outcome = outcome::done;
        p.status = answer.status;
        return p;
    }
    return out;
}

template <class T>
boost::asio::awaitable<result<T>> call_hub(client_core& core, operation& op, http_request request) {
    request.kind = answer_kind::plain;
    auto answer = co_await core.call(op, std::move(request));
    if (!answer)
        co_return answer.error();
    co_return read_plain<T>(*answer);
}

/// GET of the Git host, with the token where there is one.
template <class T>
boost::asio::awaitable<result<T>> get_hub(client_core& core, operation& op, std::string target) {
    auto request = core.hub_request("GET", core.git_address(target));
    co_return co_await call_hub<T>(core, op, std::move(request));
}

/// A request with a JSON body that needs the token.
template <class Body>
result<http_request> hub_post(const client_core& core, url address, const Body& body,
                              bool repeatable) {
    if (core.options().access_token.empty())
        return make_problem(errc::credentials_missing, {});
    auto request = core.hub_request("POST", std::move(address));
    request.repeatable = repeatable;
    if (auto written = append_json(request.body, body, secrets::reveal); !written)
        return written.error();
    return request;
}

/// Nothing, when the service says that there is none.
template <class T>
result<std::optional<T>> or_nothing(result<T> got) {
    if (got)
        return std::optional<T>(std::move(*got));
    // After an attempt whose answer was lost the outcome is not known, but this is only reading.
    const bool told = got.error().outcome == outcome::done || got.error().status == 404;
    if (got.error().code == errc::not_found && told)
        return std::optional<T>{};
    return got.error();
}

inline model_file to_file(wire::hub_file from) {
    return {std::move(from.path), from.size, std::move(from.sha), from.sha256.value_or(""),
            std::move(from.last_commit_sha)};
}

/// H6. A folder is answered with an array.
inline boost::asio::awaitable<result<wire::hub_file>> get_hub_file(client_core& core, operation& op,
                                                                   repository_id id,
                                                                   std::string path,
                                                                   std::string revision) {
    auto request = core.hub_request(
        "GET", core.git_address(repository_target(id, "contents/" + uri_encode(path, false)) +
                                ref_query(revision)));
    request.kind = answer_kind::plain;
    auto answer = co_await core.call(op, std::move(request));
    if (!answer)
        co_return answer.error();
    if (answer->body.starts_with('[')) {
        problem p =
            make_problem(errc::not_found, "`" + path + "` is a folder, not a file.", phase::body);
        p.outcome = outcome::done;
        co_return p;
    }
    auto file = read_plain<wire::hub_file>(*answer);
    if (file)
        file->path = path; // whatever it calls itself
    co_return file;
}

/// H13, all pages, without folders.
inline boost::asio::awaitable<result<std::vector<wire::hub_file>>>
get_tree(client_core& core, operation& op, repository_id id, std::string revision) {
    const std::string target =
        repository_target(id, "git/trees/" + uri_encode(branch_or_default(revision), false)) +
        "?recursive=true&per_page=" + std::to_string(hub_page_size) + "&page=";
    std::vector<wire::hub_file> out;
    for (int page = 1;; ++page) {
        const std::string one = target + std::to_string(page);
        auto got = co_await get_hub<wire::hub_tree>(core, op, one);
        if (!got)
            co_return got.error();
        for (auto& entry : got->tree)
            if (entry.type != "tree")
                out.push_back(std::move(entry));
        if (!got->truncated)
            co_return out;
        if (got->tree.empty())
            co_return unexpected("The list of the repository's files does not go on.");
    }
}

/// H12: the commit of a tag; anything else is taken as it is.
inline boost::asio::awaitable<result<std::string>>
resolve_revision(client_core& core, operation& op, repository_id id, std::string revision) {
    if (revision.empty() || revision == default_branch)
        co_return std::string(default_branch);
    const auto target = repository_target(id, "tags/" + uri_encode(revision, false));
    auto got = co_await get_hub<wire::hub_tag>(core, op, target);
    auto tag = or_nothing(std::move(got));
    if (!tag)
        co_return tag.error();
    if (!*tag || (*tag)->commit.sha.empty())
        co_return revision;
    co_return (*tag)->commit.sha;
}

/// H7 for some of the paths; in their order, whether each goes as a large file.
inline boost::asio::awaitable<result<std::vector<bool>>>
ask_for_kinds(client_core& core, operation& op, repository_id id, std::string branch,
              std::vector<std::string> paths) {
    wire::hub_paths body;
    for (const auto& path : paths)
        body.files.push_back({path, std::nullopt});
    const auto target = repository_target(id, "preupload/" + uri_encode(branch, false));
    auto request = hub_post(core, core.git_address(target), body, true);
    if (!request)
        co_return request.error();
    auto answer = co_await call_hub<wire::hub_paths>(core, op, std::move(*request));
    if (!answer)
        co_return answer.error();
    std::map<std::string, bool, std::less<>> told;
    for (const auto& file : answer->files)
        told.insert_or_assign(file.path, file.lfs.value_or(false));
    std::vector<bool> out;
    for (const auto& path : paths) {
        const auto found = told.find(path);
        if (found == told.end())
            co_return unexpected("The hub does not tell how to send `" + path + "`.");
        out.push_back(found->second);
    }
    co_return out;
}

/// H4: endings of files that the platform takes from nobody, in lower case. Not knowing them is no
/// failure: the commit would tell.
inline boost::asio::awaitable<result<std::vector<std::string>>>
get_forbidden_endings(client_core& core, operation& op, repository_id id) {
    auto request =
        core.public_request("/modelcenter/v2/models/getSuffixBlackList?repoId=" + encoded_id(id));
    auto got = co_await core.call_json<std::vector<std::string>>(op, std::move(request));
    if (!got && op.stop.reason() != errc::ok)
        co_return got.error();
    co_return got ? std::move(*got) : std::vector<std::string>{};
}

} // namespace aistudio::detail
