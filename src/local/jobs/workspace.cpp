#include "local/jobs/workspace.hpp"

#include <cstdlib>
#include <fstream>
#include <string_view>

namespace aistudio::local::jobs {
namespace fs = std::filesystem;
namespace {

/// Passed on from the studio. A list of what may pass, since one of what may not would miss the
/// next secret.
constexpr const char* passed_on[] = {"LANG",
                                     "LC_ALL",
                                     "LC_CTYPE",
                                     "TZ",
                                     "TERM",
                                     "LD_LIBRARY_PATH",
                                     "SSL_CERT_FILE",
                                     "SSL_CERT_DIR",
                                     "CUDA_VISIBLE_DEVICES"};
/// Passed on unless they hold a password, told by `@`.
constexpr const char* proxies[] = {"http_proxy", "https_proxy", "no_proxy",
                                   "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"};

void pass_on(std::vector<std::string>& out, const char* name, bool with_password) {
    const char* value = std::getenv(name);
    if (value == nullptr)
        return;
    if (!with_password && std::string_view(value).find('@') != std::string_view::npos)
        return;
    out.push_back(std::string(name) + '=' + value);
}

void link_or_copy(const fs::path& from, const fs::path& to, bool share) {
    std::error_code failed;
    if (share) {
        fs::create_hard_link(from, to, failed);
        if (!failed)
            return; // else another file system
    }
    fs::copy_file(from, to);
}

} // namespace

layout isolated_layout() {
    const fs::path root = "/root/paddlejob/workspace";
    return {root / "code", root / "train_data/datasets", root / "output", "/root", {}, {}, {}};
}

workspace::workspace(const fs::path& scratch, const process_spec& spec, const interpreter& python,
                     bool share)
    : folder_(scratch / spec.id) {
    fs::remove_all(folder_);
    fs::create_directories(datasets());
    for (const auto& dataset : spec.datasets)
        place(dataset, share);
    name_interpreter(python);
    if (spec.counts.several())
        std::ofstream(roles_program(), std::ios::binary) << roles_source;
}

workspace::~workspace() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

void workspace::place(const mount& dataset, bool share) {
    const auto target = datasets() / dataset.relative;
    fs::create_directories(target.parent_path());
    link_or_copy(fs::canonical(dataset.host), target, share);
}

void workspace::name_interpreter(const interpreter& python) {
    programs_ = python.executable.parent_path();
    if (python.owns_its_folder())
        return;
    programs_ = folder_ / "bin";
    fs::create_directories(programs_);
    for (const auto* name : {"python", "python3"})
        fs::create_symlink(python.executable, programs_ / name);
}

void workspace::link_into(const fs::path& code, const layout& seen) {
    for (const auto& [name, target] :
         {std::pair{"datasets", seen.datasets}, {"output", seen.output}}) {
        if (fs::symlink_status(code / name).type() == fs::file_type::not_found)
            fs::create_symlink(target, code / name);
        else
            notes_.push_back("./" + std::string(name) + " is part of the code; use " +
                             target.string() + " to reach what the studio gives.");
    }
}

std::vector<std::string> job_environment(const layout& seen) {
    const auto packages = seen.packages.string();
    std::vector<std::string> out{
        "PATH=" + seen.programs.string() + (packages.empty() ? "" : ":" + packages + "/bin") +
            ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=" + seen.home.string(),
        // As in the platform's sample: datasets with a final slash, output without.
        "AISTUDIO_DATASET_DIR=" + (seen.datasets / "").string(),
        "AISTUDIO_OUTPUT_DIR=" + seen.output.string(), "PADDLE_TRAINING_ROLE=TRAINER",
        "PADDLE_TRAINERS=1",
        "PYTHONUNBUFFERED=1", // so that the log can be followed
    };
    if (!packages.empty())
        out.push_back("PYTHONPATH=" + packages);
    const auto more = harmless_environment();
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

std::vector<std::string> harmless_environment() {
    std::vector<std::string> out;
    for (const auto* name : passed_on)
        pass_on(out, name, true);
    for (const auto* name : proxies)
        pass_on(out, name, false);
    return out;
}

bool stays_below(const fs::path& relative) {
    if (relative.empty() || relative.is_absolute())
        return false;
    for (const auto& part : relative)
        if (part == ".." || part == "." || part.empty())
            return false;
    return true;
}

} // namespace aistudio::local::jobs
