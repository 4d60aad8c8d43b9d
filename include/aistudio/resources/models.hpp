#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/resources/item_stream.hpp>
#include <aistudio/types/model.hpp>
#include <aistudio/types/page.hpp>

#include <boost/describe/class.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

/// Which repositories to list.
struct model_filter {
    /// What part of the list.
    page_request which{};
};
BOOST_DESCRIBE_STRUCT(model_filter, (), (which))

/// Operations on repositories of the model hub. Public ones can be read without an access token.
/// Completion, errors, cancellation and thread safety as in `datasets`. A repository id that is not
/// of the form `owner/name` is refused with errc::invalid_argument before anything is sent.
class models {
public:
    explicit models(std::shared_ptr<client_core> core) : core_(std::move(core)) {}

    /// Creates a repository without files.
    /// @return      The repository.
    /// @par Errors  errc::invalid_argument (name), errc::conflict (the name is taken).
    template <class Token = boost::asio::deferred_t>
    auto async_create(new_model what, call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<model>(core_, &start_create, std::forward<Token>(token),
                                       std::move(what), std::move(options));
    }

    /// Whether there is a repository of that name which this token may read. The service does not
    /// tell the two apart.
    template <class Token = boost::asio::deferred_t>
    auto async_exists(repository_id repo_id,
                      call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<bool>(core_, &start_exists, std::forward<Token>(token),
                                      std::move(repo_id), std::move(options));
    }

    /// One repository. Only the local studio has this call.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_get(repository_id repo_id, call_options options = detail::defaults<call_options>(),
                   Token&& token = Token{}) const {
        return detail::initiate<model>(core_, &start_get, std::forward<Token>(token),
                                       std::move(repo_id), std::move(options));
    }

    /// One page of the own repositories, newest first. Only the local studio has this call.
    template <class Token = boost::asio::deferred_t>
    auto async_list(model_filter filter = detail::defaults<model_filter>(),
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<page<model>>(core_, &start_list, std::forward<Token>(token), filter,
                                             std::move(options));
    }
    /// All of them from the filter's page on, page by page; `options` holds for each page.
    [[nodiscard]] item_stream<model> all(model_filter filter = {},
                                         call_options options = {}) const {
        const auto from = filter.which;
        auto ask = [core = core_, filter, options = std::move(options)](page_request which,
                                                                        auto handler) mutable {
            filter.which = which;
            start_list(core, filter, options, std::move(handler));
        };
        return {detail::home_executor(*core_), std::move(ask), from};
    }

    /// All files at a revision, by path. `size` and `sha256` are those that the service tells in
    /// lists; `file_info` may know more.
    /// @param  revision  Branch, tag or commit; empty: `master`.
    /// @par Errors       errc::not_found (repository or revision).
    template <class Token = boost::asio::deferred_t>
    auto async_files(repository_id repo_id, std::string revision = detail::defaults<std::string>(),
                     call_options options = detail::defaults<call_options>(),
                     Token&& token = Token{}) const {
        return detail::initiate<std::vector<model_file>>(
            core_, &start_files, std::forward<Token>(token), std::move(repo_id),
            std::move(revision), std::move(options));
    }

    /// One file at a revision.
    /// @param  path      From the repository's root, such as `weights/model.pdparams`.
    /// @param  revision  Branch, tag or commit; empty: `master`.
    /// @par Errors       errc::not_found (repository, revision or file).
    template <class Token = boost::asio::deferred_t>
    auto async_file_info(repository_id repo_id, std::string path,
                         std::string revision = detail::defaults<std::string>(),
                         call_options options = detail::defaults<call_options>(),
                         Token&& token = Token{}) const {
        return detail::initiate<model_file>(core_, &start_file_info, std::forward<Token>(token),
                                            std::move(repo_id), std::move(path),
                                            std::move(revision), std::move(options));
    }

    /// Uploads a file or a folder. Large files go first, several at a time, those that the hub has
    /// already not at all; then one commit names everything that changed, several when there are
    /// more than 500 files or 32 MiB of small ones. Files of 0 bytes are taken whatever
    /// `transfer_options::allow_empty_files` says. Repeating it after a failure sends what is
    /// missing.
    /// @return      The commit, and what is in it.
    /// @par Errors  errc::invalid_argument (path, pattern without a file), errc::file_not_found,
    ///              errc::file_unreadable, errc::limit_exceeded (a small file over 5 MiB, a kind
    ///              the platform forbids), errc::not_found (repository), errc::conflict (another
    ///              commit changed the same file meanwhile, or the revision is a tag),
    ///              errc::checksum_mismatch (a file changed while it was sent).
    template <class Token = boost::asio::deferred_t>
    auto async_upload(repository_id repo_id, model_upload what,
                      transfer_options options = detail::defaults<transfer_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<model_commit>(core_, &start_upload, std::forward<Token>(token),
                                              std::move(repo_id), std::move(what),
                                              std::move(options));
    }

    /// Downloads one file to `target`: a file name, or an existing folder in which it gets its own
    /// name. Its final name appears only when size and checksum are right. A file that is there
    /// already with this content stays as it is, without a transfer.
    /// @param  path      From the repository's root.
    /// @param  revision  Branch, tag or commit; empty: `master`.
    /// @return           Where the file is.
    /// @par Errors       errc::not_found, errc::checksum_mismatch, errc::incomplete_transfer,
    ///                   errc::write_failed.
    template <class Token = boost::asio::deferred_t>
    auto async_download(repository_id repo_id, std::string path, std::filesystem::path target,
                        std::string revision = detail::defaults<std::string>(),
                        transfer_options options = detail::defaults<transfer_options>(),
                        Token&& token = Token{}) const {
        return detail::initiate<std::filesystem::path>(
            core_, &start_download, std::forward<Token>(token), std::move(repo_id), std::move(path),
            std::move(target), std::move(revision), std::move(options));
    }

    /// Downloads a repository, or what of it `what` selects, into the folder `target`, which is
    /// made when it is missing. Each file as by `download`; nothing is ever written outside the
    /// folder, and other files in it stay.
    /// @return      What was fetched and what was there already.
    /// @par Errors  as `download`; errc::unexpected_answer (a path in the repository that would
    ///              leave the folder, or two that cannot both be there).
    template <class Token = boost::asio::deferred_t>
    auto async_snapshot_download(repository_id repo_id, std::filesystem::path target,
                                 snapshot_request what = detail::defaults<snapshot_request>(),
                                 transfer_options options = detail::defaults<transfer_options>(),
                                 Token&& token = Token{}) const {
        return detail::initiate<model_snapshot>(
            core_, &start_snapshot_download, std::forward<Token>(token), std::move(repo_id),
            std::move(target), std::move(what), std::move(options));
    }

    /// Names a commit. Only the local studio has this call.
    /// @param  revision  Branch, tag or commit to name; empty: `master`.
    /// @return           The tag.
    /// @par Errors       errc::not_found, errc::conflict (the name is taken, nothing is committed).
    template <class Token = boost::asio::deferred_t>
    auto async_create_tag(repository_id repo_id, std::string name,
                          std::string revision = detail::defaults<std::string>(),
                          call_options options = detail::defaults<call_options>(),
                          Token&& token = Token{}) const {
        return detail::initiate<model_tag>(core_, &start_create_tag, std::forward<Token>(token),
                                           std::move(repo_id), std::move(name), std::move(revision),
                                           std::move(options));
    }

    /// Deletes a repository with all its files. Only the local studio has this call.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_remove(repository_id repo_id,
                      call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<void>(core_, &start_remove, std::forward<Token>(token),
                                      std::move(repo_id), std::move(options));
    }

    // The same with a type-erased handler, for facades and bindings.
    AISTUDIO_DECL static void start_create(std::shared_ptr<client_core>, new_model, call_options,
                                           detail::handler<model>);
    AISTUDIO_DECL static void start_exists(std::shared_ptr<client_core>, repository_id,
                                           call_options, detail::handler<bool>);
    AISTUDIO_DECL static void start_get(std::shared_ptr<client_core>, repository_id, call_options,
                                        detail::handler<model>);
    AISTUDIO_DECL static void start_list(std::shared_ptr<client_core>, model_filter, call_options,
                                         detail::handler<page<model>>);
    AISTUDIO_DECL static void start_files(std::shared_ptr<client_core>, repository_id, std::string,
                                          call_options, detail::handler<std::vector<model_file>>);
    AISTUDIO_DECL static void start_file_info(std::shared_ptr<client_core>, repository_id,
                                              std::string, std::string, call_options,
                                              detail::handler<model_file>);
    AISTUDIO_DECL static void start_upload(std::shared_ptr<client_core>, repository_id,
                                           model_upload, transfer_options,
                                           detail::handler<model_commit>);
    AISTUDIO_DECL static void start_download(std::shared_ptr<client_core>, repository_id,
                                             std::string, std::filesystem::path, std::string,
                                             transfer_options,
                                             detail::handler<std::filesystem::path>);
    AISTUDIO_DECL static void start_snapshot_download(std::shared_ptr<client_core>, repository_id,
                                                      std::filesystem::path, snapshot_request,
                                                      transfer_options,
                                                      detail::handler<model_snapshot>);
    AISTUDIO_DECL static void start_create_tag(std::shared_ptr<client_core>, repository_id,
                                               std::string, std::string, call_options,
                                               detail::handler<model_tag>);
    AISTUDIO_DECL static void start_remove(std::shared_ptr<client_core>, repository_id,
                                           call_options, detail::handler<void>);

private:
    std::shared_ptr<client_core> core_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/models.ipp>
#endif
