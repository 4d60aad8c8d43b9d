#include "loop_queue.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <unistd.h>
#include <unordered_map>

namespace aistudio::python {

namespace py = pybind11;

namespace {

/// Letters for loops that are gone: they own Python objects, so that only a thread with the GIL may
/// destroy them.
struct dead_letters {
    std::mutex mutex;
    std::vector<std::unique_ptr<letter>> letters;

    void put(std::unique_ptr<letter> one) {
        const std::lock_guard lock(mutex);
        letters.push_back(std::move(one));
    }
    void burn() {
        std::vector<std::unique_ptr<letter>> old;
        {
            const std::lock_guard lock(mutex);
            old.swap(letters);
        }
    }
};

dead_letters& graveyard() {
    static auto* const made = new dead_letters; // never destroyed: the interpreter may be gone
    return *made;
}

/// What a loop's reader callback owns: it goes when the loop is closed.
class loop_registration {
public:
    explicit loop_registration(std::shared_ptr<loop_queue> queue) : queue_(std::move(queue)) {}
    loop_registration(const loop_registration&) = delete;
    loop_registration& operator=(const loop_registration&) = delete;
    ~loop_registration() { queue_->close(); }
    void drain() const {
        const auto queue = queue_; // a letter may end the loop
        queue->drain();
    }

private:
    std::shared_ptr<loop_queue> queue_;
};

/// The queues by loop. A queue that lives keeps its loop, so that no other can be at its address.
std::unordered_map<PyObject*, std::weak_ptr<loop_queue>>& queues_by_loop() {
    static auto* const made = new std::unordered_map<PyObject*, std::weak_ptr<loop_queue>>;
    return *made;
}

PyObject* running_loop() {
    static auto* const function =
        new py::object(py::module_::import("_asyncio").attr("get_running_loop"));
    PyObject* const loop = PyObject_CallNoArgs(function->ptr());
    if (loop == nullptr)
        throw py::error_already_set();
    return loop;
}

} // namespace

loop_queue::loop_queue(py::object loop)
    : create_future_(loop.attr("create_future")), wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (wake_ < 0)
        throw std::system_error(errno, std::generic_category(), "eventfd");
}

loop_queue::~loop_queue() { ::close(wake_); }

std::shared_ptr<loop_queue> loop_queue::running() {
    const auto loop = py::reinterpret_steal<py::object>(running_loop());
    auto& known = queues_by_loop();
    if (const auto found = known.find(loop.ptr()); found != known.end())
        if (auto alive = found->second.lock(); alive && alive->create_future_)
            return alive;
    graveyard().burn();
    std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
    auto queue = std::make_shared<loop_queue>(loop);
    const py::object registration = py::cast(std::make_unique<loop_registration>(queue));
    loop.attr("add_reader")(queue->wake_, registration.attr("drain"));
    known[loop.ptr()] = queue;
    return queue;
}

py::object loop_queue::create_future() const { return create_future_(); }

void loop_queue::post(std::unique_ptr<letter> what) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_)
            return graveyard().put(std::move(what));
        letters_.push_back(std::move(what));
        if (awake_)
            return;
        awake_ = true;
    }
    const std::uint64_t one = 1;
    // It cannot fail: the counter is far from its end.
    [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
}

void loop_queue::drain() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(wake_, &count, sizeof count);
    std::vector<std::unique_ptr<letter>> batch;
    {
        const std::lock_guard lock(mutex_);
        batch.swap(letters_);
        awake_ = false;
    }
    for (const auto& one : batch)
        one->deliver();
}

void loop_queue::close() {
    std::vector<std::unique_ptr<letter>> undelivered;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        undelivered.swap(letters_);
    }
    create_future_ = py::object();
}

void bind_loop_queue(py::module_& m) {
    py::class_<loop_registration>(m, "_LoopQueue", py::module_local())
        .def("drain", &loop_registration::drain);
}

} // namespace aistudio::python
