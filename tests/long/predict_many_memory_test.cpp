#include "support/temporary_folder.hpp"

#include <aistudio/local/studio.hpp>
#include <aistudio/sync_predict_many.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace aistudio::test {
namespace {

long resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            return std::stol(line.substr(6));
    return 0;
}

TEST(predict_many_memory, a_million_records_one_by_one_take_no_more_than_a_few) {
    const temporary_folder folder;
    local::studio_options where;
    where.directory = folder / "studio";
    auto studio = local::studio::start(where).value();
    client_options o;
    o.base_url = studio.base_url();
    o.access_token = studio.access_token();
    const sync_client client(o);
    const auto service =
        client
            .predictor(studio
                           .serve("echo",
                                  [](std::string_view json) -> result<std::string> {
                                      return std::string(json);
                                  })
                           .value())
            .value();
    constexpr std::uint64_t records = 1000000;
    std::uint64_t next = 0;
    long early = 0;
    const auto summary = predict_many(
        service,
        [&]() -> std::optional<std::string> {
            return next < records ? std::optional(std::to_string(next++)) : std::nullopt;
        },
        [&](std::uint64_t index, const result<std::string>&) {
            if (index == records / 20)
                early = resident_kib();
        });
    EXPECT_EQ(summary.value().ok, records);
    ASSERT_GT(early, 0);
    EXPECT_LE(resident_kib() - early, 16 * 1024);
}

} // namespace
} // namespace aistudio::test
