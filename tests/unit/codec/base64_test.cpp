#include <aistudio/codec/base64.hpp>
#include <aistudio/codec/json.hpp>
#include <aistudio/impl/json_base64.ipp>

#include <boost/describe/class.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace aistudio;
using detail::base64_level;

std::vector<base64_level> levels_of_this_machine() {
    std::vector<base64_level> levels;
    for (const auto level :
         {base64_level::scalar, base64_level::ssse3, base64_level::avx2, base64_level::avx512})
        if (level <= detail::best_base64_level())
            levels.push_back(level);
    return levels;
}

std::string encoded(std::string_view bytes, base64_level level) {
    // exactly as large as the text and the input: the address sanitizer watches their ends
    const auto in = std::make_unique<std::byte[]>(bytes.size());
    std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), in.get());
    const std::size_t size = detail::base64_size(bytes.size());
    const auto out = std::make_unique<char[]>(size);
    EXPECT_EQ(detail::put_base64(out.get(), {in.get(), bytes.size()}, level), out.get() + size);
    return {out.get(), size};
}

/// One bit after the other, as the standard describes it.
std::string by_the_book(std::string_view bytes) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = (bits << 8U | static_cast<unsigned char>(c)) & 0xffffU;
        for (count += 8; count >= 6; count -= 6)
            out += detail::base64_alphabet[bits >> static_cast<unsigned>(count - 6) & 63U];
    }
    if (count > 0)
        out += detail::base64_alphabet[bits << static_cast<unsigned>(6 - count) & 63U];
    while (out.size() % 4 != 0)
        out += '=';
    return out;
}

TEST(base64, known_texts) {
    const std::pair<std::string_view, std::string_view> known[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto level : levels_of_this_machine())
        for (const auto& [bytes, text] : known)
            EXPECT_EQ(encoded(bytes, level), text);
}

TEST(base64, every_length_at_every_level) {
    std::mt19937 random(1);
    for (std::size_t size = 0; size <= 400; ++size) {
        std::string bytes(size, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random());
        const std::string expected = by_the_book(bytes);
        for (const auto level : levels_of_this_machine())
            ASSERT_EQ(encoded(bytes, level), expected) << size << " " << static_cast<int>(level);
    }
}

TEST(base64, every_byte_at_every_place) {
    std::string bytes;
    for (int place = 0; place < 97; ++place)
        for (int c = 0; c < 256; ++c)
            bytes += static_cast<char>(c + place);
    const std::string expected = by_the_book(bytes);
    for (const auto level : levels_of_this_machine())
        EXPECT_EQ(encoded(bytes, level), expected) << static_cast<int>(level);
}

struct image_record {
    base64_bytes image;
    int width = 0;
};
BOOST_DESCRIBE_STRUCT(image_record, (), (image, width))

TEST(base64, bytes_of_a_record_are_a_json_string) {
    EXPECT_EQ(to_json(image_record{std::string_view("fooba"), 2}).value(),
              R"({"image":"Zm9vYmE=","width":2})");
    EXPECT_EQ(to_json(image_record{}).value(), R"({"image":"","width":0})");
}

TEST(base64, large_image_is_written_in_pieces) {
    std::mt19937 random(2);
    for (const std::size_t size : {12'287U, 12'288U, 12'289U, 100'000U}) {
        std::string bytes(size, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random());
        EXPECT_EQ(to_json(base64_bytes(bytes.data(), size)).value(),
                  '"' + by_the_book(bytes) + '"');
    }
}

} // namespace
