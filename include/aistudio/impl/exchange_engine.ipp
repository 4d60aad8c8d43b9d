#pragma once

#include <aistudio/protocol/http1_reader.hpp>
#include <aistudio/protocol/phase_limits.hpp>
#include <aistudio/protocol/proxy.hpp>
#include <aistudio/transport/connection.hpp>
#include <aistudio/transport/exchange_engine.hpp>
#include <aistudio/transport/tls_context.hpp>
#include <aistudio/transport/tls_session.hpp>

#include <algorithm>
#include <cstring>

namespace aistudio::detail {

/// Memory that answers are received into; what is received is followed by readable bytes.
class receive_buffer {
public:
    [[nodiscard]] char* data() const noexcept { return memory_.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t& size() noexcept { return size_; }
    [[nodiscard]] char* end() const noexcept { return memory_.get() + size_; }
    [[nodiscard]] std::size_t room() const noexcept { return capacity_ - size_; }

    /// Makes room for a byte at least, and for `expected` bytes in all where that is known.
    void grow(std::size_t expected) {
        const std::size_t wanted = std::max(expected, size_ + 1);
        if (wanted <= capacity_)
            return;
        const std::size_t capacity = std::max({wanted, capacity_ * 2, smallest});
        auto memory = std::make_unique_for_overwrite<char[]>(capacity + answer_padding);
        if (size_ > 0)
            std::memcpy(memory.get(), memory_.get(), size_);
        std::memset(memory.get() + capacity, 0, answer_padding);
        memory_ = std::move(memory);
        capacity_ = capacity;
    }
    /// Ready for the next answer; a large one's memory is not kept.
    void clear() noexcept {
        size_ = 0;
        if (capacity_ <= largest_kept)
            return;
        memory_.reset();
        capacity_ = 0;
    }

private:
    static constexpr std::size_t smallest = 2048;
    static constexpr std::size_t largest_kept = std::size_t{1} << 20U;
    std::unique_ptr<char[]> memory_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

class origin {
public:
    origin(url t, std::optional<url> p, const pool_options& options)
        : target(std::move(t)), proxy(std::move(p)), pool(options) {}

    [[nodiscard]] std::unique_ptr<exchange_connection>& at(pool_machine::connection_id id) {
        const std::size_t place = pool_machine::place_of(id);
        if (connections.size() <= place)
            connections.resize(place + 1);
        return connections[place];
    }

    url target;
    std::optional<url> proxy;
    pool_machine pool;
    std::vector<std::unique_ptr<exchange_connection>> connections; // by place
};

/// One connection: opens itself, then carries one exchange after the other.
class exchange_connection final : stream_events {
public:
    exchange_connection(exchange_engine& engine, origin& where, pool_machine::connection_id id)
        : engine_(&engine), where_(&where), id_(id) {}
    exchange_connection(const exchange_connection&) = delete;
    exchange_connection& operator=(const exchange_connection&) = delete;
    ~exchange_connection() = default;

    [[nodiscard]] origin& where() const noexcept { return *where_; }
    [[nodiscard]] pool_machine::connection_id id() const noexcept { return id_; }

    void open(exchange& x) {
        bind(x);
        x.phase_ = phase::connect;
        opening_ = engine_->opener_->open(where_->target, where_->proxy, x.deadline,
                                          [engine = engine_->shared_from_this(),
                                           this](opened_socket s) { on_opened(std::move(s)); });
    }

    void begin(exchange& x, time_point now) {
        bind(x);
        handing_ = false;
        x.reused_ = used_;
        used_ = true;
        sent_ = false;
        send_failed_ = false;
        reader_.start(x.max_response_bytes);
        out_ = x.request;
        if (tls_) {
            if (tls_->write(x.request) == tls_session::state::ok)
                out_ = tls_->output();
            else
                on_send_failed(tls_->error());
        }
        push(now);
        receive();
    }

    /// Ends what is under way with `why`.
    void abort(errc why) {
        if (opening_)
            return opening_->abort(why); // tells where it was
        const phase where = exchange_ != nullptr ? exchange_->phase_ : phase::none;
        lose({why, where, {}, {}});
    }

    [[nodiscard]] bool is_idle() const noexcept { return exchange_ == nullptr && stream_; }
    /// The last exchange is over. True when another may follow.
    [[nodiscard]] bool finish() {
        const bool clean = reader_.keep_alive() && buffer_.size() == reader_.consumed() &&
                           out_.empty() && !send_failed_ && (!tls_ || tls_->drained());
        answered_ = false;
        unbind();
        buffer_.clear();
        idle_since_ = engine_->event_;
        return clean;
    }
    [[nodiscard]] bool is_quiet() {
        if (stream_->may_have_input())
            return false;
        // Its answer is being served at this moment: nothing can have come since. Asking would cost
        // each call of a busy pool a system call.
        const bool just_now = engine_->in_event_ && idle_since_ == engine_->event_;
        return just_now || stream_->is_quiet();
    }

    /// True when the driver will call `on_closed`, or the opener is not done yet.
    [[nodiscard]] bool close() {
        closing_ = true;
        if (stream_ && tls_ && shaken_ && out_.empty()) { // as far as the system takes it now
            tls_->say_goodbye();
            boost::system::error_code ignored;
            [[maybe_unused]] const std::size_t sent =
                stream_->send(tls_->output().data(), tls_->output().size(), ignored);
        }
        if (stream_)
            stream_->close();
        return stream_ || opening_;
    }

private:
    void bind(exchange& x) {
        exchange_ = &x;
        x.connection_ = this;
    }
    void unbind() {
        exchange_->connection_ = nullptr;
        exchange_ = nullptr;
    }

    void on_opened(opened_socket s) {
        opening_.reset();
        if (closing_) {
            close_unused(s);
            return engine_->forget(*this);
        }
        if (s.code != errc::ok)
            return lose({s.code, s.phase, std::move(s.detail), s.cause});
        try {
            stream_ = engine_->home_->driver().adopt(s.socket, *this);
        } catch (const boost::system::system_error& failed) {
            return lose({errc::connect_failed, phase::connect, {}, failed.code()});
        }
        if (!where_->target.tls)
            return begin(*exchange_, std::chrono::steady_clock::now());
        tls_ = std::make_unique<tls_session>(engine_->tls_context().value(), where_->target.host,
                                             engine_->options_.tls.verify);
        engine_->enter(*exchange_, phase::tls, std::chrono::steady_clock::now());
        handing_ = true;
        shake_hands();
    }

    /// A socket that came too late.
    void close_unused(const opened_socket& s) {
        if (s.code == errc::ok) {
            try {
                const auto closes_it = engine_->home_->driver().adopt(s.socket, *this);
            } catch (const boost::system::system_error&) { // closed as well
            }
        }
    }

    void shake_hands() {
        const auto state = tls_->shake_hands();
        out_ = tls_->output();
        push({});
        if (state == tls_session::state::ok) {
            shaken_ = true;
            if (out_.empty())
                begin(*exchange_, std::chrono::steady_clock::now());
            return; // else once the rest is sent
        }
        if (state == tls_session::state::failed || state == tls_session::state::closed) {
            const std::string why = tls_->why();
            return lose(
                {errc::tls_failed, phase::tls,
                 "Host `" + where_->target.host + "`" + (why.empty() ? "" : ": " + why) + ".",
                 tls_->error()});
        }
        receive();
    }

    /// Sends until all is sent or the system takes no more.
    void push(time_point now) {
        bool waits = false;
        while (!out_.empty() && !waits) {
            boost::system::error_code error;
            const std::size_t n = stream_->send(out_.data(), out_.size(), error);
            if (error)
                return on_send_failed(error);
            note_sent(n);
            waits = n == 0;
        }
        if (out_.empty() && tls_)
            tls_->output().clear();
        if (handing_)
            return; // the time limit is that of the handshake
        if (now == time_point{})
            now = std::chrono::steady_clock::now();
        engine_->enter(*exchange_, waits ? phase::write : phase::first_byte, now);
    }

    /// A server that refuses a body answers and closes while we still write: its answer tells more
    /// than the failure, so it is read first. `receive` is under way or will fail the same way.
    void on_send_failed(boost::system::error_code error) {
        send_failed_ = true;
        send_error_ = error;
        out_ = {};
    }

    void receive() {
        if (closing_)
            return;
        if (tls_) {
            const auto space = tls_->prepare(4096);
            stream_->receive(space.data, space.size);
            return;
        }
        buffer_.grow(reader_.expected_size());
        stream_->receive(buffer_.end(), buffer_.room());
    }

    void on_sent(boost::system::error_code error, std::size_t size) override {
        if (closing_)
            return;
        note_sent(size);
        error ? on_send_failed(error) : push({});
        if (handing_ && shaken_ && out_.empty())
            begin(*exchange_, std::chrono::steady_clock::now());
    }

    void note_sent(std::size_t size) noexcept {
        sent_ = sent_ || (size > 0 && !handing_); // a handshake is not the request
        out_.remove_prefix(size);
    }

    void on_received(boost::system::error_code error, std::size_t size) override {
        if (closing_)
            return;
        const event_scope here(*engine_);
        if (tls_ && !error) {
            tls_->commit(size);
            if (!shaken_)
                return shake_hands();
            return on_ciphertext();
        }
        if (error) // an end of TLS that the peer did not announce may be somebody cutting it
            return on_end(tls_ && error == boost::asio::error::eof
                              ? boost::asio::ssl::error::make_error_code(
                                    boost::asio::ssl::error::stream_truncated)
                              : error);
        buffer_.size() += size;
        read_on();
    }

    /// Decrypts all there is, then reads it.
    void on_ciphertext() {
        for (;;) {
            buffer_.grow(reader_.expected_size());
            std::size_t got = 0;
            const auto state = tls_->read(buffer_.end(), buffer_.room(), got);
            if (state == tls_session::state::wants_input)
                return read_on();
            if (state == tls_session::state::closed)
                return on_end(boost::asio::error::eof);
            if (state == tls_session::state::failed)
                return lose({errc::connection_lost, exchange_->phase_, {}, tls_->error()});
            buffer_.size() += got;
        }
    }

    void read_on() {
        switch (buffer_.size() > 0 ? reader_.read(buffer_.data(), buffer_.size())
                                   : http1_reader::progress::more) {
        case http1_reader::progress::complete:
            return answer();
        case http1_reader::progress::failed:
            return lose(
                {reader_.error(), reader_.in_body() ? phase::body : phase::first_byte, {}, {}});
        case http1_reader::progress::more:
            if (reader_.in_body())
                engine_->enter(*exchange_, phase::body, std::chrono::steady_clock::now());
            return receive();
        }
    }

    /// The stream ended: that may be how the answer ends.
    void on_end(boost::system::error_code error) {
        if (handing_)
            return lose(
                {errc::connection_lost, phase::tls, "Host `" + where_->target.host + "`.", error});
        if (error == boost::asio::error::eof && buffer_.size() > 0) {
            if (reader_.read(buffer_.data(), buffer_.size()) == http1_reader::progress::complete ||
                reader_.end() == http1_reader::progress::complete)
                return answer();
        }
        if (send_failed_)
            return lose({errc::connection_lost, phase::write, {}, send_error_});
        lose({errc::connection_lost,
              reader_.in_body() ? phase::body : exchange_->phase_,
              {},
              error});
    }

    void answer() {
        exchange& x = *exchange_;
        x.clear();
        answered_ = true;
        answer_view view;
        view.status = reader_.status();
        view.body = reader_.body(buffer_.data());
        view.retry_after = reader_.retry_after(buffer_.data());
        view.date = reader_.date(buffer_.data());
        x.on_answer(view);
        if (answered_)
            engine_->finish(x);
    }

    void lose(const step& why) {
        attempt_result out = failed_attempt(why);
        out.sent = sent_;
        out.answered = !handing_ && reader_.began();
        exchange* const x = exchange_;
        out.reused = x != nullptr && x->reused_;
        exchange_engine* const engine = engine_;
        if (x != nullptr)
            unbind();
        engine->discard(*this, std::chrono::steady_clock::now()); // we may be gone now
        if (x != nullptr)
            engine->fail(*x, std::move(out));
    }

    void on_closed() override { engine_->forget(*this); }

    /// One event is served. The engine lives as long: its last owner posts it away.
    class event_scope {
    public:
        explicit event_scope(exchange_engine& engine) : engine_(&engine) {
            ++engine_->event_;
            engine_->in_event_ = true;
        }
        event_scope(const event_scope&) = delete;
        event_scope& operator=(const event_scope&) = delete;
        ~event_scope() { engine_->in_event_ = false; }

    private:
        exchange_engine* engine_;
    };

    exchange_engine* engine_;
    origin* where_;
    pool_machine::connection_id id_;
    std::shared_ptr<socket_opener::attempt> opening_;
    std::unique_ptr<stream> stream_;
    std::unique_ptr<tls_session> tls_;
    exchange* exchange_ = nullptr;
    std::string_view out_; // not sent yet
    receive_buffer buffer_;
    http1_reader reader_;
    boost::system::error_code send_error_;
    std::uint64_t idle_since_ = 0; // the event with which it became idle
    bool handing_ = false;         // in the handshake
    bool shaken_ = false;
    bool used_ = false;
    bool sent_ = false;
    bool send_failed_ = false;
    bool answered_ = false; // and the answer is still in use
    bool closing_ = false;
};

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
    for (;;) {
        const auto decision = where.pool.acquire(waiter, fresh, now);
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
    const auto now = std::chrono::steady_clock::now();
    const bool reusable = connection.finish();
    x.engine_ = nullptr;
    count(-1);
    if (!reusable || closed_)
        return discard(connection, now);
    origin& where = connection.where();
    bool old = false;
    const auto grant = where.pool.release(connection.id(), now, old);
    if (old)
        retire(std::move(where.at(connection.id())));
    give(grant, now);
}

/// The connection is of no use any more.
AISTUDIO_DECL void exchange_engine::discard(exchange_connection& connection, time_point now) {
    origin& where = connection.where();
    const auto id = connection.id();
    auto& place = where.at(id);
    if (place.get() != &connection)
        return; // retired already
    retire(std::move(place));
    give(where.pool.discard(id, now), now);
}

AISTUDIO_DECL void exchange_engine::retire(std::unique_ptr<exchange_connection> connection) {
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

/// An attempt that fails before it began fails soon, not inline.
AISTUDIO_DECL void exchange_engine::refuse(exchange& x, errc code, phase where,
                                           std::string detail) {
    attempt_result why;
    why.code = code;
    why.phase = where;
    why.detail = std::move(detail);
    refused_.emplace_back(&x, std::move(why));
    if (refused_.size() == 1)
        home_->post([self = shared_from_this()] { self->fail_refused(); });
}

AISTUDIO_DECL void exchange_engine::fail_refused() {
    for (auto& [x, why] : std::exchange(refused_, {}))
        if (x != nullptr)
            fail(*x, std::move(why));
}

AISTUDIO_DECL void exchange_engine::abort(exchange& x, errc why) {
    if (x.engine_ == nullptr)
        return;
    if (x.connection_ != nullptr)
        return x.connection_->abort(why);
    for (auto& entry : refused_)
        if (entry.first == &x)
            entry.first = nullptr;
    attempt_result out;
    out.code = why;
    out.phase = phase::queue;
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
