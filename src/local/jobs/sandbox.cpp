#include "local/jobs/sandbox.hpp"

#include "local/jobs/process.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string_view>

namespace aistudio::local::jobs::sandbox {
namespace fs = std::filesystem;
namespace {

/// Folders every system has, and /run where resolv.conf may point. Nothing else of the machine: the
/// studio's own folder, with its token, may be anywhere.
constexpr std::array system_folders = {"/usr",
                                       "/bin",
                                       "/sbin",
                                       "/lib",
                                       "/lib32",
                                       "/lib64",
                                       "/libx32",
                                       "/etc",
                                       "/opt",
                                       "/sys",
                                       "/run/systemd/resolve"};
constexpr auto extra_programs = "/root/.aistudio/bin";
constexpr auto seen_packages = "/root/.aistudio/packages";
/// What starts several processes, and the logs it writes.
constexpr auto seen_roles = "/root/.aistudio/roles.py";
constexpr auto seen_logs = "/root/.aistudio/logs";
constexpr auto seen_log = "/root/.aistudio/log.txt";
constexpr auto seen_scratch = "/tmp/aistudio-launch";

using arguments = std::vector<std::string>;

void append(arguments& out, std::initializer_list<std::string> more) {
    out.insert(out.end(), more);
}

fs::path bubblewrap() { return find_program("bwrap").value_or(fs::path()); }

/// A process tree of its own that ends with us, no way to the terminal, no privileges, even where
/// we run as root.
arguments isolation() {
    return {bubblewrap().string(),
            "--unshare-pid",
            "--unshare-ipc",
            "--die-with-parent",
            "--new-session",
            "--cap-drop",
            "ALL"};
}

void append_system(arguments& out) {
    for (const auto* folder : system_folders)
        append(out, {"--ro-bind-try", folder, folder});
    append(out, {"--proc", "/proc", "--dev", "/dev"});
    for (const auto* folder : {"/root", "/home", "/tmp", "/var/tmp"})
        append(out, {"--tmpfs", folder});
}

bool is_below(const fs::path& path, const fs::path& folder) {
    const auto [end, _] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end();
}

bool is_system(const fs::path& path) {
    return path == "/" || std::any_of(system_folders.begin(), system_folders.end(),
                                      [&](const char* folder) { return is_below(path, folder); });
}

void append_interpreter(arguments& out, const interpreter& python) {
    std::set<fs::path> folders(python.folders.begin(), python.folders.end());
    folders.insert(python.executable.parent_path());
    for (const auto& folder : folders) // in order, so that a folder comes before those in it
        if (!is_system(folder))
            append(out, {"--ro-bind", folder.string(), folder.string()});
}

std::string trial() {
    if (bubblewrap().empty())
        return "bubblewrap is not installed.";
    auto line = isolation();
    append_system(line);
    append(line, {"--", "/bin/true"});
    const auto answer = run({std::move(line), {}, "/", {}}, std::chrono::seconds(30));
    if (!answer)
        return answer.error().detail;
    if (answer->status == 0)
        return {};
    return "bubblewrap says \"" + answer->output.substr(0, 300) + "\".";
}

} // namespace

const std::string& why_unavailable() {
    static const std::string reason = trial();
    return reason;
}

layout layout_for(const workspace& files, const interpreter& python, const fs::path& packages) {
    auto out = isolated_layout();
    const auto beside = python.executable.parent_path();
    out.programs = files.programs() == beside ? beside : fs::path(extra_programs);
    if (!packages.empty())
        out.packages = seen_packages;
    out.roles = {seen_roles, seen_logs, seen_log, seen_scratch};
    return out;
}

arguments command_line(const process_spec& spec, const workspace& files, const interpreter& python,
                       const fs::path& packages, const std::string& command) {
    const auto seen = layout_for(files, python, packages);
    auto out = isolation();
    append_system(out);
    append_interpreter(out, python);
    if (seen.programs == extra_programs)
        append(out, {"--ro-bind", files.programs().string(), extra_programs});
    if (!packages.empty())
        append(out, {"--ro-bind", packages.string(), seen_packages});
    if (spec.counts.several())
        append(out,
               {"--ro-bind", files.roles_program().string(), seen_roles, "--bind",
                spec.logs_folder.string(), seen_logs, "--bind", spec.log_file.string(), seen_log});
    for (const auto& place : {seen.datasets, fs::path("/home/aistudio/data")})
        append(out, {"--ro-bind", files.datasets().string(), place.string()});
    for (const auto& place : {seen.output, fs::path("/home/aistudio/output")})
        append(out, {"--bind", spec.output_folder.string(), place.string()});
    append(out, {"--bind", spec.code_folder.string(), seen.code.string()});
    append(out, {"--chdir", seen.code.string()});
    append(out, {"--json-status-fd", std::to_string(status_descriptor)});
    append(out, {"--", "/bin/sh", "-c", command});
    return out;
}

std::optional<pid_t> first_process(const std::string& status) {
    constexpr std::string_view name = "\"child-pid\":";
    auto at = status.find(name);
    if (at == std::string::npos)
        return std::nullopt;
    at = status.find_first_not_of(' ', at + name.size());
    pid_t pid = 0;
    if (at != std::string::npos)
        std::from_chars(status.data() + at, status.data() + status.size(), pid);
    return pid > 0 ? std::optional(pid) : std::nullopt;
}

bool command_ended(const std::string& status) {
    return status.find("\"exit-code\"") != std::string::npos;
}

} // namespace aistudio::local::jobs::sandbox

namespace aistudio::local::jobs {
bool isolate_available() { return sandbox::why_unavailable().empty(); }
} // namespace aistudio::local::jobs
