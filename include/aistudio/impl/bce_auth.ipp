#pragma once

#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/protocol/digest.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace aistudio {
namespace detail {

inline std::string to_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

inline std::string_view trim_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The parts of `text` between separators; one empty part for an empty text.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

inline std::string sort_and_join(std::vector<std::string> parts, char separator) {
    std::sort(parts.begin(), parts.end());
    std::string out;
    for (const std::string& part : parts) {
        if (&part != &parts.front())
            out += separator;
        out += part;
    }
    return out;
}

inline std::string percent_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        const char* digits = text.data() + i + 1;
        const bool escape = text[i] == '%' && i + 2 < text.size() &&
                            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        out += escape ? static_cast<char>(byte) : text[i];
        if (escape)
            i += 2;
    }
    return out;
}

inline bool stays_in_uri(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '~' || c == '-' || c == '_';
}

inline bool is_signed(const std::string& name, const std::vector<std::string>& signed_headers) {
    if (!signed_headers.empty())
        return std::find(signed_headers.begin(), signed_headers.end(), name) !=
               signed_headers.end();
    return name == "host" || name == "content-length" || name == "content-type" ||
           name == "content-md5" || name.starts_with("x-bce-");
}

inline std::string canonical_headers(const bce_request& request,
                                     const std::vector<std::string>& signed_headers) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : request.headers) {
        const std::string lower = to_lower(name);
        const std::string_view trimmed = trim_blanks(value);
        if (!trimmed.empty() && is_signed(lower, signed_headers))
            lines.push_back(uri_encode(lower, false) + ':' + uri_encode(trimmed, false));
    }
    return sort_and_join(std::move(lines), '\n');
}

inline std::string bce_prefix(std::string_view access_key_id, timestamp signed_at,
                              std::chrono::seconds valid_for) {
    std::string text = "bce-auth-v1/";
    text.append(access_key_id)
        .append("/")
        .append(to_string(std::chrono::floor<std::chrono::seconds>(signed_at)));
    return text.append("/").append(std::to_string(valid_for.count()));
}

inline std::string bce_signature(const bce_request& request, std::string_view prefix,
                                 const secret& secret_key,
                                 const std::vector<std::string>& signed_headers) {
    const std::string signing_key = hmac_sha256(secret_key.reveal(), prefix);
    return hmac_sha256(signing_key, canonical_request(request, signed_headers));
}

inline problem not_signed(std::string_view why) {
    return make_problem(errc::unauthorized,
                        "The signature cannot be used: " + std::string(why) + ".");
}

inline std::optional<timestamp> parse_signing_time(std::string_view text) {
    const auto time = parse_timestamp(text);
    return time && to_string(*time) == text
               ? time
               : std::nullopt; // the one form that signs to the same bytes
}

inline bool is_hex_digest(std::string_view text) {
    return text.size() == 64 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace detail

AISTUDIO_DECL std::string uri_encode(std::string_view text, bool keep_slash) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (detail::stays_in_uri(c) || (keep_slash && c == '/')) {
            out += c;
            continue;
        }
        out += '%';
        out += hex[static_cast<unsigned char>(c) >> 4U];
        out += hex[static_cast<unsigned char>(c) & 15U];
    }
    return out;
}

AISTUDIO_DECL std::string canonical_query(const query_parameters& parameters) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : parameters)
        parts.push_back(uri_encode(name, false) + '=' + uri_encode(value, false));
    return detail::sort_and_join(std::move(parts), '&');
}

AISTUDIO_DECL query_parameters parse_query(std::string_view query) {
    query_parameters parameters;
    for (const std::string_view part : detail::split(query, '&')) {
        if (part.empty())
            continue;
        const auto sign = part.find('=');
        const std::string_view value =
            sign == std::string_view::npos ? std::string_view{} : part.substr(sign + 1);
        parameters.emplace_back(detail::percent_decode(part.substr(0, sign)),
                                detail::percent_decode(value));
    }
    return parameters;
}

AISTUDIO_DECL std::string canonical_request(const bce_request& request,
                                            const std::vector<std::string>& signed_headers) {
    const auto mark = request.target.find('?');
    query_parameters query;
    if (mark != std::string_view::npos)
        query = parse_query(request.target.substr(mark + 1));
    std::erase_if(query, [](const auto& parameter) {
        return detail::to_lower(parameter.first) == "authorization";
    });
    std::string text(request.method);
    text.append("\n").append(request.target.substr(0, mark));
    text.append("\n").append(canonical_query(query));
    text.append("\n").append(detail::canonical_headers(request, signed_headers));
    return text;
}

AISTUDIO_DECL std::string sign(const bce_request& request, const bce_credentials& credentials,
                               timestamp now, std::chrono::seconds valid_for,
                               const std::vector<std::string>& signed_headers) {
    const std::string prefix =
        detail::bce_prefix(credentials.access_key_id.reveal(), now, valid_for);
    return prefix + '/' + detail::sort_and_join(signed_headers, ';') + '/' +
           detail::bce_signature(request, prefix, credentials.secret_key, signed_headers);
}

AISTUDIO_DECL std::string presign(const bce_request& request, const bce_credentials& credentials,
                                  timestamp now, std::chrono::seconds valid_for) {
    const bool has_query = request.target.find('?') != std::string_view::npos;
    return std::string(request.target) + (has_query ? "&" : "?") + "authorization=" +
           uri_encode(sign(request, credentials, now, valid_for, {"host"}), false);
}

AISTUDIO_DECL result<bce_authorization> parse_authorization(std::string_view text) {
    const auto parts = detail::split(text, '/');
    if (parts.size() != 6 || parts[0] != "bce-auth-v1" || parts[1].empty())
        return detail::not_signed("it is not of the form bce-auth-v1/<access key "
                                  "id>/<time>/<seconds>/<headers>/<signature>");
    bce_authorization out;
    const auto time = detail::parse_signing_time(parts[2]);
    if (!time)
        return detail::not_signed("its time is not of the form 2023-11-14T22:13:20Z");
    std::int32_t seconds = 0;
    const auto read = std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), seconds);
    if (read.ec != std::errc{} || read.ptr != parts[3].data() + parts[3].size() || seconds < 1)
        return detail::not_signed("its validity is not a positive number of seconds");
    if (!detail::is_hex_digest(parts[5]))
        return detail::not_signed("its last part is not 64 lower-case hex digits");
    out.access_key_id = parts[1];
    out.signed_at = *time;
    out.valid_for = std::chrono::seconds{seconds};
    if (!parts[4].empty())
        for (const std::string_view name : detail::split(parts[4], ';'))
            out.signed_headers.emplace_back(name);
    out.signature = parts[5];
    return out;
}

AISTUDIO_DECL result<void> verify(const bce_request& request,
                                  const bce_authorization& authorization, const secret& secret_key,
                                  timestamp now) {
    const std::string prefix = detail::bce_prefix(authorization.access_key_id,
                                                  authorization.signed_at, authorization.valid_for);
    const secret expected(
        detail::bce_signature(request, prefix, secret_key, authorization.signed_headers));
    if (!expected.equals(authorization.signature))
        return detail::not_signed(
            "the secret key, path, query or headers differ from what was signed");
    if (authorization.expired(now))
        return detail::not_signed("it has expired; ask for a new grant or address");
    return {};
}

} // namespace aistudio
