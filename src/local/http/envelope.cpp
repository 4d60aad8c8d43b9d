#include "local/http/envelope.hpp"

#include "local/store/files.hpp"
#include "local/utf8.hpp"

#include <aistudio/codec/json_writer.hpp>
#include <aistudio/protocol/service_codes.hpp>

#include <atomic>
#include <chrono>

namespace aistudio::local::http {
namespace {

std::int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string envelope(std::string_view log_id, std::int64_t code, std::string_view message,
                     std::string_view result) {
    std::string out;
    out.reserve(result.size() + message.size() + 128);
    json_writer w(out);
    w.begin_object();
    w.key("logId", true);
    w.string(log_id);
    w.key("errorCode", true);
    w.integer(code);
    w.key("errorMsg", true);
    w.string(message);
    w.key("timestamp", true);
    w.integer(now_ms());
    w.key("result", true);
    w.raw(result);
    w.end_object();
    return out;
}

} // namespace

std::string new_log_id() {
    static const std::string start = store::random_hex(8);
    static std::atomic<std::uint64_t> count{0};
    return start + "-" + std::to_string(++count);
}

std::string success(std::string_view log_id, std::string_view result) {
    return envelope(log_id, 0, "Success", result);
}

std::string failure(std::string_view log_id, std::int64_t code, std::string_view message) {
    return envelope(log_id, code, to_utf8(message, false).text, "null");
}

unsigned status_of(std::int64_t code) noexcept {
    if (code == service_code::ok)
        return 200;
    const auto* row = find_service_code(code);
    return row == nullptr ? 500U : static_cast<unsigned>(row->http_status);
}

} // namespace aistudio::local::http
