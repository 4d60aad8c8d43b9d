#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/types/job.hpp>

#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

/// Which jobs to list; what is empty does not filter.
struct job_filter {
    /// Of this name only.
    std::string name{};
    /// In this stage only.
    open_enum<job_stage> stage{};
};
BOOST_DESCRIBE_STRUCT(job_filter, (), (name, stage))

/// How to wait for a job.
struct wait_options {
    /// Bound of the whole wait; zero: none. The default is the longest run time the platform
    /// allows.
    std::chrono::milliseconds timeout{std::chrono::hours{72}};
    /// First interval between two looks; it grows by half each time.
    std::chrono::milliseconds poll{200};
    /// Largest interval.
    std::chrono::milliseconds max_poll{5000};
    /// Of each single look.
    call_options call{};
};
BOOST_DESCRIBE_STRUCT(wait_options, (), (timeout, poll, max_poll, call))

/// How to follow a job's log.
struct follow_options {
    /// Byte to begin with; 0: the start.
    std::int64_t offset = 0;
    /// Of each single read; `call.deadline` must be longer than `wait`.
    call_options call{};
    /// How long the service may hold one read until there is something new, at most 30 s.
    std::chrono::milliseconds wait{10000};
};
BOOST_DESCRIBE_STRUCT(follow_options, (), (offset, call, wait))

/// Operations on jobs (the wire calls them pipelines).
/// Completion, errors, cancellation and thread safety as in `datasets`.
class jobs {
public:
    explicit jobs(std::shared_ptr<client_core> core) : core_(std::move(core)) {}

    /// Packs `what.folder`, uploads it and queues the job. When the upload fails the service is
    /// told, so that no job stays half submitted.
    /// @return      The job as queued.
    /// @par Errors  errc::invalid_argument, errc::file_not_found, errc::limit_exceeded (zip over 50
    /// MiB, more than 3
    ///              datasets), errc::not_found (a dataset or the project).
    template <class Token = boost::asio::deferred_t>
    auto async_submit(new_job what, transfer_options options = detail::defaults<transfer_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<job>(core_, &start_submit, std::forward<Token>(token),
                                     std::move(what), std::move(options));
    }
    /// All jobs the filter lets through; the wire has no pages here.
    template <class Token = boost::asio::deferred_t>
    auto async_list(job_filter filter = detail::defaults<job_filter>(),
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<std::vector<job>>(core_, &start_list, std::forward<Token>(token),
                                                  std::move(filter), std::move(options));
    }
    /// One job as it is now.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_get(job_id id, call_options options = detail::defaults<call_options>(),
                   Token&& token = Token{}) const {
        return detail::initiate<job>(core_, &start_get, std::forward<Token>(token), std::move(id),
                                     std::move(options));
    }
    /// Waits until the job is in a final stage. A failed job is a value, not an error; cancelling
    /// ends the wait, not the job.
    /// @par Errors  errc::not_found, errc::deadline_exceeded.
    template <class Token = boost::asio::deferred_t>
    auto async_wait(job_id id, wait_options options = detail::defaults<wait_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<job>(core_, &start_wait, std::forward<Token>(token), std::move(id),
                                     std::move(options));
    }
    /// What the log has from `offset` on, at once. Only the local studio has this call.
    template <class Token = boost::asio::deferred_t>
    auto async_log(job_id id, std::int64_t offset = 0,
                   call_options options = detail::defaults<call_options>(),
                   Token&& token = Token{}) const {
        return detail::initiate<log_chunk>(core_, &start_log, std::forward<Token>(token),
                                           std::move(id), offset, std::move(options));
    }
    /// Hands the log to `sink` as it grows, each byte once, until the job has ended. Lost
    /// connections are mended by reading on from the last byte. `sink` is called on the client's
    /// executor, one call at a time.
    /// @return      Where the log ends, in bytes. After an error, go on from the last chunk's
    /// `next_offset`.
    template <class Token = boost::asio::deferred_t>
    auto async_follow_log(job_id id, std::function<void(const log_chunk&)> sink,
                          follow_options options = detail::defaults<follow_options>(),
                          Token&& token = Token{}) const {
        return detail::initiate<std::int64_t>(core_, &start_follow_log, std::forward<Token>(token),
                                              std::move(id), std::move(sink), std::move(options));
    }
    /// Ends the job and all its processes; its log is kept. Stopping a job that has ended changes
    /// nothing.
    template <class Token = boost::asio::deferred_t>
    auto async_stop(job_id id, call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<void>(core_, &start_stop, std::forward<Token>(token), std::move(id),
                                      std::move(options));
    }
    /// All files below the output folder.
    template <class Token = boost::asio::deferred_t>
    auto async_outputs(job_id id, call_options options = detail::defaults<call_options>(),
                       Token&& token = Token{}) const {
        return detail::initiate<std::vector<output_file>>(
            core_, &start_outputs, std::forward<Token>(token), std::move(id), std::move(options));
    }
    /// Downloads one file of the output; `path` as in `output_file`. Target and safety as in
    /// `datasets::async_download`.
    template <class Token = boost::asio::deferred_t>
    auto async_download_output(job_id id, std::string path, std::filesystem::path target,
                               transfer_options options = detail::defaults<transfer_options>(),
                               Token&& token = Token{}) const {
        return detail::initiate<std::filesystem::path>(
            core_, &start_download_output, std::forward<Token>(token), std::move(id),
            std::move(path), std::move(target), std::move(options));
    }
    /// Downloads `<job id>_log.tar.gz` or `<job id>_output.tar.gz` of a job that has ended. Only
    /// the local studio has this call.
    /// @par Errors  errc::conflict while the job runs.
    template <class Token = boost::asio::deferred_t>
    auto async_download_archive(job_id id, job_archive which, std::filesystem::path target,
                                transfer_options options = detail::defaults<transfer_options>(),
                                Token&& token = Token{}) const {
        return detail::initiate<std::filesystem::path>(
            core_, &start_download_archive, std::forward<Token>(token), std::move(id), which,
            std::move(target), std::move(options));
    }

    // The same with a type-erased handler, for facades and bindings.
    AISTUDIO_DECL static void start_submit(std::shared_ptr<client_core>, new_job, transfer_options,
                                           detail::handler<job>);
    AISTUDIO_DECL static void start_list(std::shared_ptr<client_core>, job_filter, call_options,
                                         detail::handler<std::vector<job>>);
    AISTUDIO_DECL static void start_get(std::shared_ptr<client_core>, job_id, call_options,
                                        detail::handler<job>);
    AISTUDIO_DECL static void start_wait(std::shared_ptr<client_core>, job_id, wait_options,
                                         detail::handler<job>);
    AISTUDIO_DECL static void start_log(std::shared_ptr<client_core>, job_id, std::int64_t,
                                        call_options, detail::handler<log_chunk>);
    AISTUDIO_DECL static void start_follow_log(std::shared_ptr<client_core>, job_id,
                                               std::function<void(const log_chunk&)>,
                                               follow_options, detail::handler<std::int64_t>);
    AISTUDIO_DECL static void start_stop(std::shared_ptr<client_core>, job_id, call_options,
                                         detail::handler<void>);
    AISTUDIO_DECL static void start_outputs(std::shared_ptr<client_core>, job_id, call_options,
                                            detail::handler<std::vector<output_file>>);
    AISTUDIO_DECL static void start_download_output(std::shared_ptr<client_core>, job_id,
                                                    std::string, std::filesystem::path,
                                                    transfer_options,
                                                    detail::handler<std::filesystem::path>);
    AISTUDIO_DECL static void start_download_archive(std::shared_ptr<client_core>, job_id,
                                                     job_archive, std::filesystem::path,
                                                     transfer_options,
                                                     detail::handler<std::filesystem::path>);

private:
    std::shared_ptr<client_core> core_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/jobs.ipp>
#endif
