#pragma once

#include "load.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>

/// What the raw loops have in common.
namespace loop {

inline std::runtime_error failure(const char* what, int code = errno) {
    return std::runtime_error(std::string(what) + ": " +
                              std::error_code(code, std::system_category()).message());
}

inline int connect_to(const load::address& where) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(where.host.c_str(), where.port.c_str(), &hints, &found) != 0)
        throw std::runtime_error("The host is not known.");
    const int out = socket(found->ai_family, SOCK_STREAM, 0);
    const int refused = ::connect(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (refused != 0)
        throw failure("connect");
    const int on = 1;
    setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return out;
}

/// Writes the requests of a run.
class request_writer {
public:
    explicit request_writer(const load::options& o, const load::address& where)
        : head_("POST " + where.path + "?apiKey=" + o.key +
                " HTTP/1.1\r\nHost: " + where.host_header() +
                "\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
                "Content-Length: ") {
        if (where.tls || o.open_loop())
            throw std::invalid_argument("This program knows plain HTTP and a closed loop only.");
    }
    void write(std::string& request) {
        load::write_house(body_);
        char length[16];
        const auto end = std::to_chars(length, length + sizeof length, body_.size()).ptr;
        request.assign(head_).append(length, end).append("\r\n\r\n").append(body_);
    }

private:
    std::string head_, body_;
};

} // namespace loop
