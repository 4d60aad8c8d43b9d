#pragma once

#include "local/serving/engine.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Frames between the engine and a worker; `worker/worker.py` describes them.
namespace aistudio::local::serving::frames {

/// Bytes of the length before each payload.
inline constexpr std::size_t header_size = 4;
/// The largest payload that is sent; what is larger cannot be told from garbage.
inline constexpr std::size_t max_payload = std::size_t{1} << 31U;

/// What a body adds to a payload.
constexpr std::size_t cost(std::string_view body) { return header_size + body.size(); }

/// A whole frame, header included, that holds `bodies`.
std::string encode(const std::vector<std::string_view>& bodies);

/// Bytes of the payload that follows a header.
std::size_t payload_size(const std::array<unsigned char, header_size>& header);

/// The answers in a payload; nothing when it is not one of exactly `count` answers.
std::optional<std::vector<answer>> decode(std::string_view payload, std::size_t count);

} // namespace aistudio::local::serving::frames
