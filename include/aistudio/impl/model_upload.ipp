#pragma once

/// @file
/// Upload to a repository: what changed, large files, commits.

#include <aistudio/impl/hub_calls.ipp>
#include <aistudio/impl/parallel.ipp>
#include <aistudio/impl/transfer_calls.ipp>
#include <aistudio/protocol/path_filter.hpp>
#include <aistudio/types/limits.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>

namespace aistudio::detail {

/// The official client's limits.
inline constexpr std::uint64_t max_single_put = std::uint64_t{5} << 30U;
/// Paths asked about in one call.
inline constexpr std::size_t paths_a_call = 500;
/// Up to so many files are looked up one by one instead of in the whole list.
inline constexpr std::size_t few_files = 20;

/// A file on its way to a repository.
struct upload_item {
    std::filesystem::path local;
    std::string path; ///< in the repository
    file_facts facts;
    bool large = false;
    std::optional<wire::hub_file> remote; ///< what stands there now
    bool same = false;
};
using upload_items = std::vector<upload_item>;

inline result<void> check_workers(int workers) {
    if (workers < 1 || workers > 64)
        return make_problem(errc::invalid_argument, "max_workers must be 1 to 64.");
    return {};
}

/// What must not go up with a folder: Git's own files, and what transfers left unfinished.
inline bool is_private_entry(const std::filesystem::path& entry) {
    return entry.filename() == ".git" || is_left_by_transfer(entry);
}

inline result<void> check_entry(const std::filesystem::path& entry) {
    std::error_code error;
    const auto status = std::filesystem::status(entry, error);
    if (!std::filesystem::exists(status))
        return file_problem(errc::file_not_found, entry, "is a link to nothing; exclude it");
    if (std::filesystem::is_directory(status))
        return file_problem(errc::invalid_argument, entry,
                            "is a link to a folder; exclude it or put a copy in its place");
    if (!std::filesystem::is_regular_file(status))
        return file_problem(errc::invalid_argument, entry, "is not a regular file; exclude it");
    return {};
}

/// The files of a folder that are meant, by their path below it.
inline result<upload_items> list_folder(const std::filesystem::path& folder,
                                        const path_filter& filter) {
    namespace fs = std::filesystem;
    upload_items out;
    std::error_code error;
    fs::recursive_directory_iterator at(folder, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        const bool is_folder = fs::is_directory(at->symlink_status(error));
        if (is_private_entry(at->path())) {
            at.disable_recursion_pending();
            continue;
        }
        auto path = at->path().lexically_relative(folder).generic_string();
        if (is_folder || !filter.accepts(path))
            continue;
        if (auto fine = check_entry(at->path()); !fine)
            return fine.error();
        out.push_back({at->path(), std::move(path), {}, false, {}, false});
    }
    if (error)
        return file_problem(errc::file_unreadable, folder, "cannot be listed: " + error.message());
    if (out.empty())
        return file_problem(errc::invalid_argument, folder,
                            "has no file to upload that the patterns let through");
    return out;
}

/// The folder of the repository that a path names: without a slash at its end, empty for the root.
inline std::string folder_in_repository(std::string path) {
    while (path.ends_with('/'))
        path.pop_back();
    return path == "." ? std::string{} : path;
}

/// What is to be uploaded, with its paths in the repository, sorted by them.
inline result<upload_items> list_uploads(const model_upload& what) {
    upload_items out;
    std::error_code error;
    const bool is_folder = std::filesystem::is_directory(what.local_path, error);
    const bool below = is_folder || what.path_in_repo.empty() || what.path_in_repo.ends_with('/') ||
                       what.path_in_repo == ".";
    const std::string folder = folder_in_repository(what.path_in_repo);
    if (is_folder) {
        auto files = list_folder(what.local_path, {what.include, what.exclude});
        if (!files)
            return files;
        out = std::move(*files);
    } else {
        if (auto fine = check_file(what.local_path); !fine)
            return fine.error();
        out.push_back({what.local_path, what.local_path.filename().string(), {}, false, {}, false});
    }
    for (auto& item : out) {
        if (!below)
            item.path = what.path_in_repo;
        else if (!folder.empty())
            item.path = folder + "/" + item.path;
        if (auto fine = check_repository_path(item.path); !fine)
            return fine.error();
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return out;
}

inline std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

/// Refuses what the platform would not take.
inline result<void> check_endings(const upload_items& items,
                                  const std::vector<std::string>& forbidden) {
    for (const auto& item : items)
        for (const auto& ending : forbidden)
            if (!ending.empty() && lower_case(item.path).ends_with(ending))
                return file_problem(errc::limit_exceeded, item.local,
                                    "ends in `" + ending +
                                        "`, which the platform takes from nobody; exclude it");
    return {};
}

inline result<void> check_small_files(const upload_items& items) {
    for (const auto& item : items)
        if (!item.large && !item.same && item.facts.size > limits::max_small_file)
            return file_problem(errc::limit_exceeded, item.local,
                                "is larger than the 5 MiB that the hub takes of this kind of file; "
                                "pack it, or exclude it");
    return {};
}

/// H7 for all.
inline boost::asio::awaitable<result<void>> find_kinds(client_core& core, operation& op,
                                                       repository_id id, std::string branch,
                                                       upload_items& items) {
    for (std::size_t first = 0; first < items.size(); first += paths_a_call) {
        const std::size_t last = std::min(items.size(), first + paths_a_call);
        std::vector<std::string> paths;
        for (std::size_t i = first; i < last; ++i)
            paths.push_back(items[i].path);
        const auto kinds = co_await ask_for_kinds(core, op, id, branch, std::move(paths));
        if (!kinds)
            co_return kinds.error();
        for (std::size_t i = first; i < last; ++i)
            items[i].large = (*kinds)[i - first];
    }
    co_return result<void>{};
}

/// What the branch holds. A new branch begins with what the default one has; a repository without
/// a commit may have no tree.
inline boost::asio::awaitable<result<std::vector<wire::hub_file>>>
tree_to_change(client_core& core, operation& op, repository_id id, std::string branch) {
    auto got = co_await get_tree(core, op, id, branch);
    auto tree = or_nothing(std::move(got));
    if (tree && !*tree && branch != default_branch) {
        const std::string otherwise(default_branch);
        got = co_await get_tree(core, op, id, otherwise);
        tree = or_nothing(std::move(got));
    }
    if (!tree && tree.error().code == errc::conflict)
        co_return std::vector<wire::hub_file>{};
    if (!tree)
        co_return tree.error();
    co_return std::move(*tree).value_or(std::vector<wire::hub_file>{});
}

inline void place_remotes(upload_items& items, std::vector<wire::hub_file> tree) {
    std::sort(tree.begin(), tree.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    for (auto& item : items) {
        const auto found =
            std::lower_bound(tree.begin(), tree.end(), item.path,
                             [](const auto& file, const auto& path) { return file.path < path; });
        if (found != tree.end() && found->path == item.path)
            item.remote = std::move(*found);
    }
}

/// Finds out what stands in the repository under the same paths.
inline boost::asio::awaitable<result<void>> find_remotes(client_core& core, operation& op,
                                                         repository_id id, std::string branch,
                                                         upload_items& items) {
    if (items.size() > few_files || branch != default_branch) {
        auto tree = co_await tree_to_change(core, op, id, branch);
        if (!tree)
            co_return tree.error();
        place_remotes(items, std::move(*tree));
    }
    for (auto& item : items) {
        const bool known = item.remote && !item.remote->sha.empty();
        const bool listed = items.size() > few_files || branch != default_branch;
        if (known || (listed && !item.remote))
            continue;
        auto got = co_await get_hub_file(core, op, id, item.path, branch);
        auto file = or_nothing(std::move(got));
        if (!file)
            co_return file.error();
        item.remote = std::move(*file);
    }
    co_return result<void>{};
}

/// The whole of a small file, as it was examined.
inline result<std::string> read_small(const upload_item& item) {
    std::ifstream in(item.local, std::ios::binary);
    std::string out(item.facts.size + 1, '\0');
    in.read(out.data(), static_cast<std::streamsize>(out.size()));
    const auto got = static_cast<std::size_t>(in.gcount());
    if (!in.is_open() || in.bad())
        return file_problem(errc::file_unreadable, item.local, "cannot be read");
    out.resize(got);
    if (sha256::of(out) != item.facts.sha256)
        return file_problem(errc::checksum_mismatch, item.local, "changed while it was uploaded");
    return out;
}

/// Compares what is here with what is there.
inline result<void> compare(upload_item& item) {
    if (!item.remote)
        return {};
    content_identity here{item.facts.size, item.facts.sha256, {}};
    if (item.remote->sha256.value_or("").empty() && item.facts.size <= limits::max_small_file) {
        const auto content = read_small(item);
        if (!content)
            return content.error();
        here.blob_sha = git_blob_sha(*content);
    }
    item.same = has_content(*item.remote, here);
    return {};
}

inline wire::large_file large_file_of(const upload_item& item) {
    return {item.facts.sha256, static_cast<std::int64_t>(item.facts.size)};
}

inline http_request with_lfs_types(http_request request) {
    for (auto& header : request.headers) {
        if (header.name == "Content-Type")
            header.value = "application/vnd.git-lfs+json; charset=utf-8";
        if (header.name == "Accept")
            header.value = "application/vnd.git-lfs+json";
    }
    return request;
}

/// H8 for one file.
inline boost::asio::awaitable<result<wire::large_file_answer>>
ask_for_upload(client_core& core, operation& op, repository_id id, std::string branch,
               wire::large_file file) {
    const wire::large_file_batch body{"upload",
                                      {file},
                                      {"lfs-standalone-file", "basic"},
                                      wire::large_file_ref{"refs/heads/" + branch},
                                      "sha256"};
    const auto target = "/" + encoded_id(id) + ".git/info/lfs/objects/batch";
    auto request = hub_post(core, core.git_address(target), body, true);
    if (!request)
        co_return request.error();
    auto typed = with_lfs_types(std::move(*request));
    auto answer = co_await call_hub<wire::large_file_answers>(core, op, std::move(typed));
    if (!answer)
        co_return answer.error();
    if (answer->objects.size() != 1 || answer->objects.front().oid != file.oid)
        co_return unexpected("The hub does not tell where to send a large file.");
    co_return std::move(answer->objects.front());
}

inline wire::sts_grant to_grant(wire::large_file_grant from) {
    return {std::move(from.bos_host),
            std::move(from.bucket_name),
            std::move(from.key),
            std::move(from.access_key_id),
            std::move(from.secret_access_key),
            std::move(from.session_token),
            0,
            0};
}

/// H9: PUT of a large file.
inline boost::asio::awaitable<result<void>> put_large(client_core& core, operation& op,
                                                      wire::large_file_action action,
                                                      const file_facts& file,
                                                      std::shared_ptr<progress_meter> meter) {
    auto address = parse_url(action.href);
    if (!address)
        co_return address.error();
    auto request = core.hub_request("PUT", std::move(*address));
    for (auto& header : request.headers)
        if (header.name == "Content-Type")
            header.value = "application/octet-stream";
    if (action.header)
        for (const auto& [name, value] : *action.header)
            request.headers.push_back({name, value});
    request.kind = answer_kind::plain;
    request.source = std::make_shared<file_source>(
        file.path, 0, file.size,
        [meter](std::uint64_t done, const shared_bytes&) { meter->at(done); });
    auto answer = co_await core.call(op, std::move(request));
    if (!answer)
        co_return answer.error();
    co_return result<void>{};
}

/// True when the other way to send a file may do better.
inline bool may_go_otherwise(const problem& p) {
    return p.code != errc::cancelled && p.code != errc::client_closed &&
           p.code != errc::deadline_exceeded && p.code != errc::file_unreadable &&
           p.code != errc::file_not_found;
}

/// What is there already, or what `make` gets.
template <class Make>
boost::asio::awaitable<result<wire::sts_grant>> first_or(std::optional<wire::sts_grant> there,
                                                         Make make) {
    if (there)
        co_return std::move(*there);
    co_return co_await make();
}

/// H8 again, for a grant in the place of one that is no longer good.
inline boost::asio::awaitable<result<wire::sts_grant>>
renew_large_grant(client_core& core, operation& op, repository_id id, std::string branch,
                  wire::large_file file) {
    auto told = co_await ask_for_upload(core, op, id, branch, file);
    if (!told)
        co_return told.error();
    if (!told->actions || !told->actions->upload || !told->actions->upload->sts_token)
        co_return unexpected("The hub gives no grant for `" + file.oid + "` any more.");
    co_return to_grant(*told->actions->upload->sts_token);
}

inline std::string purpose_of(const repository_id& id, const upload_item& item) {
    return "hub " + to_string(id) + " " + item.facts.sha256;
}

/// H9 by the grant: in parts, gone on with after a cut. Objects are named by their content, so that
/// another call for the same file reaches the same object.
inline boost::asio::awaitable<result<void>>
send_granted(client_core& core, operation& op, repository_id id, std::string branch,
             const upload_item& item, wire::large_file_grant grant, transfer_options options,
             std::shared_ptr<progress_meter> meter) {
    const auto file = look_at(item.local, true);
    if (!file)
        co_return file.error();
    const auto named = large_file_of(item);
    upload_target to;
    to.purpose = purpose_of(id, item);
    to.sha256 = item.facts.sha256;
    to.grant = [&core, id, branch, named, first = std::optional(to_grant(std::move(grant)))](
                   operation& o, std::string) mutable {
        return first_or(std::exchange(first, std::nullopt), [&core, &o, id, branch, named] {
            return renew_large_grant(core, o, id, branch, named);
        });
    };
    auto sent = co_await upload(core, op, *file, std::move(to), options, meter);
    if (!sent)
        co_return sent.error();
    sent->registered();
    co_return result<void>{};
}

/// By the grant where there is one, else by PUT.
inline boost::asio::awaitable<result<void>>
send_bytes(client_core& core, operation& op, repository_id id, std::string branch,
           wire::large_file_action action, const upload_item& item, transfer_options options,
           std::shared_ptr<progress_meter> meter) {
    const bool granted = action.sts_token && !action.sts_token->access_key_id.empty() &&
                         !action.sts_token->bos_host.empty();
    const bool takes_put = !action.href.empty() && item.facts.size < max_single_put;
    if (!granted && !takes_put)
        co_return unexpected("The hub does not tell where to send `" + item.facts.name + "`.");
    if (granted) {
        auto sent = co_await send_granted(core, op, id, branch, item, *action.sts_token,
                                          std::move(options), meter);
        if (sent || !takes_put || !may_go_otherwise(sent.error()))
            co_return sent;
        core.log(log_level::warning,
                 "`" + item.facts.name +
                     "` goes by PUT, as the object store says: " + sent.error().message());
    }
    auto put = co_await put_large(core, op, action, item.facts, meter);
    if (!put || !granted)
        co_return put;
    // The parts that got there are of no use any more.
    if (const auto file = look_at(item.local, true)) {
        auto purpose = purpose_of(id, item);
        auto grant = to_grant(*action.sts_token);
        co_await discard_upload(core, op, *file, std::move(purpose), std::move(grant));
    }
    co_return put;
}

/// H10. Bytes that are not what was announced are refused here.
inline boost::asio::awaitable<result<void>> verify_large(client_core& core, operation& op,
                                                         wire::large_file_action action,
                                                         const upload_item& item) {
    auto address = parse_url(action.href);
    if (!address)
        co_return address.error();
    auto request = hub_post(core, std::move(*address), large_file_of(item), true);
    if (!request)
        co_return request.error();
    auto typed = with_lfs_types(std::move(*request));
    if (action.header)
        for (const auto& [name, value] : *action.header)
            typed.headers.push_back({name, value});
    typed.kind = answer_kind::plain;
    auto answer = co_await core.call(op, std::move(typed));
    if (answer)
        co_return result<void>{};
    problem p = answer.error();
    if (p.code == errc::bad_request) {
        p.code = errc::checksum_mismatch;
        p.detail = "`" + item.local.string() + "` did not arrive as it was read. " + p.detail;
    }
    co_return p;
}

/// H8, H9 and H10 for one file.
inline boost::asio::awaitable<result<void>>
send_large(client_core& core, operation& op, repository_id id, std::string branch,
           const upload_item& item, transfer_options options, std::shared_ptr<progress_sum> sum) {
    const auto meter = std::make_shared<progress_meter>(part_of(std::move(sum)), item.facts.size);
    const auto named = large_file_of(item);
    auto told = co_await ask_for_upload(core, op, id, branch, named);
    if (!told)
        co_return told.error();
    if (told->actions && !told->actions->upload)
        co_return unexpected("The hub does not tell where to send `" + item.path + "`.");
    if (told->actions) {
        auto sent = co_await send_bytes(core, op, id, branch, *told->actions->upload, item,
                                        std::move(options), meter);
        if (!sent)
            co_return sent.error();
    }
    if (told->actions && told->actions->verify) {
        auto verified = co_await verify_large(core, op, *told->actions->verify, item);
        if (!verified)
            co_return verified.error();
    }
    if (!told->actions) // nothing was sent that could have been counted
        meter->at(item.facts.size);
    co_return result<void>{};
}

inline boost::asio::awaitable<result<void>> send_large_files(client_core& core, operation& op,
                                                             repository_id id, std::string branch,
                                                             const upload_items& items, int workers,
                                                             transfer_options options,
                                                             std::shared_ptr<progress_sum> sum) {
    std::vector<const upload_item*> large;
    for (const auto& item : items)
        if (item.large && !item.same)
            large.push_back(&item);
    part_work work = [&core, &large, id, branch, options, sum](operation& part, std::size_t i) {
        return send_large(core, part, id, branch, *large[i], options, sum);
    };
    co_return co_await run_parts(op, large.size(), static_cast<std::size_t>(workers),
                                 std::move(work));
}

inline result<wire::hub_change> change_of(const upload_item& item) {
    wire::hub_change out{item.path, item.remote ? "update" : "create", {}, item.large, {}};
    if (item.remote)
        out.sha = item.remote->sha;
    if (item.large) {
        out.content = to_base64(large_file_pointer(large_file_of(item)));
        return out;
    }
    const auto content = read_small(item);
    if (!content)
        return content.error();
    out.content = to_base64(*content);
    return out;
}

inline std::string message_of(const model_upload& what,
                              const std::vector<const upload_item*>& changed) {
    if (!what.commit_message.empty())
        return what.commit_message;
    return changed.size() == 1 ? "Add " + changed.front()->path
                               : "Add " + std::to_string(changed.size()) + " files";
}

/// H11 for some of the changes.
inline boost::asio::awaitable<result<std::string>>
commit_changes(client_core& core, operation& op, repository_id id, wire::hub_commit body,
               std::span<const upload_item* const> changed) {
    for (const auto* item : changed) {
        auto change = change_of(*item);
        if (!change)
            co_return change.error();
        body.files.push_back(std::move(*change));
    }
    auto request = hub_post(core, core.git_address(repository_target(id, "contents")), body, false);
    if (!request)
        co_return request.error();
    body.files.clear(); // once is enough
    request->kind = answer_kind::plain;
    auto answer = co_await core.call(op, std::move(*request));
    if (!answer)
        co_return answer.error();
    const auto made = read_plain<wire::hub_committed>(*answer);
    co_return made ? made->commit.sha : std::string{};
}

/// All commits, one after the other. A failure says how many there are.
inline boost::asio::awaitable<result<std::string>>
commit_all(client_core& core, operation& op, repository_id id, std::string branch,
           model_upload what, std::vector<const upload_item*> changed,
           std::shared_ptr<progress_sum> sum) {
    std::vector<std::uint64_t> sizes;
    for (const auto* item : changed)
        sizes.push_back(item->large ? 0 : item->facts.size);
    const auto commits = split_into_commits(sizes);
    const std::string owner = to_string(id).substr(0, to_string(id).find('/'));
    const std::string message = message_of(what, changed);
    std::string last;
    for (std::size_t i = 0; i < commits.size(); ++i) {
        const auto [first, end] = commits[i];
        wire::hub_commit body{
            branch, message, wire::hub_person{owner, {}}, wire::hub_person{owner, {}}, {}};
        if (commits.size() > 1)
            body.message +=
                " (part " + std::to_string(i + 1) + "/" + std::to_string(commits.size()) + ")";
        const auto part = std::span<const upload_item* const>(changed).subspan(first, end - first);
        auto made = co_await commit_changes(core, op, id, std::move(body), part);
        if (!made) {
            problem p = made.error();
            if (i > 0)
                p.detail += " " + std::to_string(i) + " of " + std::to_string(commits.size()) +
                            " commits were made; uploading again makes the rest.";
            co_return p;
        }
        last = std::move(*made);
        sum->add(0, std::accumulate(sizes.begin() + static_cast<std::ptrdiff_t>(first),
                                    sizes.begin() + static_cast<std::ptrdiff_t>(end),
                                    std::uint64_t{0}));
    }
    co_return last;
}

/// Everything that can be told before a byte is sent.
inline boost::asio::awaitable<result<upload_items>> prepare_uploads(client_core& core,
                                                                    operation& op, repository_id id,
                                                                    std::string branch,
                                                                    model_upload what) {
    auto items = list_uploads(what);
    if (!items)
        co_return items;
    const auto forbidden = co_await get_forbidden_endings(core, op, id);
    if (!forbidden)
        co_return forbidden.error();
    if (auto fine = check_endings(*items, *forbidden); !fine)
        co_return fine.error();
    const auto kinds = co_await find_kinds(core, op, id, branch, *items);
    if (!kinds)
        co_return kinds.error();
    for (auto& item : *items) {
        auto facts = co_await examine(op, item.local, true);
        if (!facts)
            co_return facts.error();
        item.facts = std::move(*facts);
    }
    const auto found = co_await find_remotes(core, op, id, branch, *items);
    if (!found)
        co_return found.error();
    for (auto& item : *items)
        if (auto fine = compare(item); !fine)
            co_return fine.error();
    if (auto fine = check_small_files(*items); !fine)
        co_return fine.error();
    co_return items;
}

inline boost::asio::awaitable<result<model_commit>>
upload_to_repository(client_core& core, operation& op, repository_id id, model_upload what,
                     transfer_options options) {
    if (auto fine = check_repository_id(to_string(id)); !fine)
        co_return fine.error();
    if (auto fine = check_workers(what.max_workers); !fine)
        co_return fine.error();
    const std::string branch = branch_or_default(what.revision);
    auto items = co_await prepare_uploads(core, op, id, branch, what);
    if (!items)
        co_return items.error();
    model_commit out;
    std::vector<const upload_item*> changed;
    std::uint64_t total = 0;
    for (const auto& item : *items) {
        (item.same ? out.unchanged : out.files).push_back(item.path);
        if (item.same)
            continue;
        changed.push_back(&item);
        total += item.facts.size;
    }
    const auto sum = std::make_shared<progress_sum>(std::move(options.progress), total);
    const auto sent =
        co_await send_large_files(core, op, id, branch, *items, what.max_workers, options, sum);
    if (!sent)
        co_return sent.error();
    auto made = co_await commit_all(core, op, id, branch, what, std::move(changed), sum);
    if (!made)
        co_return made.error();
    out.commit = std::move(*made);
    co_return out;
}

} // namespace aistudio::detail
