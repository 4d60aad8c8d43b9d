#pragma once

#include <aistudio/impl/exchange_connection.ipp>
#include <aistudio/protocol/phase_limits.hpp>
#include <aistudio/protocol/proxy.hpp>
#include <aistudio/transport/exchange_engine.hpp>

#include <algorithm>

namespace aistudio::detail {

inline void exchange::on_expiry(errc why) { engine_->abort(*this, why); }

AISTUDIO_DECL exchange_engine::exchange_engine(const client_options& options, environment env,
                                               std::shared_ptr<engine_home> home,
                                               std::unique_ptr<socket_opener> opener)
    : options_(options), env_(std::move(env)), home_(std::move(home)), opener_(std::move(opener)) {}

AISTUDIO_DECL exchange_engine::~exchange_engine() = default;

AISTUDIO_DECL result<origin*> exchange_engine::find_origin(const url& target) {
    auto proxy = find_proxy(options_.proxy, env_, target);
    if (!proxy)
        return proxy.error();
    auto& found = origins_[route{target, *proxy}.key()];
    if (!found)
        found = std::make_unique<origin>(target, std::move(*proxy), options_.pool);
    return found.get();
}

AISTUDIO_DECL result<ssl_ctx_st*> exchange_engine::tls_context() {
    if (!tls_) {
        auto made = make_tls_context(options_.tls);
        if (!made)
            return made.error();
        tls_ = std::move(*made);
    }
    return tls_->native_handle();
}

AISTUDIO_DECL void exchange_engine::count(int change) {
    const bool was = under_way_ > 0;
    under_way_ += static_cast<std::size_t>(change);
    if (was == (under_way_ > 0))
        return;
    home_->keep_running(!was);
}

AISTUDIO_DECL void exchange_engine::start(exchange& x, bool fresh, time_point now) {
    x.engine_ = this;
    count(1);
    if (closed_)
        return refuse(x, errc::client_closed, phase::check, {});
    origin& where = *x.where;
    if (where.target.tls)
        if (const auto context = tls_context(); !context)
            return refuse(x, context.error().code, phase::check, context.error().detail);
    close_expired(where, now);
    const auto waiter = reinterpret_cast<std::uintptr_t>(&x);
    const pool_machine::wish wish{.fresh = fresh, .share = x.may_share};
    for (;;) {
        const auto decision = where.pool.acquire(waiter, wish, now);
        switch (decision.what) {
        case pool_machine::verb::refuse:
            return refuse(x, errc::overloaded, phase::queue,
                          std::to_string(options_.pool.max_waiting) + " calls wait already.");
        case pool_machine::verb::wait:
            x.waiting_ = true;
            return enter(x, phase::queue, now);
        case pool_machine::verb::open:
            close_expired(where, now); // an idle one may have made room for it
            return open(x, decision.connection);
        case pool_machine::verb::share:
            return where.at(decision.connection)->begin(x, now);
        case pool_machine::verb::use:
            auto& connection = *where.at(decision.connection);
            if (connection.is_quiet())
                return connection.begin(x, now);
            discard(connection, now);
        }
    }
}

AISTUDIO_DECL void exchange_engine::open(exchange& x, pool_machine::connection_id id) {
    auto& place = x.where->at(id);
    place = std::make_unique<exchange_connection>(*this, *x.where, id);
    place->open(x);
}

AISTUDIO_DECL void exchange_engine::use(exchange& x, pool_machine::decision how, time_point now) {
    if (how.what == pool_machine::verb::open)
        return open(x, how.connection);
    x.where->at(how.connection)->begin(x, now);
}

AISTUDIO_DECL void exchange_engine::give(const std::optional<pool_machine::grant>& grant,
                                         time_point now) {
    if (!grant)
        return;
    auto& x = *reinterpret_cast<exchange*>(static_cast<std::uintptr_t>(grant->waiter));
    x.waiting_ = false;
    x.clear();
    use(x, grant->how, now);
}

AISTUDIO_DECL void exchange_engine::finish(exchange& x) {
    if (x.connection_ == nullptr)
        return;
    auto& connection = *x.connection_;
    const bool reusable = connection.finish();
    x.engine_ = nullptr;
    count(-1);
    release(connection, reusable);
}

/// The answer came of an exchange that was given up.
AISTUDIO_DECL void exchange_engine::drop(exchange_connection& connection) {
    const bool reusable = connection.finish();
    release(connection, reusable);
}

AISTUDIO_DECL void exchange_engine::release(exchange_connection& connection, bool reusable) {
    const auto now = std::chrono::steady_clock::now();
    origin& where = connection.where();
    const bool shared = connection.waiting() > 0;
    if (!reusable && shared)
        where.pool.stop_sharing(); // a server that closes would lose many each time
    if (!reusable || (closed_ && !shared))
        return discard(connection, now);
    bool old = false;
    const auto grant = where.pool.release(connection.id(), now, old);
    if (old)
        retire(std::move(where.at(connection.id())));
    give(grant, now);
}

/// Calls that wait may share it now.
AISTUDIO_DECL void exchange_engine::on_open(exchange_connection& connection, time_point now) {
    pool_machine& pool = connection.where().pool;
    pool.opened(connection.id());
    while (const auto grant = pool.next_to_share(now))
        give(grant, now);
}

/// The connection is of no use any more.
AISTUDIO_DECL void exchange_engine::discard(exchange_connection& connection, time_point now) {
    origin& where = connection.where();
    const auto id = connection.id();
    auto& place = where.at(id);
    if (place.get() != &connection)
        return; // retired already
    connection.fail_line();
    retire(std::move(place));
    give(where.pool.discard(id, now), now);
}

AISTUDIO_DECL void exchange_engine::retire(std::unique_ptr<exchange_connection> connection) {
    if (connection->flush_pending())
        std::erase(to_flush_, connection.get());
    if (connection->close())
        retired_.push_back(std::move(connection));
}

AISTUDIO_DECL void exchange_engine::forget(exchange_connection& connection) {
    std::erase_if(retired_, [&](const auto& c) { return c.get() == &connection; });
}

AISTUDIO_DECL void exchange_engine::close_expired(origin& where, time_point now) {
    for (const auto id : where.pool.expire(now))
        retire(std::move(where.at(id)));
}

AISTUDIO_DECL void exchange_engine::fail(exchange& x, attempt_result why) {
    x.clear();
    x.engine_ = nullptr;
    count(-1);
    x.on_failure(std::move(why));
}

AISTUDIO_DECL void exchange_engine::refuse(exchange& x, errc code, phase where,
                                           std::string detail) {
    attempt_result why;
    why.code = code;
    why.phase = where;
    why.detail = std::move(detail);
    fail_soon(x, std::move(why));
}

/// For attempts that must not fail inline.
AISTUDIO_DECL void exchange_engine::fail_soon(exchange& x, attempt_result why) {
    x.clear();
    failing_.emplace_back(&x, std::move(why));
    if (failing_.size() == 1)
        home_->post([self = shared_from_this()] { self->fail_now(); });
}

AISTUDIO_DECL void exchange_engine::fail_now() {
    for (std::size_t left = failing_.size(); left > 0; --left) {
        auto [x, why] = std::move(failing_.front()); // the owner may end others, or start some
        failing_.pop_front();
        if (x != nullptr)
            fail(*x, std::move(why));
    }
    if (!failing_.empty())
        home_->post([self = shared_from_this()] { self->fail_now(); });
}

AISTUDIO_DECL void exchange_engine::flush_soon(exchange_connection& connection) {
    to_flush_.push_back(&connection);
    if (!in_event_ && to_flush_.size() == 1)
        home_->post([self = shared_from_this()] { self->flush(); });
}

AISTUDIO_DECL void exchange_engine::flush() {
    if (to_flush_.empty())
        return;
    const auto now = std::chrono::steady_clock::now();
    for (exchange_connection* connection : to_flush_)
        connection->flush(now);
    to_flush_.clear();
}

AISTUDIO_DECL void exchange_engine::abort(exchange& x, errc why) {
    if (x.engine_ == nullptr)
        return;
    if (x.connection_ != nullptr)
        return x.connection_->abort(x, why);
    attempt_result out;
    out.phase = phase::queue;
    for (auto& entry : failing_)
        if (entry.first == &x)
            out = std::move(std::exchange(entry, {}).second);
    out.code = why;
    if (std::exchange(x.waiting_, false))
        x.where->pool.cancel(reinterpret_cast<std::uintptr_t>(&x));
    fail(x, std::move(out));
}

AISTUDIO_DECL void exchange_engine::enter(exchange& x, phase p, time_point now) {
    x.phase_ = p;
    const auto own = limit_of(options_.limits, p);
    const auto end = own.count() > 0 ? now + own : never;
    end < x.deadline ? set_limit(x, end, timeout_of(p))
                     : set_limit(x, x.deadline, errc::deadline_exceeded);
}

AISTUDIO_DECL void exchange_engine::set_limit(limit_list::limit& l, time_point when, errc why) {
    if (limits_.set(l, when, why))
        home_->set_alarm(when);
}

AISTUDIO_DECL void exchange_engine::on_alarm() {
    limits_.look(std::chrono::steady_clock::now());
    home_->set_alarm(limits_.alarm());
}

AISTUDIO_DECL void exchange_engine::close() {
    closed_ = true;
    home_->set_alarm(never);
    for (auto& [key, where] : origins_)
        for (auto& connection : where->connections)
            if (connection && connection->is_idle())
                discard(*connection, std::chrono::steady_clock::now());
}

} // namespace aistudio::detail
