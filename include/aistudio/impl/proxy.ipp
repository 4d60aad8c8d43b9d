#pragma once

#include <aistudio/detail/text.hpp>
#include <aistudio/impl/url.ipp>
#include <aistudio/protocol/proxy.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>

namespace aistudio {
namespace detail {

inline std::string first_set(const environment& env, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (auto value = env(name); value && !value->empty())
            return *value;
    return {};
}

inline bool in_range(const std::string& range, const std::string& host) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    if (error)
        return false;
    if (address.is_v4()) {
        const auto net = boost::asio::ip::make_network_v4(range, error);
        return !error &&
               boost::asio::ip::network_v4(address.to_v4(), net.prefix_length()).canonical() ==
                   net.canonical();
    }
    const auto net = boost::asio::ip::make_network_v6(range, error);
    return !error &&
           boost::asio::ip::network_v6(address.to_v6(), net.prefix_length()).canonical() ==
               net.canonical();
}

/// Takes `:port` and brackets off a NO_PROXY entry; false when it names another port. An IPv6
/// address without brackets has no port.
inline bool strip_port(std::string& entry, std::uint16_t port) {
    std::string tail;
    const std::size_t slash = entry.find('/');
    const std::size_t close = entry.find(']');
    const std::size_t from = slash != std::string::npos   ? slash
                             : close != std::string::npos ? close
                                                          : 0;
    const std::size_t colon = entry.find(':', from);
    if (colon != std::string::npos && (from != 0 || entry.rfind(':') == colon)) {
        tail = entry.substr(colon + 1);
        entry.resize(colon);
    }
    std::erase_if(entry, [](char c) { return c == '[' || c == ']'; });
    return tail.empty() || tail == std::to_string(port);
}

inline bool same_address(const std::string& a, const std::string& b) {
    boost::system::error_code first;
    boost::system::error_code second;
    const auto one = boost::asio::ip::make_address(a, first);
    return one == boost::asio::ip::make_address(b, second) && !first && !second;
}

inline bool entry_covers(std::string entry, const url& target) {
    if (entry == "*")
        return true;
    if (!strip_port(entry, target.port))
        return false;
    if (entry.find('/') != std::string::npos)
        return in_range(entry, target.host);
    if (entry.starts_with("*."))
        entry.erase(0, 2);
    if (entry.starts_with('.'))
        entry.erase(0, 1);
    if (entry.empty())
        return false;
    if (equals_ignoring_case(entry, target.host) || same_address(entry, target.host))
        return true;
    const std::string_view host = target.host;
    return host.size() > entry.size() && host[host.size() - entry.size() - 1] == '.' &&
           equals_ignoring_case(host.substr(host.size() - entry.size()), entry);
}

inline bool reached_directly(const std::string& list, const url& target) {
    if (is_loopback(target))
        return true;
    for (std::size_t at = 0; at <= list.size();) {
        std::size_t end = list.find_first_of(", ", at);
        if (end == std::string::npos)
            end = list.size();
        if (end > at && entry_covers(list.substr(at, end - at), target))
            return true;
        at = end + 1;
    }
    return false;
}

} // namespace detail

AISTUDIO_DECL bool is_loopback(const url& target) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(target.host, error);
    if (!error)
        return address.is_loopback();
    const std::string_view host = target.host;
    constexpr std::string_view name = "localhost";
    const std::string_view end = host.substr(host.size() - std::min(host.size(), name.size()));
    const bool whole_word =
        host.size() == name.size() ||
        (host.size() > name.size() && host[host.size() - name.size() - 1] == '.');
    return whole_word && detail::equals_ignoring_case(end, name);
}

AISTUDIO_DECL result<std::optional<url>> find_proxy(const proxy_options& options,
                                                    const environment& env, const url& target) {
    std::string address = target.tls ? options.https_proxy : options.http_proxy;
    std::string direct = options.no_proxy;
    if (options.use_environment) {
        if (address.empty())
            // HTTP_PROXY in upper case can be set by a web client through a CGI server, so it does
            // not count
            address = target.tls ? detail::first_set(env, {"HTTPS_PROXY", "https_proxy",
                                                           "ALL_PROXY", "all_proxy"})
                                 : detail::first_set(env, {"http_proxy", "ALL_PROXY", "all_proxy"});
        if (direct.empty())
            direct = detail::first_set(env, {"NO_PROXY", "no_proxy"});
    }
    if (address.empty() || detail::reached_directly(direct, target))
        return std::optional<url>{};
    if (address.find("://") == std::string::npos)
        address.insert(0, "http://");
    auto proxy = parse_url(address);
    if (!proxy)
        return make_problem(errc::invalid_configuration, "The proxy address `" +
                                                             detail::presentable(address) +
                                                             "` cannot be read.");
    if (proxy->tls)
        return make_problem(errc::invalid_configuration, "The proxy `" +
                                                             detail::presentable(address) +
                                                             "` must be an http:// address.");
    return std::optional<url>(std::move(*proxy));
}

} // namespace aistudio
