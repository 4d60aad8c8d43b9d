#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/codec/json_value.hpp>
#include <aistudio/protocol/call_machine.hpp>
#include <aistudio/protocol/http_message.hpp>
#include <aistudio/protocol/limit_list.hpp>
#include <aistudio/protocol/pool_machine.hpp>
#include <aistudio/transport/stream_driver.hpp>
#include <aistudio/transport/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

struct ssl_ctx_st;

namespace boost::asio::ssl {
class context;
}

namespace aistudio::detail {

class exchange_engine;
class exchange_connection;
class origin;

/// One attempt: a request in memory, sent once, and its answer. The owner derives from it, keeps it
/// in place until it ends, and may start it again afterwards.
class exchange : limit_list::limit {
public:
    exchange() = default;

    /// The whole request, header and body.
    std::string_view request;
    /// From `exchange_engine::find_origin`.
    origin* where = nullptr;
    time_point deadline = never;
    std::size_t max_response_bytes = 0;
    /// Its request may be sent before the answers to others on the connection have come, and be
    /// lost with them.
    bool may_share = false;

    /// The answer is complete. It lies in the connection's buffer: `exchange_engine::finish` gives
    /// the connection back, and with it the answer's memory, which is followed by at least
    /// `answer_padding` readable bytes.
    virtual void on_answer(const answer_view& answer) = 0;
    /// There is none.
    virtual void on_failure(attempt_result why) = 0;
    /// The connection had carried a request before.
    [[nodiscard]] bool reused() const noexcept { return reused_; }

protected:
    ~exchange() override = default;

private:
    friend class exchange_engine;
    friend class exchange_connection;
    void on_expiry(errc why) override;

    exchange_engine* engine_ = nullptr; // while it is under way
    exchange_connection* connection_ = nullptr;
    bool reused_ = false;
    bool sent_ = false;    // in part, at least
    bool waiting_ = false; // in the queue for a connection
    phase phase_ = phase::none;
};

inline constexpr std::size_t answer_padding = json_padding;

/// Where an engine runs: what an event loop does for it.
class engine_home {
public:
    virtual ~engine_home() = default;
    /// In the engine's thread or strand.
    [[nodiscard]] virtual bool is_here() const noexcept = 0;
    /// Runs `what` there, soon. From any thread.
    virtual void post(std::function<void()> what) = 0;
    /// Calls `exchange_engine::on_alarm` at `when`; `never`: not at all.
    virtual void set_alarm(time_point when) = 0;
    /// Something is under way, or nothing any more: the loop must not, or may, end.
    virtual void keep_running(bool on) = 0;
    [[nodiscard]] virtual stream_driver& driver() = 0;
    /// Whose alarms it sets; once, before all else.
    virtual void attach(std::weak_ptr<exchange_engine> engine) = 0;
};

/// A connected socket, or why there is none.
struct opened_socket {
    native_socket socket{};
    errc code = errc::ok;
    aistudio::phase phase = phase::none;
    std::string detail;
    boost::system::error_code cause;
};

/// Opens sockets to where a route says, up to and including a proxy's consent: the slow and rare
/// part. Each is called on the engine's thread.
class socket_opener {
public:
    virtual ~socket_opener() = default;
    class attempt {
    public:
        virtual ~attempt() = default;
        /// Ends it; `done` is called with `why`.
        virtual void abort(errc why) = 0;
    };
    /// `done` is called once, not from within `open`.
    [[nodiscard]] virtual std::shared_ptr<attempt>
    open(const url& target, const std::optional<url>& proxy, time_point deadline,
         std::function<void(opened_socket)> done) = 0;
};

/// Sends requests that lie in memory over pooled keep-alive connections and hands out the answers
/// where they were received. Makes attempts; what an answer means and whether to try again is for
/// the caller.
///
/// Virtual, so that tests can answer in its place.
///
/// @par Thread safety  None: all of it in its home. It outlives its connections: `shared_ptr`.
class exchange_engine : public std::enable_shared_from_this<exchange_engine> {
public:
    AISTUDIO_DECL exchange_engine(const client_options& options, environment env,
                                  std::shared_ptr<engine_home> home,
                                  std::unique_ptr<socket_opener> opener);
    exchange_engine(const exchange_engine&) = delete;
    exchange_engine& operator=(const exchange_engine&) = delete;
    AISTUDIO_DECL virtual ~exchange_engine();

    /// The connections to the host of `target`, by way of a proxy where the options or the
    /// environment name one. Lives as long as the engine.
    /// @par Errors  errc::invalid_configuration.
    [[nodiscard]] AISTUDIO_DECL result<origin*> find_origin(const url& target);

    /// Starts one attempt. Never ends inline. `fresh`: not on an idle connection.
    AISTUDIO_DECL virtual void start(exchange& x, bool fresh, time_point now);
    /// Gives the connection of an answered exchange back; only from within `on_answer`.
    AISTUDIO_DECL virtual void finish(exchange& x);
    /// Ends an attempt; `on_failure` follows, inline or soon. Nothing happens to one that has
    /// ended.
    AISTUDIO_DECL virtual void abort(exchange& x, errc why);
    /// Closes idle connections; later attempts fail with errc::client_closed.
    AISTUDIO_DECL void close();

    /// A time limit of the owner's, for waits between attempts.
    AISTUDIO_DECL void set_limit(limit_list::limit& l, time_point when, errc why);
    AISTUDIO_DECL void on_alarm();
    /// One thing more, or one less, that the loop must not end before.
    AISTUDIO_DECL void count(int change);
    [[nodiscard]] engine_home& home() const noexcept { return *home_; }
    [[nodiscard]] const std::shared_ptr<engine_home>& shared_home() const noexcept { return home_; }

private:
    friend class exchange_connection;
    friend class exchange;
    friend class origin;

    AISTUDIO_DECL void enter(exchange& x, phase p, time_point now);
    AISTUDIO_DECL void fail(exchange& x, attempt_result why);
    AISTUDIO_DECL void refuse(exchange& x, errc code, phase where, std::string detail);
    AISTUDIO_DECL void fail_soon(exchange& x, attempt_result why);
    AISTUDIO_DECL void fail_now();
    AISTUDIO_DECL void on_open(exchange_connection& connection, time_point now);
    AISTUDIO_DECL void drop(exchange_connection& connection);
    AISTUDIO_DECL void release(exchange_connection& connection, bool reusable);
    AISTUDIO_DECL void flush_soon(exchange_connection& connection);
    AISTUDIO_DECL void flush();
    AISTUDIO_DECL void use(exchange& x, pool_machine::decision how, time_point now);
    AISTUDIO_DECL void open(exchange& x, pool_machine::connection_id id);
    AISTUDIO_DECL void give(const std::optional<pool_machine::grant>& grant, time_point now);
    AISTUDIO_DECL void close_expired(origin& where, time_point now);
    AISTUDIO_DECL void retire(std::unique_ptr<exchange_connection> connection);
    AISTUDIO_DECL void forget(exchange_connection& connection);
    AISTUDIO_DECL void discard(exchange_connection& connection, time_point now);
    [[nodiscard]] AISTUDIO_DECL result<ssl_ctx_st*> tls_context();
    client_options options_;
    environment env_;
    std::shared_ptr<engine_home> home_; // shared, so that one may post the last of us to it
    std::unique_ptr<socket_opener> opener_;
    std::unique_ptr<boost::asio::ssl::context> tls_;
    limit_list limits_;
    std::unordered_map<std::string, std::unique_ptr<origin>> origins_;
    /// Closed, but the driver is not done with them.
    std::vector<std::unique_ptr<exchange_connection>> retired_;
    /// Attempts that have failed; null: one that was ended meanwhile.
    std::deque<std::pair<exchange*, attempt_result>> failing_;
    /// Connections with requests that were put together.
    std::vector<exchange_connection*> to_flush_;
    std::size_t under_way_ = 0;
    std::uint64_t event_ = 0; // number of the event that is served, or was last
    bool in_event_ = false;
    bool closed_ = false;
};

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/exchange_engine.ipp>
#endif
