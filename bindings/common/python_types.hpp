#pragma once

#include "type_model.hpp"

#include <string>

namespace aistudio::bindings {

/// A member's Python type as read from an attribute, for stubs and error messages.
[[nodiscard]] std::string python_type(const type_model& t);
/// As taken by a constructor, which accepts more than attributes return.
[[nodiscard]] std::string accepted_python_type(const type_model& t);

} // namespace aistudio::bindings
