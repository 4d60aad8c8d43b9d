#pragma once

#include <aistudio/client_options.hpp>

namespace aistudio::python {

/// Gives a client's lines to `logging.getLogger("aistudio")`: those of the levels that are enabled
/// there now, so that the others cost nothing.
[[nodiscard]] log_sink python_log();

/// Keeps lines away from an interpreter that ends; once.
void watch_the_end();

} // namespace aistudio::python
