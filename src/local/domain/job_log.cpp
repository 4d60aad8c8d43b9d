#include "local/domain/job_log.hpp"

#include "local/store/files.hpp"
#include "local/utf8.hpp"

#include <algorithm>
#include <string>

namespace aistudio::local::domain {

log_chunk make_log_chunk(std::string_view bytes, std::int64_t offset, std::int64_t size,
                         bool active) {
    const bool more = active || offset + static_cast<std::int64_t>(bytes.size()) < size;
    auto decoded = to_utf8(bytes, more);
    log_chunk chunk;
    chunk.offset = offset;
    chunk.next_offset = offset + static_cast<std::int64_t>(decoded.used);
    chunk.text = std::move(decoded.text);
    chunk.end = !active && chunk.next_offset >= size;
    return chunk;
}

log_chunk read_log_chunk(const std::filesystem::path& file, std::int64_t offset, bool active) {
    std::error_code missing;
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file, missing));
    if (missing)
        return make_log_chunk({}, offset, 0, active);
    std::string bytes(
        static_cast<std::size_t>(std::clamp<std::int64_t>(size - offset, 0, max_log_piece)), '\0');
    bytes.resize(store::read_at(store::open_to_read(file), static_cast<std::uint64_t>(offset),
                                bytes.data(), bytes.size()));
    return make_log_chunk(bytes, offset, size, active);
}

} // namespace aistudio::local::domain
