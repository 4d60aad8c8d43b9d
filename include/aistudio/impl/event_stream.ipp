#pragma once

#include <aistudio/protocol/event_stream.hpp>

#include <utility>

namespace aistudio {

AISTUDIO_DECL result<void> event_stream::put(std::string_view bytes, const listener& take) {
    while (!bytes.empty()) {
        if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
            bytes.remove_prefix(1); // of the CR LF whose CR ended the line
            continue;
        }
        const std::size_t end = bytes.find_first_of("\r\n");
        line_.append(bytes.substr(0, end));
        if (line_.size() + data_.size() > most_)
            return make_problem(errc::response_too_large,
                                "An event of the stream is larger than " + std::to_string(most_) +
                                    " bytes.",
                                phase::body);
        if (end == std::string_view::npos)
            break;
        after_cr_ = bytes[end] == '\r';
        bytes.remove_prefix(end + 1);
        if (auto done = on_line(take); !done)
            return done;
    }
    return {};
}

AISTUDIO_DECL result<void> event_stream::end(const listener& take) {
    if (!line_.empty())
        if (auto done = on_line(take); !done)
            return done;
    return dispatch(take);
}

AISTUDIO_DECL result<void> event_stream::on_line(const listener& take) {
    std::string_view line = line_;
    if (std::exchange(first_line_, false) && line.starts_with("\xef\xbb\xbf"))
        line.remove_prefix(3);
    if (line.empty()) {
        line_.clear();
        return dispatch(take);
    }
    const std::size_t colon = line.find(':');
    std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' '))
        value.remove_prefix(1);
    on_field(line.substr(0, colon), value);
    line_.clear();
    return {};
}

/// A comment is a line whose field has no name.
AISTUDIO_DECL void event_stream::on_field(std::string_view name, std::string_view value) {
    if (name == "data")
        data_.append(value).append(1, '\n');
    else if (name == "event")
        type_ = value;
    else if (name == "id" && value.find('\0') == std::string_view::npos)
        id_ = value;
}

AISTUDIO_DECL result<void> event_stream::dispatch(const listener& take) {
    const std::string data = std::exchange(data_, {});
    const std::string type = std::exchange(type_, {});
    if (data.empty())
        return {};
    return take({type, std::string_view(data).substr(0, data.size() - 1), id_});
}

} // namespace aistudio
