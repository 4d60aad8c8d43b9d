#pragma once

#include <aistudio/detail/bulk_source.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/protocol/adaptive_limit.hpp>
#include <aistudio/protocol/coalescer.hpp>
#include <aistudio/protocol/hedge_policy.hpp>
#include <aistudio/protocol/latency_histogram.hpp>
#include <aistudio/protocol/ordered_window.hpp>
#include <aistudio/protocol/rate_limit.hpp>
#include <aistudio/protocol/retry.hpp>
#include <aistudio/resources/bulk_options.hpp>
#include <aistudio/resources/predictor.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>

#include <concepts>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aistudio::detail {

/// The inside of `async_predict_many`, without its types: decides what is sent when, by the
/// machines of `protocol/`, and keeps the counts. All of it happens on one strand.
///
/// A call is one body on its way: a record, or several as one array. It has a place in `calls_`
/// that is used again, and up to two copies of it may be in flight. `pump` is the only place where
/// anything is begun; it runs after everything that happens.
class bulk_run : public std::enable_shared_from_this<bulk_run> {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using strand = boost::asio::strand<boost::asio::any_io_executor>;

    bulk_run(const bulk_run&) = delete;
    bulk_run& operator=(const bulk_run&) = delete;
    virtual ~bulk_run() = default;

    /// Begins; once. `h` completes once, later.
    AISTUDIO_DECL void start();
    /// The source has something again. From any thread.
    AISTUDIO_DECL void wake();
    /// What source or sink threw; after the end.
    [[nodiscard]] std::exception_ptr thrown() const noexcept { return thrown_; }

protected:
    /// One way of sending a call.
    struct copy {
        boost::asio::cancellation_signal stop;
        bool running = false;
        time_point sent;
        adaptive_limit::ticket ticket = 0;
    };
    struct call {
        std::string body;
        std::vector<std::uint64_t> records;
        copy copies[2];
        time_point first_sent;
        int attempts = 0;
        bool settled = false; // answered, or given up
        bool hedged = false;
        bool maybe_effect = false; // an earlier attempt ended without an answer
    };
    /// What to do with an answer.
    enum class use { deliver, drop };

    /// Runs on `executor`; nothing there: on the client's.
    AISTUDIO_DECL bulk_run(std::optional<boost::asio::any_io_executor> executor,
                           const predictor& service, std::unique_ptr<bulk_source> source,
                           bulk_options options, handler<bulk_summary> h);

    [[nodiscard]] call& at(std::size_t place) { return calls_[place]; }
    [[nodiscard]] const strand& executor() const noexcept { return strand_; }
    [[nodiscard]] bool coalesces() const noexcept { return options_.coalesce.has_value(); }
    /// For the copy that is being sent.
    [[nodiscard]] AISTUDIO_DECL call_options options_of(std::size_t place) const;

    /// A copy has ended; `p` says why it failed. After `deliver`, hand the records out by `finish`,
    /// then call `release`; after `drop` only `release`.
    [[nodiscard]] AISTUDIO_DECL use ended(std::size_t place, int which,
                                          const std::optional<problem>& p);
    /// A failure as that of all attempts of the call.
    [[nodiscard]] AISTUDIO_DECL problem of_all_attempts(std::size_t place, problem p) const;
    /// A record is done.
    AISTUDIO_DECL void count(const std::optional<problem>& p);
    /// The copy's end is dealt with: begins what can be begun now.
    AISTUDIO_DECL void release(std::size_t place);
    /// Records handed out to the sink no longer take room.
    void handed_out() noexcept { --open_; }
    /// The sink wants no more; `thrown` says why, where it did not just say so.
    AISTUDIO_DECL void refuse(std::exception_ptr thrown);
    [[nodiscard]] bool refused() const noexcept { return sink_closed_; }

    /// Sends a copy.
    virtual void send(std::size_t place, int which) = 0;
    /// The record's turn begins.
    virtual void opened(std::uint64_t record) = 0;
    /// The record failed without an answer of its own.
    virtual void fail(std::uint64_t record, problem p) = 0;

    predictor service_;
    bulk_options options_;

private:
    struct later {
        time_point when;
        std::size_t place;
        bool operator<(const later& other) const noexcept { return when > other.when; }
    };

    /// A second copy that may be wanted, unless the call sent then has ended.
    struct copy_due {
        time_point when;
        std::size_t place;
        time_point sent;
    };

    [[nodiscard]] AISTUDIO_DECL std::optional<problem> check() const;
    AISTUDIO_DECL void watch_token();
    AISTUDIO_DECL void pump();
    AISTUDIO_DECL void send_all(time_point now);
    AISTUDIO_DECL void send_copies(time_point now);
    AISTUDIO_DECL std::optional<std::size_t> next_call(time_point now);
    AISTUDIO_DECL std::optional<std::size_t> next_record();
    AISTUDIO_DECL std::optional<std::size_t> next_batch(time_point now);
    AISTUDIO_DECL bool read(std::string& body, std::uint64_t& record);
    AISTUDIO_DECL bulk_source::pulled pull(std::string& body, problem& why);
    [[nodiscard]] AISTUDIO_DECL bool may_send(time_point now) const;
    AISTUDIO_DECL void launch(std::size_t place, int which, time_point now);
    [[nodiscard]] AISTUDIO_DECL std::size_t take_place();
    [[nodiscard]] AISTUDIO_DECL bool retry(std::size_t place, const problem& p, time_point now);
    AISTUDIO_DECL void give_up(std::size_t place, const problem& p);
    AISTUDIO_DECL void stop_reading();
    AISTUDIO_DECL void drop_unsent(const problem& p);
    AISTUDIO_DECL void stop(const problem& why);
    AISTUDIO_DECL void arm(time_point now);
    AISTUDIO_DECL void report(time_point now, bool last);
    AISTUDIO_DECL void complete(time_point now);
    [[nodiscard]] AISTUDIO_DECL problem problem_of_thrown() const;
    [[nodiscard]] AISTUDIO_DECL latency_summary latency() const;

    std::shared_ptr<client_core> core_;
    strand strand_;
    boost::asio::executor_work_guard<boost::asio::any_io_executor> work_;
    boost::asio::steady_timer timer_;
    time_point armed_ = time_point::max();
    handler<bulk_summary> handler_;
    std::unique_ptr<bulk_source> source_;
    retry_policy retry_;
    retry_budget budget_;
    std::minstd_rand random_;
    bool idempotent_;

    adaptive_limit limit_;
    rate_limit rate_;
    std::optional<hedge_policy> hedge_;
    std::optional<coalescer> coalescer_;
    std::string held_; // a record that did not fit into the batch
    std::optional<std::uint64_t> held_record_;

    std::deque<call> calls_;
    std::vector<std::size_t> free_;
    std::priority_queue<later> retries_;
    std::deque<copy_due> copies_due_;
    std::size_t open_ = 0; // records read and not handed out
    std::uint64_t next_record_ = 0;

    bool source_ended_ = false;
    bool sink_closed_ = false;
    bool finished_ = false;
    bool client_closed_ = false;
    bool stopped_ = false; // nothing more is sent
    std::optional<problem> failure_;
    std::exception_ptr thrown_;

    time_point started_;
    time_point reported_;
    std::uint64_t reported_done_ = 0;
    latency_histogram latencies_;
    bulk_summary summary_;
};

/// The same with the types of one operation.
template <class Out, class Sink>
class bulk_run_of final : public bulk_run {
public:
    bulk_run_of(std::optional<boost::asio::any_io_executor> executor, const predictor& service,
                std::unique_ptr<bulk_source> source, Sink sink, bulk_options options,
                handler<bulk_summary> h)
        : bulk_run(std::move(executor), service, std::move(source), std::move(options),
                   std::move(h)),
          sink_(std::move(sink)) {
        if (options_.order == bulk_order::input)
            waiting_.emplace(options_.window);
    }

private:
    /// A copy's end.
    struct answered {
        std::shared_ptr<bulk_run_of> run;
        std::size_t place;
        int which;

        using executor_type = strand;
        [[nodiscard]] executor_type get_executor() const noexcept { return run->executor(); }
        using cancellation_slot_type = boost::asio::cancellation_slot;
        [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
            return run->at(place).copies[which].stop.slot();
        }
        template <class T>
        void operator()(result<T> answer) {
            run->receive(place, which, std::move(answer));
        }
    };

    std::shared_ptr<bulk_run_of> self() {
        return std::static_pointer_cast<bulk_run_of>(this->shared_from_this());
    }

    void send(std::size_t place, int which) override {
        const std::string_view body = at(place).body;
        if (coalesces()) // an array's answer is taken apart here
            service_.template async_predict<json_document>(body, options_of(place),
                                                           answered{self(), place, which});
        else
            service_.template async_predict<Out>(body, options_of(place),
                                                 answered{self(), place, which});
    }

    template <class T>
    void receive(std::size_t place, int which, result<T> answer) {
        std::optional<std::vector<json_value>> rows;
        if constexpr (std::same_as<T, json_document>)
            if (coalesces() && answer) {
                auto split = split_rows(answer_proper(answer->root()), at(place).records.size());
                if (split)
                    rows = std::move(*split);
                else
                    answer = split.error();
            }
        if (ended(place, which, problem_of(answer)) == use::deliver)
            deliver(place, answer, rows);
        release(place);
    }

    template <class T>
    void deliver(std::size_t place, result<T>& answer,
                 const std::optional<std::vector<json_value>>& rows) {
        const auto& records = at(place).records;
        if (!answer)
            answer = of_all_attempts(place, answer.error());
        for (std::size_t i = 0; i < records.size(); ++i) {
            if (!answer)
                finish(records[i], answer.error());
            else if (rows)
                finish(records[i], decode_row((*rows)[i]));
            else if constexpr (std::same_as<T, Out>)
                finish(records[i], std::move(answer));
        }
    }

    template <class T>
    static std::optional<problem> problem_of(const result<T>& answer) {
        return answer ? std::nullopt : std::optional(answer.error());
    }

    static json_value answer_proper(json_value root) { return root.find("result").value_or(root); }

    static result<Out> decode_row(json_value row) {
        if constexpr (std::same_as<Out, std::string>) {
            return row.to_string();
        } else if constexpr (std::same_as<Out, json_document>) {
            json_document own;
            if (auto parsed = own.parse(row.to_string()); !parsed)
                return parsed.error();
            return own;
        } else {
            auto out = from_json<Out>(row);
            if (out)
                return out;
            problem p = out.error();
            p.outcome = outcome::done;
            p.attempts = 1;
            return p;
        }
    }

    void opened(std::uint64_t record) override {
        if (waiting_ && waiting_->open() != record)
            std::terminate(); // both count from 0, one by one
    }
    void fail(std::uint64_t record, problem p) override { finish(record, std::move(p)); }

    void finish(std::uint64_t record, result<Out> answer) {
        count(problem_of(answer));
        if (!waiting_)
            return hand_out(record, std::move(answer));
        waiting_->close(record, std::move(answer));
        while (waiting_->ready()) {
            const std::uint64_t first = waiting_->first();
            hand_out(first, waiting_->take());
        }
    }

    void hand_out(std::uint64_t record, result<Out> answer) {
        handed_out();
        if (refused())
            return;
        try {
            if constexpr (std::same_as<bool,
                                       std::invoke_result_t<Sink&, std::uint64_t, result<Out>>>) {
                if (!sink_(record, std::move(answer)))
                    refuse(nullptr);
            } else {
                sink_(record, std::move(answer));
            }
        } catch (...) {
            refuse(std::current_exception());
        }
    }

    Sink sink_;
    std::optional<ordered_window<result<Out>>> waiting_;
};

/// The executor that a handler asks for, where it can run a strand and a timer.
template <class Handler>
std::optional<boost::asio::any_io_executor> executor_of(const Handler& h) {
    using associated = boost::asio::associated_executor_t<Handler>;
    if constexpr (!std::same_as<associated, boost::asio::system_executor> &&
                  std::convertible_to<associated, boost::asio::any_io_executor>)
        return boost::asio::any_io_executor(boost::asio::get_associated_executor(h));
    else
        return std::nullopt;
}

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/bulk_run.ipp>
#endif
