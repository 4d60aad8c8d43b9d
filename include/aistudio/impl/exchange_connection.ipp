#pragma once

#include <aistudio/protocol/http1_reader.hpp>
#include <aistudio/transport/connection.hpp>
#include <aistudio/transport/exchange_engine.hpp>
#include <aistudio/transport/tls_context.hpp>
#include <aistudio/transport/tls_session.hpp>

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace aistudio::detail {

/// Memory that answers are received into, one after the other; what is received is followed by
/// readable bytes.
class receive_buffer {
public:
    /// The first answer that was not taken out.
    [[nodiscard]] char* data() const noexcept { return memory_.get() + begin_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_ - begin_; }
    [[nodiscard]] char* end() const noexcept { return memory_.get() + size_; }
    [[nodiscard]] std::size_t room() const noexcept { return capacity_ - size_; }
    /// What is there now ends `n` bytes after `data()`.
    void set_size(std::size_t n) noexcept { size_ = begin_ + n; }
    void added(std::size_t n) noexcept { size_ += n; }
    /// The first `n` bytes are done with. Their memory stays until the next `grow`.
    void take_out(std::size_t n) noexcept { begin_ += n; }

    /// Makes room for a byte at least, and for `expected` bytes after `data()` where that is known.
    void grow(std::size_t expected) {
        if (begin_ > 0) {
            std::memmove(memory_.get(), data(), size());
            size_ -= std::exchange(begin_, 0);
        }
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
        begin_ = 0;
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
    std::size_t begin_ = 0;
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

/// One connection: opens itself, then carries one exchange after the other, or several at a time
/// where they allow it, whose answers then come in the order of their requests.
class exchange_connection final : stream_events {
public:
    exchange_connection(exchange_engine& engine, origin& where, pool_machine::connection_id id)
        : engine_(&engine), where_(&where), id_(id),
          line_(std::max<std::size_t>(engine.options_.pool.pipeline_depth, 1)) {}
    exchange_connection(const exchange_connection&) = delete;
    exchange_connection& operator=(const exchange_connection&) = delete;
    ~exchange_connection() = default;

    [[nodiscard]] origin& where() const noexcept { return *where_; }
    [[nodiscard]] pool_machine::connection_id id() const noexcept { return id_; }

    void open(exchange& x) {
        join(x);
        x.phase_ = phase::connect;
        opening_ = engine_->opener_->open(where_->target, where_->proxy, x.deadline,
                                          [engine = engine_->shared_from_this(),
                                           this](opened_socket s) { on_opened(std::move(s)); });
    }

    void begin(exchange& x, time_point now) {
        join(x);
        send(x, now);
    }

    /// Ends `x` with `why`, and the connection with it unless others wait for answers on it: they
    /// keep it, and what comes for `x` is dropped.
    void abort(exchange& x, errc why) {
        if (opening_)
            return opening_->abort(why); // tells where it was
        const step reason{why, x.phase_, {}, {}};
        if (waiting() == 1)
            return lose(reason, &x);
        attempt_result out = give_up(x, reason);
        spoilt_ = true;
        where_->pool.stop_sharing(id_);
        engine_->fail(x, std::move(out));
    }

    [[nodiscard]] bool is_idle() const noexcept { return line_.empty() && stream_; }
    /// The first exchange is over. True when another may follow.
    [[nodiscard]] bool finish() {
        answered_ = false;
        leave();
        buffer_.take_out(reader_.consumed());
        if (!reader_.keep_alive() || send_failed_)
            return false;
        if (!line_.empty()) {
            await_next();
            flush_soon();
            return waiting() > 0;
        }
        const bool clean = !spoilt_ && buffer_.size() == 0 && out_.empty() && gathered_.empty() &&
                           (!tls_ || tls_->drained());
        buffer_.clear();
        idle_since_ = engine_->event_;
        return clean;
    }
    /// Exchanges that wait for their answers.
    [[nodiscard]] std::size_t waiting() const noexcept {
        return line_.size() -
               static_cast<std::size_t>(std::count(line_.begin(), line_.end(), nullptr));
    }
    [[nodiscard]] bool is_quiet() {
        if (stream_->may_have_input())
            return false;
        // Its answer is being served at this moment: nothing can have come since. Asking would cost
        // each call of a busy pool a system call.
        const bool just_now = engine_->in_event_ && idle_since_ == engine_->event_;
        return just_now || stream_->is_quiet();
    }

    /// Sends the requests that were put together since the last time, unless more are on the way:
    /// the server would come to them later anyway, and those to come can go with them.
    void flush(time_point now) {
        flush_pending_ = false;
        const std::size_t on_the_way = line_.size() - gathered_count_;
        if (stage_ != stage::open || !out_.empty() || gathered_count_ == 0 ||
            on_the_way > gathered_count_)
            return;
        sending_.swap(gathered_);
        gathered_.clear();
        gathered_count_ = 0;
        transmit(sending_, now);
    }
    [[nodiscard]] bool flush_pending() const noexcept { return flush_pending_; }

    /// Those whose answers will not come end as lost.
    void fail_line() {
        const step why{errc::connection_lost, phase::first_byte, {}, {}};
        for (; !line_.empty(); leave())
            if (exchange* const x = line_.front()) {
                attempt_result out = give_up(*x, why);
                out.answered = false;
                engine_->fail_soon(*x, std::move(out));
            }
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

    void join(exchange& x) {
        line_.push_back(&x);
        x.connection_ = this;
        x.reused_ = false;
        x.sent_ = false;
    }
    void leave() {
        if (line_.front() != nullptr)
            line_.front()->connection_ = nullptr;
        line_.pop_front();
        sent_ -= sent_ > 0 ? 1 : 0;
        sending_end_ -= sending_end_ > 0 ? 1 : 0;
    }

    /// Sends the request of `x`, which joined last.
    void send(exchange& x, time_point now) {
        x.reused_ = std::exchange(used_, true);
        if (line_.size() == 1)
            await_next();
        if (!x.may_share) {
            transmit(x.request, now);
        } else {
            // Its memory must not be needed after it ends, and one system call can send several.
            gathered_ += x.request;
            ++gathered_count_;
            engine_->enter(x, phase::write, now);
            flush_soon();
        }
        if (line_.size() == 1 && !reading_)
            receive();
    }

    void flush_soon() {
        if (gathered_count_ > 0 && !std::exchange(flush_pending_, true))
            engine_->flush_soon(*this);
    }

    /// The next answer is that of the first in line.
    void await_next() {
        reader_.start(line_.front() != nullptr ? line_.front()->max_response_bytes
                                               : engine_->options_.max_response_bytes);
    }

    void transmit(std::string_view requests, time_point now) {
        out_ = requests;
        sending_end_ = line_.size();
        if (tls_) {
            if (tls_->write(requests) == tls_session::state::ok)
                out_ = tls_->output();
            else
                on_send_failed(tls_->error());
        }
        push(now);
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
            return on_open();
        tls_ = std::make_unique<tls_session>(engine_->tls_context().value(), where_->target.host,
                                             engine_->options_.tls.verify);
        engine_->enter(*line_.front(), phase::tls, std::chrono::steady_clock::now());
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

    void on_open() {
        const auto now = std::chrono::steady_clock::now();
        stage_ = stage::open;
        send(*line_.front(), now);
        engine_->on_open(*this, now);
    }

    void shake_hands() {
        const auto state = tls_->shake_hands();
        out_ = tls_->output();
        push({});
        if (state == tls_session::state::ok) {
            stage_ = stage::last_flight;
            if (out_.empty())
                on_open();
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
        for (std::size_t i = sent_; i < sending_end_; ++i)
            if (line_[i] != nullptr)
                engine_->enter(*line_[i], waits ? phase::write : phase::first_byte, now);
        if (!waits)
            sent_ = sending_end_;
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
        if (stage_ == stage::open)
            return flush(std::chrono::steady_clock::now()); // what was put together meanwhile
        if (stage_ == stage::last_flight && out_.empty())
            return on_open();
    }

    void note_sent(std::size_t size) noexcept {
        if (size > 0 && stage_ == stage::open) // a handshake is not the request
            for (std::size_t i = sent_; i < sending_end_; ++i)
                if (line_[i] != nullptr)
                    line_[i]->sent_ = true;
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
        buffer_.added(size);
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
                return lose({errc::connection_lost, phase_now(), {}, tls_->error()});
            buffer_.added(got);
        }
    }

    void read_on() {
        read_answers();
        if (stage_ == stage::open && !line_.empty())
            receive();
    }

    /// Hands out all answers that are there.
    void read_answers() {
        reading_ = true;
        while (stage_ == stage::open && !line_.empty() && read_answer())
            answer();
        reading_ = false;
    }

    /// True when the first answer is complete.
    bool read_answer() {
        std::size_t size = buffer_.size();
        if (size == 0)
            return false;
        const auto now_it_is = reader_.read(buffer_.data(), size);
        buffer_.set_size(size);
        if (now_it_is == http1_reader::progress::complete)
            return true;
        if (now_it_is == http1_reader::progress::failed)
            lose({reader_.error(), reader_.in_body() ? phase::body : phase::first_byte, {}, {}});
        else if (reader_.in_body() && line_.front() != nullptr)
            engine_->enter(*line_.front(), phase::body, std::chrono::steady_clock::now());
        return false;
    }

    /// The stream ended: that may be how the answer ends.
    void on_end(boost::system::error_code error) {
        if (stage_ != stage::open)
            return lose(
                {errc::connection_lost, phase::tls, "Host `" + where_->target.host + "`.", error});
        if (error == boost::asio::error::eof && buffer_.size() > 0) {
            read_answers();
            if (stage_ != stage::open || line_.empty())
                return;
            if (reader_.began() && reader_.end() == http1_reader::progress::complete)
                return answer(); // and the connection is not used again
        }
        if (send_failed_)
            return lose({errc::connection_lost, phase::write, {}, send_error_});
        lose({errc::connection_lost, phase_now(), {}, error});
    }

    /// Where the exchange is whose answer comes next.
    [[nodiscard]] phase phase_now() const noexcept {
        if (reader_.in_body())
            return phase::body;
        return line_.front() != nullptr ? line_.front()->phase_ : phase::first_byte;
    }

    void answer() {
        exchange* const x = line_.front();
        if (x == nullptr)
            return engine_->drop(*this);
        x->clear();
        answered_ = true;
        answer_view view;
        view.status = reader_.status();
        view.body = reader_.body(buffer_.data());
        view.retry_after = reader_.retry_after(buffer_.data());
        view.date = reader_.date(buffer_.data());
        x->on_answer(view);
        if (answered_)
            engine_->finish(*x);
    }

    /// Takes `x` out of the line, with what came of it; its place stays.
    [[nodiscard]] attempt_result give_up(exchange& x, const step& why) {
        const auto place = std::find(line_.begin(), line_.end(), &x);
        attempt_result out = failed_attempt(why);
        out.sent = x.sent_;
        out.answered = place == line_.begin() && stage_ == stage::open && reader_.began();
        out.reused = x.reused_;
        *place = nullptr;
        x.connection_ = nullptr;
        return out;
    }

    /// Ends the connection, and with it all that is under way on it: `x`, or the first in line, for
    /// this reason.
    void lose(const step& why, exchange* x = nullptr) {
        exchange_engine* const engine = engine_;
        if (x == nullptr && !line_.empty())
            x = line_.front();
        attempt_result out = x != nullptr ? give_up(*x, why) : attempt_result{};
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
        ~event_scope() {
            engine_->in_event_ = false;
            engine_->flush();
        }

    private:
        exchange_engine* engine_;
    };

    exchange_engine* engine_;
    origin* where_;
    pool_machine::connection_id id_;
    std::shared_ptr<socket_opener::attempt> opening_;
    std::unique_ptr<stream> stream_;
    std::unique_ptr<tls_session> tls_;
    boost::circular_buffer<exchange*> line_; // in the order of their answers; null: given up
    std::size_t sent_ = 0;                   // so many of them are sent whole
    std::size_t sending_end_ = 0;            // and the rest up to here is in `out_`
    std::string gathered_;                   // requests to be sent together
    std::size_t gathered_count_ = 0;         // the last so many of the line
    std::string sending_;                    // those that `out_` may be in
    std::string_view out_;                   // not sent yet
    receive_buffer buffer_;
    http1_reader reader_;
    boost::system::error_code send_error_;
    std::uint64_t idle_since_ = 0; // the event with which it became idle
    stage stage_ = stage::opening;
    bool used_ = false;
    bool send_failed_ = false;
    bool answered_ = false; // and the answer is still in use
    bool reading_ = false;
    bool spoilt_ = false; // one that was sent was given up
    bool flush_pending_ = false;
};

} // namespace aistudio::detail
