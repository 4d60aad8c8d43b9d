#pragma once

#include <aistudio/detail/text.hpp>
#include <aistudio/protocol/url.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace aistudio {
namespace detail {

inline bool is_unreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

inline bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// An address that could not be parsed, for people to recognise: nobody knows where in it a secret
/// stands, so what can hold one is left out.
inline std::string presentable(std::string_view text) {
    std::string out(text);
    const std::size_t sign = out.rfind('@');
    if (sign != std::string::npos) {
        const std::size_t scheme = out.find("://");
        const std::size_t begin = scheme < sign ? scheme + 3 : 0;
        out.replace(begin, sign - begin, "***");
    }
    if (const std::size_t query = out.find('?'); query != std::string::npos)
        out.replace(query, std::string::npos, "?…");
    return one_line(redact(out), 200);
}

inline problem bad_url(std::string_view text, std::string_view why) {
    return make_problem(errc::invalid_argument,
                        "`" + presentable(text) + "` is not an address: " + std::string(why) + ".");
}

/// A name whose value is secret. `header`: its value is the rest of the line.
struct secret_name {
    std::string_view text;
    bool header = false;
};
inline constexpr secret_name secret_names[] = {
    {"apikey"},
    {"api_key"},
    {"api-key"},
    {"token"},
    {"access_token"},
    {"accesstoken"},
    {"session_token"},
    {"sessiontoken"},
    {"signature"},
    {"secretaccesskey"},
    {"x-bce-security-token", true},
    {"authorization", true},
    {"proxy-authorization", true},
};

/// Steps over a quotation mark, also one escaped as in JSON within JSON.
inline char skip_quote(std::string_view text, std::size_t& at) {
    std::size_t i = at;
    while (i < text.size() && text[i] == '\\')
        ++i;
    if (i >= text.size() || (text[i] != '"' && text[i] != '\''))
        return '\0';
    at = i + 1;
    return text[i];
}

inline void skip_blanks(std::string_view text, std::size_t& at) {
    while (at < text.size() && is_blank(text[at]))
        ++at;
}

/// Steps over what stands between a name and its value; false when nothing does.
inline bool skip_separator(std::string_view text, std::size_t& at, bool colon_counts) {
    if (equals_ignoring_case(text.substr(at, 3), "%3d")) {
        at += 3;
        return true;
    }
    std::size_t i = at;
    skip_blanks(text, i);
    if (i >= text.size() || (text[i] != '=' && !(text[i] == ':' && colon_counts)))
        return false;
    at = i + 1;
    if (text[i] == ':')
        skip_blanks(text, at);
    return true;
}

/// Where a value that begins at `at` ends.
inline std::size_t end_of_value(std::string_view text, std::size_t at, char quote, bool line) {
    const std::string_view ends = quote == '"'    ? "\"\r\n"
                                  : quote == '\'' ? "'\r\n"
                                  : line          ? "\"`\r\n"
                                                  : "&# \t\r\n\"`<>";
    return std::min(text.size(), text.find_first_of(ends, at));
}

/// Replaces the value of the name that ends at `at`, when there is one.
inline void redact_value(std::string& text, std::size_t at, bool header) {
    const bool quoted_name = skip_quote(text, at) != '\0';
    if (!skip_separator(text, at, header || quoted_name))
        return;
    const char quote = skip_quote(text, at);
    std::size_t end = end_of_value(text, at, quote, header);
    while (quote != '\0' && end > at && text[end - 1] == '\\')
        --end;
    if (end > at)
        text.replace(at, end - at, "***");
}

inline void redact_parameters(std::string& text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool after_escape = at >= 3 && text[at - 3] == '%';
        if (at > 0 && is_unreserved(text[at - 1]) && !after_escape)
            continue; // inside a longer word
        for (const auto& name : secret_names)
            if (equals_ignoring_case(std::string_view(text).substr(at, name.text.size()),
                                     name.text))
                redact_value(text, at + name.text.size(), name.header);
    }
}

/// True when what follows the colon of `authority` is no port.
inline bool has_odd_port(std::string_view authority) {
    const std::size_t colon = authority.rfind(':');
    return colon != std::string_view::npos &&
           authority.find_first_not_of("0123456789]", colon + 1) != std::string_view::npos;
}

inline void redact_user_info(std::string& text) {
    for (std::size_t at = text.find("://"); at != std::string::npos;
         at = text.find("://", at + 3)) {
        const std::size_t begin = at + 3;
        const auto end = std::min(text.size(), text.find_first_of("/?# \"'`\n", begin));
        const bool odd = has_odd_port(std::string_view(text).substr(begin, end - begin));
        // A slash in a password ends the authority too early.
        const auto last = odd ? std::min(text.size(), text.find_first_of(" \"`\n", begin)) : end;
        const std::size_t sign = text.rfind('@', last);
        if (sign != std::string::npos && sign > begin && sign < last)
            text.replace(begin, sign - begin, "***");
    }
}

/// Of a host after percent-decoding: what could end it in a header or another address is refused.
inline bool is_host(std::string_view host) noexcept {
    return !host.empty() && std::all_of(host.begin(), host.end(),
                                        [](char c) { return is_unreserved(c) || c == ':'; });
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

AISTUDIO_DECL bool same_origin(const url& a, const url& b) noexcept {
    return a.tls == b.tls && a.port == b.port && detail::equals_ignoring_case(a.host, b.host);
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
    if (!detail::is_host(out.host))
        return detail::bad_url(text, "the host has a character that no host name has");
    const boost::core::string_view port = view.port(); // port_number() wraps around
    out.port = out.tls ? 443 : 80;
    if (view.has_port()) {
        const auto [end, error] = std::from_chars(port.begin(), port.end(), out.port);
        if (error != std::errc{} || end != port.end() || out.port == 0)
            return detail::bad_url(text, "the port must be 1 to 65535");
    }
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
