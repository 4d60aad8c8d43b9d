#pragma once

#include <aistudio/detail/config.hpp>
#include <aistudio/transport/stream_driver.hpp>

#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__linux__)
#define AISTUDIO_HAS_EVENT_LOOP 1
#endif

#if defined(AISTUDIO_HAS_EVENT_LOOP)

namespace aistudio {

/// How an `event_loop` asks the system.
enum class io_backend {
    automatic, ///< io_uring where the library was built with it and the system allows it, else
               ///< epoll
    epoll,
    io_uring ///< needs Linux 6.1 and a library built with liburing
};

/// An execution context whose thread serves prediction calls directly: a call costs one `send` and,
/// with epoll, one `recv`, and answers that arrive together are handled in one turn. Use it in
/// place of an `io_context` where prediction calls are most of what a thread does; other Asio
/// objects work on it too, but are served by a thread of Asio's in the background.
///
/// @par Thread safety  `run` in one thread at a time; all else is safe.
class AISTUDIO_API event_loop : public boost::asio::execution_context {
public:
    class executor_type;
    using clock = std::chrono::steady_clock;

    /// @par Errors  Throws `api_error`, errc::invalid_configuration: `wanted` is io_uring, and the
    /// system does not allow it or the library was built without it.
    AISTUDIO_DECL explicit event_loop(io_backend wanted = io_backend::automatic);
    AISTUDIO_DECL ~event_loop();

    [[nodiscard]] executor_type get_executor() noexcept;
    /// Which one it is; never `automatic`.
    [[nodiscard]] io_backend backend() const noexcept { return backend_; }

    /// Serves calls and runs what is posted until nothing is left to wait for, or `stop`.
    AISTUDIO_DECL void run();
    /// The same, for no longer than `time`.
    AISTUDIO_DECL void run_for(clock::duration time);
    /// Lets `run` return soon, whatever is left.
    AISTUDIO_DECL void stop() noexcept;
    /// Lets `run` be called again after it has returned.
    void restart() noexcept { stopped_ = false; }
    /// True after `stop`, and after nothing was left to wait for.
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }
    [[nodiscard]] bool running_in_this_thread() const noexcept { return current() == this; }

    /// Something that happens on the loop at a time. Part of whatever owns it.
    class timer {
    public:
        explicit timer(event_loop& loop) : loop_(&loop) {}
        timer(const timer&) = delete;
        timer& operator=(const timer&) = delete;
        virtual void on_time() = 0;
        /// From the loop's thread; `time_point::max()`: never.
        void set(clock::time_point when) {
            if (when_ == clock::time_point::max() && when != when_)
                loop_->timers_.push_back(this);
            else if (when_ != when && when == clock::time_point::max())
                std::erase(loop_->timers_, this);
            when_ = when;
        }

    protected:
        ~timer() { set(clock::time_point::max()); }

    private:
        friend class event_loop;
        event_loop* loop_;
        clock::time_point when_ = clock::time_point::max();
    };

    // For executors and for what runs inside the loop.
    [[nodiscard]] detail::stream_driver& driver() noexcept { return *driver_; }
    void work_started() noexcept { work_.fetch_add(1, std::memory_order_relaxed); }
    AISTUDIO_DECL void work_finished() noexcept;

private:
    /// Something posted. Erased by hand: a function pointer and its argument in one allocation.
    struct task {
        virtual ~task() = default;
        virtual void run() = 0;
    };
    template <class Function>
    struct task_of final : task {
        explicit task_of(Function f) : function(std::move(f)) {}
        void run() override { std::move(function)(); }
        Function function;
    };

    [[nodiscard]] AISTUDIO_DECL static event_loop*& current() noexcept;
    AISTUDIO_DECL void post(std::unique_ptr<task> what);
    AISTUDIO_DECL void run_until(clock::time_point end);
    AISTUDIO_DECL void run_posted();
    AISTUDIO_DECL void drop_posted();
    AISTUDIO_DECL void run_timers();
    [[nodiscard]] AISTUDIO_DECL clock::time_point next_time() const noexcept;

    io_backend backend_;
    std::unique_ptr<detail::waiting_driver> driver_;
    std::vector<timer*> timers_;
    std::atomic<long> work_ = 0;
    std::atomic<bool> stopped_ = false;
    std::atomic<bool> has_posted_ = false;
    std::mutex mutex_; // of what follows
    std::vector<std::unique_ptr<task>> posted_;
    bool sleeping_ = false;
    std::vector<std::unique_ptr<task>> batch_; // of the thread in `run`
};

/// The executor of an `event_loop`, with the properties that `any_io_executor` asks for.
class event_loop::executor_type {
public:
    explicit executor_type(event_loop& loop) noexcept : loop_(&loop) {}
    executor_type(const executor_type& other) noexcept
        : loop_(other.loop_), never_blocks_(other.never_blocks_), tracked_(other.tracked_) {
        if (tracked_)
            loop_->work_started();
    }
    executor_type(executor_type&& other) noexcept
        : loop_(other.loop_), never_blocks_(other.never_blocks_),
          tracked_(std::exchange(other.tracked_, false)) {}
    executor_type& operator=(executor_type other) noexcept {
        std::swap(loop_, other.loop_);
        std::swap(never_blocks_, other.never_blocks_);
        std::swap(tracked_, other.tracked_);
        return *this;
    }
    ~executor_type() {
        if (tracked_)
            loop_->work_finished();
    }

    [[nodiscard]] event_loop& loop() const noexcept { return *loop_; }

    [[nodiscard]] event_loop& query(boost::asio::execution::context_t) const noexcept {
        return *loop_;
    }
    [[nodiscard]] executor_type
    require(boost::asio::execution::blocking_t::never_t) const noexcept {
        return with(true, tracked_);
    }
    [[nodiscard]] executor_type
    require(boost::asio::execution::blocking_t::possibly_t) const noexcept {
        return with(false, tracked_);
    }
    [[nodiscard]] executor_type
    require(boost::asio::execution::outstanding_work_t::tracked_t) const noexcept {
        return with(never_blocks_, true);
    }
    [[nodiscard]] executor_type
    require(boost::asio::execution::outstanding_work_t::untracked_t) const noexcept {
        return with(never_blocks_, false);
    }

    /// Runs `f` on the loop: at once where that is allowed and we are there, else soon.
    template <class Function>
    void execute(Function&& f) const {
        using stored = std::decay_t<Function>;
        if (!never_blocks_ && loop_->running_in_this_thread()) {
            stored now(std::forward<Function>(f));
            std::move(now)();
            return;
        }
        loop_->post(std::make_unique<task_of<stored>>(std::forward<Function>(f)));
    }

    friend bool operator==(const executor_type& a, const executor_type& b) noexcept {
        return a.loop_ == b.loop_ && a.never_blocks_ == b.never_blocks_;
    }

private:
    [[nodiscard]] executor_type with(bool never_blocks, bool tracked) const noexcept {
        executor_type out(*loop_);
        out.never_blocks_ = never_blocks;
        out.tracked_ = tracked;
        if (tracked)
            loop_->work_started();
        return out;
    }

    event_loop* loop_;
    bool never_blocks_ = false;
    bool tracked_ = false;
};

inline event_loop::executor_type event_loop::get_executor() noexcept {
    return executor_type(*this);
}

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/event_loop.ipp>
#endif

#endif // AISTUDIO_HAS_EVENT_LOOP
