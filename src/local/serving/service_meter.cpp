#include "local/serving/service_meter.hpp"

#include "local/clock.hpp"

#include <aistudio/protocol/service_codes.hpp>

namespace aistudio::local::serving {
namespace {

double in_ms(latency_histogram::duration d) {
    return std::chrono::duration<double, std::milli>(d).count();
}

} // namespace

void service_meter::arrived() {
    const std::lock_guard lock(mutex_);
    if (counts_.since == timestamp{})
        counts_.since = now();
    ++counts_.in_flight;
}

void service_meter::answered(std::int64_t code, clock::duration took) {
    const std::lock_guard lock(mutex_);
    --counts_.in_flight;
    if (code == service_code::queue_full) {
        ++counts_.refused;
        return;
    }
    ++counts_.calls;
    counts_.errors += code == service_code::ok ? 0 : 1;
    times_.add(std::chrono::duration_cast<latency_histogram::duration>(took));
}

void service_meter::computed_batch() {
    const std::lock_guard lock(mutex_);
    ++counts_.batches;
}

void service_meter::worker_loaded() {
    const std::lock_guard lock(mutex_);
    ++counts_.workers;
}

void service_meter::worker_gone() {
    const std::lock_guard lock(mutex_);
    --counts_.workers;
}

void service_meter::worker_failed() {
    const std::lock_guard lock(mutex_);
    ++counts_.worker_failures;
}

service_statistics service_meter::read() const {
    const std::lock_guard lock(mutex_);
    auto out = counts_;
    out.mean_ms = in_ms(times_.mean());
    out.p50_ms = in_ms(times_.percentile(50));
    out.p90_ms = in_ms(times_.percentile(90));
    out.p99_ms = in_ms(times_.percentile(99));
    out.max_ms = in_ms(times_.max());
    return out;
}

} // namespace aistudio::local::serving
