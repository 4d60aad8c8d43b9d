#pragma once

/// @file
/// Base64 (RFC 4648, section 4) at the speed of the processor that runs it: the widest of four
/// encoders that it has.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define AISTUDIO_BASE64_X86 1
#else
#define AISTUDIO_BASE64_X86 0
#endif

namespace aistudio::detail {

inline constexpr char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Characters that `bytes` bytes become.
constexpr std::size_t base64_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

enum class base64_level { scalar, ssse3, avx2, avx512 };

/// Where an encoder stopped: what is left is too little for it.
struct base64_progress {
    const unsigned char* in;
    const unsigned char* end;
    char* out;
};

#if AISTUDIO_BASE64_X86

// GCC has no intrinsics in templates or lambdas for other targets than the file's: plain functions.

/// Three bytes a, b, c of a 32-bit word [b, a, c, b] become four numbers of six bits, one in a
/// byte.
__attribute__((target("ssse3"))) inline __m128i base64_split(__m128i words) noexcept {
    const __m128i first_third = _mm_mulhi_epu16(_mm_and_si128(words, _mm_set1_epi32(0x0fc0fc00)),
                                                _mm_set1_epi32(0x04000040));
    const __m128i second_fourth = _mm_mullo_epi16(_mm_and_si128(words, _mm_set1_epi32(0x003f03f0)),
                                                  _mm_set1_epi32(0x01000010));
    return _mm_or_si128(first_third, second_fourth);
}

__attribute__((target("ssse3"))) inline __m128i base64_letters(__m128i six_bits) noexcept {
    // the distance to the letter differs by range: A-Z, a-z, each digit, +, /
    const __m128i distances =
        _mm_setr_epi8(65, 71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 0, 0);
    const __m128i range = _mm_sub_epi8(_mm_subs_epu8(six_bits, _mm_set1_epi8(51)),
                                       _mm_cmpgt_epi8(six_bits, _mm_set1_epi8(25)));
    return _mm_add_epi8(six_bits, _mm_shuffle_epi8(distances, range));
}

/// Reads 16 bytes and uses 12.
__attribute__((target("ssse3"))) inline base64_progress base64_ssse3(base64_progress p) noexcept {
    const __m128i order = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    for (; p.end - p.in >= 16; p.in += 12, p.out += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p.in));
        const __m128i letters = base64_letters(base64_split(_mm_shuffle_epi8(bytes, order)));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p.out), letters);
    }
    return p;
}

/// As above in both halves: reads 28 bytes and uses 24.
__attribute__((target("avx2"))) inline base64_progress base64_avx2(base64_progress p) noexcept {
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
    const __m256i distances = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(65, 71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 0, 0));
    for (; p.end - p.in >= 28; p.in += 24, p.out += 32) {
        const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p.in));
        const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p.in + 12));
        const __m256i words = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), order);
        const __m256i first_third = _mm256_mulhi_epu16(
            _mm256_and_si256(words, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
        const __m256i second_fourth = _mm256_mullo_epi16(
            _mm256_and_si256(words, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
        const __m256i six_bits = _mm256_or_si256(first_third, second_fourth);
        const __m256i range = _mm256_sub_epi8(_mm256_subs_epu8(six_bits, _mm256_set1_epi8(51)),
                                              _mm256_cmpgt_epi8(six_bits, _mm256_set1_epi8(25)));
        const __m256i letters = _mm256_add_epi8(six_bits, _mm256_shuffle_epi8(distances, range));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p.out), letters);
    }
    return p;
}

/// The bytes' order: word k is made of bytes 3k + 1, 3k, 3k + 2, 3k + 1.
inline constexpr auto base64_order = [] {
    std::array<unsigned char, 64> order{};
    for (std::size_t k = 0; k < 16; ++k) {
        order[4 * k] = order[4 * k + 3] = static_cast<unsigned char>(3 * k + 1);
        order[4 * k + 1] = static_cast<unsigned char>(3 * k);
        order[4 * k + 2] = static_cast<unsigned char>(3 * k + 2);
    }
    return order;
}();

/// Reads 64 bytes and uses 48. The look-up takes the lowest six bits of each byte by itself.
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) inline base64_progress
base64_avx512(base64_progress p) noexcept {
    const __m512i order = _mm512_loadu_si512(base64_order.data());
    const __m512i alphabet = _mm512_loadu_si512(base64_alphabet);
    const __mmask64 all = ~__mmask64{0}; // GCC 12 warns of its own forms without a mask
    // from which bit of two words on the eight numbers stand
    const __m512i places = _mm512_set1_epi64(0x3036242a1016040a);
    for (; p.end - p.in >= 64; p.in += 48, p.out += 64) {
        const __m512i words = _mm512_maskz_permutexvar_epi8(all, order, _mm512_loadu_si512(p.in));
        const __m512i six_bits = _mm512_maskz_multishift_epi64_epi8(all, places, words);
        _mm512_storeu_si512(p.out, _mm512_maskz_permutexvar_epi8(all, six_bits, alphabet));
    }
    return p;
}

#endif

inline char* base64_scalar(base64_progress p) noexcept {
    const auto letter = [](std::uint32_t bits, unsigned place) {
        return base64_alphabet[bits >> place & 63U];
    };
    for (; p.end - p.in >= 3; p.in += 3) {
        const std::uint32_t bits =
            std::uint32_t{p.in[0]} << 16U | std::uint32_t{p.in[1]} << 8U | p.in[2];
        for (const unsigned place : {18U, 12U, 6U, 0U})
            *p.out++ = letter(bits, place);
    }
    const auto left = p.end - p.in;
    if (left == 0)
        return p.out;
    const std::uint32_t bits =
        std::uint32_t{p.in[0]} << 16U | (left == 2 ? std::uint32_t{p.in[1]} << 8U : 0U);
    *p.out++ = letter(bits, 18);
    *p.out++ = letter(bits, 12);
    *p.out++ = left == 2 ? letter(bits, 6) : '=';
    *p.out++ = '=';
    return p.out;
}

/// The best of this machine; asked once.
inline base64_level best_base64_level() noexcept {
#if AISTUDIO_BASE64_X86
    static const base64_level best = [] {
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw"))
            return base64_level::avx512;
        if (__builtin_cpu_supports("avx2"))
            return base64_level::avx2;
        return __builtin_cpu_supports("ssse3") ? base64_level::ssse3 : base64_level::scalar;
    }();
    return best;
#else
    return base64_level::scalar;
#endif
}

/// Writes `base64_size(bytes.size())` characters and returns their end. `level` must be one that
/// the machine has.
inline char* put_base64(char* out, std::span<const std::byte> bytes,
                        base64_level level = best_base64_level()) noexcept {
    const auto* const in = reinterpret_cast<const unsigned char*>(bytes.data());
    base64_progress p{in, in + bytes.size(), out};
#if AISTUDIO_BASE64_X86
    if (level == base64_level::avx512)
        p = base64_avx512(p);
    if (level >= base64_level::avx2)
        p = base64_avx2(p);
    if (level >= base64_level::ssse3)
        p = base64_ssse3(p);
#else
    static_cast<void>(level);
#endif
    return base64_scalar(p);
}

} // namespace aistudio::detail
