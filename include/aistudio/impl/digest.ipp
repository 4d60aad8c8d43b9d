#pragma once

#include <aistudio/error.hpp>
#include <aistudio/protocol/digest.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

namespace aistudio {
namespace detail {

inline void require_digest(bool done) {
    if (!done)
        throw api_error(make_problem(errc::internal_error,
                                     "OpenSSL cannot compute a digest that is needed here."));
}

inline std::string_view as_text(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size}; // NOLINT: char may alias anything
}

AISTUDIO_DECL void streaming_digest::deleter::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

AISTUDIO_DECL streaming_digest::streaming_digest(const char* algorithm)
    : context_(EVP_MD_CTX_new()) {
    const EVP_MD* md = EVP_get_digestbyname(algorithm);
    require_digest(context_ && md != nullptr &&
                   EVP_DigestInit_ex(context_.get(), md, nullptr) == 1);
}

AISTUDIO_DECL void streaming_digest::update(std::string_view bytes) {
    require_digest(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

AISTUDIO_DECL std::string streaming_digest::finish_bytes() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    require_digest(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) == 1 &&
                   EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1);
    return std::string(as_text(bytes.data(), size));
}

AISTUDIO_DECL std::string streaming_digest::finish() { return to_hex(finish_bytes()); }

} // namespace detail

AISTUDIO_DECL std::string sha256::of(std::string_view bytes) {
    sha256 digest;
    digest.update(bytes);
    return digest.finish();
}

AISTUDIO_DECL std::string sha1::of(std::string_view bytes) {
    sha1 digest;
    digest.update(bytes);
    return digest.finish();
}

AISTUDIO_DECL std::string md5::of(std::string_view bytes) {
    md5 digest;
    digest.update(bytes);
    return digest.finish();
}

namespace detail {

/// The polynomial of CRC-32 with its bits reversed, as all numbers here: the highest bit is x^0.
inline constexpr std::uint32_t crc_polynomial = 0xEDB88320;
inline constexpr std::size_t crc_stride = 16; // bytes divided at once

constexpr std::uint32_t times_x(std::uint32_t a) noexcept {
    return (a & 1U) != 0 ? (a >> 1U) ^ crc_polynomial : a >> 1U;
}

using crc_tables = std::array<std::array<std::uint32_t, 256>, crc_stride>;

/// `[n][byte]`: the remainder of `byte` followed by `n` bytes of zero.
constexpr crc_tables make_crc_tables() noexcept {
    crc_tables out{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t r = byte;
        for (int bit = 0; bit < 8; ++bit)
            r = times_x(r);
        out[0][byte] = r;
    }
    for (std::size_t n = 1; n < crc_stride; ++n)
        for (std::size_t byte = 0; byte < 256; ++byte)
            out[n][byte] = (out[n - 1][byte] >> 8U) ^ out[0][out[n - 1][byte] & 0xFFU];
    return out;
}
inline constexpr crc_tables crc_table = make_crc_tables();

/// Divides 16 bytes at once. The four words are in the order of a little-endian machine.
inline std::uint32_t divide_stride(std::uint32_t remainder, const char* bytes) noexcept {
    std::array<std::uint32_t, 4> word{};
    std::memcpy(word.data(), bytes, crc_stride);
    word[0] ^= remainder;
    std::uint32_t out = 0;
    for (std::size_t w = 0; w < 4; ++w)
        for (std::size_t b = 0; b < 4; ++b)
            out ^= crc_table[crc_stride - 1 - 4 * w - b][(word[w] >> (8U * b)) & 0xFFU];
    return out;
}

/// The product of two polynomials modulo that of CRC-32.
constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) noexcept {
    std::uint32_t out = 0;
    for (std::uint32_t bit = 1U << 31U; bit != 0; bit >>= 1U) {
        if ((a & bit) != 0)
            out ^= b;
        b = times_x(b);
    }
    return out;
}

/// x^n modulo the polynomial of CRC-32.
constexpr std::uint32_t power_of_x(std::uint64_t n) noexcept {
    std::uint32_t out = 1U << 31U;
    for (std::uint32_t square = 1U << 30U; n != 0; n >>= 1U, square = multiply(square, square))
        if ((n & 1U) != 0)
            out = multiply(out, square);
    return out;
}

#if defined(__x86_64__) && defined(__GNUC__)
#define AISTUDIO_CRC_FOLDS

/// Multiplies without carries: the upper half of a block by `x^(n - 32)`, the lower by `x^(n +
/// 32)`, which moves it over the `n` bits up to `next`. (Bits are reversed: the lower half comes
/// first.)
struct crc_fold {
    std::uint64_t lower;
    std::uint64_t upper;
    constexpr explicit crc_fold(std::uint64_t n)
        : lower(std::uint64_t{power_of_x(n + 32)} << 1U),
          upper(std::uint64_t{power_of_x(n - 32)} << 1U) {}
};
inline constexpr crc_fold over_one_block(128);
inline constexpr crc_fold over_four_blocks(4 * 128);
inline constexpr std::size_t crc_block = 16;
inline constexpr std::size_t least_crc_fold = 8 * crc_block;

inline bool has_carryless_multiply() noexcept {
    static const bool has =
        __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0;
    return has;
}

__attribute__((target("pclmul,sse4.1"))) inline __m128i load_block(const char* bytes) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); // NOLINT: how it is declared
}

__attribute__((target("pclmul,sse4.1"))) inline __m128i move_block(__m128i block, __m128i by,
                                                                   __m128i next) noexcept {
    const auto lower = _mm_clmulepi64_si128(block, by, 0x00);
    const auto upper = _mm_clmulepi64_si128(block, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(lower, upper), next);
}

/// Takes whole blocks, at least 8, off `bytes` and leaves one that has the same remainder as all
/// of them together.
__attribute__((target("pclmul,sse4.1"))) inline std::array<char, crc_block>
fold_blocks(std::uint32_t remainder, std::string_view& bytes) noexcept {
    const auto four = _mm_set_epi64x(static_cast<long long>(over_four_blocks.upper),
                                     static_cast<long long>(over_four_blocks.lower));
    const auto one = _mm_set_epi64x(static_cast<long long>(over_one_block.upper),
                                    static_cast<long long>(over_one_block.lower));
    const char* at = bytes.data();
    __m128i a = _mm_xor_si128(load_block(at), _mm_cvtsi32_si128(static_cast<int>(remainder)));
    __m128i b = load_block(at + crc_block);
    __m128i c = load_block(at + 2 * crc_block);
    __m128i d = load_block(at + 3 * crc_block);
    std::size_t used = 4 * crc_block;
    for (; bytes.size() - used >= 4 * crc_block; used += 4 * crc_block) {
        a = move_block(a, four, load_block(at + used));
        b = move_block(b, four, load_block(at + used + crc_block));
        c = move_block(c, four, load_block(at + used + 2 * crc_block));
        d = move_block(d, four, load_block(at + used + 3 * crc_block));
    }
    a = move_block(a, one, b);
    a = move_block(a, one, c);
    a = move_block(a, one, d);
    bytes.remove_prefix(used);
    std::array<char, crc_block> out{};
    std::memcpy(out.data(), &a, sizeof a);
    return out;
}
#endif

} // namespace detail

AISTUDIO_DECL void crc32::update(std::string_view bytes) noexcept {
#if defined(AISTUDIO_CRC_FOLDS)
    if (bytes.size() >= detail::least_crc_fold && detail::has_carryless_multiply()) {
        const auto rest = detail::fold_blocks(remainder_, bytes);
        remainder_ = detail::divide_stride(0, rest.data());
    }
#endif
    if constexpr (std::endian::native == std::endian::little)
        for (; bytes.size() >= detail::crc_stride; bytes.remove_prefix(detail::crc_stride))
            remainder_ = detail::divide_stride(remainder_, bytes.data());
    for (const char c : bytes)
        remainder_ = (remainder_ >> 8U) ^
                     detail::crc_table[0][(remainder_ ^ static_cast<unsigned char>(c)) & 0xFFU];
}

AISTUDIO_DECL std::uint32_t crc32::value() const noexcept { return ~remainder_; }

AISTUDIO_DECL std::uint32_t combined_crc32(std::uint32_t first, std::uint32_t second,
                                           std::uint64_t second_size) noexcept {
    return detail::multiply(detail::power_of_x(8 * second_size), first) ^ second;
}

AISTUDIO_DECL std::string hmac_sha256(std::string_view key, std::string_view message) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    const auto* text =
        reinterpret_cast<const unsigned char*>(message.data()); // NOLINT: OpenSSL's idea of bytes
    detail::require_digest(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text,
                                message.size(), bytes.data(), &size) != nullptr);
    return to_hex(detail::as_text(bytes.data(), size));
}

AISTUDIO_DECL std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        hex += digits[static_cast<unsigned char>(c) >> 4U];
        hex += digits[static_cast<unsigned char>(c) & 15U];
    }
    return hex;
}

AISTUDIO_DECL std::string to_base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // OpenSSL adds a terminator
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data()); // NOLINT
    auto* to = reinterpret_cast<unsigned char*>(text.data());                // NOLINT
    text.resize(
        static_cast<std::size_t>(EVP_EncodeBlock(to, from, static_cast<int>(bytes.size()))));
    return text;
}

AISTUDIO_DECL std::string content_md5(std::string_view body) {
    md5 digest;
    digest.update(body);
    return to_base64(digest.finish_bytes());
}

} // namespace aistudio
