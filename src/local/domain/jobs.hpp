#pragma once

#include "local/archive/archive.hpp"
#include "local/domain/datasets.hpp"
#include "local/domain/project_versions.hpp"
#include "local/domain/projects.hpp"
#include "local/jobs/runner.hpp"
#include "local/objects/object_store.hpp"
#include "local/store/database.hpp"

#include <aistudio/codec/wire.hpp>

#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::local::domain {

/// Environments that every studio knows, as the cloud does.
inline constexpr std::string_view known_environments[] = {"paddle2.4_py3.7", "paddle2.5_py3.10",
                                                          "paddle2.6_py3.10", "paddle3.0_py3.10"};
inline constexpr std::string_view default_environment = "paddle3.0_py3.10";

/// How jobs are run.
struct job_settings {
    /// Holds a folder for each job: `code`, `output`, `archives`, `log.txt`, with several processes
    /// `logs`, and `version` once someone asked for its code.
    std::filesystem::path folder;
    std::filesystem::path python;
    std::map<std::string, std::filesystem::path> environments;
    bool isolate = true;
    int max_running = 2;
    /// Tells the times that are kept of jobs.
    std::function<timestamp()> now;
    std::function<void(std::string_view)> log;
};

/// Jobs: their rows, their folders, and the queue in front of the runner. Refusals are thrown.
/// @par Thread safety  All members: safe.
class jobs {
public:
    jobs(store::database& d, store::content_store& c, objects::object_store& o, datasets& ds,
         projects& p, project_files& f, project_versions& v, local::jobs::runner& r,
         boost::asio::thread_pool& pool, job_settings settings);

    /// Brings what an earlier run left into order: running jobs failed, queued ones are queued
    /// again. Call it once, before anything else.
    void recover();

    job_id create(const wire::create_job& request);
    /// Lays out the code of a job that is to run again, for the version that `resubmit` makes when
    /// it has a project. Not in a transaction.
    [[nodiscard]] staged_version take_again(const job_id& from);
    /// A new job like `from`, but for what `changes` has; queued at once unless new code is
    /// announced. Call `start_queued` when it is committed.
    job_id resubmit(const job_id& from, const wire::resubmit_job& changes,
                    const staged_version& code);
    /// Unpacks the uploaded code, so that a bad archive is refused before the job is queued, and
    /// keeps it for the version that `queue` makes when the job has a project. Without `file_key`
    /// the job runs what its project has.
    [[nodiscard]] staged_version take_code(const job_id& id, std::string_view file_key);
    /// Queues the job, once; `start_queued` starts it when there is room.
    job queue(const job_id& id, const staged_version& code);
    /// Notes that the code could not be uploaded. Call `settle` when it is committed.
    job give_up(const job_id& id);
    void start_queued();
    /// Asks a job to end; one that has ended stays as it is. Call `settle` when it is committed.
    void stop(const job_id& id);

    [[nodiscard]] job get(const job_id& id);
    /// Newest first; empty fields of the filter match all, the name matches anywhere in it.
    [[nodiscard]] std::vector<job> list(const wire::list_jobs& filter);
    /// True while the job may still change. Costs no look-up in the database.
    [[nodiscard]] bool is_active(const job_id& id) const;
    [[nodiscard]] std::filesystem::path log_file(const job_id& id) const {
        return folder_of(id) / "log.txt";
    }
    /// The log of one of its processes; empty: the whole log. Refuses a role the job does not have.
    [[nodiscard]] std::filesystem::path log_file(const job& j, std::string_view role) const;
    /// The files of its code as it was submitted.
    [[nodiscard]] job_version version(const job_id& id);
    [[nodiscard]] job_choices choices() const;
    [[nodiscard]] std::filesystem::path output_folder(const job_id& id) const {
        return folder_of(id) / "output";
    }
    /// The object key of an archive of an ended job, which is packed when first asked for.
    [[nodiscard]] std::string archive(const job_id& id, job_archive which);

    [[nodiscard]] static std::string code_key(const job_id& id) {
        return "jobs/" + id.value() + "/code.zip";
    }
    [[nodiscard]] static std::string output_prefix(const job_id& id) {
        return "jobs/" + id.value() + "/output/";
    }
    [[nodiscard]] static std::string version_prefix(const job_id& id) {
        return "jobs/" + id.value() + "/version/";
    }

    /// Forgets that a job is active when it is not. Call it once a transaction that may have ended
    /// a job is committed.
    void settle(const job_id& id);

    /// Starts no more jobs; those that end now were stopped by the studio.
    void close();

private:
    [[nodiscard]] std::filesystem::path folder_of(const job_id& id) const {
        return settings_.folder / id.value();
    }
    [[nodiscard]] job read(store::row r);
    [[nodiscard]] std::vector<dataset_id> datasets_for(const wire::create_job& request);
    void check(const wire::create_job& r) const;
    [[nodiscard]] std::string archive_of(const job& j);
    [[nodiscard]] std::filesystem::path version_folder(const job_id& id);
    [[nodiscard]] std::optional<job_id> claim_next();
    void launch(const job_id& id);
    void start_process(const job_id& id);
    void unpack(const job_id& id);
    /// @param code  content of its archive; empty: it runs what its project has.
    void fill(const job& j, const std::string& code, const std::filesystem::path& folder);
    [[nodiscard]] bool is_stopping(const job_id& id) const;
    [[nodiscard]] local::jobs::process_spec spec_of(const job& j);
    [[nodiscard]] std::vector<archive::named_file> logs_of(const job& j) const;
    void finish(const job_id& id, const local::jobs::exit_report& report);
    void set_final(const job_id& id, job_stage stage, std::optional<int> exit_code,
                   const std::string& message);

    store::database& database_;
    store::content_store& contents_;
    objects::object_store& objects_;
    datasets& datasets_;
    projects& projects_;
    project_files& files_;
    project_versions& versions_;
    local::jobs::runner& runner_;
    boost::asio::thread_pool& pool_;
    job_settings settings_;
    std::mutex claim_mutex_;   // one job is taken from the queue at a time; before the database's
    std::mutex unpack_mutex_;  // one archive is unpacked at a time
    std::mutex archive_mutex_; // and one packed, and one version laid out
    mutable std::mutex mutex_; // guards what follows; nothing else is locked under it
    std::set<std::string> active_;                // not final
    std::set<std::string> running_;               // claimed, and not finished
    std::set<std::string> stopping_;              // running, and asked to end
    std::map<std::string, std::string> unpacked_; // `code` is there and whole, of this content
    bool closed_ = false;
};

} // namespace aistudio::local::domain
