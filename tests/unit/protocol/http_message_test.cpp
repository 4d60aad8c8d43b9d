#include <aistudio/protocol/http_message.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

TEST(http_response, header_found_whatever_its_case) {
    const http_response r{200, {{"X-One", "1"}, {"eTag", "a"}, {"ETag", "b"}}, {}};
    EXPECT_EQ(r.header("x-ONE"), "1");
    EXPECT_EQ(r.header("ETag"), "a") << "the first counts";
    EXPECT_EQ(r.header("X-On"), "");
    EXPECT_EQ(r.header(""), "");
}

TEST(header_value, control_characters_refused) {
    for (int c = 0; c < 256; ++c) {
        const std::string value = std::string("a") + static_cast<char>(c) + "b";
        EXPECT_EQ(is_header_value(value), c >= 0x20 && c != 0x7f) << c;
    }
    EXPECT_TRUE(is_header_value(""));
}

} // namespace
} // namespace aistudio
