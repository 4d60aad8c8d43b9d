#pragma once

#include <cstddef>

namespace test_support {

/// How often this thread has called `operator new` so far; under a sanitizer, how often it has
/// allocated memory at all.
[[nodiscard]] std::size_t allocations() noexcept;

} // namespace test_support
