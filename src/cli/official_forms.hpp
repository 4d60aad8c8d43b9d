#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace aistudio::cli {

/// The words of a command line, with those that only the platform's official command arranges so
/// put as this one's grammar has them:
///
///     job ID ls [FOLDER]      ->  job ls ID [FOLDER]
///     job ID cp FILE LOCAL    ->  job cp ID FILE LOCAL
///     submit job -pay coupon  ->  submit job --payment coupon
///     dataset add -id 3       ->  dataset add --id 3
///     download --local FOLDER ->  download --local_dir FOLDER; likewise all official options that
///                                 are cut short
///
/// All other official forms are commands of the grammar. `root` says which words are options with a
/// value, and which verbs `job` has.
[[nodiscard]] std::vector<std::string> from_official_forms(std::vector<std::string> words,
                                                           const CLI::App& root);

} // namespace aistudio::cli
