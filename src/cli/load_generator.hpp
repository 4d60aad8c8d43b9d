#pragma once

#include <aistudio/client.hpp>
#include <aistudio/protocol/latency_histogram.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace aistudio::cli {

/// What load is put on a service.
struct load_plan {
    std::string record;
    /// Calls in flight: always in a closed loop, at most in an open one. At least 1.
    std::size_t in_flight = 16;
    /// Open loop: calls begin at fixed times, so many a second, whether or not earlier ones have
    /// ended. 0: closed loop, each call follows the end of another.
    double rate = 0;
    /// Nothing begins after this time; 0: no limit.
    std::chrono::nanoseconds duration{0};
    /// Calls in all; 0: no limit.
    std::uint64_t calls = 0;
    /// Calls that should begin before this time are made and not counted.
    std::chrono::nanoseconds warm_up{0};
};

/// What was measured.
struct load_result {
    /// From when a call should have begun to the end of its answer: a call that had to wait for
    /// others counts its waiting. In a closed loop that is when it began.
    latency_histogram latency;
    std::uint64_t ok = 0;
    /// By the name of the error.
    std::map<std::string, std::uint64_t> failures;
    /// From the end of the warm-up to the end of the last call.
    std::chrono::nanoseconds elapsed{0};

    [[nodiscard]] std::uint64_t failed() const {
        std::uint64_t sum = 0;
        for (const auto& [name, count] : failures)
            sum += count;
        return sum;
    }
};

/// Puts load on one service, in the thread that runs `io`.
class load_generator {
public:
    using clock = std::chrono::steady_clock;

    load_generator(boost::asio::io_context& io, predictor service, load_plan plan);
    load_generator(const load_generator&) = delete;
    load_generator& operator=(const load_generator&) = delete;

    /// Runs to the end of the plan, or until `keep_on` says no; it is asked ten times a second.
    load_result run(const std::function<bool(const load_result&, clock::duration)>& keep_on);

private:
    void pump();
    [[nodiscard]] std::optional<clock::time_point> next_start(clock::time_point now) const;
    void begin(clock::time_point intended);
    void end(clock::time_point intended, const result<std::string>& answer);
    void watch(const std::function<bool(const load_result&, clock::duration)>& keep_on);
    void finish_if_done();

    boost::asio::io_context& io_;
    predictor service_;
    load_plan plan_;
    boost::asio::steady_timer arrival_;
    boost::asio::steady_timer look_;
    clock::time_point start_;
    std::uint64_t begun_ = 0;
    std::size_t in_flight_ = 0;
    bool waits_for_arrival_ = false;
    bool over_ = false; // nothing more begins
    load_result result_;
};

} // namespace aistudio::cli
