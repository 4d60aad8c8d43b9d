#pragma once

#include <boost/system/error_code.hpp>

#include <cerrno>
#include <cstddef>
#include <sys/socket.h>
#include <sys/types.h>

namespace aistudio::detail {

inline boost::system::error_code last_socket_error() noexcept {
    return {errno, boost::system::system_category()};
}

inline bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK; }

/// Sends what the system takes at once: 0 with an error or, when it takes nothing now, without.
inline std::size_t send_now(int socket, const char* data, std::size_t size,
                            boost::system::error_code& error) noexcept {
    ssize_t n = 0;
    do
        n = ::send(socket, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n >= 0)
        return static_cast<std::size_t>(n);
    if (!would_block())
        error = last_socket_error();
    return 0;
}

/// An open connection on which nothing waits to be read.
inline bool has_nothing_to_read(int socket) noexcept {
    char byte = 0;
    return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && would_block();
}

} // namespace aistudio::detail
