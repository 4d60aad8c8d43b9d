#include "loop_queue.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <unistd.h>

namespace aistudio::python {

namespace py = pybind11;

/// What a loop's reader callback owns: with the loop, the queue's ties to Python go.
struct loop_registration {
    explicit loop_registration(std::shared_ptr<loop_queue> q) : queue(std::move(q)) {}
    std::shared_ptr<loop_queue> queue;
};

namespace {

/// Letters for loops that are gone: they own Python objects, so that only a thread with the GIL may
/// destroy them.
struct dead_letters {
    std::mutex mutex;
    std::vector<std::unique_ptr<letter>> letters;

    void put(std::vector<std::unique_ptr<letter>> more) {
        const std::lock_guard lock(mutex);
        for (auto& one : more)
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

/// The queues by loop, which they do not keep alive.
py::object& queues_by_loop() {
    static auto* const made =
        new py::object(py::module_::import("weakref").attr("WeakKeyDictionary")());
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

loop_queue::~loop_queue() {
    graveyard().put(std::move(letters_));
    close(wake_);
}

std::shared_ptr<loop_queue> loop_queue::running() {
    // Most programs have one loop, and ask for it again and again.
    static PyObject* last_loop = nullptr; // borrowed; `last` says whether it is still that one
    static auto* const last = new std::weak_ptr<loop_queue>;
    const auto loop = py::reinterpret_steal<py::object>(running_loop());
    if (loop.ptr() == last_loop)
        if (auto alive = last->lock(); alive && alive->create_future_)
            return alive;
    graveyard().burn();
    auto& known = queues_by_loop();
    const py::object found = known.attr("get")(loop);
    std::shared_ptr<loop_queue> queue;
    if (found.is_none()) {
        queue = std::make_shared<loop_queue>(loop);
        const py::object registration =
            py::cast(new loop_registration(queue), py::return_value_policy::take_ownership);
        loop.attr("add_reader")(queue->wake_, registration.attr("drain"));
        known[loop] = registration;
    } else {
        queue = found.cast<loop_registration&>().queue;
    }
    last_loop = loop.ptr();
    *last = queue;
    return queue;
}

py::object loop_queue::create_future() const { return create_future_(); }

void loop_queue::post(std::unique_ptr<letter> what) {
    {
        const std::lock_guard lock(mutex_);
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

void bind_loop_queue(py::module_& m) {
    py::class_<loop_registration>(m, "_LoopQueue", py::module_local())
        .def("drain", [](const loop_registration& self) {
            const auto queue = self.queue; // a letter may end the loop
            queue->drain();
        });
}

} // namespace aistudio::python
