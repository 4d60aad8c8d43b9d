#pragma once

#include <aistudio/error.hpp>
#include <aistudio/protocol/event_stream.hpp>
#include <aistudio/types/chat.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aistudio {

namespace wire {
struct chat_body;
}

/// Puts the answer to a chat question together from its body, in pieces of any size: the events of
/// a stream, or one JSON document, whichever the service chose to send. Does no I/O.
class chat_reader {
public:
    using listener = std::function<void(const chat_delta&)>;

    /// @param most  Largest event, largest document and largest text of the answer, bytes.
    /// @param say   Gets the pieces of the answer as they come; may be empty.
    chat_reader(std::size_t most, listener say)
        : most_(most), say_(std::move(say)), events_(most) {}

    /// Takes the next bytes.
    /// @par Errors  errc::service_failed and its like: the service says in the middle that it
    ///              failed. errc::decode_failed, errc::response_too_large.
    [[nodiscard]] AISTUDIO_DECL result<void> put(std::string_view bytes);
    /// The service said that nothing follows.
    [[nodiscard]] bool done() const noexcept { return done_; }
    /// The answer, once the bytes have ended.
    /// @par Errors  As of `put`, and errc::connection_lost: the bytes ended before the answer;
    ///              errc::unexpected_answer: what came is no answer.
    [[nodiscard]] AISTUDIO_DECL result<chat_answer> end();
    /// How much has come, as a sentence; empty: nothing.
    [[nodiscard]] AISTUDIO_DECL std::string so_far() const;

private:
    enum class form { unknown, events, document };

    AISTUDIO_DECL void find_form();
    [[nodiscard]] AISTUDIO_DECL result<void> put_events(std::string_view bytes);
    [[nodiscard]] AISTUDIO_DECL result<void> on_event(const server_event& event);
    [[nodiscard]] AISTUDIO_DECL result<void> on_body(wire::chat_body&& body);
    [[nodiscard]] AISTUDIO_DECL result<void> on_piece(const chat_delta& piece);
    [[nodiscard]] AISTUDIO_DECL result<void> read_document();
    [[nodiscard]] AISTUDIO_DECL bool complete() const;

    std::size_t most_;
    listener say_;
    event_stream events_;
    form form_ = form::unknown;
    std::string kept_; // the start while its form is not known; the document
    chat_answer answer_;
    std::size_t bytes_ = 0; // of text
    std::size_t pieces_ = 0;
    bool done_ = false;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/chat_reader.ipp>
#endif
