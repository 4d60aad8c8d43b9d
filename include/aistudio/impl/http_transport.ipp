#pragma once

#include <aistudio/protocol/pool_machine.hpp>
#include <aistudio/protocol/proxy.hpp>
#include <aistudio/transport/connection.hpp>
#include <aistudio/transport/http_transport.hpp>
#include <aistudio/transport/tls_context.hpp>

#include <unordered_map>

namespace aistudio {
namespace detail {

class pool_waiter;

/// Connections to one host. The machine decides, this holds the sockets.
struct host_pool {
    explicit host_pool(const pool_options& options) : machine(options) {}
    pool_machine machine;
    std::unordered_map<pool_machine::connection_id, std::unique_ptr<connection>> idle;
    std::unordered_map<pool_machine::waiter_id, pool_waiter*> waiters;

    void give(const std::optional<pool_machine::grant>& grant);
};

/// A call's place in the queue for a connection; leaves it when destroyed, also with a coroutine
/// that never resumes.
class pool_waiter {
public:
    pool_waiter(const asio::any_io_executor& executor, std::shared_ptr<host_pool> pool,
                pool_machine::waiter_id id)
        : wake_(executor, watchdog::clock::time_point::max()), pool_(std::move(pool)), id_(id) {
        pool_->waiters.emplace(id_, this);
    }
    pool_waiter(const pool_waiter&) = delete;
    pool_waiter& operator=(const pool_waiter&) = delete;
    ~pool_waiter() {
        pool_->waiters.erase(id_);
        pool_->machine.cancel(id_);
        if (granted_)
            pool_->give(pool_->machine.discard(granted_->connection,
                                               watchdog::clock::now())); // nobody took it
    }

    void grant(pool_machine::decision d) {
        granted_ = d;
        wake_.cancel();
    }
    void expire(errc why) {
        expired_ = why;
        wake_.cancel();
    }
    asio::awaitable<void> wait() {
        if (expired_ == errc::ok && !granted_)
            co_await wake_.async_wait(no_throw);
    }
    [[nodiscard]] std::optional<pool_machine::decision> take() {
        return std::exchange(granted_, std::nullopt);
    }
    [[nodiscard]] errc expired() const noexcept { return expired_; }

private:
    asio::steady_timer wake_;
    std::shared_ptr<host_pool> pool_;
    pool_machine::waiter_id id_;
    std::optional<pool_machine::decision> granted_;
    errc expired_ = errc::ok;
};

inline void host_pool::give(const std::optional<pool_machine::grant>& grant) {
    if (!grant)
        return;
    pool_waiter* waiter = waiters.at(grant->waiter);
    waiters.erase(grant->waiter);
    waiter->grant(grant->how);
}

/// A connection on loan. Goes back to the pool, or is discarded, when the loan ends: also when a
/// coroutine is destroyed.
class loan {
public:
    loan() = default;
    loan(std::shared_ptr<host_pool> pool, pool_machine::connection_id id,
         std::unique_ptr<connection> c)
        : pool_(std::move(pool)), id_(id), connection_(std::move(c)) {}
    loan(loan&&) noexcept = default;
    loan& operator=(loan&& other) noexcept {
        if (this != &other) {
            give_back();
            pool_ = std::move(other.pool_);
            id_ = other.id_;
            connection_ = std::move(other.connection_);
        }
        return *this;
    }
    ~loan() { give_back(); }

    [[nodiscard]] connection& get() const { return *connection_; }
    explicit operator bool() const noexcept { return connection_ != nullptr; }

private:
    void give_back() noexcept {
        if (!pool_)
            return;
        const auto pool = std::move(pool_);
        pool_ = nullptr;
        const auto now = watchdog::clock::now();
        if (!connection_ || !connection_->reusable()) {
            connection_.reset();
            pool->give(pool->machine.discard(id_, now));
            return;
        }
        bool closed = false;
        const auto grant = pool->machine.release(id_, now, closed);
        closed ? connection_.reset() : void(pool->idle.emplace(id_, std::move(connection_)));
        pool->give(grant);
    }

    std::shared_ptr<host_pool> pool_;
    pool_machine::connection_id id_ = 0;
    std::unique_ptr<connection> connection_;
};

} // namespace detail

class http_transport::impl : public std::enable_shared_from_this<http_transport::impl> {
public:
    impl(strand s, client_options options, environment env)
        : strand_(std::move(s)), options_(std::move(options)), env_(std::move(env)),
          dog_(std::make_shared<detail::watchdog>(strand_)) {}

    boost::asio::awaitable<attempt_result> attempt(const http_request& request,
                                                   call_machine::send how, interrupter& stop) {
        const auto self = shared_from_this();
        if (closed_ || stop.reason() != errc::ok)
            co_return refused(closed_ ? errc::client_closed : stop.reason(), {});
        auto proxy = find_proxy(options_.proxy, env_, request.address);
        if (!proxy)
            co_return refused(proxy.error().code, proxy.error().detail);
        if (auto ready = prepare_tls(request.address.tls); !ready)
            co_return refused(ready.error().code, ready.error().detail);
        const detail::route where{request.address, std::move(*proxy)};
        time_limits limits = options_.limits;
        if (request.answer_limit)
            limits.first_byte = limits.body = *request.answer_limit;
        detail::attempt_clock clock(limits, how.deadline);
        detail::loan borrowed;
        detail::step s = co_await borrow(where, how.fresh_connection, clock, stop, borrowed);
        if (!s.ok())
            co_return detail::failed_attempt(s);
        co_return co_await borrowed.get().exchange(request, where, clock, stop);
    }

    void close() {
        closed_ = true;
        pools_.clear(); // calls in flight keep theirs until they are interrupted
    }

private:
    static attempt_result refused(errc code, std::string detail) {
        return detail::failed_attempt({code, phase::check, std::move(detail), {}});
    }

    result<void> prepare_tls(bool needed) {
        if (!needed || tls_)
            return {};
        auto context = detail::make_tls_context(options_.tls);
        if (!context)
            return context.error();
        tls_ = std::move(*context);
        return {};
    }

    std::shared_ptr<detail::host_pool> pool_of(const detail::route& where) {
        auto& pool = pools_[where.key()];
        if (!pool)
            pool = std::make_shared<detail::host_pool>(options_.pool);
        return pool;
    }

    static void close_expired(detail::host_pool& pool) {
        for (const auto id : pool.machine.expire(detail::watchdog::clock::now()))
            pool.idle.erase(id);
    }

    /// Gets a connection that is ready for a request: an idle one that still lives, or a new one.
    boost::asio::awaitable<detail::step> borrow(const detail::route& where, bool fresh,
                                                detail::attempt_clock& clock, interrupter& stop,
                                                detail::loan& out) {
        const auto pool = pool_of(where);
        close_expired(*pool);
        for (;;) {
            pool_machine::decision d;
            detail::step s = co_await decide(pool, fresh, clock, stop, d);
            if (!s.ok())
                co_return s;
            if (d.what == pool_machine::verb::open) {
                close_expired(*pool); // an idle one may have made room for it
                out = detail::loan(pool, d.connection,
                                   std::make_unique<detail::connection>(strand_, dog_));
                co_return co_await out.get().open(where, tls_.get(), options_.tls.verify, clock,
                                                  stop);
            }
            auto node = pool->idle.extract(d.connection);
            const bool alive = node.mapped()->is_alive();
            if (!alive)
                node.mapped()->abort(errc::connection_lost); // the loan's end discards it
            out = detail::loan(pool, d.connection, std::move(node.mapped()));
            if (alive)
                co_return detail::step{};
            out = detail::loan();
        }
    }

    boost::asio::awaitable<detail::step> decide(const std::shared_ptr<detail::host_pool>& pool,
                                                bool fresh, detail::attempt_clock& clock,
                                                interrupter& stop, pool_machine::decision& out) {
        const auto id = next_waiter_++;
        out = pool->machine.acquire(id, {.fresh = fresh}, detail::watchdog::clock::now());
        if (out.what == pool_machine::verb::refuse)
            co_return detail::step{errc::overloaded,
                                   phase::queue,
                                   std::to_string(options_.pool.max_waiting) +
                                       " calls wait already.",
                                   {}};
        if (out.what != pool_machine::verb::wait)
            co_return detail::step{};
        detail::pool_waiter waiter(strand_, pool, id);
        detail::watchdog::limit limit(*dog_, [&waiter](errc why) { waiter.expire(why); });
        clock.enter(limit, phase::queue);
        const interrupter::scope scope(stop, [&waiter, &stop] { waiter.expire(stop.reason()); });
        co_await waiter.wait();
        if (const auto granted =
                waiter
                    .take()) { // also when the time ran out in the same moment: the attempt notices
            out = *granted;
            co_return detail::step{};
        }
        co_return detail::step{waiter.expired(), phase::queue, {}, {}};
    }

    strand strand_;
    client_options options_;
    environment env_;
    std::shared_ptr<detail::watchdog> dog_;
    std::unique_ptr<boost::asio::ssl::context> tls_;
    std::unordered_map<std::string, std::shared_ptr<detail::host_pool>> pools_;
    pool_machine::waiter_id next_waiter_ = 1;
    bool closed_ = false;
};

AISTUDIO_DECL http_transport::http_transport(strand s, client_options options, environment env)
    : impl_(std::make_shared<impl>(std::move(s), std::move(options), std::move(env))) {}
AISTUDIO_DECL http_transport::~http_transport() = default;

AISTUDIO_DECL boost::asio::awaitable<attempt_result>
http_transport::attempt(const http_request& request, call_machine::send how, interrupter& stop) {
    return impl_->attempt(request, how, stop);
}

AISTUDIO_DECL void http_transport::close() { impl_->close(); }

} // namespace aistudio
