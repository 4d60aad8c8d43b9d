#pragma once

#include <aistudio/detail/config.hpp>
#include <aistudio/transport/stream_driver.hpp>

#include <vector>

namespace aistudio::detail {

class epoll_stream;

/// Streams on Linux's epoll, edge-triggered: a socket is registered once, and a call costs one
/// `send` and one `recv` besides the wait that all ready sockets share.
class epoll_driver final : public waiting_driver {
public:
    AISTUDIO_DECL epoll_driver();
    epoll_driver(const epoll_driver&) = delete;
    epoll_driver& operator=(const epoll_driver&) = delete;
    AISTUDIO_DECL ~epoll_driver() override;

    [[nodiscard]] AISTUDIO_DECL std::unique_ptr<stream> adopt(native_socket socket,
                                                              stream_events& events) override;
    AISTUDIO_DECL void wait(clock::time_point until) override;
    AISTUDIO_DECL void wake() noexcept override;

private:
    friend class epoll_stream;
    AISTUDIO_DECL void serve_ready();
    AISTUDIO_DECL void serve_closed();

    int epoll_ = -1;
    int wake_ = -1;
    /// Streams with something to do that no event will tell of.
    std::vector<epoll_stream*> ready_;
    std::vector<stream_events*> closed_;
};

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/epoll_driver.ipp>
#endif
