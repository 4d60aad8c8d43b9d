#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace aistudio::test {

/// `size` bytes that no two places of have in common.
inline std::string random_bytes(std::uint64_t size, unsigned seed = 1) {
    std::mt19937_64 random(seed);
    std::string out;
    out.reserve(size + 8);
    while (out.size() < size) {
        const auto n = random();
        out.append(reinterpret_cast<const char*>(&n), sizeof n); // NOLINT: its bytes
    }
    out.resize(size);
    return out;
}

} // namespace aistudio::test
