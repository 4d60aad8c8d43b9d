#include "reports.hpp"

#include "gil.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace aistudio::python {
namespace {

namespace py = pybind11;

/// Reports that may wait.
constexpr std::size_t most_waiting = 65536;
constexpr std::chrono::seconds flush_patience{5};

void log_error(const std::string& line, const py::object& exception = py::none()) {
    const auto logger = py::module_::import("logging").attr("getLogger")("aistudio");
    logger.attr("error")("%s", line, py::arg("exc_info") = exception);
}

/// A function of the user's. Owned by clients, whose threads have no business with Python: the last
/// of them to go leaves it to the reporting thread.
class report_target {
public:
    explicit report_target(py::object function) : function_(std::move(function)) {}
    report_target(const report_target&) = delete;
    report_target& operator=(const report_target&) = delete;
    ~report_target();

    void operator()(const call_report& report) const {
        try {
            function_(report);
        } catch (py::error_already_set& error) {
            log_error("on_call raised:", error.value());
        }
    }

private:
    py::object function_;
};

/// The thread between the clients and Python. Made when it is first needed, never destroyed.
class reporter {
public:
    void put(const std::shared_ptr<report_target>& to, const call_report& report) {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= most_waiting) {
            ++dropped_;
            return;
        }
        waiting_.emplace_back(to, report);
        ++put_;
        wake();
    }
    /// To be destroyed with the GIL.
    void bury(PyObject* function) {
        const std::lock_guard lock(mutex_);
        dead_.push_back(function);
        wake();
    }
    void flush() {
        std::unique_lock lock(mutex_);
        if (std::this_thread::get_id() == thread_)
            return;
        given_away_.wait_for(lock, flush_patience, [&, wanted = put_] { return given_ >= wanted; });
    }

private:
    using entry = std::pair<std::shared_ptr<report_target>, call_report>;
    struct batch {
        std::vector<entry> reports;
        std::vector<PyObject*> dead;
        std::uint64_t dropped;
    };

    void wake() {
        if (thread_ == std::thread::id()) {
            std::thread made([this] { run(); });
            thread_ = made.get_id();
            made.detach();
        }
        ready_.notify_one();
    }

    void run() {
        for (;;) {
            auto next = take();
            if (!the_gate.enter())
                return leave_behind(std::move(next));
            const auto count = next.reports.size();
            give_away(std::move(next));
            the_gate.leave();
            const std::lock_guard lock(mutex_);
            given_ += count;
            given_away_.notify_all();
        }
    }

    batch take() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [&] { return !waiting_.empty() || !dead_.empty(); });
        return {std::exchange(waiting_, {}), std::exchange(dead_, {}), std::exchange(dropped_, 0)};
    }

    static void give_away(batch what) {
        const py::gil_scoped_acquire gil;
        for (auto& [to, report] : what.reports) {
            (*to)(report);
            to.reset();
        }
        for (auto* function : what.dead)
            Py_DECREF(function);
        if (what.dropped != 0)
            log_error("on_call is too slow: " + std::to_string(what.dropped) +
                      " reports of calls were dropped.");
    }

    /// The interpreter is gone: nothing of Python's may be destroyed any more.
    static void leave_behind(batch what) { new batch(std::move(what)); }

    std::mutex mutex_;
    std::condition_variable ready_;
    std::condition_variable given_away_;
    std::vector<entry> waiting_;
    std::vector<PyObject*> dead_;
    std::uint64_t dropped_ = 0;
    std::uint64_t put_ = 0;
    std::uint64_t given_ = 0;
    std::thread::id thread_;
};

std::atomic<reporter*> the_reporter = nullptr;

/// A forked child has the memory without the thread: it gets another one.
void forget_reporter() { the_reporter = nullptr; }

reporter& reports() {
    auto* found = the_reporter.load();
    if (found != nullptr)
        return *found;
    auto made = std::make_unique<reporter>();
    if (the_reporter.compare_exchange_strong(found, made.get()))
        found = made.release();
    return *found;
}

report_target::~report_target() { reports().bury(function_.release().ptr()); }

} // namespace

call_sink report_to(py::object function) {
    return [to = std::make_shared<report_target>(std::move(function))](const call_report& report) {
        reports().put(to, report);
    };
}

void flush_reports() {
    auto* const made = the_reporter.load();
    if (made == nullptr)
        return;
    const released_gil no_gil;
    made->flush();
}

void watch_forks_for_reports() { ::pthread_atfork(nullptr, nullptr, forget_reporter); }

} // namespace aistudio::python
