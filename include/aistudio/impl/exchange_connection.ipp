#pragma once

#include <aistudio/protocol/http1_reader.hpp>
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
        stage_ = stage::open;
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
        const bool secured = stage_ == stage::open && tls_;
        stage_ = stage::closing;
        if (secured && out_.empty()) { // as far as the system takes it now
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
    enum class stage {
        opening,     ///< there is no stream yet
        handshake,   ///< of TLS
        last_flight, ///< we are done with it, but the peer does not know
        open,
        closing
    };

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
        if (stage_ == stage::closing) {
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
        stage_ = stage::handshake;
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
            stage_ = stage::last_flight;
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
        if (stage_ != stage::open)
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
        if (stage_ == stage::closing)
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
        if (stage_ == stage::closing)
            return;
        note_sent(size);
        error ? on_send_failed(error) : push({});
        if (stage_ == stage::last_flight && out_.empty())
            begin(*exchange_, std::chrono::steady_clock::now());
    }

    void note_sent(std::size_t size) noexcept {
        sent_ = sent_ || (size > 0 && stage_ == stage::open); // a handshake is not the request
        out_.remove_prefix(size);
    }

    void on_received(boost::system::error_code error, std::size_t size) override {
        if (stage_ == stage::closing)
            return;
        const event_scope here(*engine_);
        if (tls_ && !error) {
            tls_->commit(size);
            if (stage_ == stage::handshake)
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
        if (stage_ != stage::open)
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
        out.answered = stage_ == stage::open && reader_.began();
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
    stage stage_ = stage::opening;
    bool used_ = false;
    bool sent_ = false;
    bool send_failed_ = false;
    bool answered_ = false; // and the answer is still in use
};

} // namespace aistudio::detail
