#pragma once

/// @file
/// Several parts of one operation at the same time, bounded, ended together.

#include <aistudio/transport/client_core.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace aistudio::detail {

/// What is done for each of the parts. The operation is the part's own: it ends with the whole, but
/// can be ended alone.
using part_work =
    std::function<boost::asio::awaitable<result<void>>(operation& part, std::size_t index)>;

/// What the workers of one `run_parts` share; outlives a caller that is destroyed while it waits.
struct parts_run {
    parts_run(const boost::asio::any_io_executor& executor, std::size_t n, part_work w)
        : all_done(executor, boost::asio::steady_timer::time_point::max()), count(n),
          work(std::move(w)) {}

    void fail(problem p) {
        if (!failure)
            failure = std::move(p);
        stop(errc::cancelled);
    }
    void stop(errc why) {
        const auto running = parts; // ending one may start nothing, but may drop it from the list
        for (const auto& part : running)
            part->stop.interrupt(why);
    }

    boost::asio::steady_timer all_done;
    std::size_t count;
    part_work work;
    std::size_t next = 0;
    std::size_t workers = 0;
    std::vector<std::shared_ptr<operation>> parts;
    std::optional<problem> failure;
};

inline boost::asio::awaitable<void> run_worker(std::shared_ptr<parts_run> run,
                                               std::shared_ptr<operation> part) {
    while (!run->failure && part->stop.reason() == errc::ok && run->next < run->count) {
        const auto done = co_await run->work(*part, run->next++);
        if (!done)
            run->fail(done.error());
    }
    if (--run->workers == 0)
        run->all_done.cancel();
}

/// Does `work` for 0 to `count`-1, at most `limit` at a time. The first failure ends the others and
/// is the result. `work` runs on the caller's strand; what it refers to lives until all have ended.
inline boost::asio::awaitable<result<void>> run_parts(operation& op, std::size_t count,
                                                      std::size_t limit, part_work work) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto run = std::make_shared<parts_run>(executor, count, std::move(work));
    run->workers = std::min(count, std::max<std::size_t>(limit, 1));
    for (std::size_t i = 0; i < run->workers; ++i) {
        auto part = std::make_shared<operation>();
        part->options = op.options;
        part->deadline = op.deadline;
        run->parts.push_back(std::move(part));
    }
    const interrupter::scope scope(op.stop, [run, &op] { run->stop(op.stop.reason()); });
    const auto parts = run->parts;
    for (const auto& part : parts)
        boost::asio::co_spawn(executor, run_worker(run, part), [run](std::exception_ptr error) {
            if (!error)
                return;
            run->fail(make_problem(errc::internal_error, "A transfer ended with an exception."));
            if (--run->workers == 0)
                run->all_done.cancel();
        });
    if (run->workers > 0)
        co_await run->all_done.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
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
