#pragma once

#include <aistudio/local/studio.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::local::serving {

/// The pieces of one answer on their way from the handler's thread to the connection. A few wait;
/// then the handler does.
class chat_flow : public std::enable_shared_from_this<chat_flow> {
public:
    explicit chat_flow(const boost::asio::any_io_executor& io) : wake_(io) {}

    /// What `chat_listener` promises. The handler's thread.
    bool say(std::string_view piece);
    /// The handler's thread.
    void count(const chat_usage& tokens);
    /// The end of the answer. The handler's thread.
    void end(result<void> how);

    /// The next piece; nullopt at the end. The I/O thread.
    boost::asio::awaitable<std::optional<std::string>> next();
    /// How it ended; after the end only. The I/O thread.
    [[nodiscard]] const std::optional<problem>& failure() const noexcept { return failure_; }
    /// What the handler counted; after the end only. The I/O thread.
    [[nodiscard]] const std::optional<chat_usage>& usage() const noexcept { return usage_; }
    /// Nobody listens any more. Any thread.
    void close();

private:
    void wake();

    std::mutex mutex_;
    std::condition_variable room_;
    std::deque<std::string> pieces_;
    std::optional<problem> failure_;
    std::optional<chat_usage> usage_;
    bool ended_ = false;
    bool closed_ = false;
    boost::asio::steady_timer wake_;
};

/// Runs the chat handler on threads of its own, which its destructor waits for.
/// @par Thread safety  All members: safe.
class chat {
public:
    explicit chat(chat_handler handler);
    ~chat();
    chat(const chat&) = delete;
    chat& operator=(const chat&) = delete;

    /// Starts an answer; nullptr once stopped. `io` is the I/O thread.
    [[nodiscard]] std::shared_ptr<chat_flow> ask(chat_call call,
                                                 const boost::asio::any_io_executor& io);
    /// Ends all answers.
    void stop();

private:
    std::mutex mutex_;
    chat_handler handler_;
    std::vector<std::weak_ptr<chat_flow>> flows_;
    bool stopped_ = false;
    boost::asio::thread_pool threads_;
};

} // namespace aistudio::local::serving
