#pragma once

#include <aistudio/error.hpp>
#include <aistudio/transport/event_loop.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <ostream>
#include <string>
#include <variant>

namespace aistudio::test {

/// What a client may run on.
enum class loop_kind { io_context, epoll, io_uring };
inline constexpr loop_kind loop_kinds[] = {loop_kind::io_context, loop_kind::epoll,
                                           loop_kind::io_uring};

inline void PrintTo(loop_kind kind, std::ostream* out) {
    constexpr const char* names[] = {"io_context", "epoll", "io_uring"};
    *out << names[static_cast<int>(kind)];
}

/// Why there is no io_uring here; empty: there is.
inline const std::string& why_no_uring() {
    static const std::string why = [] {
        try {
            const event_loop loop(io_backend::io_uring);
            return std::string{};
        } catch (const api_error& refused) {
            return std::string(refused.what());
        }
    }();
    return why;
}

/// Skips the rest of a test body where the loop it asks for cannot be had.
#define AISTUDIO_NEEDS_LOOP(kind)                                                                  \
    if ((kind) == aistudio::test::loop_kind::io_uring && !aistudio::test::why_no_uring().empty())  \
    GTEST_SKIP() << aistudio::test::why_no_uring()

/// One of them, chosen at run time; an `io_context` in place of one that cannot be had.
class any_loop {
public:
    explicit any_loop(loop_kind kind) {
        if (kind == loop_kind::epoll)
            loop_.emplace<event_loop>(io_backend::epoll);
        if (kind == loop_kind::io_uring && why_no_uring().empty())
            loop_.emplace<event_loop>(io_backend::io_uring);
    }
    [[nodiscard]] boost::asio::any_io_executor get_executor() {
        return std::visit(
            [](auto& loop) { return boost::asio::any_io_executor(loop.get_executor()); }, loop_);
    }
    void run() {
        std::visit([](auto& loop) { loop.run(); }, loop_);
    }
    void run_for(std::chrono::milliseconds time) {
        std::visit([time](auto& loop) { loop.run_for(time); }, loop_);
    }
    void run_one_for(std::chrono::milliseconds time) {
        if (auto* const context = std::get_if<boost::asio::io_context>(&loop_))
            context->run_one_for(time);
        else
            run_for(time);
    }
    void restart() {
        std::visit([](auto& loop) { loop.restart(); }, loop_);
    }
    void stop() {
        std::visit([](auto& loop) { loop.stop(); }, loop_);
    }
    [[nodiscard]] bool stopped() const {
        return std::visit([](const auto& loop) { return loop.stopped(); }, loop_);
    }

private:
    std::variant<boost::asio::io_context, event_loop> loop_;
};

} // namespace aistudio::test
