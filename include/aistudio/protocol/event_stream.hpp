#pragma once

#include <aistudio/error.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace aistudio {

/// One event of a `text/event-stream`. The views hold while it is handed out.
struct server_event {
    /// Its name; empty: it has none, which means `message`.
    std::string_view type;
    /// Its lines of data, joined by line breaks.
    std::string_view data;
    /// The last id that the stream has named; empty: none.
    std::string_view id;
};

/// Reads server-sent events as the HTML standard defines them (section 9.2.6) from bytes in pieces
/// of any size: lines may end in LF, CR LF or CR, characters and line ends may be split between
/// pieces. Does no I/O.
class event_stream {
public:
    /// Takes an event. A problem ends the reading.
    using listener = std::function<result<void>(const server_event&)>;

    /// `most` is the largest line and the largest event, bytes.
    explicit event_stream(std::size_t most = std::size_t{16} << 20U) noexcept : most_(most) {}

    /// Takes the next bytes and hands out the events that they complete.
    /// @par Errors  errc::response_too_large; what `take` returned. Nothing more is to be put then.
    [[nodiscard]] AISTUDIO_DECL result<void> put(std::string_view bytes, const listener& take);
    /// The bytes have ended. The standard drops an event that no empty line ended; `take` gets it
    /// all the same, to look whether it is whole.
    [[nodiscard]] AISTUDIO_DECL result<void> end(const listener& take);

private:
    [[nodiscard]] AISTUDIO_DECL result<void> on_line(const listener& take);
    AISTUDIO_DECL void on_field(std::string_view name, std::string_view value);
    [[nodiscard]] AISTUDIO_DECL result<void> dispatch(const listener& take);

    std::size_t most_;
    std::string line_;
    std::string type_;
    std::string data_; // each line of it with a line break behind
    std::string id_;
    bool first_line_ = true;
    bool after_cr_ = false;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/event_stream.ipp>
#endif
