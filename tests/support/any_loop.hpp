#pragma once

#include <aistudio/transport/event_loop.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <ostream>
#include <variant>

namespace aistudio::test {

/// What a client may run on.
enum class loop_kind { io_context, epoll };

inline void PrintTo(loop_kind kind, std::ostream* out) {
    constexpr const char* names[] = {"io_context", "epoll"};
    *out << names[static_cast<int>(kind)];
}

/// One of them, chosen at run time.
class any_loop {
public:
    explicit any_loop(loop_kind kind) {
        if (kind == loop_kind::epoll)
            loop_.emplace<event_loop>();
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
