#pragma once

#include "local/jobs/interpreter.hpp"

#include <aistudio/types/limits.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Python packages that a job asks for.
namespace aistudio::local::jobs {

using limits::max_requirement_bytes;

/// Says, as a sentence, why `text` cannot be a requirement; empty when it can. Only what names a
/// package, with extras, versions and markers: options of pip, addresses, paths and comments are
/// not taken, since a job must not change where packages come from.
[[nodiscard]] std::string why_no_requirement(std::string_view text);

/// The name under which the packages are kept: the same for equal requirements in any order, with
/// any blanks around them, and the same interpreter.
[[nodiscard]] std::string requirements_key(const interpreter& python,
                                           std::vector<std::string> requirements);

} // namespace aistudio::local::jobs
