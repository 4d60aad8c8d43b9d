#pragma once

#include <aistudio/detail/config.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st; // OpenSSL's digest state; its headers stay in the body

namespace aistudio {
namespace detail {

/// A digest computed piece by piece. Movable, not copyable; a moved-from one may only be destroyed
/// or assigned to.
///
/// @par Errors         Throws api_error(errc::internal_error) when OpenSSL does not offer the
/// algorithm (MD5 under FIPS).
/// @par Thread safety  Distinct objects: safe. One object: one thread at a time.
class AISTUDIO_API streaming_digest {
public:
    AISTUDIO_DECL void update(std::string_view bytes);
    /// The digest of all that was given, as lower-case hex. The object then starts over.
    [[nodiscard]] AISTUDIO_DECL std::string finish();
    /// The same as raw bytes.
    [[nodiscard]] AISTUDIO_DECL std::string finish_bytes();

protected:
    AISTUDIO_DECL explicit streaming_digest(const char* algorithm);

private:
    struct deleter {
        AISTUDIO_DECL void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, deleter> context_;
};

} // namespace detail

/// SHA-256; `finish()` gives 64 hex digits.
class AISTUDIO_API sha256 : public detail::streaming_digest {
public:
    sha256() : streaming_digest("SHA256") {}
    /// Of one text, as hex.
    [[nodiscard]] AISTUDIO_DECL static std::string of(std::string_view bytes);
};

/// MD5; `finish()` gives 32 hex digits. For ETags and Content-MD5 only: it protects against
/// accidents, not people.
class AISTUDIO_API md5 : public detail::streaming_digest {
public:
    md5() : streaming_digest("MD5") {}
    /// Of one text, as hex.
    [[nodiscard]] AISTUDIO_DECL static std::string of(std::string_view bytes);
};

/// SHA-1; `finish()` gives 40 hex digits. For the names that Git gives only: it protects against
/// accidents, not people.
class AISTUDIO_API sha1 : public detail::streaming_digest {
public:
    sha1() : streaming_digest("SHA1") {}
    /// Of one text, as hex.
    [[nodiscard]] AISTUDIO_DECL static std::string of(std::string_view bytes);
};

/// CRC-32 as in zip, zlib and the object store's `x-bce-content-crc32`.
class AISTUDIO_API crc32 {
public:
    crc32() = default;
    /// Goes on behind bytes whose CRC-32 is `so_far`.
    explicit crc32(std::uint32_t so_far) noexcept : remainder_(~so_far) {}
    AISTUDIO_DECL void update(std::string_view bytes) noexcept;
    /// Of all that was given so far; 0 for nothing.
    [[nodiscard]] AISTUDIO_DECL std::uint32_t value() const noexcept;

private:
    std::uint32_t remainder_ = 0xFFFFFFFF; // of the division so far, reflected, not yet inverted
};

/// The CRC-32 of two byte sequences behind each other, of which the second has `second_size` bytes.
[[nodiscard]] AISTUDIO_DECL std::uint32_t combined_crc32(std::uint32_t first, std::uint32_t second,
                                                         std::uint64_t second_size) noexcept;

/// HMAC-SHA256 as 64 lower-case hex digits.
[[nodiscard]] AISTUDIO_DECL std::string hmac_sha256(std::string_view key, std::string_view message);

/// Two lower-case hex digits a byte.
[[nodiscard]] AISTUDIO_DECL std::string to_hex(std::string_view bytes);

/// Base64 with padding, without line breaks; for short texts (at most 1 GiB).
[[nodiscard]] AISTUDIO_DECL std::string to_base64(std::string_view bytes);

/// The value of the header `Content-MD5` for `body`: base64 of its MD5.
[[nodiscard]] AISTUDIO_DECL std::string content_md5(std::string_view body);

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/digest.ipp>
#endif
