#pragma once

#include <span>
#include <string_view>

namespace aistudio::local::embedded {

/// A file of the source tree that was built into the library.
struct embedded_file {
    std::string_view name;    ///< Path below its folder, with `/` between the parts: `worker.py`.
    std::string_view content; ///< The bytes, unchanged.
};

/// The prediction worker: every `.py` file of `src/local/serving/worker/`, sorted by name.
/// The views stay valid for the life of the program. Safe to call from any thread.
std::span<const embedded_file> worker_files();

} // namespace aistudio::local::embedded
