#pragma once

#include <cstddef>

namespace test_support {

/// How often this thread has called `operator new` so far.
[[nodiscard]] std::size_t allocations() noexcept;

} // namespace test_support
