#pragma once

#include <aistudio/detail/text.hpp>
#include <aistudio/protocol/http1_reader.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace aistudio {
namespace detail {

inline constexpr std::size_t max_head_bytes = std::size_t{64} << 10U;
/// A chunk's size with its extensions, or a line of the trailer.
inline constexpr std::size_t max_chunk_line = 4096;

/// The text without the white space around it.
inline std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// True when a comma-separated list has `word` in it, whatever its case.
inline bool lists(std::string_view list, std::string_view word) noexcept {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        if (equals_ignoring_case(trimmed(list.substr(0, comma)), word))
            return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

} // namespace detail

AISTUDIO_DECL http1_reader::progress http1_reader::fail(errc why) noexcept {
    error_ = why;
    keep_alive_ = false;
    return progress::failed;
}

AISTUDIO_DECL http1_reader::progress http1_reader::read(char* data, std::size_t& size) {
    began_ = began_ || size > 0;
    switch (state_) {
    case state::head:
        return read_head(data, size);
    case state::done:
        return progress::complete;
    default:
        return read_body(data, size);
    }
}

AISTUDIO_DECL http1_reader::progress http1_reader::end() noexcept {
    keep_alive_ = false;
    if (state_ == state::done)
        return progress::complete;
    if (state_ != state::until_close)
        return fail(errc::connection_lost);
    state_ = state::done;
    return progress::complete;
}

AISTUDIO_DECL http1_reader::progress http1_reader::read_head(char* data, std::size_t& size) {
    const std::string_view all(data, size);
    const std::size_t end = all.find("\r\n\r\n", raw_);
    if (end == std::string_view::npos || end + 4 > detail::max_head_bytes) {
        raw_ = std::max<std::size_t>(size, 3) - 3; // looked through, but for a part of the end mark
        const bool hopeless = size >= detail::max_head_bytes || end != std::string_view::npos ||
                              (size >= 5 && all.substr(0, 5) != "HTTP/");
        return hopeless ? fail(errc::malformed_response) : progress::more;
    }
    std::size_t at = all.find("\r\n");
    if (!read_status_line(all.substr(0, at)))
        return fail(errc::malformed_response);
    while (at < end) {
        at += 2;
        const std::size_t next = std::min(all.find("\r\n", at), end);
        if (!read_header(data, all.substr(at, next - at)))
            return fail(errc::malformed_response);
        at = next;
    }
    raw_ = end + 4;
    return begin_body(data, size);
}

AISTUDIO_DECL bool http1_reader::read_status_line(std::string_view line) noexcept {
    // HTTP/1.1 200 OK
    if (line.size() < 12 || line.substr(0, 7) != "HTTP/1." || line[8] != ' ' ||
        (line.size() > 12 && line[12] != ' '))
        return false;
    http_1_0_ = line[7] == '0';
    keep_alive_ = !http_1_0_;
    const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, status_);
    return error == std::errc{} && end == line.data() + 12 && status_ >= 100 &&
           (line[7] == '0' || line[7] == '1');
}

AISTUDIO_DECL bool http1_reader::read_header(const char* data, std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos)
        return false;
    const std::string_view name = line.substr(0, colon);
    if (std::any_of(name.begin(), name.end(), [](char c) { return c > '\0' && c <= ' '; }))
        return false; // also a line that is folded, as was the habit once
    const std::string_view value = detail::trimmed(line.substr(colon + 1));
    const auto is = [name](std::string_view known) {
        return detail::equals_ignoring_case(name, known);
    };
    const auto piece_of = [data](std::string_view v) {
        return piece{static_cast<std::uint32_t>(v.empty() ? 0 : v.data() - data),
                     static_cast<std::uint32_t>(v.size())};
    };
    switch (name.size()) {
    case 4:
        if (is("Date"))
            date_ = piece_of(value);
        return true;
    case 10:
        if (is("Connection")) {
            if (detail::lists(value, "close"))
                keep_alive_ = false;
            else if (http_1_0_ && detail::lists(value, "keep-alive"))
                keep_alive_ = true;
        }
        return true;
    case 11:
        if (is("Retry-After"))
            retry_after_ = piece_of(value);
        return true;
    case 14:
        return !is("Content-Length") || read_length(value);
    case 17:
        if (is("Transfer-Encoding")) {
            if (chunked_ || http_1_0_ || !detail::equals_ignoring_case(value, "chunked"))
                return false;
            chunked_ = true;
        }
        return true;
    default:
        return true;
    }
}

AISTUDIO_DECL bool http1_reader::read_length(std::string_view value) noexcept {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error != std::errc{} || end != value.data() + value.size())
        return false;
    if (has_length_ && length != length_)
        return false;
    has_length_ = true;
    length_ = static_cast<std::size_t>(length);
    return true;
}

AISTUDIO_DECL http1_reader::progress http1_reader::begin_body(char* data, std::size_t& size) {
    if (status_ < 200) { // only announces the real answer
        if (status_ == 101)
            return fail(errc::malformed_response); // nobody asked for another protocol
        std::memmove(data, data + raw_, size - raw_);
        size -= raw_;
        start(max_body_);
        return read(data, size);
    }
    body_begin_ = body_end_ = raw_;
    if (status_ == 204 || status_ == 304) {
        state_ = state::done;
        return progress::complete;
    }
    if (chunked_) {
        if (has_length_) // two lengths are how one answer is passed off as two
            return fail(errc::malformed_response);
        state_ = state::chunk_size;
    } else if (has_length_) {
        state_ = state::sized;
        if (length_ > max_body_)
            return fail(errc::response_too_large);
    } else {
        keep_alive_ = false;
        state_ = state::until_close;
    }
    return read_body(data, size);
}

AISTUDIO_DECL http1_reader::progress http1_reader::read_body(char* data, std::size_t& size) {
    if (state_ == state::sized) {
        if (size - body_begin_ < length_)
            return progress::more;
        body_end_ = raw_ = body_begin_ + length_;
        state_ = state::done;
        return progress::complete;
    }
    if (state_ == state::until_close) {
        body_end_ = raw_ = size;
        return body_end_ - body_begin_ > max_body_ ? fail(errc::response_too_large)
                                                   : progress::more;
    }
    return read_chunks(data, size);
}

AISTUDIO_DECL http1_reader::progress http1_reader::read_chunks(char* data, std::size_t& size) {
    for (;;) {
        const std::size_t before = raw_;
        const state was = state_;
        const progress p = chunk_step(data, size);
        if (p != progress::more)
            return p;
        if (raw_ == before && state_ == was)
            break; // the rest is not there yet
    }
    // What is left moves up to the body, so that the framing takes no room however small the
    // chunks.
    std::memmove(data + body_end_, data + raw_, size - raw_);
    size -= raw_ - body_end_;
    raw_ = body_end_;
    return progress::more;
}

/// One chunk's size, a piece of its data, its end, or a line of the trailer.
AISTUDIO_DECL http1_reader::progress http1_reader::chunk_step(char* data, std::size_t size) {
    if (state_ == state::chunk_data) {
        const std::size_t piece = std::min(length_, size - raw_);
        std::memmove(data + body_end_, data + raw_, piece);
        body_end_ += piece;
        raw_ += piece;
        length_ -= piece;
        if (length_ == 0)
            state_ = state::chunk_end;
        return progress::more;
    }
    const std::string_view rest(data + raw_, size - raw_);
    const std::size_t end = rest.find("\r\n");
    if (end == std::string_view::npos)
        return rest.size() > detail::max_chunk_line ? fail(errc::malformed_response)
                                                    : progress::more;
    raw_ += end + 2;
    return chunk_line(rest.substr(0, end));
}

AISTUDIO_DECL http1_reader::progress http1_reader::chunk_line(std::string_view line) noexcept {
    if (state_ == state::chunk_end) {
        if (!line.empty())
            return fail(errc::malformed_response);
        state_ = state::chunk_size;
        return progress::more;
    }
    if (state_ == state::trailer) {
        if (!line.empty())
            return progress::more; // nobody asked for it
        state_ = state::done;
        return progress::complete;
    }
    const std::string_view digits = line.substr(0, line.find_first_of("; \t"));
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), length_, 16);
    if (error != std::errc{} || end != digits.data() + digits.size())
        return fail(errc::malformed_response);
    if (length_ > max_body_ - (body_end_ - body_begin_))
        return fail(errc::response_too_large);
    state_ = length_ == 0 ? state::trailer : state::chunk_data;
    return progress::more;
}

} // namespace aistudio
