#pragma once

#include "local/http/message.hpp"
#include "local/serving/chat.hpp"

#include <aistudio/types/secret.hpp>

#include <memory>
#include <utility>

namespace aistudio::local::routes {

/// The language models' endpoint, OpenAI-compatible: `POST {base}/chat/completions`, as a whole or
/// by server-sent events.
class chat final : public http::guest {
public:
    chat(chat_handler handler, const secret& token) : chat_(std::move(handler)), token_(token) {}

    [[nodiscard]] std::unique_ptr<http::exchange> begin(const http::request_head& head) override;
    void stop() override { chat_.stop(); }

private:
    class chat_exchange;

    serving::chat chat_;
    const secret& token_;
};

} // namespace aistudio::local::routes
