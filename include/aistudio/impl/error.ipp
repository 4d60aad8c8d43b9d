#pragma once

#include <aistudio/error.hpp>

namespace aistudio {
namespace detail {

inline constexpr errc_info errc_catalogue[] = {
    {errc::ok, "ok", "No error.", "没有错误。"},
    {errc::invalid_argument, "invalid_argument",
     "An argument is not valid; correct it and call again.", "参数无效，请改正后重试。"},
    {errc::invalid_configuration, "invalid_configuration",
     "The configuration is not valid; correct the option, variable or profile named.",
     "配置无效，请改正所指出的选项、环境变量或配置文件。"},
    {errc::credentials_missing, "credentials_missing",
     "No access token or key is set; pass one, set AISTUDIO_ACCESS_TOKEN, or run `aistudio config "
     "--token`.",
     "没有访问令牌或密钥，请传入、设置 AISTUDIO_ACCESS_TOKEN，或运行 `aistudio config --token`。"},
    {errc::file_not_found, "file_not_found", "The file does not exist; check the path.",
     "文件不存在，请检查路径。"},
    {errc::file_unreadable, "file_unreadable",
     "The file cannot be read; check its type and permissions.",
     "文件无法读取，请检查类型和权限。"},
    {errc::encode_failed, "encode_failed",
     "The value cannot be written as JSON; correct the field named.",
     "该值无法写成 JSON，请改正所指出的字段。"},
    {errc::limit_exceeded, "limit_exceeded",
     "A limit of the platform would be exceeded; reduce or pack what you send.",
     "超过平台限制，请减少或打包后再发送。"},
    {errc::overloaded, "overloaded",
     "Too many calls wait in this client; send fewer at a time or raise pool_options::max_waiting.",
     "客户端等待的调用过多，请降低并发或提高 pool_options::max_waiting。"},
    {errc::client_closed, "client_closed", "The client is closed; make a new one.",
     "客户端已关闭，请新建一个。"},
    {errc::cancelled, "cancelled", "The call was cancelled.", "调用已取消。"},
    {errc::queue_timeout, "queue_timeout",
     "No connection became free in time; raise max_connections or send fewer calls at a time.",
     "等待空闲连接超时，请提高 max_connections 或降低并发。"},
    {errc::resolve_timeout, "resolve_timeout", "The host name was not resolved in time; check DNS.",
     "域名解析超时，请检查 DNS。"},
    {errc::connect_timeout, "connect_timeout",
     "The server did not accept the connection in time; check the address and firewall.",
     "建立连接超时，请检查地址和防火墙。"},
    {errc::tls_timeout, "tls_timeout",
     "The TLS handshake was not answered in time; check the port and any proxy between.",
     "TLS 握手超时，请检查端口和中间代理。"},
    {errc::write_timeout, "write_timeout", "The request was not taken by the server in time.",
     "发送请求超时。"},
    {errc::first_byte_timeout, "first_byte_timeout",
     "The server did not begin to answer in time; allow more or ask the service's owner.",
     "等待应答超时，请延长时限或联系服务提供者。"},
    {errc::body_timeout, "body_timeout", "The server stopped in the middle of its answer.",
     "服务器应答中途停止。"},
    {errc::deadline_exceeded, "deadline_exceeded",
     "The call did not finish within its deadline; allow more or send less.",
     "调用超过总时限，请延长时限或减少内容。"},
    {errc::resolve_failed, "resolve_failed",
     "The host name is not known; check the address and DNS.", "无法解析域名，请检查地址和 DNS。"},
    {errc::connect_failed, "connect_failed",
     "The server cannot be reached; check that it runs and the address is right.",
     "无法连接服务器，请确认其正在运行且地址正确。"},
    {errc::proxy_failed, "proxy_failed",
     "The proxy refused or failed; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
     "代理失败，请检查 HTTPS_PROXY、HTTP_PROXY 和 NO_PROXY。"},
    {errc::tls_failed, "tls_failed",
     "The server's identity was not proved; check its certificate and the CA file.",
     "无法验证服务器身份，请检查其证书和 CA 文件。"},
    {errc::connection_lost, "connection_lost",
     "The connection broke before the answer was complete.", "应答完成前连接中断。"},
    {errc::malformed_response, "malformed_response",
     "The answer is not valid HTTP; check that the address is that of the service.",
     "应答不是有效的 HTTP，请确认服务地址。"},
    {errc::response_too_large, "response_too_large",
     "The answer is larger than allowed; raise max_response_bytes if you expect it.",
     "应答超过允许的大小，如属预期请提高 max_response_bytes。"},
    {errc::decode_failed, "decode_failed",
     "The answer is not of the expected form; compare the field named with your type.",
     "应答格式与预期不符，请将所指出的字段与您的类型对照。"},
    {errc::bad_request, "bad_request", "The service refused the request; correct what it names.",
     "服务拒绝了请求，请按提示改正。"},
    {errc::unauthorized, "unauthorized",
     "The token or apiKey was not accepted; check that it is whole, current and of the right kind.",
     "令牌或 apiKey 未被接受，请检查其是否完整、有效且类型正确。"},
    {errc::forbidden, "forbidden", "This account may not do that.", "此账号无权执行该操作。"},
    {errc::not_found, "not_found", "There is no such thing on the service; check the id.",
     "服务上没有该资源，请检查编号。"},
    {errc::conflict, "conflict",
     "The present state does not allow that; look at the message and try again after changing it.",
     "当前状态不允许此操作，请按提示调整后重试。"},
    {errc::payload_too_large, "payload_too_large",
     "The service does not take that much at once; send less.", "请求过大，请减小后重试。"},
    {errc::rate_limited, "rate_limited", "Too many calls for this key; slow down.",
     "该密钥调用过于频繁，请降低速度。"},
    {errc::service_overloaded, "service_overloaded",
     "The service's queue is full; try again later or send fewer calls at a time.",
     "服务队列已满，请稍后重试或降低并发。"},
    {errc::service_not_running, "service_not_running",
     "The prediction service is not running; resume or deploy it.",
     "预测服务未运行，请恢复或重新部署。"},
    {errc::service_failed, "service_failed", "The service reported a failure of its own.",
     "服务报告了自身的失败。"},
    {errc::server_error, "server_error",
     "The server failed; try again later and keep the logId for its support.",
     "服务器出错，请稍后重试，并保留 logId 以便反馈。"},
    {errc::unexpected_answer, "unexpected_answer",
     "The answer is not one of this service; check the base URL.",
     "应答不属于该服务，请检查地址。"},
    {errc::checksum_mismatch, "checksum_mismatch",
     "The data received is not what was sent; nothing was kept, try again.",
     "收到的数据与原始数据不一致，未保存任何内容，请重试。"},
    {errc::incomplete_transfer, "incomplete_transfer",
     "The transfer ended early; nothing was kept, try again.",
     "传输提前结束，未保存任何内容，请重试。"},
    {errc::write_failed, "write_failed",
     "The file cannot be written; check free space and permissions.",
     "无法写入文件，请检查空间和权限。"},
    {errc::already_running, "already_running",
     "Another process uses this folder; stop it or choose another folder.",
     "另一个进程正在使用该目录，请停止它或选择其他目录。"},
    {errc::address_in_use, "address_in_use",
     "The port is taken; choose another or 0 for any free one.", "端口已被占用，请更换或使用 0。"},
    {errc::store_failed, "store_failed",
     "The studio's folder cannot be read or written; check free space and permissions.",
     "本地工作室目录无法读写，请检查空间和权限。"},
    {errc::internal_error, "internal_error",
     "A fault in aistudio; please report it with this message.",
     "aistudio 内部错误，请附上此消息反馈。"},
};

inline constexpr errc_info unknown_errc{errc::internal_error, "unknown", "Unknown error.",
                                        "未知错误。"};

class error_category_impl final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "aistudio"; }
    [[nodiscard]] std::string message(int value) const override {
        return std::string(info(static_cast<errc>(value)).english);
    }
};

inline void append_facts(std::string& text, const problem& p) {
    text.append(" [").append(info(p.code).name);
    if (p.phase != phase::none)
        text.append(", phase ").append(enum_name(p.phase));
    text.append(", outcome ").append(enum_name(p.outcome));
    if (p.attempts > 1)
        text.append(", attempts ").append(std::to_string(p.attempts));
    if (p.status != 0)
        text.append(", HTTP ").append(std::to_string(p.status));
    if (p.service_code != 0)
        text.append(", errorCode ").append(std::to_string(p.service_code));
    if (!p.log_id.empty())
        text.append(", logId ").append(p.log_id);
    if (p.cause.failed())
        text.append(", cause: ").append(p.cause.message());
    text.append("]");
}

inline std::string compose(const problem& p, std::string_view advice) {
    std::string text = p.detail;
    if (!text.empty())
        text += ' ';
    text.append(advice);
    append_facts(text, p);
    return text;
}

} // namespace detail

AISTUDIO_DECL const errc_info& info(errc code) noexcept {
    for (const auto& row : detail::errc_catalogue)
        if (row.code == code)
            return row;
    return detail::unknown_errc;
}

AISTUDIO_DECL const boost::system::error_category& category() noexcept {
    static const detail::error_category_impl instance;
    return instance;
}

AISTUDIO_DECL std::string problem::message() const {
    return detail::compose(*this, info(code).english);
}
AISTUDIO_DECL std::string problem::message_zh() const {
    return detail::compose(*this, info(code).chinese);
}

AISTUDIO_DECL problem make_problem(errc code, std::string detail, phase where) {
    problem p;
    p.code = code;
    p.detail = std::move(detail);
    p.phase = where;
    return p;
}

} // namespace aistudio
