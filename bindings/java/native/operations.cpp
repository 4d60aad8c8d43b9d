#include "operations.hpp"

#include "failure.hpp"
#include "value_bytes.hpp"

#include <aistudio/operations.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>

#include <array>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

namespace aistudio::java {
namespace {

/// One call to an operation, on its way.
struct under_way {
    std::uint64_t call;
    boost::asio::any_io_executor home;
    std::shared_ptr<event_queue> events;
    std::shared_ptr<call_table> calls;
    call_table::signal stop = std::make_shared<boost::asio::cancellation_signal>();

    template <class T>
    void end(const result<T>& value) const {
        calls->remove(call);
        if (!value)
            return push(event_queue::kind::failure, to_bytes(bindings::failure_of(value.error())));
        if constexpr (std::is_void_v<T>)
            push(event_queue::kind::value, {});
        else
            push(event_queue::kind::value, to_bytes(*value));
    }
    void push(event_queue::kind what, std::string_view bytes, std::uint32_t function = 0) const {
        events->push(&home, call, what, function, bytes);
    }
};

template <class Operation, class... A>
void start_with(const client& on, const under_way& c, value_reader& in,
                boost::mp11::mp_list<A...>) {
    std::tuple<A...> values{in.read<A>()...}; // braces: in this order
    using handler = detail::handler<typename Operation::result>;
    handler h(boost::asio::bind_cancellation_slot(
        c.stop->slot(), [c](result<typename Operation::result> value) { c.end(value); }));
    c.calls->add(c.call, c.home, c.stop);
    std::apply([&](A&... a) { Operation::start(on.core(), std::move(a)..., std::move(h)); },
               values);
}

template <class Operation>
void start_one(const client& on, const under_way& c, value_reader& in) {
    using all =
        boost::mp11::mp_push_back<typename Operation::arguments, typename Operation::options>;
    start_with<Operation>(on, c, in, all{});
}

using starter = void (*)(const client&, const under_way&, value_reader&);

template <class... Operation>
constexpr auto starters_of(boost::mp11::mp_list<Operation...>) {
    return std::array<starter, sizeof...(Operation)>{&start_one<Operation>...};
}

constexpr auto starters = starters_of(all_operations{});

} // namespace

void start_operation(int index, std::string_view arguments, std::uint64_t call, const client& on,
                     const std::shared_ptr<event_queue>& events,
                     const std::shared_ptr<call_table>& calls) {
    const under_way c{call, detail::home_executor(*on.core()), events, calls};
    value_reader in(
        arguments, [home = c.home, events, call](std::uint32_t function, const std::string& bytes) {
            events->push(&home, call, event_queue::kind::function, function, bytes);
        });
    starters.at(static_cast<std::size_t>(index))(on, c, in);
}

} // namespace aistudio::java
