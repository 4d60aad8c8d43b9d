#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/resources/item_stream.hpp>
#include <aistudio/types/dataset.hpp>
#include <aistudio/types/page.hpp>

#include <boost/describe/class.hpp>

#include <filesystem>
#include <memory>
#include <utility>

namespace aistudio {

/// Which datasets to list.
struct dataset_filter {
    /// Whose, and of which kind.
    list_scope scope = list_scope::own;
    /// What part of the list.
    page_request which{};
};
BOOST_DESCRIBE_STRUCT(dataset_filter, (), (scope, which))

/// Operations on datasets. Get one from `client::datasets()`; cheap to copy.
///
/// Each `async_x` takes any completion token (default `deferred`, so that `co_await` works bare)
/// and completes once with `result<T>`, never inline. Its arguments are copied or moved in: nothing
/// of the caller's needs to outlive the call, not even the client.
/// @par Errors         Beside those named: any of the transport, errc::unauthorized,
/// errc::credentials_missing,
///                     errc::cancelled, errc::client_closed, errc::deadline_exceeded.
/// @par Cancellation   terminal, partial and total, through the handler's slot: what waits is
/// ended,
///                     the request in flight is cut. A transfer leaves nothing under its final
///                     name. Asio's signals are not thread-safe: emit where the handler runs.
/// @par Thread safety  Safe.
class datasets {
public:
    explicit datasets(std::shared_ptr<client_core> core) : core_(std::move(core)) {}

    /// Creates a dataset, uploading `what.files` first. Nothing is registered unless all files
    /// arrived.
    /// @return      The dataset with its id.
    /// @par Errors  errc::invalid_argument (name), errc::file_not_found, errc::file_unreadable,
    /// errc::limit_exceeded.
    template <class Token = boost::asio::deferred_t>
    auto async_create(new_dataset what,
                      transfer_options options = detail::defaults<transfer_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<dataset>(core_, &start_create, std::forward<Token>(token),
                                         std::move(what), std::move(options));
    }

    /// Adds one local file to a dataset, streamed from disk. The file must not change meanwhile.
    /// @return      The file as the service has it.
    /// @par Errors  as `async_create`, errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_upload(dataset_id id, std::filesystem::path file,
                      transfer_options options = detail::defaults<transfer_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<dataset_file>(core_, &start_upload, std::forward<Token>(token), id,
                                              std::move(file), std::move(options));
    }

    /// One page, newest first. Only the local studio has this call.
    template <class Token = boost::asio::deferred_t>
    auto async_list(dataset_filter filter = detail::defaults<dataset_filter>(),
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<page<dataset>>(core_, &start_list, std::forward<Token>(token),
                                               filter, std::move(options));
    }
    /// All that the filter lets through, from its page on; `options` holds for each page.
    [[nodiscard]] item_stream<dataset> all(dataset_filter filter = {},
                                           call_options options = {}) const {
        const auto from = filter.which;
        auto ask = [core = core_, filter, options = std::move(options)](page_request which,
                                                                        auto handler) mutable {
            filter.which = which;
            start_list(core, filter, options, std::move(handler));
        };
        return {detail::home_executor(*core_), std::move(ask), from};
    }

    /// One dataset with its files.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_get(dataset_id id, call_options options = detail::defaults<call_options>(),
                   Token&& token = Token{}) const {
        return detail::initiate<dataset>(core_, &start_get, std::forward<Token>(token), id,
                                         std::move(options));
    }

    /// Downloads one file to `target`: a file name, or an existing folder in which it gets its own
    /// name. Written under a temporary name beside it; the final name appears only when size and
    /// checksum are right.
    /// @return      Where the file is.
    /// @par Errors  errc::not_found, errc::checksum_mismatch, errc::incomplete_transfer,
    /// errc::write_failed.
    template <class Token = boost::asio::deferred_t>
    auto async_download(dataset_id id, file_id file, std::filesystem::path target,
                        transfer_options options = detail::defaults<transfer_options>(),
                        Token&& token = Token{}) const {
        return detail::initiate<std::filesystem::path>(core_, &start_download,
                                                       std::forward<Token>(token), id, file,
                                                       std::move(target), std::move(options));
    }

    /// Deletes a dataset and its files. Only the local studio has this call.
    /// @par Errors  errc::not_found, errc::conflict while a project or an unfinished job uses it.
    template <class Token = boost::asio::deferred_t>
    auto async_remove(dataset_id id, call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<void>(core_, &start_remove, std::forward<Token>(token), id,
                                      std::move(options));
    }

    /// Changes what is set in `changes` and leaves the rest. Only the local studio has this call.
    /// @par Errors  errc::invalid_argument (name), errc::not_found, errc::forbidden for those of
    /// others.
    template <class Token = boost::asio::deferred_t>
    auto async_update(dataset_id id, dataset_changes changes,
                      call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<dataset>(core_, &start_update, std::forward<Token>(token), id,
                                         std::move(changes), std::move(options));
    }

    /// Marks it as a favourite of this account. Only the local studio has this call.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_favourite(dataset_id id, call_options options = detail::defaults<call_options>(),
                         Token&& token = Token{}) const {
        return detail::initiate<dataset>(core_, &start_favourite, std::forward<Token>(token), id,
                                         std::move(options));
    }

    /// Takes the mark away. What is no favourite stays none.
    template <class Token = boost::asio::deferred_t>
    auto async_unfavourite(dataset_id id, call_options options = detail::defaults<call_options>(),
                           Token&& token = Token{}) const {
        return detail::initiate<dataset>(core_, &start_unfavourite, std::forward<Token>(token), id,
                                         std::move(options));
    }

    /// The first rows of a `.csv` file, in UTF-8 or GBK. Only the local studio has this call.
    /// @param rows  beside the first one, at most 1000; 0: 20.
    /// @par Errors  errc::not_found, errc::bad_request for another kind of file or text.
    template <class Token = boost::asio::deferred_t>
    auto async_preview(dataset_id id, file_id file, int rows = 0,
                       call_options options = detail::defaults<call_options>(),
                       Token&& token = Token{}) const {
        return detail::initiate<csv_preview>(core_, &start_preview, std::forward<Token>(token), id,
                                             file, rows, std::move(options));
    }

    /// Where a file is found in jobs and notebooks.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_path(dataset_id id, file_id file,
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<dataset_path>(core_, &start_path, std::forward<Token>(token), id,
                                              file, std::move(options));
    }

    // The same with a type-erased handler, for facades and bindings.
    AISTUDIO_DECL static void start_create(std::shared_ptr<client_core>, new_dataset,
                                           transfer_options, detail::handler<dataset>);
    AISTUDIO_DECL static void start_upload(std::shared_ptr<client_core>, dataset_id,
                                           std::filesystem::path, transfer_options,
                                           detail::handler<dataset_file>);
    AISTUDIO_DECL static void start_list(std::shared_ptr<client_core>, dataset_filter, call_options,
                                         detail::handler<page<dataset>>);
    AISTUDIO_DECL static void start_get(std::shared_ptr<client_core>, dataset_id, call_options,
                                        detail::handler<dataset>);
    AISTUDIO_DECL static void start_download(std::shared_ptr<client_core>, dataset_id, file_id,
                                             std::filesystem::path, transfer_options,
                                             detail::handler<std::filesystem::path>);
    AISTUDIO_DECL static void start_remove(std::shared_ptr<client_core>, dataset_id, call_options,
                                           detail::handler<void>);
    AISTUDIO_DECL static void start_update(std::shared_ptr<client_core>, dataset_id,
                                           dataset_changes, call_options, detail::handler<dataset>);
    AISTUDIO_DECL static void start_favourite(std::shared_ptr<client_core>, dataset_id,
                                              call_options, detail::handler<dataset>);
    AISTUDIO_DECL static void start_unfavourite(std::shared_ptr<client_core>, dataset_id,
                                                call_options, detail::handler<dataset>);
    AISTUDIO_DECL static void start_preview(std::shared_ptr<client_core>, dataset_id, file_id, int,
                                            call_options, detail::handler<csv_preview>);
    AISTUDIO_DECL static void start_path(std::shared_ptr<client_core>, dataset_id, file_id,
                                         call_options, detail::handler<dataset_path>);

private:
    std::shared_ptr<client_core> core_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/datasets.ipp>
#endif
