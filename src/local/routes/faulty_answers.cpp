#include "local/routes/faulty_answers.hpp"

#include "local/http/envelope.hpp"
#include "local/routes/api.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace aistudio::local::routes {
namespace {

constexpr std::string_view gateway_page =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
    "Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

http::response failure(unsigned status, std::string_view log_id, std::int64_t code,
                       std::string_view message) {
    return json_answer(status, http::failure(log_id, code, message));
}

http::response text(unsigned status, std::string_view type, std::string_view body) {
    http::response out;
    out.status = status;
    out.content_type = type;
    out.body = body;
    return out;
}

http::response too_many(const faults::played_fault& f) {
    if (f.blocked)
        return text(403, "text/plain; charset=utf-8", "访问被禁止 (blocked: too many requests)");
    auto out = text(429, "text/plain; charset=utf-8", "请求过于频繁 (too many requests)");
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(f.delay).count();
    out.headers.emplace_back("Retry-After", std::to_string(seconds));
    return out;
}

/// The beginning of a gzip stream that holds `content` as one stored block (RFC 1952, RFC 1951).
std::string broken_gzip(std::string_view content) {
    const auto size = static_cast<unsigned>(std::min<std::size_t>(content.size(), 0xFFFF));
    std::string out("\x1f\x8b\x08\0\0\0\0\0\0\x03\x01", 11);
    for (const unsigned length : {size, ~size & 0xFFFFU}) {
        out += static_cast<char>(length & 0xFFU);
        out += static_cast<char>(length >> 8U);
    }
    return out.append(content.substr(0, size / 2));
}

} // namespace

std::optional<http::response> answer_in_place(const faults::played_fault& f,
                                              std::string_view log_id) {
    switch (f.kind) {
    case fault_kind::queue_full:
        return failure(400, log_id, service_code::queue_full, "请求队列已满 (the queue is full)");
    case fault_kind::queue_full_503:
        return failure(503, log_id, service_code::queue_full, "请求队列已满 (the queue is full)");
    case fault_kind::rate_limited:
        return failure(429, log_id, service_code::rate_limited, "请求被限流 (rate limited)");
    case fault_kind::too_many_requests:
        return too_many(f);
    case fault_kind::failure_text:
        return text(200, "text/plain; charset=utf-8", "服务调用失败");
    case fault_kind::html_page:
        return text(502, "text/html", gateway_page);
    default:
        return std::nullopt;
    }
}

void spoil(http::response& answer, const faults::played_fault& f) {
    http::bad_manners manners;
    switch (f.kind) {
    case fault_kind::stall:
        manners.silent = true;
        break;
    case fault_kind::reset:
        manners.reset_after = static_cast<std::uint64_t>(f.bytes);
        break;
    case fault_kind::slow_body:
        manners.pause = f.delay;
        break;
    case fault_kind::wrong_length:
        manners.missing = static_cast<std::uint64_t>(f.bytes);
        break;
    case fault_kind::truncated_gzip:
        answer.body = broken_gzip(answer.body);
        answer.headers.emplace_back("Content-Encoding", "gzip");
        return;
    default:
        return;
    }
    answer.manners = manners;
}

} // namespace aistudio::local::routes
