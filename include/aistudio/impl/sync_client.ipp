#pragma once

#include <aistudio/sync_client.hpp>
#include <aistudio/transport/client_core.hpp>
#include <aistudio/transport/event_loop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace aistudio {

namespace detail {

/// A loop with a client on it, and the thread that runs it.
template <class Loop>
class loop_thread {
public:
    /// `options` are resolved: resolving them twice would take the default profile for one that was
    /// asked for.
    explicit loop_thread(client_options options)
        : loop_(std::make_shared<Loop>()),
          work_(boost::asio::prefer(boost::asio::any_io_executor(loop_->get_executor()),
                                    boost::asio::execution::outstanding_work.tracked)),
          client_(std::make_shared<client_core>(loop_->get_executor(), std::move(options),
                                                process_environment())),
          thread_([loop = loop_] { loop->run(); }) {}
    loop_thread(const loop_thread&) = delete;
    loop_thread& operator=(const loop_thread&) = delete;
    ~loop_thread() {
        client_.close();
        work_ = {}; // run() returns once what was in flight has completed
        if (is_current()) {
            thread_.detach(); // the last copy died in a callback; there is nobody to wait
            return;
        }
        thread_.join();
    }

    [[nodiscard]] bool is_current() const noexcept {
        return thread_.get_id() == std::this_thread::get_id();
    }
    [[nodiscard]] client& inner() noexcept { return client_; }

private:
    std::shared_ptr<Loop> loop_; // shared with the thread, which may outlive this object
    boost::asio::any_io_executor work_;
    client client_;
    std::thread thread_;
};

#if defined(AISTUDIO_HAS_EVENT_LOOP)
using prediction_loop = event_loop;
#else
using prediction_loop = boost::asio::io_context;
#endif

/// The threads of a blocking client: one for most calls, and from the first predictor on some that
/// do nothing but prediction calls.
class io_thread {
public:
    explicit io_thread(client_options options) : calls_(std::move(options)) {}

    [[nodiscard]] bool is_current() const {
        const std::lock_guard lock(mutex_);
        return calls_.is_current() ||
               std::any_of(predictions_.begin(), predictions_.end(),
                           [](const auto& thread) { return thread->is_current(); });
    }
    [[nodiscard]] client& inner() noexcept { return calls_.inner(); }
    /// The client of each prediction thread.
    [[nodiscard]] std::vector<client> predictions() {
        const std::lock_guard lock(mutex_);
        const client_options& options = calls_.inner().options();
        while (predictions_.size() < options.prediction_threads) {
            predictions_.push_back(std::make_unique<prediction_thread>(options));
            if (closed_)
                predictions_.back()->inner().close();
        }
        std::vector<client> out;
        for (const auto& thread : predictions_)
            out.push_back(thread->inner());
        return out;
    }
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        calls_.inner().close();
        for (const auto& thread : predictions_)
            thread->inner().close();
    }

private:
    using prediction_thread = loop_thread<prediction_loop>;
    loop_thread<boost::asio::io_context> calls_;
    mutable std::mutex mutex_; // of what follows
    std::vector<std::unique_ptr<prediction_thread>> predictions_;
    bool closed_ = false;
};

} // namespace detail

AISTUDIO_DECL bool detail::may_block(const io_thread& thread) { return !thread.is_current(); }

AISTUDIO_DECL result<sync_client> sync_client::create(client_options options) {
    auto resolved = resolve_options(std::move(options));
    if (!resolved)
        return resolved.error();
    return sync_client(std::make_shared<detail::io_thread>(std::move(*resolved)));
}

AISTUDIO_DECL sync_client::sync_client(client_options options)
    : sync_client(create(std::move(options)).value()) {}

AISTUDIO_DECL const client& sync_client::inner() const noexcept { return thread_->inner(); }

AISTUDIO_DECL result<sync_predictor> sync_client::predictor(std::string_view url, const secret& key,
                                                            predictor_options options) const {
    std::vector<aistudio::predictor> made;
    for (const client& one : thread_->predictions()) {
        auto next = one.predictor(url, key, options);
        if (!next)
            return next.error();
        made.push_back(std::move(*next));
    }
    return sync_predictor(thread_, std::move(made));
}

AISTUDIO_DECL const predictor& sync_predictor::next() const noexcept {
    const auto& all = *inner_;
    if (all.size() == 1)
        return all.front();
    for (const predictor& one : all) // a call from a completion stays where it is
        if (detail::runs_here(*one.core()))
            return one;
    thread_local std::size_t turn = 0;
    return all[turn++ % all.size()];
}

AISTUDIO_DECL void sync_client::close() { thread_->close(); }

} // namespace aistudio
