#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/detail/config.hpp>

#include <boost/circular_buffer.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace aistudio {

/// Decides which connection to one host a call gets. Holds numbers, not sockets, and is told the
/// time.
///
/// Idle connections are reused last in, first out, so that those not needed grow old and are
/// closed. Waiters are served in order.
///
/// With a pipeline depth above 1, calls that may share a connection get one that is in use once no
/// more can be opened, in turn over all that have room.
///
/// @par Thread safety  None; the transport uses it on its strand.
class pool_machine {
public:
    using time_point = std::chrono::steady_clock::time_point;
    /// Never used twice. The lower 32 bits are a place that connections use one after the other,
    /// counted from 1.
    using connection_id = std::uint64_t;
    [[nodiscard]] static std::size_t place_of(connection_id id) noexcept {
        return static_cast<std::uint32_t>(id);
    }
    using waiter_id = std::uint64_t;

    enum class verb {
        use,   ///< take the idle connection `connection`; check it first
        share, ///< follow the calls on the connection `connection`, which is in use
        open,  ///< open a new one under the number `connection`
        wait,  ///< a later `grant` will name this waiter
        refuse ///< too many wait
    };
    struct decision {
        verb what = verb::refuse;
        connection_id connection = 0;
    };
    /// A waiter whose turn has come.
    struct grant {
        waiter_id waiter = 0;
        decision how;
    };

    explicit pool_machine(pool_options options) : options_(options) {}

    /// How a call wants its connection.
    struct wish {
        bool fresh = false; ///< not one that was idle
        bool share = false; ///< others may be on it too
    };
    /// A call wants a connection.
    [[nodiscard]] AISTUDIO_DECL decision acquire(waiter_id waiter, wish how, time_point now);
    /// A connection that was to be opened is open.
    AISTUDIO_DECL void opened(connection_id connection);
    /// A waiter that may share a connection in use. Ask until there is none, after a connection
    /// opened.
    [[nodiscard]] AISTUDIO_DECL std::optional<grant> next_to_share(time_point now);
    /// No more calls on it than there are.
    AISTUDIO_DECL void stop_sharing(connection_id connection);
    /// The host does not keep connections open: no sharing from now on.
    void stop_sharing() noexcept { options_.pipeline_depth = 1; }
    /// A call is done with a connection and it can be used again. `closed` tells whether to close
    /// it all the same, which it does only to one that no other call is on.
    [[nodiscard]] AISTUDIO_DECL std::optional<grant> release(connection_id connection,
                                                             time_point now, bool& closed);
    /// A connection is gone or was never opened.
    [[nodiscard]] AISTUDIO_DECL std::optional<grant> discard(connection_id connection,
                                                             time_point now);
    /// A waiter gave up.
    AISTUDIO_DECL void cancel(waiter_id waiter);
    /// Idle connections that are too old, or had to make room for a fresh one; the pool has
    /// forgotten them, close them.
    [[nodiscard]] AISTUDIO_DECL std::vector<connection_id> expire(time_point now);

    [[nodiscard]] std::size_t open_connections() const noexcept { return open_; }
    [[nodiscard]] std::size_t idle_connections() const noexcept { return idle_.size(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiters_.size(); }

private:
    struct idle_connection {
        connection_id id;
        time_point since;
    };
    struct place {
        connection_id id;
        time_point born;
        std::size_t calls = 0;
        bool open = false;
        bool shared = false; // the calls on it allow others
        bool listed = false; // in roomy_
    };
    struct waiter {
        waiter_id id;
        bool share;
    };
    [[nodiscard]] place& at(connection_id id) { return places_[place_of(id) - 1]; }
    AISTUDIO_DECL bool too_old(connection_id id, time_point now) const;
    AISTUDIO_DECL void forget(connection_id id);
    AISTUDIO_DECL decision open(bool share, time_point now);
    AISTUDIO_DECL decision use(connection_id id, bool share);
    [[nodiscard]] AISTUDIO_DECL bool has_room(const place& p) const noexcept;
    AISTUDIO_DECL void list(place& p);
    [[nodiscard]] AISTUDIO_DECL connection_id find_room(time_point now);
    AISTUDIO_DECL waiter take_waiter();

    pool_options options_;
    std::size_t open_ = 0;
    std::vector<place> places_;
    std::vector<connection_id> free_; // the last connections of places nobody uses
    std::vector<idle_connection> idle_;
    std::vector<connection_id> given_up_;
    boost::circular_buffer<waiter> waiters_;
    boost::circular_buffer<connection_id> roomy_; // and some that have no room any more
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/pool_machine.ipp>
#endif
