#include "cli/official_files.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace aistudio::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot_write(const fs::path& file) {
    throw api_error(make_problem(errc::write_failed, "`" + file.string() + "` cannot be written.",
                                 phase::store));
}

/// Folders that nobody else may look into; those that exist stay as they are.
void make_private_folders(const fs::path& folder) {
    if (folder.empty() || fs::is_directory(folder))
        return;
    make_private_folders(folder.parent_path());
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        cannot_write(folder);
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto n = ::write(descriptor, text.data(), text.size());
        if (n < 0 && errno != EINTR)
            return false;
        text.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
    }
    return true;
}

} // namespace

fs::path official_log_level_file(const environment& env) {
    const auto token = official_token_file(env); // beside its folder
    return token.empty() ? token : token.parent_path().parent_path() / ".log" / "level";
}

std::string read_setting(const fs::path& file) {
    constexpr std::string_view blanks = " \t\r\n\v\f";
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    text.erase(text.find_last_not_of(blanks) + 1);
    text.erase(0, std::min(text.find_first_not_of(blanks), text.size()));
    return text;
}

void write_setting(const fs::path& file, std::string_view text) {
    make_private_folders(file.parent_path());
    std::string part = file.string() + ".XXXXXX"; // of its own: two may write at the same time
    const int descriptor = ::mkostemp(part.data(), O_CLOEXEC); // makes it 0600
    if (descriptor < 0)
        cannot_write(file);
    const bool written = write_all(descriptor, text) && ::fsync(descriptor) == 0;
    const bool closed = ::close(descriptor) == 0;
    if (written && closed && std::rename(part.c_str(), file.c_str()) == 0)
        return;
    ::unlink(part.c_str());
    cannot_write(file);
}

std::string chosen_log_level(const environment& env) {
    if (auto level = env("AISTUDIO_LOG").value_or(""); !level.empty())
        return level;
    const auto file = official_log_level_file(env);
    const auto level = file.empty() ? std::string{} : read_setting(file);
    return level.empty() ? "info" : level;
}

} // namespace aistudio::cli
