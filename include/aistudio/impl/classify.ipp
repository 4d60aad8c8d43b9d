#pragma once

#include <aistudio/codec/json_value.hpp>
#include <aistudio/detail/text.hpp>
#include <aistudio/protocol/classify.hpp>
#include <aistudio/protocol/service_codes.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace aistudio {
namespace detail {

struct status_info {
    int status;
    errc meaning;
    bool transient;
    bool not_executed;
};

/// A bare 503 does not say that nothing happened: gateways send it too when the server behind them
/// breaks off in the middle of a call.
inline constexpr status_info status_table[] = {
    {400, errc::bad_request, false, true},        {401, errc::unauthorized, false, true},
    {403, errc::forbidden, false, true},          {404, errc::not_found, false, true},
    {405, errc::bad_request, false, true},        {407, errc::proxy_failed, false, true},
    {408, errc::server_error, true, false},       {409, errc::conflict, false, true},
    {411, errc::bad_request, false, true},        {413, errc::payload_too_large, false, true},
    {415, errc::bad_request, false, true},        {416, errc::bad_request, false, true},
    {422, errc::bad_request, false, true},        {429, errc::rate_limited, true, true},
    {500, errc::server_error, true, false},       {502, errc::server_error, true, false},
    {503, errc::service_overloaded, true, false}, {504, errc::server_error, true, false},
};

inline status_info find_status(int status) noexcept {
    for (const auto& row : status_table)
        if (row.status == status)
            return row;
    if (status >= 500)
        return {status, errc::server_error, false, false};
    if (status >= 400)
        return {status, errc::bad_request, false, true};
    return {status, errc::unexpected_answer, false, false};
}

/// Failure texts that prediction services send with HTTP 200 (seen by public clients).
struct failure_text {
    std::string_view text;
    errc meaning;
};
inline constexpr failure_text failure_texts[] = {
    {"不是运行中状态", errc::service_not_running},
    {"服务调用失败", errc::service_failed},
};
inline constexpr std::size_t longest_failure_text = 4096;

constexpr bool is_transient(errc code) noexcept {
    return code == errc::rate_limited || code == errc::service_overloaded ||
           code == errc::server_error;
}

/// The fields of an envelope that stand in `body`; code 0 when there are none.
struct envelope_fields {
    bool present = false; // the body is an object with an errorCode
    std::int64_t code = 0;
    std::string message;
    std::string log_id;
    bool has_result = false;
    bool has_error = false; // `{"error": ...}`, as language models have it
    int error_status = 0;   // that stands in it
};

/// `{"error": {"message": ..., "code": ...}}`, or a text.
inline void read_error(json_value error, envelope_fields& out) {
    out.has_error = !error.is_null();
    if (const auto text = error.get_string())
        out.message = *text;
    if (error.kind() != json_kind::object)
        return;
    if (const auto message = error.find("message"))
        out.message = message->get_string().value_or("");
    if (const auto code = error.find("code")) {
        std::int64_t number = code->get_int64().value_or(0);
        if (const auto text = code->get_string())
            std::from_chars(text->data(), text->data() + text->size(), number);
        out.error_status = number >= 400 && number < 600 ? static_cast<int>(number) : 0;
    }
}

inline envelope_fields read_envelope(std::string_view body) {
    envelope_fields out;
    thread_local json_document document;
    const auto root = document.parse(body);
    if (!root || root->kind() != json_kind::object)
        return out;
    for (const json_field field : root->fields()) {
        const auto text = field.value.get_string();
        if (field.key == "errorCode" || field.key == "error_code") {
            const auto code = field.value.get_int64();
            out.present = code.has_value();
            out.code = code.value_or(0);
        } else if (field.key == "errorMsg" || field.key == "error_msg" || field.key == "message") {
            out.message = text.value_or("");
        } else if (field.key == "logId" || field.key == "log_id" || field.key == "requestId") {
            out.log_id = text.value_or("");
        } else if (field.key == "error") {
            read_error(field.value, out);
        } else if (field.key == "result") {
            out.has_result = !field.value.is_null();
        }
    }
    return out;
}

inline verdict fail(const answer_view& answer, errc code, bool transient, bool not_executed) {
    verdict v;
    v.what.code = code;
    v.what.status = answer.status;
    v.what.phase = phase::body;
    v.what.outcome = outcome::done;
    v.what.retry_after = retry_after(answer);
    v.transient = transient;
    v.not_executed = not_executed;
    return v;
}

/// A short, printable piece of a body that is not an envelope, for people to see what answered.
inline std::string excerpt(std::string_view body) { return redact(one_line(body, 200)); }

inline std::string service_says(std::string_view message) {
    return message.empty() ? std::string{} : "The service says: " + redact(one_line(message, 1000));
}

inline std::string shown_log_id(std::string_view id) { return redact(one_line(id, 200)); }

inline verdict from_envelope(const answer_view& answer, const envelope_fields& envelope) {
    const service_code_info* known = find_service_code(envelope.code);
    const status_info status = find_status(answer.status);
    const bool status_speaks = known == nullptr && answer.status >= 400;
    const errc code = known != nullptr ? known->meaning
                      : status_speaks  ? status.meaning
                                       : errc::service_failed;
    verdict v = fail(answer, code,
                     known != nullptr ? is_transient(code) : status_speaks && status.transient,
                     known != nullptr ? known->not_executed : status_speaks && status.not_executed);
    v.what.service_code = envelope.code;
    v.what.detail = service_says(envelope.message);
    v.what.log_id = shown_log_id(envelope.log_id);
    return v;
}

inline verdict success(const answer_view& answer) {
    verdict v;
    v.what.code = errc::ok;
    v.what.status = answer.status;
    v.what.outcome = outcome::done;
    return v;
}

inline const failure_text* find_failure_text(std::string_view body) noexcept {
    if (body.size() > longest_failure_text)
        return nullptr;
    for (const auto& row : failure_texts)
        if (body.find(row.text) != std::string_view::npos)
            return &row;
    return nullptr;
}

inline bool looks_like_html(std::string_view body) noexcept {
    const std::size_t start = body.find_first_not_of(" \t\r\n");
    return start != std::string_view::npos && body[start] == '<';
}

inline verdict classify_prediction(const answer_view& answer) {
    const std::string_view body = answer.body;
    const failure_text* text = find_failure_text(body);
    const bool maybe_envelope = body.find("\"errorCode\"") != std::string_view::npos;
    if (text == nullptr && !maybe_envelope) {
        if (!looks_like_html(body))
            return success(answer);
        verdict v = fail(answer, errc::unexpected_answer, false, false);
        v.what.detail = "A web page came back: " + excerpt(body) + ".";
        return v;
    }
    const envelope_fields envelope = read_envelope(body);
    if (envelope.present && envelope.code != 0)
        return from_envelope(answer, envelope);
    if (text == nullptr || envelope.has_result)
        return success(answer);
    verdict v = fail(answer, text->meaning, false, text->meaning == errc::service_not_running);
    v.what.detail = "The service says: " + excerpt(body) + ".";
    v.what.log_id = shown_log_id(envelope.log_id);
    return v;
}

inline verdict classify_envelope(const answer_view& answer) {
    const envelope_fields envelope = read_envelope(answer.body);
    if (envelope.present)
        return envelope.code == 0 ? success(answer) : from_envelope(answer, envelope);
    verdict v = fail(answer, errc::unexpected_answer, false, false);
    v.what.detail = "Instead of the service's JSON came: " + excerpt(answer.body) + ".";
    return v;
}

inline verdict classify_failed_status(const answer_view& answer) {
    const envelope_fields envelope = read_envelope(answer.body);
    if (envelope.present && envelope.code != 0)
        return from_envelope(answer, envelope);
    const status_info status = find_status(answer.status);
    verdict v = fail(answer, status.meaning, status.transient, status.not_executed);
    v.what.log_id = shown_log_id(envelope.log_id);
    if (!envelope.message.empty())
        v.what.detail = service_says(envelope.message);
    else if (!answer.body.empty())
        v.what.detail = "The answer was: " + excerpt(answer.body) + ".";
    return v;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the only date form that servers may send today.
inline std::optional<std::int64_t> parse_http_date(std::string_view text) {
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int day = 0;
    int year = 0;
    int h = 0;
    int m = 0;
    int s = 0;
    std::array<char, 4> month{};
    const std::string copy(text);
    if (std::sscanf(copy.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, month.data(), &year,
                    &h, &m, &s) != 6)
        return std::nullopt;
    const std::size_t at = months.find(month.data());
    if (at == std::string_view::npos || at % 3 != 0)
        return std::nullopt;
    using namespace std::chrono;
    const year_month_day date{std::chrono::year{year},
                              std::chrono::month{static_cast<unsigned>(at / 3 + 1)},
                              std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok())
        return std::nullopt;
    return duration_cast<seconds>(sys_days{date}.time_since_epoch()).count() + h * 3600 + m * 60 +
           s;
}

} // namespace detail

AISTUDIO_DECL std::optional<std::chrono::milliseconds> retry_after(const answer_view& answer) {
    const std::string_view text = answer.retry_after;
    if (text.empty())
        return std::nullopt;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc::result_out_of_range && end == text.data() + text.size() &&
        text.front() != '-')
        return std::chrono::hours{24};
    if (error == std::errc{} && end == text.data() + text.size() && seconds >= 0)
        return std::chrono::seconds{std::min<std::int64_t>(seconds, 86400)};
    const auto until = detail::parse_http_date(text);
    const auto now = detail::parse_http_date(answer.date);
    if (!until || !now)
        return std::nullopt;
    return std::chrono::seconds{std::clamp<std::int64_t>(*until - *now, 0, 86400)};
}

AISTUDIO_DECL std::optional<problem> failure_in(std::string_view json) {
    const auto found = detail::read_envelope(json);
    answer_view answer;
    if (found.present && found.code != 0)
        return detail::from_envelope(answer, found).what;
    if (!found.has_error)
        return std::nullopt;
    answer.status = found.error_status;
    problem p =
        detail::fail(answer,
                     found.error_status == 0 ? errc::service_failed
                                             : detail::find_status(found.error_status).meaning,
                     false, false)
            .what;
    p.detail = detail::service_says(found.message);
    return p;
}

AISTUDIO_DECL verdict classify(const answer_view& answer, answer_kind kind) {
    if (kind == answer_kind::redirectable && is_redirect(answer.status))
        return detail::success(answer);
    if (answer.status < 200 || answer.status >= 300) {
        verdict v = detail::classify_failed_status(answer);
        if (kind == answer_kind::generation && answer.status == 503 && v.what.retry_after)
            v.not_executed = true;
        return v;
    }
    switch (kind) {
    case answer_kind::plain:
    case answer_kind::redirectable:
    case answer_kind::generation:
        return detail::success(answer);
    case answer_kind::prediction:
        return detail::classify_prediction(answer);
    case answer_kind::envelope:
        return detail::classify_envelope(answer);
    }
    return detail::success(answer);
}

} // namespace aistudio
