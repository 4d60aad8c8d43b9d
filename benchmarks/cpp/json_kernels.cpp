// Runs one JSON kernel a given number of times, for benchmarks/kernels.sh to count its
// instructions.
#include "json_data.hpp"

#include <aistudio/codec/json.hpp>

#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace json_data;

template <class Value>
void write(const Value& value, int times) {
    std::string out;
    for (; times > 0; --times) {
        out.clear();
        if (!aistudio::append_json(out, value))
            throw std::logic_error("The value cannot be written.");
    }
}

template <class Value>
void read(std::string text, Value value, int times) {
    const padded_text padded(std::move(text));
    aistudio::json_document document;
    for (; times > 0; --times) {
        const auto root = document.parse_padded(padded.view());
        if (!root || !aistudio::from_json_into(*root, value))
            throw std::logic_error("The text cannot be read.");
    }
}

aistudio::matrix<double> array() { return {rows, columns, normal_doubles()}; }

const std::map<std::string_view, void (*)(int)> kernels = {
    {"write_array", [](int times) { write(array(), times); }},
    {"read_array", [](int times) { read(aistudio::to_json(array()).value(), array(), times); }},
    {"write_record", [](int times) { write(district{}, times); }},
    {"read_record",
     [](int times) { read(aistudio::to_json(district{}).value(), district{}, times); }},
    {"write_image",
     [](int times) {
         const std::string bytes = image();
         write(image_request{std::string_view(bytes)}, times);
     }},
};

} // namespace

int main(int argc, char** argv) {
    const auto kernel = argc == 3 ? kernels.find(argv[1]) : kernels.end();
    if (kernel == kernels.end()) {
        std::cerr << "usage: json_kernels KERNEL TIMES\n";
        return 2;
    }
    kernel->second(std::atoi(argv[2]));
    return 0;
}
