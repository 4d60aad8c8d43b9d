#pragma once

#include <aistudio/protocol/digest.hpp>
#include <aistudio/protocol/request_head.hpp>
#include <aistudio/version.hpp>

namespace aistudio::detail {

AISTUDIO_DECL std::string proxy_credentials(const url& proxy) {
    if (proxy.user_info.empty())
        return {};
    return "Proxy-Authorization: Basic " + to_base64(proxy.user_info) + "\r\n";
}

AISTUDIO_DECL void append_request_head(std::string& out, std::string_view method,
                                       const url& address, const std::optional<url>& proxy) {
    const bool through_proxy = proxy && !address.tls; // else it sees only CONNECT
    out.append(method).append(" ");
    if (through_proxy)
        out.append("http://").append(address.host_header());
    out.append(address.target).append(" HTTP/1.1\r\nHost: ").append(address.host_header());
    out.append("\r\nUser-Agent: aistudio-cpp/").append(version_string).append("\r\n");
    if (through_proxy)
        out.append(proxy_credentials(*proxy));
}

} // namespace aistudio::detail
