#pragma once

#include <aistudio/error.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace aistudio::local::jobs {

/// A Python interpreter, as it describes itself.
struct interpreter {
    /// What it calls itself: a script that chooses an interpreter (pyenv's) is left out, the link
    /// in a virtual environment is kept, since the environment is recognised by it.
    std::filesystem::path executable;
    /// Such as `3.11.7`.
    std::string version;
    /// Folders it cannot run without: its prefix, that of the installation a virtual environment is
    /// based on, and where its modules are.
    std::vector<std::filesystem::path> folders;

    /// True when `python` and `python3` beside the executable both are this interpreter.
    [[nodiscard]] bool owns_its_folder() const;
};

/// Asks an interpreter about itself. The answer is kept for the life of the process.
/// @par Errors  errc::invalid_argument, saying what to set.
result<interpreter> inspect_interpreter(const std::filesystem::path& python);

} // namespace aistudio::local::jobs
