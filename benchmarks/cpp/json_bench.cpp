// Arrays, records and images as JSON, each beside a baseline in the same run. The peers of
// benchmarks/json/compare.py do the same work.
#include "json_data.hpp"

#include <aistudio/codec/json.hpp>

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace json_data;

void count(benchmark::State& state, std::size_t items, std::size_t bytes) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(items));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

template <class Value>
void write(benchmark::State& state, const Value& value, std::size_t items) {
    std::string out;
    for (auto _ : state) {
        out.clear();
        auto done = aistudio::append_json(out, value);
        benchmark::DoNotOptimize(done);
    }
    count(state, items, out.size());
}

void array_to_chars(benchmark::State& state) { // the baseline: digits and commas, nothing else
    const auto values = normal_doubles();
    std::vector<char> out(values.size() * 32);
    std::size_t size = 0;
    for (auto _ : state) {
        char* at = out.data();
        for (const double value : values) {
            at = std::to_chars(at, at + 31, value).ptr;
            *at++ = ',';
        }
        size = static_cast<std::size_t>(at - out.data());
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
    }
    count(state, values.size(), size);
}
BENCHMARK(array_to_chars);

void array_written(benchmark::State& state) {
    const auto values = normal_doubles();
    write(state, aistudio::matrix_view<double>(values.data(), rows, columns), values.size());
}
BENCHMARK(array_written);

void record_written(benchmark::State& state) { write(state, district{}, 1); }
BENCHMARK(record_written);

padded_text array_text() {
    const auto values = normal_doubles();
    return padded_text(
        aistudio::to_json(aistudio::matrix_view<double>(values.data(), rows, columns)).value());
}

void array_simdjson(benchmark::State& state) { // the baseline: parsed, no number looked at
    const auto text = array_text();
    simdjson::dom::parser parser;
    for (auto _ : state) {
        auto root = parser.parse(text.view().data(), text.view().size(), false);
        benchmark::DoNotOptimize(root);
    }
    count(state, rows * columns, text.view().size());
}
BENCHMARK(array_simdjson);

void array_read(benchmark::State& state) {
    const auto text = array_text();
    std::vector<double> values(rows * columns);
    aistudio::matrix_span<double> target{values.data(), rows, columns};
    aistudio::json_document document;
    for (auto _ : state) {
        const auto root = document.parse_padded(text.view());
        auto done = aistudio::from_json_into(root.value(), target);
        benchmark::DoNotOptimize(done);
    }
    count(state, values.size(), text.view().size());
}
BENCHMARK(array_read);

void record_simdjson(benchmark::State& state) {
    const padded_text text(aistudio::to_json(district{}).value());
    simdjson::dom::parser parser;
    for (auto _ : state) {
        auto root = parser.parse(text.view().data(), text.view().size(), false);
        benchmark::DoNotOptimize(root);
    }
    count(state, 1, text.view().size());
}
BENCHMARK(record_simdjson);

void record_read(benchmark::State& state) {
    const padded_text text(aistudio::to_json(district{}).value());
    aistudio::json_document document;
    district value;
    for (auto _ : state) {
        const auto root = document.parse_padded(text.view());
        auto done = aistudio::from_json_into(root.value(), value);
        benchmark::DoNotOptimize(done);
    }
    count(state, 1, text.view().size());
}
BENCHMARK(record_read);

void image_copied(benchmark::State& state) { // the baseline: as many characters, only moved
    const std::string letters(image_size / 3 * 4, 'x');
    std::string out;
    for (auto _ : state) {
        out.assign(letters);
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
    }
    count(state, 1, image_size);
}
BENCHMARK(image_copied);

void image_written(benchmark::State& state) {
    const std::string bytes = image();
    write(state, image_request{std::string_view(bytes)}, 1);
    count(state, 1, image_size);
}
BENCHMARK(image_written);

} // namespace
