#include "cli/interrupts.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <atomic>
#include <csignal>
#include <mutex>
#include <poll.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace aistudio::cli {
namespace {

bool is_ignored(int signal) {
    struct sigaction now{};
    return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

} // namespace

struct interrupts::watch {
    watch() {
        if (::pipe(pipe) != 0)
            throw std::system_error(errno, std::generic_category(), "pipe");
        for (const int candidate : {SIGINT, SIGTERM, SIGHUP})
            if (!is_ignored(candidate))
                signals.add(candidate);
        signals.async_wait([this](boost::system::error_code failed, int number) {
            if (!failed)
                raise(number);
        });
        thread = std::thread([this] { io.run(); });
    }
    watch(const watch&) = delete;
    watch& operator=(const watch&) = delete;
    ~watch() {
        io.stop();
        thread.join();
        ::close(pipe[0]);
        ::close(pipe[1]);
    }

    void raise(int number) {
        signals.clear(); // the next one acts as if nobody watched
        std::function<void()> to_call;
        {
            const std::lock_guard lock(mutex);
            raised = number;
            to_call = std::exchange(action, {});
        }
        [[maybe_unused]] const auto written = ::write(pipe[1], "x", 1);
        if (to_call)
            to_call();
    }

    boost::asio::io_context io{1};
    boost::asio::signal_set signals{io};
    std::atomic<int> raised = 0;
    std::mutex mutex; // of `action`
    std::function<void()> action;
    int pipe[2]{-1, -1};
    std::thread thread;
};

interrupts::interrupts() : watch_(std::make_unique<watch>()) {}
interrupts::~interrupts() = default;

int interrupts::signal() const noexcept { return watch_->raised; }

int interrupts::descriptor() const noexcept { return watch_->pipe[0]; }

void interrupts::wait() const {
    pollfd watched{descriptor(), POLLIN, 0};
    while (signal() == 0)
        ::poll(&watched, 1, -1);
}

void interrupts::on_raise(std::function<void()> action) {
    {
        const std::lock_guard lock(watch_->mutex);
        if (signal() == 0) {
            watch_->action = std::move(action);
            return;
        }
    }
    action();
}

} // namespace aistudio::cli
