#include "bulk.hpp"

#include "call_arguments.hpp"
#include "errors.hpp"
#include "gil.hpp"
#include "loop_queue.hpp"
#include "python_json.hpp"
#include "table.hpp"
#include "waiting.hpp"

#include <aistudio/sync_predict_many.hpp>
#include <aistudio/transport/client_core.hpp> // for executor()

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <functional>

namespace aistudio::python {
namespace {

using answer = std::pair<std::uint64_t, result<std::string>>;

/// Answers on their way from the client's thread to Python's.
class answer_box : public std::enable_shared_from_this<answer_box> {
public:
    /// `several`: answers worth waking somebody for while more keep coming.
    answer_box(boost::asio::any_io_executor client, std::size_t several)
        : client_(std::move(client)), several_(std::max<std::size_t>(several, 1)) {}

    /// From the client's thread; false: nobody wants more. Who waits for answers is woken once for
    /// all that the thread has at hand: waking costs more than an answer.
    bool put(std::uint64_t index, result<std::string> text) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_)
                return false;
            answers_.emplace_back(index, std::move(text));
            if (wanted_ == 0 || answers_.size() < wanted_ || std::exchange(waking_, true))
                return true;
        }
        boost::asio::post(client_, [self = shared_from_this()] { self->wake(); });
        return true;
    }
    void end(result<bulk_summary> how) {
        {
            const std::lock_guard lock(mutex_);
            end_.emplace(std::move(how));
        }
        wake();
    }
    /// With the GIL: what was to be told may hold Python objects.
    void close() {
        std::function<void()> untold;
        const std::lock_guard lock(mutex_);
        closed_ = true;
        untold.swap(tell_);
    }

    /// What has come; waits no longer than `time` for it. Where answers keep coming, several are
    /// waited for, but not for long.
    void take(std::vector<answer>& into, std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        if (time.count() != 0 && answers_.empty() && !end_) {
            if (flowing_)
                wait(lock, several_, std::min(time, patience));
            flowing_ = !answers_.empty();
            if (!flowing_ && !end_)
                wait(lock, 1, time);
            flowing_ = !answers_.empty();
        }
        into.swap(answers_);
    }
    /// True: there is something now. Else `tell` is called once when there is.
    bool tell_when_ready(std::function<void()> tell) {
        const std::lock_guard lock(mutex_);
        if (!answers_.empty() || end_)
            return true;
        tell_ = std::move(tell);
        wanted_ = 1;
        return false;
    }
    [[nodiscard]] std::optional<result<bulk_summary>> ended() {
        const std::lock_guard lock(mutex_);
        return answers_.empty() ? end_ : std::nullopt;
    }

private:
    static constexpr std::chrono::milliseconds patience{1};

    void wait(std::unique_lock<std::mutex>& lock, std::size_t wanted,
              std::chrono::milliseconds time) {
        wanted_ = wanted;
        ready_.wait_for(lock, time, [&] { return wanted_ == 0; });
        wanted_ = 0;
    }

    void wake() {
        std::function<void()> tell;
        {
            const std::lock_guard lock(mutex_);
            waking_ = false;
            if (std::exchange(wanted_, 0) == 0)
                return;
            tell = std::exchange(tell_, nullptr);
        }
        ready_.notify_one();
        if (tell)
            tell();
    }

    boost::asio::any_io_executor client_;
    std::mutex mutex_;
    std::condition_variable ready_;
    std::vector<answer> answers_;
    std::optional<result<bulk_summary>> end_;
    std::function<void()> tell_;
    const std::size_t several_;
    std::size_t wanted_ = 0; // answers that somebody waits for
    bool waking_ = false;    // somebody is about to
    bool flowing_ = false;
    bool closed_ = false;
};

struct box_sink {
    std::shared_ptr<answer_box> box;
    bool operator()(std::uint64_t index, result<std::string> text) const {
        return box->put(index, std::move(text));
    }
};

[[nodiscard]] std::shared_ptr<canceller> canceller_for(const predictor& service) {
    return std::make_shared<canceller>(service.core()->executor());
}

bulk_settings settings_from(const char* function, const py::kwargs& named, py::object* columns,
                            py::object* out) {
    bulk_settings s;
    given_arguments given(function, py::args(), named);
    const auto take = [&](const char* name, auto& to) {
        if (const auto value = given.take(name, false))
            to = load_member<std::remove_reference_t<decltype(to)>>(value, given.where(name));
    };
    take("ordered", s.ordered);
    take("max_in_flight", s.options.max_in_flight);
    take("adaptive", s.options.adaptive);
    take("calls_per_second", s.options.calls_per_second);
    take("burst", s.options.burst);
    take("window", s.options.window);
    take("stop_at_first_error", s.options.stop_at_first_error);
    take("retry", s.options.call.retry);
    take("base64", s.base64);
    std::string errors = "raise";
    take("errors", errors);
    if (errors != "raise" && errors != "return")
        throw py::value_error(given.where("errors") + ": expected 'raise' or 'return'.");
    s.return_errors = errors == "return";
    if (const auto value = given.take("timeout", false); value && !value.is_none())
        s.options.call.deadline = time_limit(value, given.where("timeout"));
    if (const auto value = given.take("progress", false))
        s.progress = function_of(value, "RecordBar", given.where("progress"));
    if (columns != nullptr)
        if (const auto value = given.take("columns", false))
            *columns = value;
    if (out != nullptr)
        if (const auto value = given.take("out", false))
            *out = value;
    given.finish();
    s.options.order = s.ordered ? bulk_order::input : bulk_order::finished;
    return s;
}

/// An answer, or the exception in its place.
py::object object_of(answer& one, bool index_errors) {
    py::object out;
    try {
        if (!one.second)
            throw api_error(one.second.error());
        static thread_local std::string padded;
        const std::size_t size = one.second->size();
        padded.reserve(size + json_padding);
        padded.assign(*one.second);
        padded.append(json_padding, '\0');
        return answer_to_python(std::string_view(padded).substr(0, size));
    } catch (const api_error& error) {
        out = exception_of(error.problem());
    }
    if (index_errors)
        out.attr("index") = one.first;
    return out;
}

[[noreturn]] void raise_object(const py::object& error) {
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
    throw py::error_already_set();
}

/// A run that is fed by Python, record by record.
class bulk_feed {
public:
    bulk_feed(client_handle client, const predictor& service, bulk_settings settings)
        : client_(std::move(client)), settings_(std::move(settings)),
          stop_(canceller_for(service)) {
        auto& o = settings_.options;
        const auto in_flight =
            o.max_in_flight != 0 ? o.max_in_flight : service.core()->options().pool.max_connections;
        window_ = o.window != 0 ? o.window : 4 * in_flight;
        box_ = std::make_shared<answer_box>(service.core()->executor(), window_ / 4);
        auto fed = std::make_unique<detail::fed_source>(window_, std::nullopt);
        source_ = fed.get();
        run_ = std::make_shared<run_type>(
            std::nullopt, service, std::move(fed), box_sink{box_}, o,
            detail::handler<bulk_summary>(
                stop_->bind([box = box_](result<bulk_summary> how) { box->end(std::move(how)); })));
        source_->wake = [weak = std::weak_ptr<run_type>(run_)] {
            if (const auto alive = weak.lock())
                alive->wake();
        };
        run_->start();
    }
    bulk_feed(const bulk_feed&) = delete;
    bulk_feed& operator=(const bulk_feed&) = delete;
    ~bulk_feed() {
        if (!client_->is_ours()) {
            new std::shared_ptr<run_type>(run_); // its thread is gone: nobody may destroy it
            return;
        }
        close();
        const released_gil no_gil;
        run_.reset();
    }

    /// How many records may be fed now.
    [[nodiscard]] std::size_t room() const noexcept {
        return closed_ || open_ >= window_ ? 0 : window_ - open_;
    }
    /// Worth the while of feeding.
    [[nodiscard]] bool is_hungry() const noexcept { return !closed_ && open_ * 2 <= window_; }

    void feed(py::handle record) {
        (void)client_->get();
        body_.clear();
        std::optional<problem> refused;
        try {
            append_json_text(body_, record, {settings_.base64});
        } catch (const py::value_error& error) {
            refused = make_problem(errc::encode_failed, error.what());
        } catch (const py::type_error& error) {
            refused = make_problem(errc::encode_failed, error.what());
        }
        ++open_;
        source_->put_untold(body_, std::move(refused));
        told_ = false;
    }
    /// After some records, so that they are sent. Waking the client's thread costs more than a
    /// record, but none may wait for a slow one after it.
    void tell() {
        if (!std::exchange(told_, true))
            source_->tell();
    }
    void close_source() {
        if (!std::exchange(closed_, true))
            source_->close(); // tells, too
    }
    /// No more is wanted.
    void close() {
        close_source();
        box_->close();
        stop_->cancel();
    }

    /// Moves what has come into `answers`, which must be empty.
    void collect(std::vector<answer>& answers, std::chrono::milliseconds time) {
        box_->take(answers, time);
    }
    /// So many answers have been handed out.
    void handed_out(std::size_t count) noexcept { open_ -= count; }
    [[nodiscard]] answer_box& box() noexcept { return *box_; }
    [[nodiscard]] const bulk_settings& settings() const noexcept { return settings_; }

    /// For Python: the answer; throws where errors are raised.
    [[nodiscard]] py::object present(answer& one) const {
        auto out = object_of(one, true);
        if (!settings_.return_errors && PyExceptionInstance_Check(out.ptr()) != 0)
            raise_object(out);
        return settings_.ordered ? out : py::object(py::make_tuple(one.first, out));
    }

private:
    using run_type = detail::bulk_run_of<std::string, box_sink>;

    client_handle client_;
    bulk_settings settings_;
    std::size_t window_ = 0;
    std::size_t open_ = 0; // fed and not handed out
    bool closed_ = false;
    bool told_ = true; // of what was fed
    std::string body_;
    std::shared_ptr<answer_box> box_;
    std::shared_ptr<canceller> stop_;
    detail::fed_source* source_ = nullptr; // of the run
    std::shared_ptr<run_type> run_;
};

/// Tells a callback how far it is, not more than ten times a second, and at the end.
class record_progress {
public:
    record_progress(py::object function, const py::object& records)
        : function_(std::move(function)) {
        const auto total = function_ ? PyObject_LengthHint(records.ptr(), -1) : -1;
        if (PyErr_Occurred() != nullptr)
            PyErr_Clear();
        total_ = total > 0 ? py::object(py::int_(total)) : py::object(py::none());
    }
    void add(std::uint64_t count = 1) {
        done_ += count;
        if (!function_)
            return;
        const auto now = std::chrono::steady_clock::now();
        if (now - told_ < std::chrono::milliseconds(100))
            return;
        told_ = now;
        function_(done_, total_);
    }
    void end() {
        if (!function_)
            return;
        const auto function = std::exchange(function_, py::object());
        function(done_, total_);
        if (py::hasattr(function, "close"))
            function.attr("close")();
    }

private:
    py::object function_; // null at the end
    py::object total_;
    std::uint64_t done_ = 0;
    std::chrono::steady_clock::time_point told_{};
};

/// The iterator that `predict_many` returns.
class bulk_iterator {
public:
    bulk_iterator(client_handle client, const predictor& service, const py::object& records,
                  bulk_settings settings)
        : records_(py::iter(records)), progress_(settings.progress, records),
          feed_(std::move(client), service, std::move(settings)) {}

    py::object next() {
        if (busy_)
            throw py::value_error("predict_many is already being asked for its next answer.");
        busy_ = true;
        const std::unique_ptr<bool, void (*)(bool*)> not_busy(&busy_, [](bool* b) { *b = false; });
        if (next_ == answers_.size() || feed_.is_hungry())
            refill();
        while (next_ == answers_.size())
            wait();
        auto one = std::move(answers_[next_++]);
        feed_.handed_out(1);
        progress_.add();
        return feed_.present(one);
    }
    void close() {
        records_ = py::object();
        feed_.close();
    }

private:
    void refill() {
        using clock = std::chrono::steady_clock;
        constexpr std::chrono::microseconds longest_untold{50};
        auto told = clock::now();
        while (records_ && feed_.room() > 0) {
            const auto record = py::reinterpret_steal<py::object>(PyIter_Next(records_.ptr()));
            if (!record) {
                records_ = py::object();
                if (PyErr_Occurred() != nullptr)
                    failure_.emplace();
                feed_.close_source();
                return;
            }
            feed_.feed(record);
            if (const auto now = clock::now(); now - told > longest_untold) {
                feed_.tell();
                told = now;
            }
        }
        feed_.tell();
    }

    void wait() {
        answers_.clear();
        next_ = 0;
        {
            const released_gil no_gil;
            feed_.collect(answers_, sees_signals() ? signal_interval : std::chrono::hours(1000));
        }
        if (!answers_.empty())
            return;
        if (sees_signals() && PyErr_CheckSignals() != 0) {
            auto interrupted = py::error_already_set();
            close();
            throw interrupted; // NOLINT: it is ours
        }
        if (const auto end = feed_.box().ended()) {
            if (failure_)
                throw py::error_already_set(std::move(*std::exchange(failure_, std::nullopt)));
            if (!*end && !is_own_end(end->error()))
                throw api_error(end->error());
            progress_.end();
            throw py::stop_iteration();
        }
    }
    [[nodiscard]] static bool is_own_end(const problem& p) { return p.code == errc::cancelled; }

    py::object records_; // empty at the end
    std::optional<py::error_already_set> failure_;
    std::vector<answer> answers_;
    std::size_t next_ = 0; // the first that was not handed out
    bool busy_ = false;
    record_progress progress_;
    bulk_feed feed_;
};

/// Tells a future that there is something.
class ready_letter final : public letter {
public:
    explicit ready_letter(py::object future) : future_(std::move(future)) {}
    void deliver() override {
        if (!future_.attr("done")().cast<bool>())
            future_.attr("set_result")(py::none());
    }

private:
    py::object future_;
};

/// The same for asyncio; driven by `aistudio._async`.
class async_bulk {
public:
    async_bulk(client_handle client, const predictor& service, const py::object& records,
               bulk_settings settings)
        : progress_(settings.progress, records),
          feed_(std::move(client), service, std::move(settings)) {}

    [[nodiscard]] std::size_t room() const { return feed_.room(); }
    void feed(const py::object& record) {
        feed_.feed(record);
        feed_.tell();
    }
    void close_source() { feed_.close_source(); }
    void close() { feed_.close(); }

    /// None: there is something now; else a future that tells.
    [[nodiscard]] py::object ready() {
        const auto queue = loop_queue::running();
        auto future = queue->create_future();
        auto told =
            std::make_shared<std::unique_ptr<letter>>(std::make_unique<ready_letter>(future));
        if (feed_.box().tell_when_ready([queue, told] { queue->post(std::move(*told)); }))
            return py::none();
        return future;
    }
    /// The answers that have come; None at the end.
    [[nodiscard]] py::object take() {
        std::vector<answer> answers;
        feed_.collect(answers, std::chrono::milliseconds(0));
        feed_.handed_out(answers.size());
        if (answers.empty()) {
            const auto end = feed_.box().ended();
            if (end && !*end && end->error().code != errc::cancelled)
                throw api_error(end->error());
            if (end) {
                progress_.end();
                return py::none();
            }
        } else {
            progress_.add(answers.size());
        }
        py::list out;
        for (auto& one : answers) {
            auto object = object_of(one, true);
            out.append(feed_.settings().ordered ? object
                                                : py::object(py::make_tuple(one.first, object)));
        }
        return out;
    }
    [[nodiscard]] bool returns_errors() const { return feed_.settings().return_errors; }
    [[nodiscard]] bool is_ordered() const { return feed_.settings().ordered; }

private:
    record_progress progress_;
    bulk_feed feed_;
};

/// Answers of a table, written where they belong in the client's thread.
class table_sink {
public:
    struct shared {
        std::optional<array_target> out;
        std::vector<std::optional<result<std::string>>> texts; // without `out`
        std::optional<std::pair<std::uint64_t, problem>> first_failure;
        bool stop_at_failure = false;
    };
    explicit table_sink(std::shared_ptr<shared> s) : shared_(std::move(s)) {}
    bool operator()(std::uint64_t index, result<std::string> text) const {
        auto& s = *shared_;
        if (s.out && text)
            if (auto filled = s.out->fill(index, *text); !filled)
                text = filled.error();
        if (!text) {
            if (!s.first_failure || index < s.first_failure->first)
                s.first_failure.emplace(index, text.error());
            if (s.out)
                s.out->fill_nothing(index);
            if (s.stop_at_failure)
                return false;
        }
        if (!s.out)
            s.texts[index].emplace(std::move(text));
        return true;
    }

private:
    std::shared_ptr<shared> shared_;
};

} // namespace

py::object predict_many(const client_handle& client, const predictor& service,
                        const py::object& records, const py::kwargs& named) {
    auto settings = settings_from("predict_many", named, nullptr, nullptr);
    return py::cast(std::make_unique<bulk_iterator>(client, service, records, std::move(settings)));
}

py::object begin_many(const client_handle& client, const predictor& service,
                      const py::object& records, const py::kwargs& named) {
    auto settings = settings_from("predict_many", named, nullptr, nullptr);
    return py::cast(std::make_unique<async_bulk>(client, service, records, std::move(settings)));
}

py::object predict_array(const client_handle& client, const predictor& service,
                         const py::object& table, const py::kwargs& named) {
    (void)client->get(); // throws in a forked child
    py::object columns = py::none();
    py::object out = py::none();
    auto settings = settings_from("predict_array", named, &columns, &out);
    auto source = table_source_of(table, columns);
    const std::size_t rows = source->rows();
    const auto shared = std::make_shared<table_sink::shared>();
    if (!out.is_none())
        shared->out.emplace(out, rows);
    else
        shared->texts.resize(rows);
    shared->stop_at_failure = !settings.return_errors;
    settings.options.order = bulk_order::finished; // each has its place

    using run_type = detail::bulk_run_of<std::string, table_sink>;
    const auto stop = canceller_for(service);
    const auto place = std::make_shared<waiting_place<bulk_summary>>();
    const auto keep_source_memory = source->memory();
    call_control control;
    control.cancel = [stop] { stop->cancel(); };
    if (settings.progress) {
        const call_context context{place, &control};
        settings.options.progress =
            [tell = context.callback<std::uint64_t, std::size_t>(settings.progress),
             rows](const bulk_progress& p) { tell(p.done, rows); };
    }
    const auto run = std::make_shared<run_type>(
        std::nullopt, service, std::move(source), table_sink(shared), settings.options,
        detail::handler<bulk_summary>(
            stop->bind([place](result<bulk_summary> how) { place->complete(std::move(how)); })));
    const auto ended = [&] {
        const released_gil no_gil;
        run->start();
        return wait_at(*place, [&] { stop->cancel(); });
    }();
    control.rethrow();
    if (settings.progress && py::hasattr(settings.progress, "close"))
        settings.progress.attr("close")();
    if (shared->first_failure && !settings.return_errors) {
        answer failed(shared->first_failure->first, shared->first_failure->second);
        raise_object(object_of(failed, true));
    }
    if (!ended)
        throw api_error(ended.error());
    if (shared->out)
        return out;
    py::list answers(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        answer one(i, shared->texts[i] ? std::move(*shared->texts[i])
                                       : result<std::string>(make_problem(
                                             errc::cancelled, "The record was not sent.")));
        answers[i] = object_of(one, true);
    }
    return answers;
}

void bind_bulk(py::module_& m) {
    py::class_<bulk_iterator>(m, "_Answers", py::is_final())
        .def("__iter__", [](py::object self) { return self; })
        .def("__next__", &bulk_iterator::next)
        .def("close", &bulk_iterator::close);
    py::class_<async_bulk>(m, "_AsyncAnswers", py::is_final())
        .def_property_readonly("room", &async_bulk::room)
        .def_property_readonly("returns_errors", &async_bulk::returns_errors)
        .def_property_readonly("ordered", &async_bulk::is_ordered)
        .def("feed", &async_bulk::feed)
        .def("close_source", &async_bulk::close_source)
        .def("close", &async_bulk::close)
        .def("ready", &async_bulk::ready)
        .def("take", &async_bulk::take);
}

} // namespace aistudio::python
