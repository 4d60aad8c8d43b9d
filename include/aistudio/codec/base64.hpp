#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace aistudio {

/// Bytes that become a JSON string in base64 (RFC 4648, section 4, with padding), as image services
/// want them: `struct request { base64_bytes image; };`. A view: the bytes must live until they are
/// written. For writing only.
struct base64_bytes {
    std::span<const std::byte> bytes;

    base64_bytes() = default;
    base64_bytes(std::span<const std::byte> view) noexcept : bytes(view) {} // NOLINT: it is a view
    base64_bytes(std::string_view view) noexcept                            // NOLINT
        : bytes(std::as_bytes(std::span(view.data(), view.size()))) {}
    base64_bytes(const void* data, std::size_t size) noexcept
        : bytes(static_cast<const std::byte*>(data), size) {}
};

} // namespace aistudio
