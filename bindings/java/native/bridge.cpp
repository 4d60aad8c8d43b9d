#include "bridge.hpp"

#include "call_table.hpp"
#include "event_queue.hpp"
#include "operations.hpp"
#include "prediction.hpp"
#include "value_bytes.hpp"
#include "value_types.hpp"

#include <aistudio/codec/matrix.hpp>
#include <aistudio/sync_client.hpp>
#include <aistudio/version.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

namespace aistudio::java {

namespace {

void append(std::string& to, byte_array from, int offset, int length) {
    const auto size = to.size();
    to.resize(size + static_cast<std::size_t>(length));
    from.copy_to(to.data() + size, offset, length);
}

/// Where calls go, and how often.
struct call_target {
    sync_predictor to;
    std::optional<retry_policy> retry;
};

call_options options_for(const call_target& target, long long deadline_ms) {
    call_options out;
    out.retry = target.retry;
    if (deadline_ms >= 0)
        out.deadline = std::chrono::milliseconds(deadline_ms);
    return out;
}

/// Less important lines do not cross to Java.
void drop_below(log_level least, log_sink& log) {
    if (log)
        log = [least, inner = std::move(log)](log_level level, std::string_view line) {
            if (level >= least)
                inner(level, line);
        };
}

} // namespace

struct native_events::impl {
    std::shared_ptr<event_queue> queue;
};

native_events::native_events(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
native_events::~native_events() = default;

long long native_events::take(byte_array into) {
    return impl_->queue->take(
        static_cast<std::size_t>(into.size()),
        [&](const char* data, std::size_t size) { into.copy_from(data, static_cast<int>(size)); });
}

struct native_client::impl {
    std::shared_ptr<event_queue> events = std::make_shared<event_queue>();
    std::shared_ptr<call_table> calls = std::make_shared<call_table>();
    std::optional<sync_client> inner;
    mutable std::mutex mutex; // of what follows
    std::deque<call_target> targets;
    std::map<std::string, int> numbers; // of targets, by what makes them

    [[nodiscard]] const call_target& at(int number) const {
        const std::lock_guard lock(mutex);
        return targets.at(static_cast<std::size_t>(number));
    }
    /// The number of what `make` returns, which is called for a key that is new.
    template <class Make>
    int number_of(const std::string& key, Make make) {
        const std::lock_guard lock(mutex);
        if (const auto found = numbers.find(key); found != numbers.end())
            return found->second;
        targets.push_back(make());
        const auto number = static_cast<int>(targets.size()) - 1;
        numbers.emplace(key, number);
        return number;
    }
    void predict(detail::prediction_ticket ticket, const call_target& target,
                 queued_answer::form wanted, long long deadline_ms, std::uint64_t call) const {
        ticket->emplace_completion<queued_answer>(events, call, wanted);
        calls->add(call, ticket->core, *ticket);
        detail::start_prediction(std::move(ticket), options_for(target, deadline_ms));
    }
};

native_client::native_client(const std::string& options, const std::string& log_level)
    : impl_(std::make_unique<impl>()) {
    // Lines may be logged before the client is there, and by any of its threads.
    value_reader in(options, [events = impl_->events](std::uint32_t f, const std::string& bytes) {
        events->push(nullptr, 0, event_queue::kind::function, f, bytes);
    });
    auto read = in.read<client_options>();
    auto least = aistudio::log_level::debug;
    if (!enum_from_name(log_level, least))
        throw std::invalid_argument("no log level is called " + log_level);
    drop_below(least, read.log);
    impl_->inner.emplace(sync_client::create(std::move(read)).value());
}

native_client::~native_client() {
    close();
    impl_->targets.clear();
    impl_->inner.reset(); // its threads end once what was in flight has completed
    impl_->events->close();
}

native_events* native_client::events() const {
    using inside = native_events::impl;
    return new native_events(std::make_unique<inside>(inside{impl_->events}));
}

std::string native_client::base_url() const { return impl_->inner->inner().options().base_url; }

void native_client::start(int operation, const std::string& arguments, long long call) const {
    start_operation(operation, arguments, static_cast<std::uint64_t>(call), impl_->inner->inner(),
                    impl_->events, impl_->calls);
}

void native_client::cancel(long long call) const {
    impl_->calls->cancel(static_cast<std::uint64_t>(call));
}

int native_client::predictor(const std::string& where, bool idempotent) {
    return impl_->number_of((idempotent ? "i" : "n") + where, [&] {
        return call_target{
            impl_->inner->predictor(from_bytes<endpoint>(where), {idempotent}).value(), {}};
    });
}

int native_client::with_retry(int predictor, const std::string& retry) {
    const auto to = impl_->at(predictor).to;
    return impl_->number_of("r" + std::to_string(predictor) + ":" + retry,
                            [&] { return call_target{to, from_bytes<retry_policy>(retry)}; });
}

std::string native_client::predictor_url(int predictor) const {
    return impl_->at(predictor).to.url();
}

void native_client::predict_bytes(int predictor, byte_array json, int offset, int length,
                                  long long deadline_ms, long long call) const {
    const auto& target = impl_->at(predictor);
    auto ticket = target.to.next().ticket(std::string_view());
    append(ticket->text, json, offset, length);
    impl_->predict(std::move(ticket), target, queued_answer::form::bytes, deadline_ms,
                   static_cast<std::uint64_t>(call));
}

void native_client::predict_memory(int predictor, direct_memory json, int offset, int length,
                                   long long deadline_ms, long long call) const {
    const auto& target = impl_->at(predictor);
    auto ticket = target.to.next().ticket(json.text(offset, length));
    impl_->predict(std::move(ticket), target, queued_answer::form::bytes, deadline_ms,
                   static_cast<std::uint64_t>(call));
}

void native_client::predict_doubles(int predictor, double_array values, int columns,
                                    long long deadline_ms, long long call) const {
    const auto copied = values.copy();
    const auto width = static_cast<std::size_t>(columns);
    const auto& target = impl_->at(predictor);
    const auto& to = target.to.next();
    auto ticket = width == 0
                      ? to.ticket(copied)
                      : to.ticket(matrix_view<double>(copied.data(), copied.size() / width, width));
    impl_->predict(std::move(ticket), target, queued_answer::form::numbers, deadline_ms,
                   static_cast<std::uint64_t>(call));
}

std::string native_client::predict_now(int predictor, byte_array json, int offset, int length,
                                       long long deadline_ms) const {
    const auto meeting = std::make_shared<answer_meeting>();
    const auto& target = impl_->at(predictor);
    auto ticket = target.to.next().ticket(std::string_view());
    append(ticket->text, json, offset, length);
    ticket->emplace_completion<awaited_answer>(meeting);
    detail::start_prediction(std::move(ticket), options_for(target, deadline_ms));
    std::unique_lock lock(meeting->mutex);
    meeting->ready.wait(lock, [&] { return meeting->answer.has_value(); });
    return std::move(*meeting->answer).value();
}

void native_client::close() { impl_->inner->close(); }

std::string library_version() { return AISTUDIO_VERSION_STRING; }

std::string round_trip(const std::string& type, const std::string& bytes) {
    std::string out;
    bool known = false;
    boost::mp11::mp_for_each<
        boost::mp11::mp_transform<boost::mp11::mp_identity, bindings::value_types>>([&](auto t) {
        using T = typename decltype(t)::type;
        if (bindings::short_name<T>() != type)
            return;
        known = true;
        out = to_bytes(from_bytes<T>(bytes));
    });
    if (!known)
        throw std::invalid_argument("no value type is called " + type);
    return out;
}

} // namespace aistudio::java
