#pragma once

#include "event_queue.hpp"

#include <aistudio/resources/predictor.hpp>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

/// How prediction calls end in Java.
namespace aistudio::java {

/// Tells the answer's bytes, or its numbers, to the queue.
class queued_answer final : public detail::prediction_completion {
public:
    enum class form { bytes, numbers };
    queued_answer(std::shared_ptr<event_queue> events, std::uint64_t call, form wanted)
        : events_(std::move(events)), call_(call), wanted_(wanted) {}
    void finish(detail::prediction_slot& slot, const detail::prediction_answer& answer) override;

private:
    std::shared_ptr<event_queue> events_;
    std::uint64_t call_;
    form wanted_;
};

/// Where a Java thread waits for an answer.
struct answer_meeting {
    std::mutex mutex;
    std::condition_variable ready;
    std::optional<result<std::string>> answer;
};

/// Hands the answer to a thread that waits.
class awaited_answer final : public detail::prediction_completion {
public:
    explicit awaited_answer(std::shared_ptr<answer_meeting> meeting)
        : meeting_(std::move(meeting)) {}
    void finish(detail::prediction_slot& slot, const detail::prediction_answer& answer) override;

private:
    std::shared_ptr<answer_meeting> meeting_;
};

} // namespace aistudio::java
