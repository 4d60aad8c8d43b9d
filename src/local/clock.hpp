#pragma once

#include <aistudio/types/timestamp.hpp>

#include <chrono>
#include <cstdint>

namespace aistudio::local {

inline timestamp now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}
/// As the database keeps it; 0 is "not known" on both sides.
inline std::int64_t to_ms(timestamp t) { return t.time_since_epoch().count(); }
inline timestamp from_ms(std::int64_t ms) { return timestamp{std::chrono::milliseconds{ms}}; }

} // namespace aistudio::local
