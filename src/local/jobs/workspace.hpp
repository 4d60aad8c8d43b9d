#pragma once

#include "local/jobs/interpreter.hpp"
#include "local/jobs/runner.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace aistudio::local::jobs {

/// Where things are as the job sees them.
struct layout {
    std::filesystem::path code;
    std::filesystem::path datasets;
    std::filesystem::path output;
    /// Its home folder, its own.
    std::filesystem::path home;
    /// Where `python` and `python3` are found first.
    std::filesystem::path programs;
    /// The packages it asked for; empty: none.
    std::filesystem::path packages{};
    /// What starts the processes of a job that has several.
    role_places roles{};
};

/// The platform's documented paths, for a job under bubblewrap.
layout isolated_layout();

/// A running job's files in the runner's folder; they go with the object.
class workspace {
public:
    /// Makes `<scratch>/<id>`: the datasets folder with every mount in it, and the names `python`
    /// and `python3` where the interpreter's own folder does not have them. `share`: datasets are
    /// linked, not copied, which only a job that cannot write to them may get. Throws
    /// `std::filesystem::filesystem_error`.
    workspace(const std::filesystem::path& scratch, const process_spec& spec,
              const interpreter& python, bool share);
    workspace(const workspace&) = delete;
    workspace& operator=(const workspace&) = delete;
    ~workspace();

    /// Folder with the datasets: `<datasets>/data65/file.csv`.
    [[nodiscard]] std::filesystem::path datasets() const { return folder_ / "datasets"; }
    /// The program that starts several processes.
    [[nodiscard]] std::filesystem::path roles_program() const { return folder_ / "roles.py"; }
    /// Folder for what is needed while the job runs.
    [[nodiscard]] std::filesystem::path scratch() const { return folder_ / "scratch"; }
    /// Folder with `python` and `python3`.
    [[nodiscard]] const std::filesystem::path& programs() const { return programs_; }
    /// What to tell the user in the log; often nothing.
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

    /// Makes `./datasets` and `./output` in the code folder, unless the code has something of that
    /// name.
    void link_into(const std::filesystem::path& code, const layout& seen);

private:
    void place(const mount& dataset, bool share);
    void name_interpreter(const interpreter& python);

    std::filesystem::path folder_;
    std::filesystem::path programs_;
    std::vector<std::string> notes_;
};

/// The variables of the studio's own environment that may reach a process of the user's: a list of
/// what may pass, since one of what may not would miss the next secret. Proxies with a password are
/// left out.
std::vector<std::string> harmless_environment();

/// The job's environment: what the platform documents, and a short list of harmless variables of
/// the studio's own.
std::vector<std::string> job_environment(const layout& seen);

/// True for a relative path that stays below where it starts.
bool stays_below(const std::filesystem::path& relative);

} // namespace aistudio::local::jobs
