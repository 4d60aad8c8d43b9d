#include "local/serving/service_meter.hpp"

#include <aistudio/protocol/service_codes.hpp>

#include <gtest/gtest.h>

namespace aistudio::local::serving {
namespace {

using namespace std::chrono_literals;

TEST(service_meter_test, nothing_was_called_before_the_first_call) {
    EXPECT_EQ(service_meter().read(), service_statistics{});
}

TEST(service_meter_test, calls_errors_and_times_are_counted) {
    service_meter meter;
    for (int i = 1; i <= 100; ++i) {
        meter.arrived();
        meter.answered(i <= 3 ? service_code::converter_failed : service_code::ok, i * 1ms);
    }
    meter.arrived();
    const auto out = meter.read();
    EXPECT_NE(out.since, timestamp{});
    EXPECT_EQ(out.calls, 100);
    EXPECT_EQ(out.errors, 3);
    EXPECT_EQ(out.in_flight, 1);
    EXPECT_NEAR(out.mean_ms, 50.5, 0.1);
    EXPECT_NEAR(out.p50_ms, 50, 0.1);
    EXPECT_NEAR(out.p90_ms, 90, 0.1);
    EXPECT_NEAR(out.p99_ms, 99, 0.1);
    EXPECT_NEAR(out.max_ms, 100, 0.001);
}

TEST(service_meter_test, refused_calls_count_apart_and_have_no_time) {
    service_meter meter;
    meter.arrived();
    meter.answered(service_code::queue_full, 5s);
    const auto out = meter.read();
    EXPECT_EQ(out.refused, 1);
    EXPECT_EQ(out.calls, 0);
    EXPECT_EQ(out.errors, 0);
    EXPECT_EQ(out.in_flight, 0);
    EXPECT_EQ(out.max_ms, 0);
}

TEST(service_meter_test, workers_and_batches_are_counted) {
    service_meter meter;
    meter.worker_loaded();
    meter.worker_loaded();
    meter.worker_gone();
    meter.worker_failed();
    meter.computed_batch();
    const auto out = meter.read();
    EXPECT_EQ(out.workers, 1);
    EXPECT_EQ(out.worker_failures, 1);
    EXPECT_EQ(out.batches, 1);
}

} // namespace
} // namespace aistudio::local::serving
