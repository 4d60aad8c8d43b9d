#include "support/random_bytes.hpp"

#include <aistudio/protocol/digest.hpp>

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

namespace {

using namespace aistudio;

static_assert(!std::is_copy_constructible_v<sha256> &&
              std::is_nothrow_move_constructible_v<sha256>);
static_assert(!std::is_copy_constructible_v<md5> && std::is_nothrow_move_constructible_v<md5>);

/// The result of feeding `bytes` in pieces of 1, 2, 3, ... bytes.
template <class Digest>
Digest fed_in_pieces(std::string_view bytes) {
    Digest digest;
    for (std::size_t size = 1; !bytes.empty(); ++size) {
        digest.update(bytes.substr(0, size));
        bytes.remove_prefix(std::min(size, bytes.size()));
    }
    return digest;
}

// FIPS 180-4 examples
TEST(sha256, published_examples_match) {
    EXPECT_EQ(sha256::of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256::of("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256::of(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 1321, appendix A.5
TEST(md5, published_examples_match) {
    EXPECT_EQ(md5::of(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(md5::of("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(crc32, published_check_value_matches) {
    crc32 crc;
    EXPECT_EQ(crc.value(), 0U);
    crc.update("123456789");
    EXPECT_EQ(crc.value(), 0xCBF43926U);
}

/// By the definition, a bit at a time.
std::uint32_t slow_crc32(std::string_view bytes) {
    std::uint32_t r = 0xFFFFFFFF;
    for (const char c : bytes) {
        r ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            r = (r & 1U) != 0 ? (r >> 1U) ^ 0xEDB88320U : r >> 1U;
    }
    return ~r;
}

std::string some_bytes(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        out[i] = static_cast<char>(i * i * 31 + i * 7 + 3);
    return out;
}

TEST(crc32, any_length_cut_anywhere_matches_the_definition) {
    const std::string bytes = some_bytes(70);
    for (std::size_t size = 0; size <= bytes.size(); ++size)
        for (std::size_t cut = 0; cut <= size; cut += 3) {
            crc32 crc;
            crc.update(std::string_view(bytes).substr(0, cut));
            crc.update(std::string_view(bytes).substr(cut, size - cut));
            ASSERT_EQ(crc.value(), slow_crc32(std::string_view(bytes).substr(0, size)))
                << size << " cut at " << cut;
        }
}

TEST(crc32, goes_on_behind_a_value) {
    const std::string bytes = some_bytes(100);
    crc32 first;
    first.update(std::string_view(bytes).substr(0, 33));
    crc32 rest(first.value());
    rest.update(std::string_view(bytes).substr(33));
    EXPECT_EQ(rest.value(), slow_crc32(bytes));
}

TEST(combined_crc32, is_that_of_both_behind_each_other) {
    const std::string bytes = some_bytes(300);
    for (std::size_t cut = 0; cut <= bytes.size(); cut += 7)
        EXPECT_EQ(combined_crc32(slow_crc32(bytes.substr(0, cut)), slow_crc32(bytes.substr(cut)),
                                 bytes.size() - cut),
                  slow_crc32(bytes))
            << cut;
    EXPECT_EQ(combined_crc32(0, 0, std::uint64_t{1} << 40U), 0U);
}

TEST(crc32, long_texts_match_the_definition) {
    const std::string bytes = some_bytes(1200);
    for (std::size_t size = 100; size <= bytes.size(); size += 13) {
        crc32 crc;
        crc.update("before");
        crc.update(std::string_view(bytes).substr(1, size - 1));
        ASSERT_EQ(crc.value(), slow_crc32("before" + bytes.substr(1, size - 1))) << size;
    }
}

TEST(crc32, body_of_the_signing_example_matches) {
    crc32 crc;
    crc.update("hello bos\n");
    EXPECT_EQ(crc.value(), 4061960521U);
}

TEST(digests, input_in_pieces_gives_the_same) {
    const std::string bytes = test::random_bytes(100'000);
    EXPECT_EQ(fed_in_pieces<sha256>(bytes).finish(), sha256::of(bytes));
    EXPECT_EQ(fed_in_pieces<md5>(bytes).finish(), md5::of(bytes));
    crc32 whole;
    whole.update(bytes);
    EXPECT_EQ(fed_in_pieces<crc32>(bytes).value(), whole.value());
}

TEST(sha256, finish_starts_over) {
    sha256 digest;
    digest.update("something else");
    EXPECT_EQ(digest.finish(), sha256::of("something else"));
    digest.update("abc");
    EXPECT_EQ(digest.finish(), sha256::of("abc"));
}

TEST(sha256, moved_digest_goes_on) {
    sha256 first;
    first.update("a");
    sha256 second = std::move(first);
    second.update("bc");
    first = sha256{};
    first.update("abc");
    EXPECT_EQ(second.finish(), sha256::of("abc"));
    EXPECT_EQ(first.finish(), sha256::of("abc"));
}

TEST(sha256, raw_bytes_are_the_hex_digits) {
    sha256 digest;
    digest.update("abc");
    const std::string bytes = digest.finish_bytes();
    EXPECT_EQ(bytes.size(), 32U);
    EXPECT_EQ(to_hex(bytes), sha256::of("abc"));
}

// RFC 4231, test cases 2 and 6 (a key longer than a block)
TEST(hmac_sha256, published_examples_match) {
    EXPECT_EQ(hmac_sha256("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hmac_sha256(std::string(131, '\xaa'),
                          "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(to_hex, bytes_above_127_are_two_digits) {
    EXPECT_EQ(to_hex(std::string_view("\x00\x0f\x80\xff", 4)), "000f80ff");
    EXPECT_EQ(to_hex(""), "");
}

// RFC 4648, section 10
TEST(to_base64, published_examples_match) {
    EXPECT_EQ(to_base64(""), "");
    EXPECT_EQ(to_base64("f"), "Zg==");
    EXPECT_EQ(to_base64("fo"), "Zm8=");
    EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
}

// RFC 1864: the header of an empty body is well known
TEST(content_md5, empty_body_is_base64_of_its_md5) {
    EXPECT_EQ(content_md5(""), "1B2M2Y8AsgTpgAmY7PhCfg==");
}

} // namespace
