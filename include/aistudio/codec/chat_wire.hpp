#pragma once

/// @file
/// The bodies of OpenAI-compatible chat completions.

#include <aistudio/codec/json.hpp>
#include <aistudio/types/chat.hpp>

#include <boost/describe/class.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio {
namespace wire {

struct chat_text {
    std::string content;
    std::string reasoning_content;
};
BOOST_DESCRIBE_STRUCT(chat_text, (), (content, reasoning_content))

/// A choice of a whole answer (`message`) or of a piece of one (`delta`).
struct chat_part {
    std::int64_t index = 0;
    chat_text message;
    chat_text delta;
    std::string finish_reason;
};
BOOST_DESCRIBE_STRUCT(chat_part, (), (index, message, delta, finish_reason))

/// A whole answer, or an event of one.
struct chat_body {
    std::string id;
    std::string model;
    std::int64_t created = 0; ///< seconds since 1970
    std::vector<chat_part> choices;
    std::optional<chat_usage> usage;
};
BOOST_DESCRIBE_STRUCT(chat_body, (), (id, model, created, choices, usage))

} // namespace wire

namespace detail {

inline constexpr std::array<std::string_view, 6> own_chat_members{
    "model", "messages", "temperature", "max_tokens", "stop", "stream"};

/// The members of `extra`, each to be put behind others.
inline result<void> append_extra(json_writer& w, const std::string& extra) {
    json_document document;
    const auto root = document.parse(extra);
    if (!root || root->kind() != json_kind::object)
        return make_problem(errc::encode_failed, "`extra` is not a JSON object.");
    for (const json_field field : root->fields()) {
        if (std::find(own_chat_members.begin(), own_chat_members.end(), field.key) !=
            own_chat_members.end())
            return make_problem(errc::invalid_argument, "`" + std::string(field.key) +
                                                            "` has a place of its own outside "
                                                            "`extra`.");
        w.key(field.key);
        w.raw(field.value.to_string());
    }
    return {};
}

/// The body of a question.
inline result<std::string> chat_question(const chat_request& request, bool streams) {
    std::string out;
    json_writer w(out);
    w.begin_object();
    w.key("model");
    w.string(request.model);
    w.key("messages");
    write_value(w, request.messages);
    if (request.temperature) {
        w.key("temperature");
        w.number(*request.temperature);
    }
    if (request.max_tokens) {
        w.key("max_tokens");
        w.integer(*request.max_tokens);
    }
    if (!request.stop.empty()) {
        w.key("stop");
        write_value(w, request.stop);
    }
    if (streams) {
        w.key("stream");
        w.boolean(true);
    }
    if (!request.extra.empty())
        if (auto done = append_extra(w, request.extra); !done)
            return done.error();
    w.end_object();
    if (w.failed())
        return make_problem(errc::encode_failed, w.error());
    w.finish();
    return out;
}

} // namespace detail
} // namespace aistudio
