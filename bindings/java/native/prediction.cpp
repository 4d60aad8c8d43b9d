#include "prediction.hpp"

#include "failure.hpp"
#include "value_bytes.hpp"

#include <aistudio/codec/matrix.hpp>

#include <bit>
#include <vector>

namespace aistudio::java {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers cross as they are");

std::string bytes_of(std::int32_t rows, std::int32_t columns, const std::vector<double>& values) {
    value_writer out;
    out.write(rows);
    out.write(columns);
    std::string bytes = out.take();
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
    return bytes;
}

/// An array of arrays of equal length, or one array of numbers as a row.
result<std::string> numbers_of(const detail::prediction_answer& answer) {
    const auto rows = detail::decode_answer<matrix<double>>(answer);
    if (rows)
        return bytes_of(static_cast<std::int32_t>(rows->rows),
                        static_cast<std::int32_t>(rows->columns), rows->values);
    const auto row = detail::decode_answer<std::vector<double>>(answer);
    if (row)
        return bytes_of(1, static_cast<std::int32_t>(row->size()), *row);
    return rows.error();
}

} // namespace

void queued_answer::finish(detail::prediction_slot& slot, const detail::prediction_answer& answer) {
    const auto core = slot.core; // until all is done
    const auto events = std::move(events_);
    const auto* const home = &detail::home_executor(*core);
    using kind = event_queue::kind;
    if (answer.failure == nullptr && wanted_ == form::bytes) {
        events->push(home, call_, kind::value, 0, answer.body);
    } else {
        const auto numbers =
            answer.failure != nullptr ? result<std::string>(*answer.failure) : numbers_of(answer);
        events->push(home, call_, numbers ? kind::value : kind::failure, 0,
                     numbers ? *numbers : to_bytes(bindings::failure_of(numbers.error())));
    }
    detail::release_slot(slot); // and with it this object
}

void awaited_answer::finish(detail::prediction_slot& slot,
                            const detail::prediction_answer& answer) {
    const auto core = slot.core;
    const auto meeting = std::move(meeting_);
    auto taken = detail::decode_answer<std::string>(answer);
    detail::release_slot(slot);
    const std::lock_guard lock(meeting->mutex);
    meeting->answer.emplace(std::move(taken));
    meeting->ready.notify_one();
}

} // namespace aistudio::java
