#pragma once

/// @file
/// Several parts of one operation at the same time, bounded, ended together.

#include <aistudio/detail/piece_group.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace aistudio::detail {

/// What is done for each of the parts. The operation is the part's own: it ends with the whole, but
/// can be ended alone.
using part_work =
    std::function<boost::asio::awaitable<result<void>>(operation& part, std::size_t index)>;

/// What the parts share; outlives a caller that is destroyed while it waits.
struct parts_run {
    part_work work;
    std::optional<problem> failure;
};

inline boost::asio::awaitable<void> run_part(std::shared_ptr<parts_run> run, operation& part,
                                             std::size_t index) {
    const auto done = co_await run->work(part, index);
    if (!done && !run->failure)
        run->failure = done.error();
}

/// Does `work` for 0 to `count`-1, at most `limit` at a time. The first failure ends the others and
/// is the result. `work` runs on the caller's strand; what it refers to lives until all have ended.
inline boost::asio::awaitable<result<void>> run_parts(operation& op, std::size_t count,
                                                      std::size_t limit, part_work work) {
    const auto strand = co_await boost::asio::this_coro::executor;
    const auto run = std::make_shared<parts_run>();
    run->work = std::move(work);
    piece_group group(strand, op);
    for (std::size_t next = 0; next < count && !run->failure; ++next) {
        co_await group.until_left(std::max<std::size_t>(limit, 1) - 1);
        if (run->failure || op.stop.reason() != errc::ok)
            break;
        group.start([run, next](operation& part) { return run_part(run, part, next); });
    }
    if (run->failure)
        group.interrupt(errc::cancelled);
    co_await group.until_left(0);
    if (op.stop.reason() != errc::ok)
        co_return make_problem(op.stop.reason(), {});
    if (run->failure)
        co_return *run->failure;
    co_return result<void>{};
}

/// Adds up what several transfers at the same time report.
class progress_sum {
public:
    progress_sum(std::function<void(transfer_progress)> report, std::uint64_t total)
        : report_(std::move(report)), total_(total) {}
    void add(std::uint64_t before, std::uint64_t now) {
        done_ += now - before; // wraps around when an attempt is repeated
        if (report_)
            report_({done_, total_});
    }

private:
    std::function<void(transfer_progress)> report_;
    std::uint64_t total_;
    std::uint64_t done_ = 0;
};

/// A report for one of them. Each has a count of its own.
inline std::function<void(transfer_progress)> part_of(std::shared_ptr<progress_sum> sum) {
    return [sum = std::move(sum), last = std::uint64_t{0}](transfer_progress at) mutable {
        sum->add(std::exchange(last, at.done), at.done);
    };
}

} // namespace aistudio::detail
