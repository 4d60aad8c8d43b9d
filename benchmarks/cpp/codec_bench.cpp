// What it costs to read and write the values that travel most.
#include <aistudio/codec/json.hpp>
#include <aistudio/codec/wire.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

aistudio::job finished_job(std::int64_t number) {
    aistudio::job job;
    job.id = aistudio::job_id{"j" + std::to_string(number)};
    job.name = "housing regression";
    job.stage = aistudio::job_stage::succeeded;
    job.project = aistudio::project_id{number};
    job.command = "python train.py --epochs 200 --output /home/aistudio/output";
    job.environment = "paddle3.0_py3.10";
    job.datasets = {aistudio::dataset_id{1}, aistudio::dataset_id{2}};
    job.exit_code = 0;
    return job;
}

std::vector<aistudio::job> jobs(std::int64_t count) {
    std::vector<aistudio::job> all;
    for (std::int64_t number = 1; number <= count; ++number)
        all.push_back(finished_job(number));
    return all;
}

void jobs_written(benchmark::State& state) {
    const auto values = jobs(state.range(0));
    std::int64_t bytes = 0;
    for (auto _ : state) {
        const auto text = aistudio::to_json(values);
        bytes += static_cast<std::int64_t>(text.value().size());
        benchmark::DoNotOptimize(text);
    }
    state.SetBytesProcessed(bytes);
}
BENCHMARK(jobs_written)->Arg(1)->Arg(50);

void jobs_read(benchmark::State& state) {
    const auto values = jobs(state.range(0));
    const std::string text = aistudio::to_json(values).value();
    if (aistudio::from_json<std::vector<aistudio::job>>(text).value() != values)
        throw std::logic_error("The values do not survive the round trip.");
    for (auto _ : state)
        benchmark::DoNotOptimize(aistudio::from_json<std::vector<aistudio::job>>(text));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(jobs_read)->Arg(1)->Arg(50);

} // namespace
