#pragma once

#include <aistudio/local/studio.hpp>

#include <filesystem>

namespace aistudio::local {

/// Refuses options that cannot work, with a sentence.
[[nodiscard]] result<void> check_options(const studio_options& options);

/// The interpreter to use: the option, else `AISTUDIO_PYTHON`, else `python3`, which is looked up
/// on the PATH.
[[nodiscard]] std::filesystem::path default_python(const std::filesystem::path& option);

/// The token of the options, else the one kept in the folder, which is made when there is none.
/// Throws `std::system_error`.
[[nodiscard]] secret token_for(const studio_options& options);

} // namespace aistudio::local
