#pragma once

#include <aistudio/types/timestamp.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aistudio {

/// One message of a conversation with a language model.
struct chat_message {
    /// Who says it: `system`, `user`, `assistant`, or another that the service knows.
    std::string role = "user";
    /// The text.
    std::string content{};

    friend bool operator==(const chat_message&, const chat_message&) = default;
};
BOOST_DESCRIBE_STRUCT(chat_message, (), (role, content))

/// What to ask a language model.
struct chat_request {
    /// Name of the model, such as `ernie-4.5-turbo-128k-preview`; must not be empty.
    std::string model{};
    /// The conversation so far, oldest first; at least one.
    std::vector<chat_message> messages{};
    /// How freely words are chosen, from 0 on; not set: the service's default.
    std::optional<double> temperature{};
    /// Longest answer, in tokens; not set: the service's default.
    std::optional<std::int64_t> max_tokens{};
    /// The answer ends before any of these texts.
    std::vector<std::string> stop{};
    /// More parameters, as a JSON object whose members are sent beside these, such as
    /// `{"top_p": 0.8, "stream_options": {"include_usage": true}}`; empty: none.
    std::string extra{};

    friend bool operator==(const chat_request&, const chat_request&) = default;
};
BOOST_DESCRIBE_STRUCT(chat_request, (), (model, messages, temperature, max_tokens, stop, extra))

/// Tokens that an answer took, as the service counts them.
struct chat_usage {
    /// Those of the question.
    std::int64_t prompt_tokens = 0;
    /// Those of the answer.
    std::int64_t completion_tokens = 0;
    /// Both.
    std::int64_t total_tokens = 0;

    friend bool operator==(const chat_usage&, const chat_usage&) = default;
};
BOOST_DESCRIBE_STRUCT(chat_usage, (), (prompt_tokens, completion_tokens, total_tokens))

/// One of the answers to a question; most services give one.
struct chat_choice {
    /// Which one, from 0 on.
    std::int64_t index = 0;
    /// What the model says; as a message of the conversation its role is `assistant`.
    std::string content{};
    /// What the model thought before, where the service tells.
    std::string reasoning_content{};
    /// Why it ended: `stop`, `length`, or another reason of the service's; empty: it did not say.
    std::string finish_reason{};

    friend bool operator==(const chat_choice&, const chat_choice&) = default;
};
BOOST_DESCRIBE_STRUCT(chat_choice, (), (index, content, reasoning_content, finish_reason))

/// What a language model answered.
struct chat_answer {
    /// The service's name for the answer.
    std::string id{};
    /// The model that answered, as the service calls it.
    std::string model{};
    /// When it was made.
    timestamp created_at{};
    /// At least one, in the order of their indexes.
    std::vector<chat_choice> choices{};
    /// Not set: the service did not count.
    std::optional<chat_usage> usage{};

    friend bool operator==(const chat_answer&, const chat_answer&) = default;
};
BOOST_DESCRIBE_STRUCT(chat_answer, (), (id, model, created_at, choices, usage))

/// The next piece of an answer that is still being made.
struct chat_delta {
    /// Of which choice.
    std::int64_t index = 0;
    /// More of the text; whole UTF-8 characters, may be empty.
    std::string content{};
    /// More of the model's thoughts, where the service tells them.
    std::string reasoning_content{};
    /// Why the choice ended, in its last piece; else empty.
    std::string finish_reason{};

    friend bool operator==(const chat_delta&, const chat_delta&) = default;
};
BOOST_DESCRIBE_STRUCT(chat_delta, (), (index, content, reasoning_content, finish_reason))

} // namespace aistudio
