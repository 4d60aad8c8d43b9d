#pragma once

#include <aistudio/detail/config.hpp>
#include <aistudio/transport/stream_driver.hpp>

#if defined(AISTUDIO_HAS_LIBURING)

#include <memory>
#include <vector>

namespace aistudio::detail {

class uring_ring;
class uring_stream;
struct uring_socket;

/// Streams on Linux's io_uring: each socket has one lasting order to receive, so that a call costs
/// one `send`, and all that arrives meanwhile comes with the wait. Sending by the ring was measured
/// to save nothing, so the kernel never holds memory of a stream's user.
///
/// The ring belongs to the thread that waits. Waiting in another one makes a new ring there.
class uring_driver final : public waiting_driver {
public:
    /// Throws `boost::system::system_error` where the system does not allow io_uring or its kernel
    /// is older than 6.1.
    AISTUDIO_DECL uring_driver();
    uring_driver(const uring_driver&) = delete;
    uring_driver& operator=(const uring_driver&) = delete;
    AISTUDIO_DECL ~uring_driver() override;

    [[nodiscard]] AISTUDIO_DECL std::unique_ptr<stream> adopt(native_socket socket,
                                                              stream_events& events) override;
    AISTUDIO_DECL void wait(clock::time_point until) override;
    AISTUDIO_DECL void wake() noexcept override;

private:
    friend class uring_stream;
    AISTUDIO_DECL void move_here();
    AISTUDIO_DECL void watch_wake();
    AISTUDIO_DECL void serve_completions();
    AISTUDIO_DECL void serve_ready();
    AISTUDIO_DECL void serve_closed();
    AISTUDIO_DECL void release_ended();

    int wake_ = -1;
    std::unique_ptr<uring_ring> ring_;
    /// All that the kernel knows, some of them given up already.
    std::vector<std::unique_ptr<uring_socket>> sockets_;
    /// With something to do that no completion will tell of.
    std::vector<uring_socket*> ready_;
    std::vector<uring_socket*> closed_;
    unsigned noted_ = 0; // completions whose sockets know that something came
    bool some_ended_ = false;
};

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/uring_driver.ipp>
#endif

#endif // AISTUDIO_HAS_LIBURING
