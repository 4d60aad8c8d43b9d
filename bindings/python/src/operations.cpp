#include "operations.hpp"

#include "bindings.hpp"
#include "call_arguments.hpp"
#include "errors.hpp"
#include "gil.hpp"
#include "loop_queue.hpp"
#include "value_types.hpp"
#include "waiting.hpp"

#include <aistudio/transport/client_core.hpp> // for executor()

#include <algorithm>
#include <deque>
#include <functional>

namespace aistudio::python {
namespace {

/// What an operation returned, as Python has it. A page is its items and whether more follow.
template <class T>
py::object to_object(result<T>&& value) {
    if (!value)
        throw api_error(value.error());
    if constexpr (std::is_void_v<T>)
        return py::none();
    else if constexpr (bindings::is_a<T, page>) {
        const bool more = !value->items.empty() &&
                          std::int64_t{value->number} * std::int64_t{value->size} < value->total;
        return py::make_tuple(py::cast(std::move(value->items)), more);
    } else
        return py::cast(std::move(*value));
}

/// An operation under way for asyncio. It is the letter that brings its own result.
class pending_base : public letter {
public:
    pending_base(std::shared_ptr<loop_queue> queue, std::shared_ptr<canceller> stop)
        : queue_(std::move(queue)), future_(queue_->create_future()) {
        control.cancel = [stop = std::move(stop)] { stop->cancel(); };
    }
    void deliver() final {
        if (future_.attr("done")().cast<bool>())
            return;
        try {
            control.rethrow();
            future_.attr("set_result")(value());
        } catch (py::error_already_set& error) {
            future_.attr("set_exception")(error.value());
        } catch (const api_error& error) {
            future_.attr("set_exception")(exception_of(error.problem()));
        }
    }
    [[nodiscard]] const py::object& future() const noexcept { return future_; }
    [[nodiscard]] const std::shared_ptr<loop_queue>& queue() const noexcept { return queue_; }

    call_control control;

protected:
    virtual py::object value() = 0;

private:
    std::shared_ptr<loop_queue> queue_;
    py::object future_;
};

template <class T>
class pending_call final : public pending_base {
public:
    using pending_base::pending_base;
    std::optional<result<T>> answer;

protected:
    py::object value() override { return to_object<T>(std::move(*answer)); }
};

/// What Python awaits, and ends a call early with.
struct awaited_call {
    py::object future;
    std::shared_ptr<canceller> stop;
};

/// Starts an operation with `given` on a client.
template <class Operation, class Given, class Handler>
void start(const client_handle& client, Given given, Handler handler) {
    std::apply(
        [&](auto&... a) {
            Operation::start(client->get().inner().core(), std::move(a)...,
                             detail::handler<typename Operation::result>(std::move(handler)));
        },
        given);
}

[[nodiscard]] std::shared_ptr<canceller> canceller_for(const client_handle& client) {
    return std::make_shared<canceller>(client->get().inner().core()->executor());
}

template <class Operation, class Given>
py::object run(const client_handle& client, Given given,
               const std::shared_ptr<waiting_place<typename Operation::result>>& place,
               const std::shared_ptr<canceller>& stop, const call_control& control) {
    using T = typename Operation::result;
    auto out = [&]() -> result<T> {
        const released_gil no_gil;
        return wait_for<T>(place, stop, [&](auto handler) {
            start<Operation>(client, std::move(given), std::move(handler));
        });
    }();
    control.rethrow();
    return to_object<T>(std::move(out));
}

template <class Operation, class Given>
awaited_call begin(const client_handle& client, Given given,
                   std::unique_ptr<pending_call<typename Operation::result>> call,
                   const std::shared_ptr<canceller>& stop) {
    using T = typename Operation::result;
    awaited_call out{call->future(), stop};
    auto handler = stop->bind([call = std::move(call)](result<T> value) mutable {
        call->answer.emplace(std::move(value));
        const auto queue = call->queue();
        queue->post(std::move(call));
    });
    start<Operation>(client, std::move(given), std::move(handler));
    return out;
}

template <class List>
inline constexpr std::size_t callback_of = 0;
template <class... A>
inline constexpr std::size_t callback_of<boost::mp11::mp_list<A...>> = [] {
    constexpr bool are[] = {bindings::is_callback<A>...};
    return static_cast<std::size_t>(std::ranges::find(are, true) - std::ranges::begin(are));
}();
/// Which argument of an operation is a callback; there is none where it is the number of arguments.
template <class Operation>
inline constexpr std::size_t callback_argument = callback_of<typename Operation::arguments>;
template <class Operation>
inline constexpr bool has_callback =
    callback_argument<Operation> < boost::mp11::mp_size<typename Operation::arguments>::value;

/// What a callback is given, to be gone through. The operation runs meanwhile.
class stream_base {
public:
    explicit stream_base(std::shared_ptr<canceller> stop) : stop_(std::move(stop)) {}
    stream_base(const stream_base&) = delete;
    stream_base& operator=(const stream_base&) = delete;
    virtual ~stream_base() { stop_->cancel(); }
    virtual py::object next() = 0;

protected:
    std::shared_ptr<canceller> stop_;
};

/// Things on their way from the client's thread.
template <class Item, class Result>
class stream_of final : public stream_base {
public:
    /// A letter that is an item; told by nobody.
    struct item_letter final : letter {
        explicit item_letter(Item v) : value(std::move(v)) {}
        void deliver() override {}
        Item value;
    };
    using place = waiting_place<Result>;

    stream_of(std::shared_ptr<place> where, std::shared_ptr<canceller> stop)
        : stream_base(std::move(stop)), place_(std::move(where)) {}

    py::object next() override {
        while (items_.empty()) {
            const released_gil no_gil;
            for (auto& one : wait_for_letters(*place_, [this] { stop_->cancel(); }))
                items_.push_back(std::move(static_cast<item_letter&>(*one).value));
            if (items_.empty() && place_->done())
                break;
        }
        if (items_.empty()) {
            if (const auto end = place_->take(); !end)
                throw api_error(end.error());
            throw py::stop_iteration();
        }
        auto out = py::cast(std::move(items_.front()));
        items_.pop_front();
        return out;
    }

private:
    std::shared_ptr<place> place_;
    std::deque<Item> items_;
};

template <class Operation, class Given, class Item>
std::unique_ptr<stream_base> stream(const client_handle& client, Given given,
                                    std::type_identity<std::function<void(Item)>>) {
    using item = std::remove_cvref_t<Item>;
    using result_type = typename Operation::result;
    using type = stream_of<item, result_type>;
    const auto where = std::make_shared<typename type::place>();
    const auto stop = canceller_for(client);
    std::get<callback_argument<Operation>>(given) = [where](const item& one) {
        where->post(std::make_unique<typename type::item_letter>(one));
    };
    start<Operation>(client, std::move(given), stop->bind([where](result<result_type> value) {
        where->complete(std::move(value));
    }));
    return std::make_unique<type>(where, stop);
}

template <class Operation>
py::object call(const client_handle& client, given_arguments given, blocking_tag) {
    const auto place = std::make_shared<waiting_place<typename Operation::result>>();
    const auto stop = canceller_for(client);
    call_control control;
    control.cancel = [stop] { stop->cancel(); };
    auto arguments = take_all<Operation>(given, {place, &control});
    if constexpr (has_callback<Operation>) {
        constexpr auto which = callback_argument<Operation>;
        if (!std::get<which>(arguments))
            return py::cast(stream<Operation>(
                client, std::move(arguments),
                std::type_identity<std::tuple_element_t<which, decltype(arguments)>>{}));
    }
    return run<Operation>(client, std::move(arguments), place, stop, control);
}

template <class Operation>
py::object call(const client_handle& client, given_arguments given, asyncio_tag) {
    const auto stop = canceller_for(client);
    auto pending =
        std::make_unique<pending_call<typename Operation::result>>(loop_queue::running(), stop);
    auto arguments = take_all<Operation>(given, {pending->queue(), &pending->control});
    return py::cast(begin<Operation>(client, std::move(arguments), std::move(pending), stop));
}

template <class Filter>
[[nodiscard]] const page_request& page_of(const Filter& filter) {
    return filter.which;
}
template <class Filter>
void set_page(Filter& filter, int number) {
    filter.which.number = number;
}

/// Lists are gone through page by page: `fetch(number)` gets one.
template <class Operation, class Tag>
py::object list(const client_handle& client, given_arguments given, Tag) {
    call_control unused;
    const auto arguments = take_all<Operation>(given, {nullptr, &unused});
    int first = 1;
    if constexpr (bindings::is_a<typename Operation::result, page>)
        first = page_of(std::get<0>(arguments)).number;
    const auto fetch = py::cpp_function([client, arguments]([[maybe_unused]] int number) {
        auto one = arguments;
        if constexpr (bindings::is_a<typename Operation::result, page>)
            set_page(std::get<0>(one), number);
        const auto stop = canceller_for(client);
        if constexpr (std::same_as<Tag, blocking_tag>) {
            const call_control none;
            return run<Operation>(client, std::move(one),
                                  std::make_shared<waiting_place<typename Operation::result>>(),
                                  stop, none);
        } else {
            return begin<Operation>(client, std::move(one),
                                    std::make_unique<pending_call<typename Operation::result>>(
                                        loop_queue::running(), stop),
                                    stop);
        }
    });
    const std::string type = std::string(Tag::prefix) + "Items";
    return py::module_::import("aistudio._lists").attr(type.c_str())(fetch, first);
}

/// An operation, its types forgotten: what Python needs of methods is then compiled once.
struct operation_binding {
    std::string_view resource;
    std::string_view name;
    py::object (*call)(const client_handle& client, given_arguments given);
};

template <class Operation, class Tag>
[[nodiscard]] constexpr operation_binding binding_of_operation() {
    return {Operation::resource, Operation::name,
            [](const client_handle& client, given_arguments given) -> py::object {
                if constexpr (Operation::name == "list")
                    return list<Operation>(client, std::move(given), Tag{});
                else
                    return call<Operation>(client, std::move(given), Tag{});
            }};
}

void bind_operation(const py::object& type, const operation_binding& operation) {
    const std::string name(operation.name);
    type.attr(name.c_str()) = py::cpp_function(
        [call = operation.call, function = std::string(operation.resource) + "." + name](
            const resource_base& self, py::args positional, py::kwargs named) {
            return call(self.client,
                        given_arguments(function, std::move(positional), std::move(named)));
        },
        py::name(name.c_str()), py::is_method(type), value_doc(operation.resource, operation.name));
}

template <class Resource, class Tag>
void bind_resource(py::module_& m) {
    using operations = operations_of<Resource>;
    const auto name = boost::mp11::mp_front<operations>::resource;
    const py::class_<resource_object<Resource, Tag>, resource_base> type(
        m, (std::string(Tag::prefix) + bindings::pascal_case(name)).c_str(), value_doc(name, ""),
        py::is_final());
    boost::mp11::mp_for_each<operations>([&](auto operation) {
        bind_operation(type, binding_of_operation<decltype(operation), Tag>());
    });
}

template <class Tag>
void bind_resources(py::module_& m) {
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, all_resources>>(
        [&](auto resource) { bind_resource<typename decltype(resource)::type, Tag>(m); });
}

} // namespace

void bind_operations(py::module_& m) {
    py::class_<awaited_call>(m, "_Call", py::is_final())
        .def_readonly("future", &awaited_call::future)
        .def("cancel", [](const awaited_call& self) { self.stop->cancel(); });
    py::class_<stream_base>(m, "_Stream", py::is_final())
        .def("__iter__", [](py::object self) { return self; })
        .def("__next__", &stream_base::next);
    const py::class_<resource_base> base(m, "_Resource");
    bind_resources<blocking_tag>(m);
    bind_resources<asyncio_tag>(m);
}

} // namespace aistudio::python
