#include "local/domain/model_staging.hpp"

#include "local/archive/archive.hpp"
#include "local/jobs/workspace.hpp"
#include "local/objects/key.hpp"
#include "local/refusal.hpp"
#include "local/store/files.hpp"

#include <algorithm>

namespace aistudio::local::domain {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t max_listed_files = 1000;

/// The folder `path` below `root`; refuses what is not there or outside.
fs::path folder_below(const fs::path& root, const std::string& path) {
    std::error_code ec;
    const auto base = fs::canonical(root, ec);
    const auto real = ec ? fs::path() : fs::canonical(base / path, ec);
    const bool there = !ec && fs::is_directory(real, ec);
    const bool inside =
        there &&
        std::mismatch(base.begin(), base.end(), real.begin(), real.end()).first == base.end();
    if (!inside || fs::path(path).is_absolute())
        refuse_invalid("The job's output has no folder `" + path +
                       "`; list the outputs to see what it has.");
    return real;
}

[[noreturn]] void refuse_problem(const problem& p) {
    refuse_invalid(p.detail.empty() ? p.message() : p.detail);
}

/// Moves the chosen files and folders of `from` to the new folder `to`.
void choose(const fs::path& from, const std::vector<std::string>& chosen, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& name : chosen) {
        std::error_code ec;
        const auto path = fs::path(name).lexically_normal();
        if (!local::jobs::stays_below(name) || path.empty() || path == ".")
            refuse_invalid("`" + name + "` of `files` is no path inside the model's source.");
        if (fs::exists(to / path, ec))
            continue; // chosen twice, or with its folder
        if (!fs::exists(from / path, ec))
            refuse_invalid("The model's source has no file `" + name +
                           "`; choose among the files that it has.");
        fs::create_directories((to / path).parent_path());
        fs::rename(from / path, to / path);
    }
}

} // namespace

bool model_source::empty() const {
    return (!job || job->empty()) && model_key.empty() && project_path.empty();
}

void model_source::check() const {
    const bool from_job = job && !job->empty();
    if (int{from_job} + int{!model_key.empty()} + int{!project_path.empty()} > 1)
        refuse_invalid("Send one of `jobId`, `projectPath` and `modelKey`, for where the model "
                       "comes from.");
    if (!from_job && !job_path.empty())
        refuse_invalid("`jobPath` goes with `jobId` only.");
    if (empty() && !files.empty())
        refuse_invalid("`files` goes with `jobId`, `projectPath` or `modelKey` only.");
}

staged_model::~staged_model() {
    std::error_code ignored;
    if (!folder_.empty())
        fs::remove_all(folder_, ignored);
}

staged_model model_staging::stage(const model_source& from, const std::string& main_program,
                                  bool must_find) const {
    staged_model staged(contents_.temporary() / store::random_hex(16));
    try {
        if (from.files.empty()) {
            fetch(from, staged.folder());
        } else {
            const staged_model whole(contents_.temporary() / store::random_hex(16));
            fetch(from, whole.folder());
            choose(whole.folder(), from.files, staged.folder());
        }
        store::sync_tree(staged.folder());
    } catch (const std::system_error& e) {
        store::refuse_file_failure(e);
    }
    staged.files = list_files(staged.folder());
    staged.main_program = main_program;
    if (main_program.empty() && must_find) {
        auto found = engine_.find_main_program(staged.folder());
        if (!found)
            refuse_problem(found.error());
        staged.main_program = std::move(*found);
    } else if (main_program.empty()) {
        staged.main_program = find(staged.folder());
    }
    if (!staged.main_program.empty())
        check(staged.folder(), staged.main_program);
    return staged;
}

void model_staging::check(const fs::path& folder, const std::string& main_program) const {
    serving::model_spec model;
    model.folder = folder;
    model.main_program = main_program;
    if (const auto checked = engine_.check(model); !checked)
        refuse_problem(checked.error());
}

std::string model_staging::find(const fs::path& folder) const {
    auto found = engine_.find_main_program(folder);
    return found ? std::move(*found) : std::string{};
}

void model_staging::fetch(const model_source& from, const fs::path& folder) const {
    if (from.job && !from.job->empty()) {
        if (!is_final(jobs_.get(*from.job).stage.value()))
            refuse_conflict("The job has not ended; make the service when it has.");
        return store::copy_tree(folder_below(jobs_.output_folder(*from.job), from.job_path),
                                folder);
    }
    if (!from.project_path.empty()) {
        if (!read_project_)
            refuse_invalid("This studio keeps no files of projects; upload the model, or take it "
                           "from a job's output.");
        return read_project_(from.project, from.project_path, folder);
    }
    fetch_upload(from.model_key, folder);
}

void model_staging::fetch_upload(const std::string& model_key, const fs::path& folder) const {
    const auto key = objects::without_leading_slash(model_key);
    const auto upload = key.starts_with("models/") ? objects_.find(key) : std::nullopt;
    if (!upload)
        throw refusal(service_code::not_found,
                      "There is no uploaded model with this `modelKey`; upload it first.");
    fs::create_directories(folder);
    archive::unpack(upload->path, folder);
}

model_staging::project_reader reader_of(project_files& files) {
    return [&files](project_id project, const std::string& path, const fs::path& to) {
        auto wanted = fs::path(path).lexically_normal().generic_string();
        if (wanted.size() > 1 && wanted.ends_with('/'))
            wanted.pop_back();
        const auto prefix = wanted == "." ? std::string{} : wanted + "/";
        bool some = false;
        for (const auto& file : files.list(project, 0)) {
            if (file.folder || !file.path.starts_with(prefix))
                continue;
            const auto target = to / fs::path(file.path.substr(prefix.size()));
            fs::create_directories(target.parent_path());
            fs::copy_file(files.find(project, file.path, 0).path, target);
            fs::permissions(target, fs::perms::owner_read | fs::perms::owner_write);
            some = true;
        }
        if (!some)
            refuse_invalid("The project has no files in `" + path + "`; list its files first.");
    };
}

std::vector<std::string> list_files(const fs::path& folder) {
    std::vector<std::string> out;
    std::error_code failed;
    for (fs::recursive_directory_iterator it(folder, failed), end; !failed && it != end;
         it.increment(failed))
        if (std::error_code ignored; it->is_regular_file(ignored))
            out.push_back(it->path().lexically_relative(folder).generic_string());
    std::sort(out.begin(), out.end());
    out.resize(std::min(out.size(), max_listed_files));
    return out;
}

} // namespace aistudio::local::domain
