#include "cli/official_files.hpp"

#include <fstream>
#include <iterator>

namespace aistudio::cli {

namespace fs = std::filesystem;

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

std::string chosen_log_level(const environment& env) {
    if (auto level = env("AISTUDIO_LOG").value_or(""); !level.empty())
        return level;
    const auto file = official_log_level_file(env);
    const auto level = file.empty() ? std::string{} : read_setting(file);
    return level.empty() ? "info" : level;
}

} // namespace aistudio::cli
