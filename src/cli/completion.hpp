#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace aistudio::cli {

/// A script that completes the commands and options of `root`.
/// @param shell  `bash`, `zsh` or `fish`
[[nodiscard]] std::string completion_script(const CLI::App& root, const std::string& shell);

} // namespace aistudio::cli
