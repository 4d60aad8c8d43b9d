#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/resources/item_stream.hpp>
#include <aistudio/types/page.hpp>
#include <aistudio/types/project.hpp>

#include <boost/describe/class.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

/// Which projects to list.
struct project_filter {
    /// Whose, and of which kind.
    list_scope scope = list_scope::own;
    /// What part of the list.
    page_request which{};
};
BOOST_DESCRIBE_STRUCT(project_filter, (), (scope, which))

/// Operations on projects. The platform publishes no wire format for them, so only the local studio
/// has them. Completion, errors, cancellation and thread safety as in `datasets`.
///
/// Everybody may read and fork public and official projects; all else is for the owner, others get
/// errc::forbidden. A path names a file or folder below the project, with `/` between parts: up to
/// 1024 bytes, 255 a part, no part empty, `.` or `..`, no backslash or control character. Where a
/// version is asked for, 0 means the files as they are now.
class projects {
public:
    explicit projects(std::shared_ptr<client_core> core) : core_(std::move(core)) {}

    /// Creates a project, with datasets attached if `what` names some.
    /// @par Errors  errc::invalid_argument (name, more than 2 datasets), errc::not_found (a
    /// dataset).
    template <class Token = boost::asio::deferred_t>
    auto async_create(new_project what, call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_create, std::forward<Token>(token),
                                         std::move(what), std::move(options));
    }
    /// One page, newest first.
    template <class Token = boost::asio::deferred_t>
    auto async_list(project_filter filter = detail::defaults<project_filter>(),
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<page<project>>(core_, &start_list, std::forward<Token>(token),
                                               filter, std::move(options));
    }
    /// All that the filter lets through, from its page on; `options` holds for each page.
    [[nodiscard]] item_stream<project> all(project_filter filter = {},
                                           call_options options = {}) const {
        const auto from = filter.which;
        auto ask = [core = core_, filter, options = std::move(options)](page_request which,
                                                                        auto handler) mutable {
            filter.which = which;
            start_list(core, filter, options, std::move(handler));
        };
        return {detail::home_executor(*core_), std::move(ask), from};
    }
    /// One project.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_get(project_id id, call_options options = detail::defaults<call_options>(),
                   Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_get, std::forward<Token>(token), id,
                                         std::move(options));
    }
    /// Changes what is set in `changes` and leaves the rest.
    template <class Token = boost::asio::deferred_t>
    auto async_update(project_id id, project_changes changes,
                      call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_update, std::forward<Token>(token), id,
                                         std::move(changes), std::move(options));
    }
    /// Deletes a project.
    /// @par Errors  errc::not_found, errc::conflict while it has unfinished jobs or services.
    template <class Token = boost::asio::deferred_t>
    auto async_remove(project_id id, call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<void>(core_, &start_remove, std::forward<Token>(token), id,
                                      std::move(options));
    }
    /// Attaches a dataset: the project's next job finds it at the documented paths. Attaching it
    /// again changes nothing.
    /// @par Errors  errc::not_found, errc::conflict for the third dataset.
    template <class Token = boost::asio::deferred_t>
    auto async_attach_dataset(project_id id, dataset_id which,
                              call_options options = detail::defaults<call_options>(),
                              Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_attach_dataset, std::forward<Token>(token),
                                         id, which, std::move(options));
    }
    /// Detaches a dataset. Detaching what is not attached changes nothing.
    template <class Token = boost::asio::deferred_t>
    auto async_detach_dataset(project_id id, dataset_id which,
                              call_options options = detail::defaults<call_options>(),
                              Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_detach_dataset, std::forward<Token>(token),
                                         id, which, std::move(options));
    }
    /// Lets everybody read and fork it. Publishing what is public changes nothing.
    template <class Token = boost::asio::deferred_t>
    auto async_publish(project_id id, call_options options = detail::defaults<call_options>(),
                       Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_publish, std::forward<Token>(token), id,
                                         std::move(options));
    }
    /// Makes it private again; forks that were made stay. What is private stays so.
    template <class Token = boost::asio::deferred_t>
    auto async_unpublish(project_id id, call_options options = detail::defaults<call_options>(),
                         Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_unpublish, std::forward<Token>(token), id,
                                         std::move(options));
    }
    /// Marks it as a favourite of this account.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_favourite(project_id id, call_options options = detail::defaults<call_options>(),
                         Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_favourite, std::forward<Token>(token), id,
                                         std::move(options));
    }
    /// Takes the mark away. What is no favourite stays none.
    template <class Token = boost::asio::deferred_t>
    auto async_unfavourite(project_id id, call_options options = detail::defaults<call_options>(),
                           Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_unfavourite, std::forward<Token>(token), id,
                                         std::move(options));
    }
    /// Copies a project, with its files and attached datasets but without its versions and jobs.
    /// The copy is private, belongs to this account and has a life of its own.
    /// @param name  of the copy; empty: the same.
    /// @par Errors  errc::not_found when it was deleted, errc::forbidden when it is private and of
    /// another account.
    template <class Token = boost::asio::deferred_t>
    auto async_fork(project_id id, std::string name = detail::defaults<std::string>(),
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_fork, std::forward<Token>(token), id,
                                         std::move(name), std::move(options));
    }
    /// Who forked it, newest first.
    template <class Token = boost::asio::deferred_t>
    auto async_forks(project_id id, call_options options = detail::defaults<call_options>(),
                     Token&& token = Token{}) const {
        return detail::initiate<std::vector<fork_record>>(
            core_, &start_forks, std::forward<Token>(token), id, std::move(options));
    }
    /// All versions without their files, newest first.
    template <class Token = boost::asio::deferred_t>
    auto async_versions(project_id id, call_options options = detail::defaults<call_options>(),
                        Token&& token = Token{}) const {
        return detail::initiate<std::vector<project_version>>(
            core_, &start_versions, std::forward<Token>(token), id, std::move(options));
    }
    /// One version with its files.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_version(project_id id, int number,
                       call_options options = detail::defaults<call_options>(),
                       Token&& token = Token{}) const {
        return detail::initiate<project_version>(core_, &start_version, std::forward<Token>(token),
                                                 id, number, std::move(options));
    }
    /// Keeps the files as they are now as an unsubmitted version. When they are those of the newest
    /// version, that one is returned and nothing is made.
    /// @par Errors  errc::conflict when there is no file.
    template <class Token = boost::asio::deferred_t>
    auto async_save(project_id id, std::string remark = detail::defaults<std::string>(),
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<project_version>(core_, &start_save, std::forward<Token>(token), id,
                                                 std::move(remark), std::move(options));
    }
    /// What became of the files between two versions, by path.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_compare(project_id id, int before, int after = 0,
                       call_options options = detail::defaults<call_options>(),
                       Token&& token = Token{}) const {
        return detail::initiate<std::vector<file_change>>(core_, &start_compare,
                                                          std::forward<Token>(token), id, before,
                                                          after, std::move(options));
    }
    /// Puts the files and the main file of a version in place of those there are now, which are
    /// saved as an unsubmitted version before, so that nothing is lost.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_restore(project_id id, int number,
                       call_options options = detail::defaults<call_options>(),
                       Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_restore, std::forward<Token>(token), id,
                                         number, std::move(options));
    }
    /// Downloads all files of a version to the folder `target`, which is made; files that are there
    /// under the same names are replaced. Safety of each file as in `datasets::async_download`.
    /// @return      `target`.
    /// @par Errors  errc::not_found, errc::write_failed.
    template <class Token = boost::asio::deferred_t>
    auto async_download_version(project_id id, int number, std::filesystem::path target,
                                transfer_options options = detail::defaults<transfer_options>(),
                                Token&& token = Token{}) const {
        return detail::initiate<std::filesystem::path>(core_, &start_download_version,
                                                       std::forward<Token>(token), id, number,
                                                       std::move(target), std::move(options));
    }
    /// All files and folders below it, by path.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_files(project_id id, int version = 0,
                     call_options options = detail::defaults<call_options>(),
                     Token&& token = Token{}) const {
        return detail::initiate<std::vector<project_file>>(
            core_, &start_files, std::forward<Token>(token), id, version, std::move(options));
    }
    /// Makes a folder and those above it. What is a folder stays one.
    /// @par Errors  errc::bad_request (path), errc::conflict when a file has the name.
    template <class Token = boost::asio::deferred_t>
    auto async_create_folder(project_id id, std::string path,
                             call_options options = detail::defaults<call_options>(),
                             Token&& token = Token{}) const {
        return detail::initiate<project_file>(core_, &start_create_folder,
                                              std::forward<Token>(token), id, std::move(path),
                                              std::move(options));
    }
    /// Uploads a local file of at most 20 MiB in place of what is there; folders above it are made.
    /// @param path  empty: the file's own name, in the project's top folder.
    /// @par Errors  errc::limit_exceeded (larger: make a dataset of it), errc::file_not_found,
    /// errc::bad_request (path), errc::conflict (a folder has the name, too many files).
    template <class Token = boost::asio::deferred_t>
    auto async_upload_file(project_id id, std::filesystem::path file,
                           std::string path = detail::defaults<std::string>(),
                           transfer_options options = detail::defaults<transfer_options>(),
                           Token&& token = Token{}) const {
        return detail::initiate<project_file>(core_, &start_upload_file, std::forward<Token>(token),
                                              id, std::move(file), std::move(path),
                                              std::move(options));
    }
    /// Downloads one file. Target and safety as in `datasets::async_download`.
    /// @par Errors  errc::not_found, errc::write_failed.
    template <class Token = boost::asio::deferred_t>
    auto async_download_file(project_id id, std::string path, std::filesystem::path target,
                             int version = 0,
                             transfer_options options = detail::defaults<transfer_options>(),
                             Token&& token = Token{}) const {
        return detail::initiate<std::filesystem::path>(
            core_, &start_download_file, std::forward<Token>(token), id, std::move(path),
            std::move(target), version, std::move(options));
    }
    /// The text of a file.
    /// @par Errors  errc::not_found, errc::bad_request when it is a folder or not UTF-8,
    /// errc::payload_too_large over 20 MiB: download it.
    template <class Token = boost::asio::deferred_t>
    auto async_read_file(project_id id, std::string path, int version = 0,
                         call_options options = detail::defaults<call_options>(),
                         Token&& token = Token{}) const {
        return detail::initiate<std::string>(core_, &start_read_file, std::forward<Token>(token),
                                             id, std::move(path), version, std::move(options));
    }
    /// Writes a text of at most 1 MiB in place of what is there; folders above it are made.
    /// @par Errors  errc::limit_exceeded (larger: upload it), errc::bad_request (path, not UTF-8),
    /// errc::conflict (a folder has the name, too many files).
    template <class Token = boost::asio::deferred_t>
    auto async_write_file(project_id id, std::string path, std::string content,
                          call_options options = detail::defaults<call_options>(),
                          Token&& token = Token{}) const {
        return detail::initiate<project_file>(core_, &start_write_file, std::forward<Token>(token),
                                              id, std::move(path), std::move(content),
                                              std::move(options));
    }
    /// The text of a `.py` or `.txt` file of at most 1 MiB, for showing it.
    /// @par Errors  errc::not_found, errc::bad_request (another kind of file, not UTF-8),
    /// errc::payload_too_large.
    template <class Token = boost::asio::deferred_t>
    auto async_preview_file(project_id id, std::string path, int version = 0,
                            call_options options = detail::defaults<call_options>(),
                            Token&& token = Token{}) const {
        return detail::initiate<std::string>(core_, &start_preview_file, std::forward<Token>(token),
                                             id, std::move(path), version, std::move(options));
    }
    /// Gives a file, or a folder with all in it, another name or place. The main file stays the
    /// main file.
    /// @par Errors  errc::not_found, errc::bad_request (path), errc::conflict when the new name is
    /// taken.
    template <class Token = boost::asio::deferred_t>
    auto async_rename_file(project_id id, std::string path, std::string new_path,
                           call_options options = detail::defaults<call_options>(),
                           Token&& token = Token{}) const {
        return detail::initiate<project_file>(core_, &start_rename_file, std::forward<Token>(token),
                                              id, std::move(path), std::move(new_path),
                                              std::move(options));
    }
    /// Removes a file, or a folder with all in it. Versions keep theirs.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_remove_file(project_id id, std::string path,
                           call_options options = detail::defaults<call_options>(),
                           Token&& token = Token{}) const {
        return detail::initiate<void>(core_, &start_remove_file, std::forward<Token>(token), id,
                                      std::move(path), std::move(options));
    }
    /// Chooses the `.py` or `.sh` file that a job without a command of its own starts.
    /// @param path  empty: none.
    /// @par Errors  errc::not_found, errc::bad_request (another kind of file).
    template <class Token = boost::asio::deferred_t>
    auto async_set_main_file(project_id id, std::string path,
                             call_options options = detail::defaults<call_options>(),
                             Token&& token = Token{}) const {
        return detail::initiate<project>(core_, &start_set_main_file, std::forward<Token>(token),
                                         id, std::move(path), std::move(options));
    }

    // The same with a type-erased handler, for facades and bindings.
    AISTUDIO_DECL static void start_create(std::shared_ptr<client_core>, new_project, call_options,
                                           detail::handler<project>);
    AISTUDIO_DECL static void start_list(std::shared_ptr<client_core>, project_filter, call_options,
                                         detail::handler<page<project>>);
    AISTUDIO_DECL static void start_get(std::shared_ptr<client_core>, project_id, call_options,
                                        detail::handler<project>);
    AISTUDIO_DECL static void start_update(std::shared_ptr<client_core>, project_id,
                                           project_changes, call_options, detail::handler<project>);
    AISTUDIO_DECL static void start_remove(std::shared_ptr<client_core>, project_id, call_options,
                                           detail::handler<void>);
    AISTUDIO_DECL static void start_attach_dataset(std::shared_ptr<client_core>, project_id,
                                                   dataset_id, call_options,
                                                   detail::handler<project>);
    AISTUDIO_DECL static void start_detach_dataset(std::shared_ptr<client_core>, project_id,
                                                   dataset_id, call_options,
                                                   detail::handler<project>);
    AISTUDIO_DECL static void start_publish(std::shared_ptr<client_core>, project_id, call_options,
                                            detail::handler<project>);
    AISTUDIO_DECL static void start_unpublish(std::shared_ptr<client_core>, project_id,
                                              call_options, detail::handler<project>);
    AISTUDIO_DECL static void start_favourite(std::shared_ptr<client_core>, project_id,
                                              call_options, detail::handler<project>);
    AISTUDIO_DECL static void start_unfavourite(std::shared_ptr<client_core>, project_id,
                                                call_options, detail::handler<project>);
    AISTUDIO_DECL static void start_fork(std::shared_ptr<client_core>, project_id, std::string,
                                         call_options, detail::handler<project>);
    AISTUDIO_DECL static void start_forks(std::shared_ptr<client_core>, project_id, call_options,
                                          detail::handler<std::vector<fork_record>>);
    AISTUDIO_DECL static void start_versions(std::shared_ptr<client_core>, project_id, call_options,
                                             detail::handler<std::vector<project_version>>);
    AISTUDIO_DECL static void start_version(std::shared_ptr<client_core>, project_id, int,
                                            call_options, detail::handler<project_version>);
    AISTUDIO_DECL static void start_save(std::shared_ptr<client_core>, project_id, std::string,
                                         call_options, detail::handler<project_version>);
    AISTUDIO_DECL static void start_compare(std::shared_ptr<client_core>, project_id, int, int,
                                            call_options,
                                            detail::handler<std::vector<file_change>>);
    AISTUDIO_DECL static void start_restore(std::shared_ptr<client_core>, project_id, int,
                                            call_options, detail::handler<project>);
    AISTUDIO_DECL static void start_download_version(std::shared_ptr<client_core>, project_id, int,
                                                     std::filesystem::path, transfer_options,
                                                     detail::handler<std::filesystem::path>);
    AISTUDIO_DECL static void start_files(std::shared_ptr<client_core>, project_id, int,
                                          call_options, detail::handler<std::vector<project_file>>);
    AISTUDIO_DECL static void start_create_folder(std::shared_ptr<client_core>, project_id,
                                                  std::string, call_options,
                                                  detail::handler<project_file>);
    AISTUDIO_DECL static void start_upload_file(std::shared_ptr<client_core>, project_id,
                                                std::filesystem::path, std::string,
                                                transfer_options, detail::handler<project_file>);
    AISTUDIO_DECL static void start_download_file(std::shared_ptr<client_core>, project_id,
                                                  std::string, std::filesystem::path, int,
                                                  transfer_options,
                                                  detail::handler<std::filesystem::path>);
    AISTUDIO_DECL static void start_read_file(std::shared_ptr<client_core>, project_id, std::string,
                                              int, call_options, detail::handler<std::string>);
    AISTUDIO_DECL static void start_write_file(std::shared_ptr<client_core>, project_id,
                                               std::string, std::string, call_options,
                                               detail::handler<project_file>);
    AISTUDIO_DECL static void start_preview_file(std::shared_ptr<client_core>, project_id,
                                                 std::string, int, call_options,
                                                 detail::handler<std::string>);
    AISTUDIO_DECL static void start_rename_file(std::shared_ptr<client_core>, project_id,
                                                std::string, std::string, call_options,
                                                detail::handler<project_file>);
    AISTUDIO_DECL static void start_remove_file(std::shared_ptr<client_core>, project_id,
                                                std::string, call_options, detail::handler<void>);
    AISTUDIO_DECL static void start_set_main_file(std::shared_ptr<client_core>, project_id,
                                                  std::string, call_options,
                                                  detail::handler<project>);

private:
    std::shared_ptr<client_core> core_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/projects.ipp>
#endif
