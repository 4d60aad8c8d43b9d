#pragma once

#include <aistudio/codec/chat_wire.hpp>
#include <aistudio/detail/text.hpp>
#include <aistudio/protocol/chat_reader.hpp>
#include <aistudio/protocol/classify.hpp>

#include <algorithm>
#include <utility>

namespace aistudio {
namespace detail {

/// More would be a mistake, and their indexes come from outside.
inline constexpr std::size_t max_chat_choices = 128;

/// What may have taken effect and cannot be known.
inline problem broken_answer(errc code, std::string detail, phase where) {
    problem p = make_problem(code, std::move(detail), where);
    p.outcome = outcome::unknown;
    return p;
}

inline problem no_answer(std::string detail) {
    problem p = make_problem(errc::unexpected_answer, std::move(detail), phase::body);
    p.outcome = outcome::done;
    return p;
}

inline chat_choice& choice_of(chat_answer& answer, std::int64_t index) {
    const auto at = std::find_if(answer.choices.begin(), answer.choices.end(),
                                 [&](const chat_choice& c) { return c.index >= index; });
    if (at != answer.choices.end() && at->index == index)
        return *at;
    chat_choice made;
    made.index = index;
    return *answer.choices.insert(at, std::move(made));
}

inline std::size_t characters_of(const chat_answer& answer) {
    std::size_t out = 0;
    for (const auto& choice : answer.choices)
        for (const char c : choice.content)
            out += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1U : 0U;
    return out;
}

} // namespace detail

AISTUDIO_DECL result<void> chat_reader::put(std::string_view bytes) {
    switch (form_) {
    case form::events:
        return put_events(bytes);
    case form::unknown:
    case form::document:
        break;
    }
    kept_.append(bytes);
    if (form_ == form::unknown)
        find_form();
    if (form_ == form::events)
        return put_events(std::exchange(kept_, {}));
    if (kept_.size() > most_)
        return detail::broken_answer(errc::response_too_large, {}, phase::body);
    return {};
}

/// No line of an event stream that means anything begins as JSON or HTML does.
AISTUDIO_DECL void chat_reader::find_form() {
    const std::size_t first = kept_.find_first_not_of("\xef\xbb\xbf \t\r\n");
    if (first == std::string::npos)
        return;
    const char c = kept_[first];
    form_ = c == '{' || c == '[' || c == '<' ? form::document : form::events;
    if (form_ == form::document)
        kept_.erase(0, first);
}

AISTUDIO_DECL result<void> chat_reader::put_events(std::string_view bytes) {
    auto done = events_.put(bytes, [this](const server_event& e) { return on_event(e); });
    if (!done && done.error().code == errc::response_too_large)
        return detail::broken_answer(errc::response_too_large, done.error().detail, phase::body);
    return done;
}

AISTUDIO_DECL result<void> chat_reader::on_event(const server_event& event) {
    if (done_)
        return {};
    if (event.data == "[DONE]") {
        done_ = true;
        return {};
    }
    if (auto failure = failure_in(event.data))
        return *failure;
    auto body = from_json<wire::chat_body>(event.data);
    if (!body)
        return detail::broken_answer(errc::decode_failed,
                                     "An event of the stream is no piece of an answer: " +
                                         body.error().detail,
                                     phase::decode);
    return on_body(std::move(*body));
}

AISTUDIO_DECL result<void> chat_reader::on_body(wire::chat_body&& body) {
    if (answer_.id.empty())
        answer_.id = std::move(body.id);
    if (answer_.model.empty())
        answer_.model = std::move(body.model);
    if (answer_.created_at == timestamp{} && body.created > 0 && body.created < 253402300800)
        answer_.created_at = timestamp{std::chrono::seconds{body.created}};
    if (body.usage)
        answer_.usage = body.usage;
    for (auto& part : body.choices) {
        auto& from = form_ == form::document ? part.message : part.delta;
        const chat_delta piece{part.index, std::move(from.content),
                               std::move(from.reasoning_content), std::move(part.finish_reason)};
        if (auto done = on_piece(piece); !done)
            return done;
    }
    return {};
}

AISTUDIO_DECL result<void> chat_reader::on_piece(const chat_delta& piece) {
    auto& choice = detail::choice_of(answer_, piece.index);
    if (answer_.choices.size() > detail::max_chat_choices)
        return detail::broken_answer(errc::decode_failed, "The answer has too many choices.",
                                     phase::decode);
    bytes_ += piece.content.size() + piece.reasoning_content.size();
    if (bytes_ > most_)
        return detail::broken_answer(errc::response_too_large, {}, phase::body);
    choice.content += piece.content;
    choice.reasoning_content += piece.reasoning_content;
    if (!piece.finish_reason.empty())
        choice.finish_reason = piece.finish_reason;
    if (piece.content.empty() && piece.reasoning_content.empty() && piece.finish_reason.empty())
        return {};
    ++pieces_;
    if (say_)
        say_(piece);
    return {};
}

AISTUDIO_DECL result<void> chat_reader::read_document() {
    if (auto failure = failure_in(kept_))
        return *failure;
    json_document document;
    const auto root = document.parse(kept_);
    if (!root)
        return detail::no_answer(
            "Instead of the service's JSON came: " + redact(detail::one_line(kept_, 200)) + ".");
    const auto enveloped = root->find("result"); // by the older address of the platform
    auto body = from_json<wire::chat_body>(
        enveloped && enveloped->kind() == json_kind::object ? *enveloped : *root);
    if (!body)
        return detail::broken_answer(errc::decode_failed, body.error().detail, phase::decode);
    return on_body(std::move(*body));
}

/// Services that do not say `[DONE]` still say why each choice ended.
AISTUDIO_DECL bool chat_reader::complete() const {
    return done_ || form_ == form::document ||
           (!answer_.choices.empty() &&
            std::all_of(answer_.choices.begin(), answer_.choices.end(),
                        [](const chat_choice& c) { return !c.finish_reason.empty(); }));
}

AISTUDIO_DECL result<chat_answer> chat_reader::end() {
    if (form_ == form::document) {
        if (auto read = read_document(); !read)
            return read.error();
    } else {
        // An event that was cut is no JSON; that the end is missing is then the better news.
        const auto last = events_.end([this](const server_event& e) -> result<void> {
            if (e.data == "[DONE]")
                done_ = true;
            return {};
        });
        (void)last;
    }
    if (form_ == form::unknown)
        return detail::no_answer("The answer is empty.");
    if (!complete())
        return detail::broken_answer(errc::connection_lost,
                                     "The stream ended before the answer did.", phase::body);
    if (answer_.choices.empty())
        return detail::no_answer("The answer has no choices.");
    return std::move(answer_);
}

AISTUDIO_DECL std::string chat_reader::so_far() const {
    if (pieces_ == 0)
        return {};
    return std::to_string(detail::characters_of(answer_)) +
           " characters of the answer had come, in " + std::to_string(pieces_) +
           (pieces_ == 1 ? " piece." : " pieces.");
}

} // namespace aistudio
