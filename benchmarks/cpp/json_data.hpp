#pragma once

/// @file
/// What the JSON benchmarks write and read.

#include <aistudio/codec/json.hpp>

#include <boost/describe/class.hpp>

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace json_data {

inline constexpr std::size_t rows = 1000;
inline constexpr std::size_t columns = 13;
inline constexpr std::size_t image_size = 1'000'000;

inline std::vector<double> normal_doubles() {
    std::mt19937_64 random(0);
    std::normal_distribution<double> normal;
    std::vector<double> values(rows * columns);
    for (double& value : values)
        value = normal(random);
    return values;
}

inline std::string image() {
    std::mt19937_64 random(0);
    std::string bytes(image_size, '\0');
    for (char& c : bytes)
        c = static_cast<char>(random());
    return bytes;
}

/// The thirteen features of a district in the Boston housing data.
struct district {
    double crim = 0.00632;
    double zn = 18;
    double indus = 2.31;
    double chas = 0;
    double nox = 0.538;
    double rm = 6.575;
    double age = 65.2;
    double dis = 4.09;
    double rad = 1;
    double tax = 296;
    double ptratio = 15.3;
    double b = 396.9;
    double lstat = 4.98;
};
BOOST_DESCRIBE_STRUCT(district, (),
                      (crim, zn, indus, chas, nox, rm, age, dis, rad, tax, ptratio, b, lstat))

struct image_request {
    aistudio::base64_bytes image;
};
BOOST_DESCRIBE_STRUCT(image_request, (), (image))

/// Text with the bytes behind it that `parse_padded` needs.
class padded_text {
public:
    explicit padded_text(std::string text) : text_(std::move(text)), size_(text_.size()) {
        text_.append(aistudio::json_padding, ' ');
    }
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
    std::string text_;
    std::size_t size_;
};

} // namespace json_data
