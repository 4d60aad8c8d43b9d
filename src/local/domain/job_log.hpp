#pragma once

#include <aistudio/types/job.hpp>

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace aistudio::local::domain {

/// Bytes of log that go into one chunk at most.
inline constexpr std::size_t max_log_piece = std::size_t{256} << 10U;

/// A chunk of the bytes read at `offset` of a log that is `size` bytes long by now; `active` while
/// it may grow. A character that is not complete yet waits for the next chunk.
[[nodiscard]] log_chunk make_log_chunk(std::string_view bytes, std::int64_t offset,
                                       std::int64_t size, bool active);

/// The same from a file; one that is not there is an empty log.
[[nodiscard]] log_chunk read_log_chunk(const std::filesystem::path& file, std::int64_t offset,
                                       bool active);

} // namespace aistudio::local::domain
