#pragma once

#include <aistudio/client_options.hpp>

#include <filesystem>
#include <string>

/// The files in which the platform's official command keeps its settings, below
/// `$AISTUDIO_CACHE_HOME`, or else `$HOME`, beside the token (`aistudio::official_token_file`).
namespace aistudio::cli {

/// `info` or `debug`. Empty when neither variable is set.
[[nodiscard]] std::filesystem::path official_log_level_file(const environment& env);

/// What a file holds, without blanks around it; empty when it cannot be read.
[[nodiscard]] std::string read_setting(const std::filesystem::path& file);

/// The level that AISTUDIO_LOG asks for, or else the file, or else `info`.
[[nodiscard]] std::string chosen_log_level(const environment& env);

} // namespace aistudio::cli
