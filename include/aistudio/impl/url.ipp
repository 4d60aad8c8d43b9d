#pragma once

#include <aistudio/detail/text.hpp>
#include <aistudio/protocol/url.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>

namespace aistudio {
namespace detail {

inline bool is_unreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

inline problem bad_url(std::string_view text, std::string_view why) {
    return make_problem(errc::invalid_argument,
                        "`" + redact(text) + "` is not an address: " + std::string(why) + ".");
}

/// Ends a secret value inside a longer text.
inline bool ends_value(char c) noexcept {
    return c == '&' || c == '#' || c == ' ' || c == '"' || c == '\'' || c == '`' || c == '<' ||
           c == '>' || c == '\n' || c == '\r' || c == '\t' || c == ')' || c == ',' || c == '}';
}

inline void redact_parameters(std::string& text) {
    constexpr std::array<std::string_view, 5> names{
        "apikey=", "authorization=", "token=", "access_token=", "signature="};
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (at > 0 && is_unreserved(text[at - 1]))
            continue; // inside a longer word
        for (const std::string_view name : names) {
            if (!equals_ignoring_case(std::string_view(text).substr(at, name.size()), name))
                continue;
            const std::size_t begin = at + name.size();
            const std::size_t end = static_cast<std::size_t>(
                std::find_if(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(),
                             ends_value) -
                text.begin());
            if (end > begin)
                text.replace(begin, end - begin, "***");
        }
    }
}

inline void redact_user_info(std::string& text) {
    for (std::size_t at = text.find("://"); at != std::string::npos;
         at = text.find("://", at + 3)) {
        const std::size_t begin = at + 3;
        std::size_t end = text.find_first_of("/?# \"'`\n", begin);
        if (end == std::string::npos)
            end = text.size();
        const std::size_t sign = text.rfind('@', end);
        if (sign != std::string::npos && sign > begin && sign < end)
            text.replace(begin, sign - begin, "***");
    }
}

} // namespace detail

AISTUDIO_DECL std::string url::authority() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

AISTUDIO_DECL std::string url::host_header() const {
    std::string text = authority();
    if (port == (tls ? 443 : 80))
        text.resize(text.rfind(':'));
    return text;
}

AISTUDIO_DECL std::string redact(std::string_view text) {
    std::string out(text);
    detail::redact_parameters(out);
    detail::redact_user_info(out);
    return out;
}

AISTUDIO_DECL result<url> parse_url(std::string_view text) {
    const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed)
        return detail::bad_url(text, "write it as http://host/path or https://host/path");
    const boost::urls::url_view view = *parsed;
    url out;
    out.tls = view.scheme_id() == boost::urls::scheme::https;
    if (!out.tls && view.scheme_id() != boost::urls::scheme::http)
        return detail::bad_url(text, "the scheme must be http or https");
    out.host = view.host_address();
    if (out.host.empty())
        return detail::bad_url(text, "the host is missing");
    if (view.has_port() && view.port_number() == 0)
        return detail::bad_url(text, "the port must be 1 to 65535");
    out.port = view.has_port() ? view.port_number() : (out.tls ? 443 : 80);
    if (view.has_userinfo())
        out.user_info = view.userinfo();
    const boost::core::string_view target = view.encoded_target();
    if (!target.empty())
        out.target.assign(target.data(), target.size());
    if (out.target.front() != '/')
        out.target.insert(0, "/");
    return out;
}

} // namespace aistudio
