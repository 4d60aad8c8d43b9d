#pragma once

#include <aistudio/sync_client.hpp>
#include <aistudio/transport/client_core.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>

namespace aistudio {

class detail::io_thread {
public:
    /// `options` are resolved: resolving them twice would take the default profile for one that was
    /// asked for.
    explicit io_thread(client_options options)
        : context_(std::make_shared<boost::asio::io_context>(1)),
          work_(boost::asio::make_work_guard(*context_)),
          client_(std::make_shared<client_core>(context_->get_executor(), std::move(options),
                                                process_environment())),
          thread_([context = context_] { context->run(); }) {}
    io_thread(const io_thread&) = delete;
    io_thread& operator=(const io_thread&) = delete;
    ~io_thread() {
        client_.close();
        work_.reset(); // run() returns once what was in flight has completed
        if (is_current()) {
            thread_.detach(); // the last copy died in a callback; there is nobody to wait
            return;
        }
        thread_.join();
    }

    [[nodiscard]] bool is_current() const noexcept {
        return thread_.get_id() == std::this_thread::get_id();
    }
    [[nodiscard]] const client& inner() const noexcept { return client_; }
    void close() { client_.close(); }

private:
    std::shared_ptr<boost::asio::io_context>
        context_; // shared with the thread, which may outlive this object
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    client client_;
    std::thread thread_;
};

AISTUDIO_DECL bool detail::may_block(const io_thread& thread) noexcept {
    return !thread.is_current();
}

AISTUDIO_DECL result<sync_client> sync_client::create(client_options options) {
    auto resolved = resolve_options(std::move(options));
    if (!resolved)
        return resolved.error();
    return sync_client(std::make_shared<detail::io_thread>(std::move(*resolved)));
}

AISTUDIO_DECL sync_client::sync_client(client_options options)
    : sync_client(create(std::move(options)).value()) {}

AISTUDIO_DECL const client& sync_client::inner() const noexcept { return thread_->inner(); }

AISTUDIO_DECL void sync_client::close() { thread_->close(); }

} // namespace aistudio
