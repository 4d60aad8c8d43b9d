#pragma once

/// @file
/// Download from a repository: one file, or all of them.

#include <aistudio/impl/hub_calls.ipp>
#include <aistudio/impl/model_upload.ipp>
#include <aistudio/impl/parallel.ipp>
#include <aistudio/impl/transfer_calls.ipp>
#include <aistudio/protocol/classify.hpp>
#include <aistudio/protocol/path_filter.hpp>
#include <aistudio/protocol/url.hpp>

#include <algorithm>

namespace aistudio::detail {

inline constexpr int max_redirects = 5;

/// Where a redirect leads. What is not checked by a digest must not leave TLS.
inline result<url> redirect_target(const url& from, const http_response& answer,
                                   bool checked_by_digest) {
    std::string text(answer.header("Location"));
    const std::string scheme = from.tls ? "https:" : "http:";
    if (text.starts_with("//"))
        text.insert(0, scheme);
    else if (text.starts_with('/'))
        text.insert(0, scheme + "//" + from.host_header());
    auto to = parse_url(text);
    if (!to)
        return unexpected("The hub redirects to nowhere. " + to.error().detail);
    if (from.tls && !to->tls && !checked_by_digest)
        return unexpected("The hub redirects from https to http, where anybody between could "
                          "change the file.");
    return to;
}

/// Follows redirects. The token goes to the first host only.
inline boost::asio::awaitable<result<http_response>>
call_following(client_core& core, operation& op, http_request request, bool checked_by_digest) {
    request.kind = answer_kind::redirectable;
    for (int i = 0; i <= max_redirects; ++i) {
        auto answer = co_await core.call(op, request);
        if (!answer || !is_redirect(answer->status))
            co_return answer;
        auto next = redirect_target(request.address, *answer, checked_by_digest);
        if (!next)
            co_return next.error();
        if (!same_origin(*next, request.address))
            std::erase_if(request.headers, [](const http_header& h) {
                return equals_ignoring_case(h.name, "Authorization");
            });
        request.address = std::move(*next);
    }
    co_return unexpected("The hub redirects again and again.");
}

/// H14, without the range.
inline http_request media_request(client_core& core, const repository_id& id,
                                  const std::string& revision, const std::string& path) {
    auto request = core.hub_request(
        "GET", core.git_address(repository_target(id, "media/" + uri_encode(path, false)) +
                                ref_query(revision)));
    for (auto& header : request.headers)
        if (header.name == "Accept")
            header.value = "*/*";
    return request;
}

/// H14 into `target`.
inline boost::asio::awaitable<result<std::filesystem::path>>
fetch_file(client_core& core, operation& op, repository_id id, std::string revision,
           wire::hub_file file, std::filesystem::path target, transfer_options options) {
    download_source from;
    from.size = file.size;
    from.sha256 = lower_case(file.sha256.value_or(""));
    const auto request = media_request(core, id, revision, file.path);
    from.identity = request.address.host_header() + request.address.target;
    from.open = [request](operation&) -> boost::asio::awaitable<result<http_request>> {
        co_return request;
    };
    from.send = [&core, checked = !from.sha256.empty()](operation& o, http_request r) {
        return call_following(core, o, std::move(r), checked);
    };
    co_return co_await download(core, op, std::move(from), target, std::move(options));
}

/// `git_blob_sha` of a file, piece by piece.
inline boost::asio::awaitable<result<std::string>>
examine_blob(operation& op, std::filesystem::path file, std::uint64_t size) {
    std::ifstream in(file, std::ios::binary);
    sha1 digest;
    digest.update("blob " + std::to_string(size));
    digest.update({"\0", 1});
    std::string chunk(std::size_t{256} << 10U, '\0');
    while (in) {
        in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        digest.update({chunk.data(), static_cast<std::size_t>(in.gcount())});
        const auto going = co_await pause_work(op, file);
        if (!going)
            co_return going.error();
    }
    co_return digest.finish();
}

/// True when `target` is there with the file's content already.
inline boost::asio::awaitable<result<bool>> is_there(operation& op, const wire::hub_file& file,
                                                     std::filesystem::path target) {
    std::error_code error;
    const auto size = std::filesystem::is_regular_file(target, error)
                          ? std::filesystem::file_size(target, error)
                          : std::uintmax_t{0};
    const bool comparable = !error && std::filesystem::is_regular_file(target, error) &&
                            file.size >= 0 && size == static_cast<std::uint64_t>(file.size);
    if (!comparable)
        co_return false;
    const auto facts = co_await examine(op, target, true);
    if (!facts)
        co_return op.stop.reason() == errc::ok ? result<bool>(false) : result<bool>(facts.error());
    content_identity here{facts->size, facts->sha256, {}};
    if (file.sha256.value_or("").empty()) {
        auto sha = co_await examine_blob(op, target, facts->size);
        if (!sha)
            co_return sha.error();
        here.blob_sha = std::move(*sha);
    }
    co_return has_content(file, here);
}

inline std::string own_name(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

inline boost::asio::awaitable<result<std::filesystem::path>>
download_from_repository(client_core& core, operation& op, repository_id id, std::string path,
                         std::filesystem::path target, std::string revision,
                         transfer_options options) {
    if (auto fine = check_repository_id(to_string(id)); !fine)
        co_return fine.error();
    if (auto fine = check_repository_path(path); !fine)
        co_return fine.error();
    auto file = co_await get_hub_file(core, op, id, path, revision);
    if (!file)
        co_return file.error();
    const auto where = resolve_target(target, own_name(path));
    const auto there = co_await is_there(op, *file, where);
    if (!there)
        co_return there.error();
    if (*there)
        co_return where;
    co_return co_await fetch_file(core, op, id, revision, std::move(*file), where,
                                  std::move(options));
}

/// What of the tree is asked for.
inline std::vector<wire::hub_file> chosen_files(std::vector<wire::hub_file> tree,
                                                const path_filter& filter) {
    std::erase_if(tree, [&](const wire::hub_file& f) { return !filter.accepts(f.path); });
    std::sort(tree.begin(), tree.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return tree;
}

inline result<void> check_tree_files(const std::vector<wire::hub_file>& tree) {
    std::vector<std::string_view> paths;
    for (const auto& file : tree)
        paths.emplace_back(file.path);
    return check_tree(std::move(paths));
}

inline result<void> make_snapshot_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error && !std::filesystem::is_directory(folder))
        return file_problem(errc::write_failed, folder,
                            "cannot be made a folder: " + error.message());
    return {};
}

/// A list of files does not tell of large ones what it tells of their pointers; only with a
/// SHA-256 is it about the content.
inline bool is_described(const wire::hub_file& file) {
    return !file.sha256.value_or("").empty() && file.size >= 0;
}

/// A snapshot while it is made.
struct snapshot_run {
    repository_id id;
    std::string revision; ///< commit of a tag, or as asked for
    std::filesystem::path folder;
    std::vector<wire::hub_file> files;
    std::vector<char> fetched; ///< of each file: whether it had to be
    std::shared_ptr<progress_sum> sum;
    transfer_options options; ///< of each file
};

inline boost::asio::awaitable<result<void>> snapshot_file(client_core& core, operation& op,
                                                          snapshot_run& run, std::size_t i) {
    wire::hub_file file = run.files[i];
    if (!is_described(file)) {
        auto described = co_await get_hub_file(core, op, run.id, file.path, run.revision);
        if (!described)
            co_return described.error();
        file = std::move(*described);
    }
    const auto target = run.folder / file.path;
    if (auto made = make_snapshot_folder(target.parent_path()); !made)
        co_return made.error();
    auto report = part_of(run.sum);
    const auto there = co_await is_there(op, file, target);
    if (!there)
        co_return there.error();
    run.fetched[i] = *there ? 0 : 1;
    if (*there) {
        report({static_cast<std::uint64_t>(file.size), 0});
        co_return result<void>{};
    }
    transfer_options options = run.options;
    options.progress = std::move(report);
    const auto stored = co_await fetch_file(core, op, run.id, run.revision, std::move(file), target,
                                            std::move(options));
    if (!stored)
        co_return stored.error();
    co_return result<void>{};
}

inline std::uint64_t described_size(const std::vector<wire::hub_file>& files) {
    std::uint64_t total = 0;
    for (const auto& file : files) {
        if (!is_described(file))
            return 0;
        total += static_cast<std::uint64_t>(file.size);
    }
    return total;
}

inline boost::asio::awaitable<result<model_snapshot>>
download_snapshot(client_core& core, operation& op, repository_id id, std::filesystem::path target,
                  snapshot_request what, transfer_options options) {
    if (auto fine = check_repository_id(to_string(id)); !fine)
        co_return fine.error();
    if (auto fine = check_workers(what.max_workers); !fine)
        co_return fine.error();
    auto revision = co_await resolve_revision(core, op, id, what.revision);
    if (!revision)
        co_return revision.error();
    auto tree = co_await get_tree(core, op, id, *revision);
    if (!tree)
        co_return tree.error();
    if (auto fine = check_tree_files(*tree); !fine)
        co_return fine.error();
    snapshot_run run;
    run.id = id;
    run.revision = *revision;
    run.folder = target.empty() ? std::filesystem::path(".") : target;
    run.files = chosen_files(std::move(*tree), {what.include, what.exclude});
    run.fetched.resize(run.files.size());
    run.options = options;
    run.sum =
        std::make_shared<progress_sum>(std::move(options.progress), described_size(run.files));
    if (auto made = make_snapshot_folder(run.folder); !made)
        co_return made.error();
    part_work work = [&core, &run](operation& part, std::size_t i) {
        return snapshot_file(core, part, run, i);
    };
    const auto workers = static_cast<std::size_t>(what.max_workers);
    const auto done = co_await run_parts(op, run.files.size(), workers, std::move(work));
    if (!done)
        co_return done.error();
    model_snapshot out;
    out.folder = run.folder;
    out.revision = run.revision;
    for (std::size_t i = 0; i < run.files.size(); ++i)
        (run.fetched[i] != 0 ? out.files : out.unchanged).push_back(run.files[i].path);
    co_return out;
}

} // namespace aistudio::detail
