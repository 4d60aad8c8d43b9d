#pragma once

#include "cli/context.hpp"

#include <CLI/CLI.hpp>

namespace aistudio::cli {

/// Puts the global options, nouns and verbs on `app`. Both must outlive the parsing.
void build(CLI::App& app, context& ctx);

/// The whole command. Returns the exit status: 0 success, 1 the operation failed, 2 wrong usage,
/// 128 + signal when interrupted.
int run(int argc, const char* const* argv);

} // namespace aistudio::cli
