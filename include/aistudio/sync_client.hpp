#pragma once

#include <aistudio/client.hpp>
#include <aistudio/resources/item_range.hpp>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio {
namespace detail {

/// The threads that run a blocking client's I/O.
class io_thread;
/// False on these threads themselves, which must not wait for their own work.
[[nodiscard]] AISTUDIO_DECL bool may_block(const io_thread& thread);

/// Where a blocked caller waits for its operation.
template <class T>
struct rendezvous {
    std::mutex mutex;
    std::condition_variable ready;
    std::optional<result<T>> value;
};

/// What the blocking resources share.
class blocking {
public:
    blocking(std::shared_ptr<io_thread> thread, std::shared_ptr<client_core> core)
        : thread_(std::move(thread)), core_(std::move(core)) {}

protected:
    /// Starts an operation and waits for it.
    template <class T, class Start, class... Args>
    result<T> call(Start start, Args... args) const {
        return wait_for<T>([&](handler<T> h) { start(core_, std::move(args)..., std::move(h)); },
                           [] {});
    }
    /// `start(handler)` starts an operation; `meanwhile()` is done before the waiting.
    template <class T, class Start, class Meanwhile>
    result<T> wait_for(Start start, Meanwhile meanwhile) const {
        if (!may_block(*thread_))
            return make_problem(errc::invalid_argument,
                                "A blocking call was made from a callback of the client; use the "
                                "asynchronous client there.");
        const auto meeting = std::make_shared<rendezvous<T>>();
        start(handler<T>([meeting](result<T> value) {
            const std::lock_guard lock(meeting->mutex);
            meeting->value.emplace(std::move(value));
            meeting->ready.notify_one();
        }));
        meanwhile();
        std::unique_lock lock(meeting->mutex);
        meeting->ready.wait(lock, [&] { return meeting->value.has_value(); });
        return std::move(*meeting->value);
    }

    std::shared_ptr<io_thread> thread_;
    std::shared_ptr<client_core> core_;
};

} // namespace detail

/// `datasets`, blocking: each member is the operation of the same name there.
class sync_datasets : detail::blocking {
public:
    using blocking::blocking;
    result<dataset> create(new_dataset what, transfer_options o = {}) const {
        return call<dataset>(&datasets::start_create, std::move(what), std::move(o));
    }
    result<dataset_file> upload(dataset_id id, std::filesystem::path file,
                                transfer_options o = {}) const {
        return call<dataset_file>(&datasets::start_upload, id, std::move(file), std::move(o));
    }
    result<page<dataset>> list(dataset_filter filter = {}, call_options o = {}) const {
        return call<page<dataset>>(&datasets::start_list, filter, std::move(o));
    }
    /// All that the filter lets through, from its page on; `o` holds for each page.
    item_range<dataset> all(dataset_filter filter = {}, call_options o = {}) const {
        auto fetch = [self = *this, filter, o = std::move(o)](page_request which) mutable {
            filter.which = which;
            return self.list(filter, o);
        };
        return item_range<dataset>(std::move(fetch), filter.which);
    }
    result<dataset> get(dataset_id id, call_options o = {}) const {
        return call<dataset>(&datasets::start_get, id, std::move(o));
    }
    result<std::filesystem::path> download(dataset_id id, file_id file,
                                           std::filesystem::path target,
                                           transfer_options o = {}) const {
        return call<std::filesystem::path>(&datasets::start_download, id, file, std::move(target),
                                           std::move(o));
    }
    result<void> remove(dataset_id id, call_options o = {}) const {
        return call<void>(&datasets::start_remove, id, std::move(o));
    }
    result<dataset> update(dataset_id id, dataset_changes changes, call_options o = {}) const {
        return call<dataset>(&datasets::start_update, id, std::move(changes), std::move(o));
    }
    result<dataset> favourite(dataset_id id, call_options o = {}) const {
        return call<dataset>(&datasets::start_favourite, id, std::move(o));
    }
    result<dataset> unfavourite(dataset_id id, call_options o = {}) const {
        return call<dataset>(&datasets::start_unfavourite, id, std::move(o));
    }
    result<csv_preview> preview(dataset_id id, file_id file, int rows = 0,
                                call_options o = {}) const {
        return call<csv_preview>(&datasets::start_preview, id, file, rows, std::move(o));
    }
    result<dataset_path> path(dataset_id id, file_id file, call_options o = {}) const {
        return call<dataset_path>(&datasets::start_path, id, file, std::move(o));
    }
};

/// `projects`, blocking: each member is the operation of the same name there.
class sync_projects : detail::blocking {
public:
    using blocking::blocking;
    result<project> create(new_project what, call_options o = {}) const {
        return call<project>(&projects::start_create, std::move(what), std::move(o));
    }
    result<page<project>> list(project_filter filter = {}, call_options o = {}) const {
        return call<page<project>>(&projects::start_list, filter, std::move(o));
    }
    /// All that the filter lets through, from its page on; `o` holds for each page.
    item_range<project> all(project_filter filter = {}, call_options o = {}) const {
        auto fetch = [self = *this, filter, o = std::move(o)](page_request which) mutable {
            filter.which = which;
            return self.list(filter, o);
        };
        return item_range<project>(std::move(fetch), filter.which);
    }
    result<project> get(project_id id, call_options o = {}) const {
        return call<project>(&projects::start_get, id, std::move(o));
    }
    result<project> update(project_id id, project_changes changes, call_options o = {}) const {
        return call<project>(&projects::start_update, id, std::move(changes), std::move(o));
    }
    result<void> remove(project_id id, call_options o = {}) const {
        return call<void>(&projects::start_remove, id, std::move(o));
    }
    result<project> attach_dataset(project_id id, dataset_id which, call_options o = {}) const {
        return call<project>(&projects::start_attach_dataset, id, which, std::move(o));
    }
    result<project> detach_dataset(project_id id, dataset_id which, call_options o = {}) const {
        return call<project>(&projects::start_detach_dataset, id, which, std::move(o));
    }
    result<project> publish(project_id id, call_options o = {}) const {
        return call<project>(&projects::start_publish, id, std::move(o));
    }
    result<project> unpublish(project_id id, call_options o = {}) const {
        return call<project>(&projects::start_unpublish, id, std::move(o));
    }
    result<project> favourite(project_id id, call_options o = {}) const {
        return call<project>(&projects::start_favourite, id, std::move(o));
    }
    result<project> unfavourite(project_id id, call_options o = {}) const {
        return call<project>(&projects::start_unfavourite, id, std::move(o));
    }
    result<project> fork(project_id id, std::string name = {}, call_options o = {}) const {
        return call<project>(&projects::start_fork, id, std::move(name), std::move(o));
    }
    result<std::vector<fork_record>> forks(project_id id, call_options o = {}) const {
        return call<std::vector<fork_record>>(&projects::start_forks, id, std::move(o));
    }
    result<std::vector<project_version>> versions(project_id id, call_options o = {}) const {
        return call<std::vector<project_version>>(&projects::start_versions, id, std::move(o));
    }
    result<project_version> version(project_id id, int number, call_options o = {}) const {
        return call<project_version>(&projects::start_version, id, number, std::move(o));
    }
    result<project_version> save(project_id id, std::string remark = {},
                                 call_options o = {}) const {
        return call<project_version>(&projects::start_save, id, std::move(remark), std::move(o));
    }
    result<std::vector<file_change>> compare(project_id id, int before, int after = 0,
                                             call_options o = {}) const {
        return call<std::vector<file_change>>(&projects::start_compare, id, before, after,
                                              std::move(o));
    }
    result<project> restore(project_id id, int number, call_options o = {}) const {
        return call<project>(&projects::start_restore, id, number, std::move(o));
    }
    result<std::filesystem::path> download_version(project_id id, int number,
                                                   std::filesystem::path target,
                                                   transfer_options o = {}) const {
        return call<std::filesystem::path>(&projects::start_download_version, id, number,
                                           std::move(target), std::move(o));
    }
    result<std::vector<project_file>> files(project_id id, int version = 0,
                                            call_options o = {}) const {
        return call<std::vector<project_file>>(&projects::start_files, id, version, std::move(o));
    }
    result<project_file> create_folder(project_id id, std::string path, call_options o = {}) const {
        return call<project_file>(&projects::start_create_folder, id, std::move(path),
                                  std::move(o));
    }
    result<project_file> upload_file(project_id id, std::filesystem::path file,
                                     std::string path = {}, transfer_options o = {}) const {
        return call<project_file>(&projects::start_upload_file, id, std::move(file),
                                  std::move(path), std::move(o));
    }
    result<std::filesystem::path> download_file(project_id id, std::string path,
                                                std::filesystem::path target, int version = 0,
                                                transfer_options o = {}) const {
        return call<std::filesystem::path>(&projects::start_download_file, id, std::move(path),
                                           std::move(target), version, std::move(o));
    }
    result<std::string> read_file(project_id id, std::string path, int version = 0,
                                  call_options o = {}) const {
        return call<std::string>(&projects::start_read_file, id, std::move(path), version,
                                 std::move(o));
    }
    result<project_file> write_file(project_id id, std::string path, std::string content,
                                    call_options o = {}) const {
        return call<project_file>(&projects::start_write_file, id, std::move(path),
                                  std::move(content), std::move(o));
    }
    result<std::string> preview_file(project_id id, std::string path, int version = 0,
                                     call_options o = {}) const {
        return call<std::string>(&projects::start_preview_file, id, std::move(path), version,
                                 std::move(o));
    }
    result<project_file> rename_file(project_id id, std::string path, std::string new_path,
                                     call_options o = {}) const {
        return call<project_file>(&projects::start_rename_file, id, std::move(path),
                                  std::move(new_path), std::move(o));
    }
    result<void> remove_file(project_id id, std::string path, call_options o = {}) const {
        return call<void>(&projects::start_remove_file, id, std::move(path), std::move(o));
    }
    result<project> set_main_file(project_id id, std::string path, call_options o = {}) const {
        return call<project>(&projects::start_set_main_file, id, std::move(path), std::move(o));
    }
};

/// `jobs`, blocking: each member is the operation of the same name there.
class sync_jobs : detail::blocking {
public:
    using blocking::blocking;
    result<job> submit(new_job what, transfer_options o = {}) const {
        return call<job>(&jobs::start_submit, std::move(what), std::move(o));
    }
    result<std::vector<job>> list(job_filter filter = {}, call_options o = {}) const {
        return call<std::vector<job>>(&jobs::start_list, std::move(filter), std::move(o));
    }
    result<job> get(job_id id, call_options o = {}) const {
        return call<job>(&jobs::start_get, std::move(id), std::move(o));
    }
    result<job> wait(job_id id, wait_options o = {}) const {
        return call<job>(&jobs::start_wait, std::move(id), std::move(o));
    }
    result<log_chunk> log(job_id id, std::int64_t offset = 0, std::string role = {},
                          call_options o = {}) const {
        return call<log_chunk>(&jobs::start_log, std::move(id), offset, std::move(role),
                               std::move(o));
    }
    result<std::int64_t> follow_log(job_id id, std::function<void(const log_chunk&)> sink,
                                    follow_options o = {}) const {
        return call<std::int64_t>(&jobs::start_follow_log, std::move(id), std::move(sink),
                                  std::move(o));
    }
    result<void> stop(job_id id, call_options o = {}) const {
        return call<void>(&jobs::start_stop, std::move(id), std::move(o));
    }
    result<std::vector<output_file>> outputs(job_id id, call_options o = {}) const {
        return call<std::vector<output_file>>(&jobs::start_outputs, std::move(id), std::move(o));
    }
    result<std::filesystem::path> download_output(job_id id, std::string path,
                                                  std::filesystem::path target,
                                                  transfer_options o = {}) const {
        return call<std::filesystem::path>(&jobs::start_download_output, std::move(id),
                                           std::move(path), std::move(target), std::move(o));
    }
    result<std::filesystem::path> download_archive(job_id id, job_archive which,
                                                   std::filesystem::path target,
                                                   transfer_options o = {}) const {
        return call<std::filesystem::path>(&jobs::start_download_archive, std::move(id), which,
                                           std::move(target), std::move(o));
    }
    result<job_choices> options(std::string device = {}, call_options o = {}) const {
        return call<job_choices>(&jobs::start_options, std::move(device), std::move(o));
    }
    result<job_version> version(job_id id, call_options o = {}) const {
        return call<job_version>(&jobs::start_version, std::move(id), std::move(o));
    }
    result<std::filesystem::path> download_code(job_id id, std::filesystem::path target,
                                                transfer_options o = {}) const {
        return call<std::filesystem::path>(&jobs::start_download_code, std::move(id),
                                           std::move(target), std::move(o));
    }
    result<job> resubmit(job_id id, job_changes changes = {}, transfer_options o = {}) const {
        return call<job>(&jobs::start_resubmit, std::move(id), std::move(changes), std::move(o));
    }
};

/// `services`, blocking: each member is the operation of the same name there.
class sync_services : detail::blocking {
public:
    using blocking::blocking;
    result<service> create(new_service what, transfer_options o = {}) const {
        return call<service>(&services::start_create, std::move(what), std::move(o));
    }
    result<service> save_draft(new_service what, transfer_options o = {}) const {
        return call<service>(&services::start_save_draft, std::move(what), std::move(o));
    }
    result<service> update(service_id id, service_changes changes, transfer_options o = {}) const {
        return call<service>(&services::start_update, id, std::move(changes), std::move(o));
    }
    result<page<service>> list(service_filter filter = {}, call_options o = {}) const {
        return call<page<service>>(&services::start_list, std::move(filter), std::move(o));
    }
    /// All that the filter lets through, from its page on; `o` holds for each page.
    item_range<service> all(service_filter filter = {}, call_options o = {}) const {
        auto fetch = [self = *this, filter, o = std::move(o)](page_request which) mutable {
            filter.which = which;
            return self.list(filter, o);
        };
        return item_range<service>(std::move(fetch), filter.which);
    }
    result<service> get(service_id id, call_options o = {}) const {
        return call<service>(&services::start_get, id, std::move(o));
    }
    result<service> create_sandbox(service_id id, call_options o = {}) const {
        return call<service>(&services::start_create_sandbox, id, std::move(o));
    }
    result<std::string> test(service_id id, std::string parameters, call_options o = {}) const {
        return call<std::string>(&services::start_test, id, std::move(parameters), std::move(o));
    }
    result<service> deploy(service_id id, call_options o = {}) const {
        return call<service>(&services::start_deploy, id, std::move(o));
    }
    result<service> pause(service_id id, call_options o = {}) const {
        return call<service>(&services::start_pause, id, std::move(o));
    }
    result<service> resume(service_id id, call_options o = {}) const {
        return call<service>(&services::start_resume, id, std::move(o));
    }
    result<service> rotate_key(service_id id, std::chrono::milliseconds overlap = {},
                               call_options o = {}) const {
        return call<service>(&services::start_rotate_key, id, overlap, std::move(o));
    }
    result<service_statistics> statistics(service_id id, call_options o = {}) const {
        return call<service_statistics>(&services::start_statistics, id, std::move(o));
    }
    result<void> remove(service_id id, call_options o = {}) const {
        return call<void>(&services::start_remove, id, std::move(o));
    }
};

/// `models`, blocking: each member is the operation of the same name there.
class sync_models : detail::blocking {
public:
    using blocking::blocking;
    result<model> create(new_model what, call_options o = {}) const {
        return call<model>(&models::start_create, std::move(what), std::move(o));
    }
    result<bool> exists(repository_id repo_id, call_options o = {}) const {
        return call<bool>(&models::start_exists, std::move(repo_id), std::move(o));
    }
    result<model> get(repository_id repo_id, call_options o = {}) const {
        return call<model>(&models::start_get, std::move(repo_id), std::move(o));
    }
    result<page<model>> list(model_filter filter = {}, call_options o = {}) const {
        return call<page<model>>(&models::start_list, filter, std::move(o));
    }
    /// All of them from the filter's page on; `o` holds for each page.
    item_range<model> all(model_filter filter = {}, call_options o = {}) const {
        auto fetch = [self = *this, filter, o = std::move(o)](page_request which) mutable {
            filter.which = which;
            return self.list(filter, o);
        };
        return item_range<model>(std::move(fetch), filter.which);
    }
    result<std::vector<model_file>> files(repository_id repo_id, std::string revision = {},
                                          call_options o = {}) const {
        return call<std::vector<model_file>>(&models::start_files, std::move(repo_id),
                                             std::move(revision), std::move(o));
    }
    result<model_file> file_info(repository_id repo_id, std::string path, std::string revision = {},
                                 call_options o = {}) const {
        return call<model_file>(&models::start_file_info, std::move(repo_id), std::move(path),
                                std::move(revision), std::move(o));
    }
    result<model_commit> upload(repository_id repo_id, model_upload what,
                                transfer_options o = {}) const {
        return call<model_commit>(&models::start_upload, std::move(repo_id), std::move(what),
                                  std::move(o));
    }
    result<std::filesystem::path> download(repository_id repo_id, std::string path,
                                           std::filesystem::path target, std::string revision = {},
                                           transfer_options o = {}) const {
        return call<std::filesystem::path>(&models::start_download, std::move(repo_id),
                                           std::move(path), std::move(target), std::move(revision),
                                           std::move(o));
    }
    result<model_snapshot> snapshot_download(repository_id repo_id, std::filesystem::path target,
                                             snapshot_request what = {},
                                             transfer_options o = {}) const {
        return call<model_snapshot>(&models::start_snapshot_download, std::move(repo_id),
                                    std::move(target), std::move(what), std::move(o));
    }
    result<model_tag> create_tag(repository_id repo_id, std::string name, std::string revision = {},
                                 call_options o = {}) const {
        return call<model_tag>(&models::start_create_tag, std::move(repo_id), std::move(name),
                               std::move(revision), std::move(o));
    }
    result<void> remove(repository_id repo_id, call_options o = {}) const {
        return call<void>(&models::start_remove, std::move(repo_id), std::move(o));
    }
};

/// `chat`, blocking: each member is the operation of the same name there. `sink` is called on the
/// client's thread.
class sync_chat : detail::blocking {
public:
    using blocking::blocking;
    result<chat_answer> complete(chat_request request, chat_options o = {}) const {
        return call<chat_answer>(&chat::start_complete, std::move(request), std::move(o));
    }
    result<chat_answer> stream(chat_request request, std::function<void(const chat_delta&)> sink,
                               chat_options o = {}) const {
        return call<chat_answer>(&chat::start_stream, std::move(request), std::move(sink),
                                 std::move(o));
    }
};

/// `faults`, blocking: each member is the operation of the same name there.
class sync_faults : detail::blocking {
public:
    using blocking::blocking;
    result<fault> add(fault what, call_options o = {}) const {
        return call<fault>(&faults::start_add, std::move(what), std::move(o));
    }
    result<std::vector<fault>> list(service_id service = {}, call_options o = {}) const {
        return call<std::vector<fault>>(&faults::start_list, service, std::move(o));
    }
    result<void> remove(fault_id id, call_options o = {}) const {
        return call<void>(&faults::start_remove, id, std::move(o));
    }
    result<void> clear(service_id service = {}, call_options o = {}) const {
        return call<void>(&faults::start_clear, service, std::move(o));
    }
};

/// `predictor`, blocking.
class sync_predictor : detail::blocking {
public:
    /// `inner`: one for each prediction thread.
    sync_predictor(std::shared_ptr<detail::io_thread> thread, std::vector<predictor> inner)
        : blocking(std::move(thread), inner.front().core()),
          inner_(std::make_shared<const std::vector<predictor>>(std::move(inner))) {}

    /// As `predictor::async_predict`.
    template <class Out = std::string, class In>
    result<Out> predict(const In& record, call_options o = {}) const {
        auto ticket = next().ticket(record);
        return detail::decode_text<Out>(
            call<std::string>(&predictor::start_predict, std::move(ticket), std::move(o)));
    }
    /// The same without the waiting, to have many calls in flight; completes on a prediction thread
    /// or by `token`. A call made by such a completion stays on its thread.
    template <class Out = std::string, class In, class Token>
    auto async_predict(const In& record, call_options o, Token&& token) const {
        return next().async_predict<Out>(record, std::move(o), std::forward<Token>(token));
    }
    /// The service's address, without the key.
    [[nodiscard]] std::string url() const { return inner().url(); }
    /// The asynchronous predictor beneath; its handlers run on the first prediction thread.
    [[nodiscard]] const predictor& inner() const noexcept { return inner_->front(); }
    /// The same on the thread whose turn it is: another for each call of a thread; on a prediction
    /// thread, its own.
    [[nodiscard]] AISTUDIO_DECL const predictor& next() const noexcept;

    // For facades.
    using blocking::wait_for;

private:
    std::shared_ptr<const std::vector<predictor>> inner_;
};

/// `client`, blocking, with a thread of its own for the I/O, and from the first predictor on
/// others for prediction calls (`client_options::prediction_threads`). For programs without an
/// event loop.
///
/// Destroying the last copy ends what is in flight with errc::client_closed and joins the thread.
/// @par Thread safety  Safe; calls of several threads run at the same time. Not from its own
/// callbacks.
class AISTUDIO_API sync_client {
public:
    /// @par Errors  errc::invalid_configuration.
    [[nodiscard]] AISTUDIO_DECL static result<sync_client> create(client_options options = {});
    /// As `create`; throws `api_error`.
    AISTUDIO_DECL explicit sync_client(client_options options = {});

    [[nodiscard]] sync_datasets datasets() const { return {thread_, inner().core()}; }
    [[nodiscard]] sync_projects projects() const { return {thread_, inner().core()}; }
    [[nodiscard]] sync_jobs jobs() const { return {thread_, inner().core()}; }
    [[nodiscard]] sync_services services() const { return {thread_, inner().core()}; }
    [[nodiscard]] sync_models models() const { return {thread_, inner().core()}; }
    [[nodiscard]] sync_chat chat() const { return {thread_, inner().core()}; }
    [[nodiscard]] sync_faults faults() const { return {thread_, inner().core()}; }
    /// As `client::predictor`.
    [[nodiscard]] AISTUDIO_DECL result<sync_predictor>
    predictor(std::string_view url, const secret& key, predictor_options options = {}) const;
    [[nodiscard]] result<sync_predictor> predictor(const endpoint& where,
                                                   predictor_options options = {}) const {
        return predictor(where.url, where.api_key, options);
    }

    /// The asynchronous client beneath; its handlers run on this client's thread.
    [[nodiscard]] AISTUDIO_DECL const client& inner() const noexcept;
    /// Ends everything in flight with errc::client_closed, then refuses new calls. Calling it twice
    /// is fine.
    AISTUDIO_DECL void close();

private:
    explicit sync_client(std::shared_ptr<detail::io_thread> thread) noexcept
        : thread_(std::move(thread)) {}
    std::shared_ptr<detail::io_thread> thread_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/sync_client.ipp>
#endif
