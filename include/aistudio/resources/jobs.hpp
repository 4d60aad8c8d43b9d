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
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

/// Which jobs to list; what is empty does not filter.
struct job_filter {
    /// With this text in their name only.
    std::string name{};
    /// In this stage only.
    open_enum<job_stage> stage{};
    /// Of this project only. This and the rest: only the local studio.
    std::optional<project_id> project{};
    /// With this text in their remark only.
    std::string remark{};
    /// Submitted at this time or later; zero: any time.
    timestamp created_from{};
    /// Submitted before this time; zero: any time.
    timestamp created_before{};
};
BOOST_DESCRIBE_STRUCT(job_filter, (), (name, stage, project, remark, created_from, created_before))

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
    /// As in `jobs::async_log`; offsets are those of that role's log.
    std::string role{};
};
BOOST_DESCRIBE_STRUCT(follow_options, (), (offset, call, wait, role))

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
    /// @param role  Only what one process wrote: `trainer.0`, `pserver.1`; empty: the whole log,
    ///              where lines of a job with several processes begin with theirs: `[trainer.0] `.
    ///              A job of one process has `trainer.0` alone, which is the whole log.
    /// @par Errors  errc::not_found (the job, or a role it does not have).
    template <class Token = boost::asio::deferred_t>
    auto async_log(job_id id, std::int64_t offset = 0,
                   std::string role = detail::defaults<std::string>(),
                   call_options options = detail::defaults<call_options>(),
                   Token&& token = Token{}) const {
        return detail::initiate<log_chunk>(core_, &start_log, std::forward<Token>(token),
                                           std::move(id), offset, std::move(role),
                                           std::move(options));
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

    /// What a job may ask for, with the price factor of each. Only the local studio has this call.
    /// @param device  Only resources of this kind; empty: of all kinds.
    template <class Token = boost::asio::deferred_t>
    auto async_options(std::string device = detail::defaults<std::string>(),
                       call_options options = detail::defaults<call_options>(),
                       Token&& token = Token{}) const {
        return detail::initiate<job_choices>(core_, &start_options, std::forward<Token>(token),
                                             std::move(device), std::move(options));
    }
    /// The code of a job as it was submitted, file by file. Only the local studio has this call.
    /// @par Errors  errc::not_found, errc::conflict while no code has arrived.
    template <class Token = boost::asio::deferred_t>
    auto async_version(job_id id, call_options options = detail::defaults<call_options>(),
                       Token&& token = Token{}) const {
        return detail::initiate<job_version>(core_, &start_version, std::forward<Token>(token),
                                             std::move(id), std::move(options));
    }
    /// Writes the code of a job, as it was submitted, below `target`: a folder, made when it is not
    /// there; files of the same names are replaced. To change it and submit it anew, give the
    /// folder to `async_resubmit`.
    /// @return      The folder.
    /// @par Errors  As `async_version`; errc::write_failed.
    template <class Token = boost::asio::deferred_t>
    auto async_download_code(job_id id, std::filesystem::path target,
                             transfer_options options = detail::defaults<transfer_options>(),
                             Token&& token = Token{}) const {
        return detail::initiate<std::filesystem::path>(core_, &start_download_code,
                                                       std::forward<Token>(token), std::move(id),
                                                       std::move(target), std::move(options));
    }
    /// Queues a new job like an earlier one but for `changes`. The earlier job and its code stay as
    /// they are. Only the local studio has this call.
    /// @return      The new job as queued.
    /// @par Errors  As `async_submit`; errc::not_found (the job, its project or a dataset is gone),
    /// errc::conflict (the earlier job's code never arrived).
    template <class Token = boost::asio::deferred_t>
    auto async_resubmit(job_id id, job_changes changes = detail::defaults<job_changes>(),
                        transfer_options options = detail::defaults<transfer_options>(),
                        Token&& token = Token{}) const {
        return detail::initiate<job>(core_, &start_resubmit, std::forward<Token>(token),
                                     std::move(id), std::move(changes), std::move(options));
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
                                        std::string, call_options, detail::handler<log_chunk>);
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
    AISTUDIO_DECL static void start_options(std::shared_ptr<client_core>, std::string, call_options,
                                            detail::handler<job_choices>);
    AISTUDIO_DECL static void start_version(std::shared_ptr<client_core>, job_id, call_options,
                                            detail::handler<job_version>);
    AISTUDIO_DECL static void start_download_code(std::shared_ptr<client_core>, job_id,
                                                  std::filesystem::path, transfer_options,
                                                  detail::handler<std::filesystem::path>);
    AISTUDIO_DECL static void start_resubmit(std::shared_ptr<client_core>, job_id, job_changes,
                                             transfer_options, detail::handler<job>);

private:
    std::shared_ptr<client_core> core_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/jobs.ipp>
#endif
