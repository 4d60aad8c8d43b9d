#pragma once

#include <aistudio/detail/text.hpp>
#include <aistudio/protocol/http_message.hpp>

#include <algorithm>

namespace aistudio {

AISTUDIO_DECL std::string_view http_response::header(std::string_view name) const noexcept {
    const auto same = [name](const http_header& h) {
        return detail::equals_ignoring_case(h.name, name);
    };
    const auto found = std::find_if(headers.begin(), headers.end(), same);
    return found == headers.end() ? std::string_view{} : std::string_view(found->value);
}

AISTUDIO_DECL bool sends_content_length(const http_request& request) noexcept {
    return request.source || !request.body.empty() || request.method == "POST" ||
           request.method == "PUT" || request.method == "PATCH";
}

AISTUDIO_DECL bool is_header_value(std::string_view value) noexcept {
    return std::none_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

} // namespace aistudio
