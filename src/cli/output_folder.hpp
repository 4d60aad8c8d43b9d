#pragma once

#include <aistudio/types/job.hpp>

#include <string_view>
#include <vector>

namespace aistudio::cli {

/// What stands directly in one folder of a job's output, in the order of names, the paths relative
/// to it. A folder in it ends in `/`, has the bytes of all its files and the time of the newest.
/// `folder` may have slashes around it; empty: the output itself. Empty when there is no such
/// folder.
[[nodiscard]] std::vector<output_file> folder_of_outputs(const std::vector<output_file>& all,
                                                         std::string_view folder);

} // namespace aistudio::cli
