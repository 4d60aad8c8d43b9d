#include "predictor.hpp"

#include "bulk.hpp"
#include "call_arguments.hpp"
#include "errors.hpp"
#include "gil.hpp"
#include "loop_queue.hpp"
#include "python_json.hpp"
#include "waiting.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aistudio::python {
namespace {

/// What `predict` and `predict_raw` return.
enum class answer_form { result, bytes };

/// An answer on its way to Python: its bytes, which are read there.
class raw_answer {
public:
    explicit raw_answer(const detail::prediction_answer& from)
        : size_(from.body.size()), status_(from.status), attempts_(from.attempts) {
        if (from.failure != nullptr) {
            failure_ = *from.failure;
            return;
        }
        text_.reserve(size_ + json_padding);
        text_.assign(from.body);
        text_.append(json_padding, '\0');
    }

    /// Throws `api_error`.
    [[nodiscard]] py::object to_object(answer_form form) const {
        if (failure_)
            throw api_error(*failure_);
        const std::string_view body = std::string_view(text_).substr(0, size_);
        if (form == answer_form::bytes)
            return py::bytes(body.data(), body.size());
        try {
            return answer_to_python(body);
        } catch (const api_error& error) {
            problem p = error.problem();
            p.outcome = outcome::done;
            p.status = status_;
            p.attempts = attempts_;
            throw api_error(p);
        }
    }

private:
    std::string text_; // with padding behind the body
    std::size_t size_ = 0;
    std::optional<problem> failure_;
    int status_ = 0;
    int attempts_ = 0;
};

/// How to end a call early, from any thread. Its number tells it from a later call in the same
/// slot.
struct call_place {
    std::weak_ptr<client_core> core;
    detail::prediction_slot* slot;
    std::uint64_t use;

    explicit call_place(const detail::prediction_slot& from)
        : core(from.core), slot(const_cast<detail::prediction_slot*>(&from)), use(from.use()) {}
    void cancel() const { detail::cancel_prediction(core, slot, use); }
};

/// Hands the answer to whoever waits for it.
template <class Receiver>
class answer_completion final : public detail::prediction_completion {
public:
    explicit answer_completion(Receiver to) : to_(std::move(to)) {}
    void finish(detail::prediction_slot& slot, const detail::prediction_answer& answer) override {
        Receiver to = std::move(to_);
        raw_answer copy(answer);
        detail::release_slot(slot); // and with it this object
        to(std::move(copy));
    }

private:
    Receiver to_;
};

/// A call for asyncio; the letter that brings its own answer.
class pending_prediction final : public letter {
public:
    pending_prediction(std::shared_ptr<loop_queue> queue, answer_form form)
        : queue_(std::move(queue)), future_(queue_->create_future()), form_(form) {}
    void deliver() override {
        static const auto* const names =
            new std::pair(py::str("set_result"), py::str("set_exception"));
        if (future_.attr("done")().ptr() == Py_True)
            return;
        py::object value;
        const py::str* method = &names->first;
        try {
            value = answer_->to_object(form_);
        } catch (const api_error& error) {
            value = exception_of(error.problem());
            method = &names->second;
        } catch (py::error_already_set& error) {
            value = error.value();
            method = &names->second;
        }
        const auto done = py::reinterpret_steal<py::object>(
            PyObject_CallMethodOneArg(future_.ptr(), method->ptr(), value.ptr()));
        if (!done)
            throw py::error_already_set();
    }
    [[nodiscard]] const py::object& future() const noexcept { return future_; }

    static void arrive(std::unique_ptr<pending_prediction> self, raw_answer answer) {
        self->answer_.emplace(std::move(answer));
        const auto queue = self->queue_;
        queue->post(std::move(self));
    }

private:
    std::shared_ptr<loop_queue> queue_;
    py::object future_;
    answer_form form_;
    std::optional<raw_answer> answer_;
};

/// What Python awaits, and ends a call early with.
struct awaited_prediction {
    py::object future;
    call_place place;
};

call_options options_for(py::handle timeout, py::handle retry) {
    call_options out;
    if (!timeout.is_none())
        out.deadline = time_limit(timeout, "timeout");
    if (!retry.is_none())
        out.retry = load_member<retry_policy>(retry, "retry");
    return out;
}

} // namespace

template <class Tag>
class predictor_object {
public:
    predictor_object(client_handle client, sync_predictor inner, py::tuple given)
        : client_(std::move(client)), inner_(std::move(inner)), given_(std::move(given)) {}

    [[nodiscard]] std::string url() const { return inner_.url(); }
    /// What makes it again.
    [[nodiscard]] const py::tuple& given() const noexcept { return given_; }

    template <answer_form Form>
    [[nodiscard]] py::object predict(py::handle record, py::handle timeout, py::handle retry,
                                     bool base64) const {
        const auto options = options_for(timeout, retry);
        auto ticket = ticket_for(record, base64);
        const call_place place(*ticket);
        const auto meeting = std::make_shared<waiting_place<raw_answer>>();
        const auto receive = [meeting](raw_answer answer) { meeting->complete(std::move(answer)); };
        ticket->template emplace_completion<answer_completion<decltype(receive)>>(receive);
        const auto answer = [&] {
            const released_gil no_gil;
            detail::start_prediction(std::move(ticket), options);
            return wait_at(*meeting, [&] { place.cancel(); });
        }();
        return answer->to_object(Form);
    }

    template <answer_form Form>
    [[nodiscard]] awaited_prediction begin(py::handle record, py::handle timeout, py::handle retry,
                                           bool base64) const {
        const auto options = options_for(timeout, retry);
        auto ticket = ticket_for(record, base64);
        auto pending = std::make_unique<pending_prediction>(loop_queue::running(), Form);
        awaited_prediction out{pending->future(), call_place(*ticket)};
        auto receive = [pending = std::move(pending)](raw_answer answer) mutable {
            pending_prediction::arrive(std::move(pending), std::move(answer));
        };
        ticket->template emplace_completion<answer_completion<decltype(receive)>>(
            std::move(receive));
        detail::start_prediction(std::move(ticket), options);
        return out;
    }

    [[nodiscard]] const client_handle& client() const noexcept { return client_; }
    [[nodiscard]] const sync_predictor& inner() const noexcept { return inner_; }

private:
    [[nodiscard]] detail::prediction_ticket ticket_for(py::handle record, bool base64) const {
        (void)client_->get(); // throws in a forked child
        auto ticket = inner_.next().ticket(std::string_view());
        append_json_text(ticket->text, record, {base64});
        return ticket;
    }

    client_handle client_;
    sync_predictor inner_;
    py::tuple given_;
};

namespace {

template <class Tag>
py::object make(const client_handle& client, const py::dict& client_given, const std::string& url,
                const secret& key, bool idempotent) {
    auto inner = value_or_raise(client->get().predictor(url, key, {idempotent}));
    return py::cast(std::make_unique<predictor_object<Tag>>(
        client, std::move(inner),
        py::make_tuple(std::string(Tag::prefix) + "Client", client_given, url, key, idempotent)));
}

template <class Tag>
auto bind_class(py::module_& m) {
    using object = predictor_object<Tag>;
    const auto name = std::string(Tag::prefix) + "Predictor";
    return py::class_<object>(m, name.c_str(), "Calls one prediction service.")
        .def_property_readonly("url", &object::url, "The service's address, without the key.")
        .def("__reduce__",
             [](const object& self) {
                 return py::make_tuple(
                     py::module_::import("aistudio._default").attr("remake_predictor"),
                     self.given());
             })
        .def("__repr__", [name](const object& self) {
            return name + "(" + py::repr(py::str(self.url())).template cast<std::string>() + ")";
        });
}

constexpr const char* predict_doc =
    "Sends one record and returns the answer's `result`, or the whole answer if it has none.";
constexpr const char* predict_raw_doc = "Sends one record and returns the answer's bytes.";

} // namespace

py::object make_predictor(const client_handle& client, const py::dict& client_given,
                          const std::string& url, const secret& key, bool idempotent,
                          blocking_tag) {
    return make<blocking_tag>(client, client_given, url, key, idempotent);
}
py::object make_predictor(const client_handle& client, const py::dict& client_given,
                          const std::string& url, const secret& key, bool idempotent, asyncio_tag) {
    return make<asyncio_tag>(client, client_given, url, key, idempotent);
}

void bind_predictor(py::module_& m) {
    const auto with_arguments = [](auto& c, const char* name, auto function, const char* doc) {
        c.def(name, function, py::arg("record"), py::pos_only(), py::kw_only(),
              py::arg("timeout") = py::none(), py::arg("retry") = py::none(),
              py::arg("base64") = false, doc);
    };
    using blocking = predictor_object<blocking_tag>;
    auto b = bind_class<blocking_tag>(m);
    with_arguments(b, "predict", &blocking::predict<answer_form::result>, predict_doc);
    with_arguments(b, "predict_raw", &blocking::predict<answer_form::bytes>, predict_raw_doc);

    b.def(
        "predict_many",
        [](const blocking& self, const py::object& records, const py::kwargs& named) {
            return predict_many(self.client(), self.inner().next(), records, named);
        },
        py::arg("records"), py::pos_only(),
        "Sends many records, many at a time, and yields their answers.");
    b.def(
        "predict_array",
        [](const blocking& self, const py::object& table, const py::kwargs& named) {
            return predict_array(self.client(), self.inner().next(), table, named);
        },
        py::arg("table"), py::pos_only(), "Sends each row of a table as a record.");

    py::class_<awaited_prediction>(m, "_Prediction", py::is_final())
        .def_readonly("future", &awaited_prediction::future)
        .def("cancel", [](const awaited_prediction& self) { self.place.cancel(); });
    using async = predictor_object<asyncio_tag>;
    auto a = bind_class<asyncio_tag>(m);
    with_arguments(a, "predict", &async::begin<answer_form::result>, predict_doc);
    with_arguments(a, "predict_raw", &async::begin<answer_form::bytes>, predict_raw_doc);
    a.def(
        "_begin_many",
        [](const async& self, const py::object& records, const py::kwargs& named) {
            return begin_many(self.client(), self.inner().next(), records, named);
        },
        py::arg("records"), py::pos_only(), "What `predict_many` drives.");
    bind_bulk(m);
}

} // namespace aistudio::python
