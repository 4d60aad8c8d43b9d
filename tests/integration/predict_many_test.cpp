#include "support/sanitizers.hpp"
#include "support/temporary_folder.hpp"

#include <aistudio/local/studio.hpp>
#include <aistudio/sync_predict_many.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace aistudio::test {
namespace {

using testing::HasSubstr;

struct numbered {
    std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(numbered, (), (n))

/// Records for a blocking caller, against a studio in this process.
class predict_many_records : public testing::Test {
protected:
    sync_predictor serve(local::service_handler handler) {
        return client_.predictor(studio_.serve("s", std::move(handler)).value()).value();
    }
    static result<std::string> echo(std::string_view json) { return std::string(json); }

    /// The numbers 0 to n - 1, one by one.
    struct counter {
        std::int64_t end = 0;
        std::int64_t next = 0;
        std::optional<numbered> operator()() {
            return next < end ? std::optional(numbered{next++}) : std::nullopt;
        }
    };

    temporary_folder folder_;
    local::studio studio_ = [this] {
        local::studio_options o;
        o.directory = folder_ / "studio";
        return local::studio::start(o).value();
    }();
    sync_client client_{[this] {
        client_options o;
        o.base_url = studio_.base_url();
        o.access_token = studio_.access_token();
        return o;
    }()};
};

TEST_F(predict_many_records, all_kinds_of_options_give_the_same_answers) {
    const auto service = serve(echo);
    std::vector<bulk_options> kinds(5);
    kinds[1].adaptive = false;
    kinds[2].coalesce = coalesce_options{.max_rows = 10};
    kinds[3].hedge.emplace();
    kinds[4].order = bulk_order::finished;
    for (const auto& options : kinds) {
        std::vector<int> seen(2000);
        const auto summary = predict_many<numbered>(
            service, counter{2000},
            [&](std::uint64_t index, const result<numbered>& answer) {
                ASSERT_TRUE(answer) << answer.error().message();
                EXPECT_EQ(answer->n, static_cast<std::int64_t>(index));
                ++seen[index];
            },
            options);
        ASSERT_TRUE(summary) << summary.error().message();
        EXPECT_EQ(summary->ok, 2000U);
        EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 2000);
        EXPECT_LE(static_cast<double>(summary->hedges), 0.02 * 2000);
    }
}

TEST_F(predict_many_records, answer_comes_before_the_source_is_asked_again) {
    const auto service = serve(echo);
    std::mutex mutex;
    std::condition_variable answered;
    std::size_t answers = 0;
    std::size_t asked = 0;
    const auto summary = predict_many(
        service,
        [&]() -> std::optional<std::string> { // a person who reads each answer before going on
            std::unique_lock lock(mutex);
            if (!answered.wait_for(lock, std::chrono::seconds(10),
                                   [&] { return answers == asked; }))
                throw std::runtime_error("no answer came");
            return asked++ < 20 ? std::optional<std::string>("1") : std::nullopt;
        },
        [&](std::uint64_t, const result<std::string>&) {
            const std::lock_guard lock(mutex);
            ++answers;
            answered.notify_one();
        });
    EXPECT_EQ(summary.value().ok, 20U);
}

TEST_F(predict_many_records, waiting_records_are_sent_after_the_delay) {
    const auto service = serve(echo);
    std::mutex mutex;
    std::condition_variable answered;
    std::size_t answers = 0;
    bulk_options o;
    o.coalesce = coalesce_options{.max_rows = 100, .max_delay = std::chrono::milliseconds(5)};
    std::size_t asked = 0;
    const auto summary = predict_many(
        service,
        [&]() -> std::optional<std::string> {
            std::unique_lock lock(mutex);
            if (asked == 3 &&
                !answered.wait_for(lock, std::chrono::seconds(10), [&] { return answers == 3; }))
                throw std::runtime_error("three records wait for the other 97");
            return asked++ < 3 ? std::optional<std::string>("1") : std::nullopt;
        },
        [&](std::uint64_t, const result<std::string>&) {
            const std::lock_guard lock(mutex);
            ++answers;
            answered.notify_one();
        },
        o);
    EXPECT_EQ(summary.value().ok, 3U);
}

TEST_F(predict_many_records, exceptions_of_source_and_sink_reach_the_caller) {
    const auto service = serve(echo);
    std::size_t answers = 0;
    const auto count = [&](std::uint64_t, const result<std::string>&) { ++answers; };
    int asked = 0;
    const auto broken = [&]() -> std::optional<std::string> {
        if (asked++ == 100)
            throw std::out_of_range("source");
        return "1";
    };
    EXPECT_THROW((void)predict_many(service, broken, count), std::out_of_range);
    EXPECT_EQ(answers, 100U);
    EXPECT_THROW(
        (void)predict_many(
            service, [] { return std::optional<std::string>("1"); }, // endless
            [](std::uint64_t, const result<std::string>&) { throw std::length_error("sink"); }),
        std::length_error);
}

TEST_F(predict_many_records, closed_client_ends_an_endless_source) {
    const auto service = serve(echo);
    std::atomic<int> answers = 0;
    std::atomic<bool> stop = false;
    const auto summary = predict_many(
        service,
        [&]() -> std::optional<std::string> {
            return stop ? std::nullopt : std::optional<std::string>("1");
        },
        [&](std::uint64_t index, const result<std::string>& answer) {
            ++answers;
            if (index == 50)
                client_.close();
            if (!answer)
                stop = true;
            return answer.has_value();
        });
    EXPECT_FALSE(summary);
    EXPECT_GE(answers, 51);
}

TEST_F(predict_many_records, blocking_call_from_a_callback_is_refused) {
    const auto service = serve(echo);
    std::optional<errc> inner;
    (void)predict_many(service, counter{1}, [&](std::uint64_t, const result<std::string>&) {
        const auto r =
            predict_many(service, counter{1}, [](std::uint64_t, const result<std::string>&) {});
        inner = r ? errc::ok : r.error().code;
    });
    EXPECT_EQ(inner, errc::invalid_argument);
}

TEST_F(predict_many_records, memory_does_not_grow_with_the_number_of_records) {
#if defined(AISTUDIO_TEST_SANITIZED)
    GTEST_SKIP() << "sanitizers keep freed memory";
#endif
    const auto resident_kib = [] {
        std::ifstream status("/proc/self/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("VmRSS:"))
                return std::stol(line.substr(6));
        return 0L;
    };
    const auto service = serve(echo);
    bulk_options o;
    o.coalesce = coalesce_options{.max_rows = 500};
    long early = 0;
    const auto summary = predict_many(
        service, counter{1000000},
        [&](std::uint64_t index, const result<std::string>&) {
            if (index == 100000)
                early = resident_kib();
        },
        o);
    EXPECT_EQ(summary.value().ok, 1000000U);
    EXPECT_GT(early, 0);
    EXPECT_LE(resident_kib() - early, 16 * 1024);
}

} // namespace
} // namespace aistudio::test
