#pragma once

#include "local/domain/prediction_table.hpp"
#include "local/faults/fault_script.hpp"
#include "local/http/message.hpp"
#include "local/refusal.hpp"
#include "local/serving/engine.hpp"

#include <aistudio/types/ids.hpp>
#include <aistudio/types/secret.hpp>
#include <aistudio/types/timestamp.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace aistudio::local::routes {

/// `POST /serving/online/{id}?apiKey={key}`, all of it on the I/O thread but the prediction itself.
class prediction {
public:
    /// @param now      tells the time that keys expire and services pause by.
    /// @param on_time  called when a call meets a service that is to be paused, or a clock that was
    /// set back.
    prediction(domain::prediction_table& t, serving::engine& e, faults::fault_script& f,
               std::size_t max_request_bytes, std::function<timestamp()> now,
               std::function<void()> on_time)
        : table_(t), engine_(e), faults_(f), max_request_bytes_(max_request_bytes),
          now_(std::move(now)), on_time_(std::move(on_time)) {}

    /// True for paths of prediction calls.
    [[nodiscard]] static bool owns(std::string_view path);
    [[nodiscard]] std::unique_ptr<http::exchange> begin(const http::request_head& head);

private:
    class prediction_exchange;

    domain::prediction_table& table_;
    serving::engine& engine_;
    faults::fault_script& faults_;
    std::size_t max_request_bytes_;
    std::function<timestamp()> now_;
    std::function<void()> on_time_;
};

/// Refuses (10004) what is not one JSON value.
void check_json(std::string_view text);

/// Waits for an answer that the engine is asked for by `ask(handler)`.
[[nodiscard]] boost::asio::awaitable<serving::answer>
answer_of(std::function<void(serving::answer_handler)> ask);

/// Has `engine` answer `body` for `id`; throws a failed answer as a `refusal`.
[[nodiscard]] boost::asio::awaitable<std::string> predict(serving::engine& engine, service_id id,
                                                          std::string body);

/// What a call to a service that is paused or a draft is answered.
[[nodiscard]] refusal not_running();

} // namespace aistudio::local::routes
