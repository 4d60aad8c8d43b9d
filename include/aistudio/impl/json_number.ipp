#pragma once

/// @file
/// Numbers as JSON text. Dragonbox finds the fewest digits where it is installed; std::to_chars
/// finds the same ones at more than twice the cost.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#if __has_include(<dragonbox/dragonbox.h>)
#include <dragonbox/dragonbox.h>
#define AISTUDIO_HAS_DRAGONBOX 1
#else
#include <charconv>
#define AISTUDIO_HAS_DRAGONBOX 0
#endif

#if defined(__SSE2__)
#include <emmintrin.h>
#define AISTUDIO_HAS_SSE2 1
#else
#define AISTUDIO_HAS_SSE2 0
#endif

namespace aistudio::detail {

/// What the functions below may touch from where they begin to write; the text is shorter.
inline constexpr std::size_t number_room = 40;

inline constexpr std::uint64_t ascii_zeros = 0x3030303030303030U;

inline constexpr auto powers_of_ten = [] {
    std::array<std::uint64_t, 20> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i)
        powers[i] = powers[i - 1] * 10;
    return powers;
}();

/// The eight digits of `n` (below 10^8), one in a byte, the first in the lowest: all pairs, then
/// all digits are split with one multiplication.
inline std::uint64_t eight_digits(std::uint32_t n) noexcept {
    const std::uint64_t fours = n / 10000 | std::uint64_t{n % 10000} << 32U;
    const std::uint64_t hundreds = (fours * 10486 >> 20U) & 0x0000007f0000007fU;
    const std::uint64_t pairs = hundreds | (fours - hundreds * 100) << 16U;
    const std::uint64_t tens = (pairs * 103 >> 10U) & 0x000f000f000f000fU;
    return tens | (pairs - tens * 10) << 8U;
}

inline char* put_eight(char* out, std::uint64_t digits) noexcept {
    if constexpr (std::endian::native == std::endian::big)
        digits = __builtin_bswap64(digits);
    std::memcpy(out, &digits, 8);
    return out + 8;
}

/// `n` below 10^8 without leading zeros; nothing for 0.
inline char* put_below_1e8(char* out, std::uint32_t n) noexcept {
    const std::uint64_t digits = eight_digits(n);
    const auto zeros = static_cast<unsigned>(std::countr_zero(digits)) / 8;
    if (zeros == 8)
        return out;
    put_eight(out, (digits | ascii_zeros) >> (zeros * 8));
    return out + (8 - zeros);
}

inline char* put_unsigned(char* out, std::uint64_t n) noexcept {
    constexpr std::uint64_t e8 = 100'000'000;
    if (n < 10) {
        *out = static_cast<char>('0' + n);
        return out + 1;
    }
    if (n < e8)
        return put_below_1e8(out, static_cast<std::uint32_t>(n));
    const std::uint64_t high = n / e8;
    if (high < e8)
        out = put_below_1e8(out, static_cast<std::uint32_t>(high));
    else {
        out = put_below_1e8(out, static_cast<std::uint32_t>(high / e8));
        out = put_eight(out, eight_digits(static_cast<std::uint32_t>(high % e8)) | ascii_zeros);
    }
    return put_eight(out, eight_digits(static_cast<std::uint32_t>(n % e8)) | ascii_zeros);
}

inline char* put_signed(char* out, std::int64_t n) noexcept {
    *out = '-';
    const auto magnitude = static_cast<std::uint64_t>(n);
    return n < 0 ? put_unsigned(out + 1, 0 - magnitude) : put_unsigned(out, magnitude);
}

/// Sixteen digits: those of two numbers below 10^8, one after the other.
class sixteen_digits {
public:
    sixteen_digits(std::uint32_t first, std::uint32_t second) noexcept
#if AISTUDIO_HAS_SSE2
        : digits_(split(first, second)) {
    }
    /// How many there are without the zeros at the end.
    [[nodiscard]] int count() const noexcept {
        const int zeros = _mm_movemask_epi8(_mm_cmpeq_epi8(digits_, _mm_setzero_si128()));
        return static_cast<int>(std::bit_width(static_cast<unsigned>(~zeros & 0xffff)));
    }
    void put(char* out) const noexcept {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                         _mm_or_si128(digits_, _mm_set1_epi8('0')));
    }

private:
    /// As `eight_digits` does it, for both at once.
    static __m128i split(std::uint32_t first, std::uint32_t second) noexcept {
        const __m128i eights = _mm_set_epi64x(second, first);
        const __m128i high =
            _mm_srli_epi64(_mm_mul_epu32(eights, _mm_set1_epi64x(0xd1b71759)), 45); // / 10000
        const __m128i low = _mm_sub_epi64(eights, _mm_mul_epu32(high, _mm_set1_epi64x(10000)));
        const __m128i fours = _mm_or_si128(high, _mm_slli_epi64(low, 32));
        const __m128i hundreds = _mm_srli_epi32(_mm_mulhi_epu16(fours, _mm_set1_epi32(5243)), 3);
        const __m128i rest = _mm_sub_epi16(fours, _mm_mullo_epi16(hundreds, _mm_set1_epi32(100)));
        const __m128i pairs = _mm_or_si128(hundreds, _mm_slli_epi32(rest, 16));
        const __m128i tens = _mm_mulhi_epu16(pairs, _mm_set1_epi16(6554));
        const __m128i ones = _mm_sub_epi16(pairs, _mm_mullo_epi16(tens, _mm_set1_epi16(10)));
        return _mm_or_si128(tens, _mm_slli_epi16(ones, 8));
    }
    __m128i digits_;
#else
        : first_(eight_digits(first)), second_(eight_digits(second)) {
    }
    [[nodiscard]] int count() const noexcept {
        return second_ != 0 ? 16 - std::countl_zero(second_) / 8 : 8 - std::countl_zero(first_) / 8;
    }
    void put(char* out) const noexcept {
        put_eight(put_eight(out, first_ | ascii_zeros), second_ | ascii_zeros);
    }

private:
    std::uint64_t first_;
    std::uint64_t second_;
#endif
};

/// `digits` x 10^`exponent`; the digits may end in zeros.
struct decimal {
    std::uint64_t digits;
    int exponent;
};

/// The decimal with the fewest digits that reads back as `value`, a positive finite number.
template <class Float>
decimal shortest_decimal(Float value) noexcept {
#if AISTUDIO_HAS_DRAGONBOX
    namespace policy = jkj::dragonbox::policy;
    const auto d =
        jkj::dragonbox::to_decimal(value, policy::sign::ignore, policy::trailing_zero::ignore);
    return {d.significand, d.exponent};
#else
    std::array<char, number_room> text{};
    const char* const end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific)
            .ptr;
    decimal d{0, 0};
    const char* c = text.data();
    for (; *c != 'e'; ++c)
        if (*c != '.')
            d.digits = d.digits * 10 + static_cast<std::uint64_t>(*c - '0');
    const auto fraction = static_cast<int>(c - text.data()) - 2; // of `1.25e`; -1 of `1e`
    std::from_chars(c[1] == '+' ? c + 2 : c + 1, end, d.exponent);
    d.exponent -= std::max(fraction, 0);
    return d;
#endif
}

inline unsigned digit_count(std::uint64_t n) noexcept {
    const unsigned guess = static_cast<unsigned>(std::bit_width(n)) * 1233U >> 12U;
    return guess + (n >= powers_of_ten[guess] ? 1U : 0U);
}

/// The seventeen digits of a number, the first of them not 0, as they are going to be stored.
class digit_words {
public:
    explicit digit_words(decimal d) noexcept : digit_words(d, digit_count(d.digits)) {}
    void put_first(char* out) const noexcept { *out = static_cast<char>('0' + first_); }
    void put_others(char* out) const noexcept { others_.put(out); }

private:
    static constexpr std::uint32_t e8 = 100'000'000;
    digit_words(decimal d, unsigned size) noexcept
        : digit_words(d.digits * powers_of_ten[17 - size]) {
        exponent = d.exponent + static_cast<int>(size) - 1;
        // Where the text ends is then known long before its digits are.
        count = d.digits % 10 != 0 ? static_cast<int>(size) : 1 + others_.count();
    }
    explicit digit_words(std::uint64_t seventeen) noexcept
        : digit_words(static_cast<std::uint32_t>(seventeen / e8),
                      static_cast<std::uint32_t>(seventeen % e8)) {}
    digit_words(std::uint32_t nine, std::uint32_t eight) noexcept
        : first_(nine / e8), others_(nine % e8, eight) {}

    std::uint32_t first_;
    sixteen_digits others_;

public:
    int count = 0;    ///< without the zeros at the end
    int exponent = 0; ///< of the first digit
};

/// Whether to write `1200` and `0.0012` rather than `1.2e3` and `1.2e-3`: std::to_chars' rule, and
/// beyond 16 digits what is shorter. (Our exponents are shorter: `1e-5`, not `1e-05`.)
inline bool is_plain(const digit_words& d) noexcept {
    const bool single = d.count == 1;
    const int zeros = d.exponent + 1 - d.count;
    return d.exponent >= (single ? -3 : -4) && zeros <= (single || d.exponent >= 16 ? 4 : 5);
}

/// `1.25` or `0.0125`: a fraction with at most one digit before the point. Without a branch between
/// the two, because they alternate in records and a wrong guess costs as much as the digits.
inline char* put_small(char* out, const digit_words& d) noexcept {
    std::memcpy(out, "0.000000", 8);
    char* const others = out + 2 - d.exponent;
    d.put_first(others - 1 - static_cast<int>(d.exponent == 0));
    d.put_others(others);
    return others + d.count - 1;
}

/// `1200` or `12.5`
inline char* put_plain(char* out, const digit_words& d) noexcept {
    const int whole = d.exponent + 1;
    d.put_first(out);
    d.put_others(out + 1);
    if (whole >= d.count) {
        std::memset(out + 17, '0', 8); // at most five are part of the number
        return out + whole;
    }
    char* const point = out + whole;
    std::array<char, 16> fraction; // NOLINT: filled at once
    std::memcpy(fraction.data(), point, fraction.size());
    std::memcpy(point + 1, fraction.data(), fraction.size());
    *point = '.';
    return out + d.count + 1;
}

/// `1.25e-7`
inline char* put_scientific(char* out, const digit_words& d) noexcept {
    d.put_first(out);
    out[1] = '.';
    d.put_others(out + 2);
    out += d.count > 1 ? d.count + 1 : 1;
    *out++ = 'e';
    return put_signed(out, d.exponent);
}

/// Not for whole numbers below ten.
template <class Float>
char* put_positive(char* out, Float value) noexcept {
    const digit_words d(shortest_decimal(value));
    if (!is_plain(d))
        return put_scientific(out, d);
    return d.exponent <= 0 ? put_small(out, d) : put_plain(out, d);
}

/// Whole numbers below 2^53 that do not end in five zeros: their digits are the shortest form.
/// Nothing for others.
template <class Float>
char* put_if_whole(char* out, Float value) noexcept {
    constexpr auto limit =
        static_cast<Float>(std::uint64_t{1} << std::numeric_limits<Float>::digits);
    if (!(value < limit))
        return nullptr;
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<Float>(whole) != value || whole % 100'000 == 0)
        return nullptr;
    return put_unsigned(out, static_cast<std::uint64_t>(whole));
}

/// 0, and whole numbers beyond 64 bits: as integers the first has no sign for a reader, and the
/// others are refused by many.
template <class Float>
char* put_special(char* out, Float magnitude, bool negative) noexcept {
    if (magnitude == 0) {
        std::memcpy(out, "0.0", 3);
        return out + (negative ? 3 : 1);
    }
    if (magnitude < static_cast<Float>(negative ? 0x1p63 : 0x1p64))
        return put_positive(out, magnitude);
    return put_scientific(out, digit_words(shortest_decimal(magnitude)));
}

/// A finite number.
template <class Float>
char* put_float(char* out, Float value) noexcept {
    using bits = std::conditional_t<sizeof(Float) == 8, std::uint64_t, std::uint32_t>;
    constexpr int sign_place = std::numeric_limits<bits>::digits - 1;
    // signs alternate in records: no branch
    const auto negative = std::bit_cast<bits>(value) >> sign_place;
    *out = '-';
    out += negative;
    const auto magnitude =
        std::bit_cast<Float>(std::bit_cast<bits>(value) & ~(bits{1} << sign_place));
    if (magnitude == 0 || magnitude > static_cast<Float>(0x1p62))
        return put_special(out, magnitude, negative != 0);
    char* const end = put_if_whole(out, magnitude);
    return end != nullptr ? end : put_positive(out, magnitude);
}

} // namespace aistudio::detail
