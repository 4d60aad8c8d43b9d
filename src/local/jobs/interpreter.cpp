#include "local/jobs/interpreter.hpp"

#include "local/jobs/process.hpp"

#include <map>
#include <mutex>
#include <sstream>

namespace aistudio::local::jobs {
namespace {

constexpr std::chrono::seconds start_limit{60}; // a cold disk under load

/// One line each, so that no parser is needed; the mark tells them from what a start-up file
/// prints.
constexpr auto question = R"(
import os, platform, sys
print('aistudio-version', platform.python_version())
print('aistudio-executable', sys.executable)
places = [sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.path.realpath(sys.executable))]
for place in dict.fromkeys(places + sys.path):
    if os.path.isdir(place):
        print('aistudio-folder', os.path.abspath(place))
)";

problem unusable(const std::filesystem::path& python, const std::string& why) {
    return make_problem(errc::invalid_argument,
                        "The Python interpreter " + python.string() + " cannot be used: " + why +
                            " Set --python or AISTUDIO_PYTHON to one that works.");
}

interpreter parse(const std::string& output) {
    interpreter out;
    std::istringstream lines(output);
    for (std::string mark, rest; lines >> mark && std::getline(lines >> std::ws, rest);) {
        if (mark == "aistudio-version")
            out.version = rest;
        if (mark == "aistudio-executable")
            out.executable = rest;
        if (mark == "aistudio-folder")
            out.folders.emplace_back(rest);
    }
    return out;
}

result<interpreter> ask(const std::filesystem::path& executable) {
    // -I: neither the user's packages nor variables such as PYTHONPATH; a job sees none of them.
    auto answer = run({{executable.string(), "-I", "-c", question}, {"LC_ALL=C.UTF-8"}, "/", {}},
                      start_limit);
    if (!answer)
        return unusable(executable, answer.error().detail);
    auto out = parse(answer->output);
    if (answer->status != 0 || out.version.empty() || !out.executable.is_absolute())
        return unusable(executable, "it says \"" + answer->output.substr(0, 300) + "\".");
    return out;
}

} // namespace

bool interpreter::owns_its_folder() const {
    std::error_code ignored;
    const auto self = std::filesystem::canonical(executable, ignored);
    const auto is_self = [&](const char* name) {
        std::error_code error;
        return std::filesystem::canonical(executable.parent_path() / name, error) == self && !error;
    };
    return is_self("python") && is_self("python3");
}

result<interpreter> inspect_interpreter(const std::filesystem::path& python) {
    static std::mutex mutex;
    static std::map<std::filesystem::path, interpreter> known;

    const auto executable = find_program(python);
    if (!executable)
        return unusable(python, "there is no such program.");
    const std::scoped_lock lock(
        mutex); // the second of two callers waits for the first one's answer
    if (const auto found = known.find(*executable); found != known.end())
        return found->second;
    auto answer = ask(*executable);
    if (answer)
        known.emplace(*executable, *answer);
    return answer;
}

} // namespace aistudio::local::jobs
