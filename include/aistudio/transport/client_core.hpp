#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/codec/json.hpp>
#include <aistudio/codec/wire.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/protocol/call_machine.hpp>
#include <aistudio/transport/http_transport.hpp>
#include <aistudio/transport/transport.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <random>
#include <unordered_set>

namespace aistudio {

namespace detail {
class exchange_engine;
class prediction_calls;
} // namespace detail

/// What one operation needs while it runs: how to stop it, and its options.
struct operation {
    interrupter stop;
    call_options options;
    time_point deadline = never;
};

/// The inside of a client: everything its copies, resources and predictors share. Lives until the
/// last of them and the last operation in flight are gone.
///
/// @par Thread safety  `start` and `close` may be called from any thread; all else happens on the
/// strand.
class client_core : public std::enable_shared_from_this<client_core> {
public:
    using strand = http_transport::strand;
    /// What an operation does. Erased: one coroutine a result type instead of one an operation.
    template <class T>
    using body_of = std::function<boost::asio::awaitable<result<T>>(client_core&, operation&)>;

    /// `options` are resolved.
    AISTUDIO_DECL client_core(const boost::asio::any_io_executor& executor, client_options options,
                              environment env);
    using transport_maker = std::function<std::unique_ptr<transport>(strand)>;
    using engine_maker = std::function<std::shared_ptr<detail::exchange_engine>(strand)>;
    /// With a transport of the caller's, and an engine for predictions, for tests of resources.
    AISTUDIO_DECL client_core(const boost::asio::any_io_executor& executor, client_options options,
                              const transport_maker& make_transport,
                              const engine_maker& make_engine, environment env);
    client_core(const client_core&) = delete;
    client_core& operator=(const client_core&) = delete;
    AISTUDIO_DECL ~client_core();

    /// Runs `body(core, operation)` as a coroutine on the strand and completes `h` once with what
    /// it returns, by its own executor, never inline. Cancellation through the handler's slot
    /// interrupts the operation.
    template <class T>
    void start(call_options options, std::optional<std::chrono::milliseconds> default_deadline,
               body_of<T> body, detail::handler<T> h);

    /// One logical call: attempts, waits, deadline. The answer is a success by `classify`.
    [[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<result<http_response>>
    call(operation& op, http_request request);

    /// `call`, with the token, for a path below the base URL; reads `result` out of the envelope.
    template <class T>
    [[nodiscard]] boost::asio::awaitable<result<T>> call_json(operation& op, http_request request);

    /// A request to `target` (path and query) of the service, with token. Fails when no token is
    /// set.
    [[nodiscard]] AISTUDIO_DECL result<http_request> request(std::string_view method,
                                                             std::string target) const;
    /// The same for reading what is public: without a token it goes without one.
    [[nodiscard]] AISTUDIO_DECL http_request public_request(std::string target) const;
    /// To any address, without the service's envelope. Carries the token when there is one and the
    /// address is the service's or the Git host's: nobody else ever sees it.
    [[nodiscard]] AISTUDIO_DECL http_request hub_request(std::string_view method,
                                                         url address) const;
    /// The Git host's address of `target` (path and query).
    [[nodiscard]] AISTUDIO_DECL url git_address(std::string_view target) const;
    /// The same with a JSON body. `creates`: carries an Idempotency-Key, so that it may be
    /// repeated.
    template <class T>
    [[nodiscard]] result<http_request> json_request(std::string_view method, std::string target,
                                                    const T& body, const operation& op,
                                                    bool creates);

    /// Waits; returns why it was interrupted, errc::ok if it was not.
    [[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<errc> sleep_until(operation& op,
                                                                         time_point when);

    [[nodiscard]] AISTUDIO_DECL std::string make_key();

    /// Interrupts everything in flight with errc::client_closed; later calls fail with it at once.
    AISTUDIO_DECL void close();

    [[nodiscard]] const client_options& options() const noexcept { return options_; }
    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept {
        return executor_;
    }
    AISTUDIO_DECL void log(log_level level, std::string_view line) const;

    // For prediction calls, which go their own way.
    [[nodiscard]] detail::prediction_calls& predictions() const noexcept { return *predictions_; }
    [[nodiscard]] const environment& env() const noexcept { return env_; }
    [[nodiscard]] retry_budget& budget() noexcept { return budget_; }
    [[nodiscard]] double random() { return std::uniform_real_distribution<double>()(random_); }
    /// Takes out of a failure's texts what of the request is secret: a service may echo it.
    AISTUDIO_DECL void scrub(problem& p, std::string_view target) const;
    /// The same, with the secret in its Authorization header.
    AISTUDIO_DECL void scrub(problem& p, const http_request& request) const;
    /// Whether anybody wants to know how calls end.
    [[nodiscard]] bool reports_calls() const noexcept { return options_.log || options_.on_call; }
    /// Tells those who want to know; `failure` null: it succeeded.
    AISTUDIO_DECL void report(std::string_view method, const url& address, const problem* failure,
                              int status, int attempts, time_point started) const;

private:
    /// An operation's entry in the list by which `close` finds it; taken out however the coroutine
    /// ends.
    class registration {
    public:
        registration(client_core& core, operation& op) : core_(&core), op_(&op) {
            core_->running_.insert(op_);
        }
        registration(const registration&) = delete;
        registration& operator=(const registration&) = delete;
        ~registration() { core_->running_.erase(op_); }

    private:
        client_core* core_;
        operation* op_;
    };
    template <class T>
    static boost::asio::awaitable<result<T>> run(std::shared_ptr<client_core> self,
                                                 std::shared_ptr<operation> op, body_of<T> body);
    [[nodiscard]] AISTUDIO_DECL result<void> check(const http_request& request,
                                                   const operation& op) const;
    AISTUDIO_DECL void add_key(http_request& request, const operation& op);

    boost::asio::any_io_executor executor_;
    strand strand_;
    client_options options_;
    environment env_;
    url base_;
    url git_;
    std::unique_ptr<transport> transport_;
    std::unique_ptr<detail::prediction_calls> predictions_;
    retry_budget budget_;
    std::mt19937_64 random_;
    std::unordered_set<operation*> running_;
    bool closed_ = false;
};

namespace detail {

/// Waits for the strand to interrupt an operation whose caller emits its cancellation signal on
/// another executor.
template <class Slot>
void connect_cancellation(Slot slot, const std::weak_ptr<operation>& op,
                          const client_core::strand& strand) {
    if (!slot.is_connected())
        return;
    slot.assign([op, strand](boost::asio::cancellation_type type) {
        if (type == boost::asio::cancellation_type::none)
            return;
        boost::asio::post(strand, [op] {
            if (const auto alive = op.lock())
                alive->stop.interrupt(errc::cancelled);
        });
    });
}

} // namespace detail

template <class T>
boost::asio::awaitable<result<T>> client_core::run(std::shared_ptr<client_core> self,
                                                   std::shared_ptr<operation> op, body_of<T> body) {
    const registration entry(*self, *op);
    if (self->closed_)
        op->stop.interrupt(errc::client_closed);
    co_return co_await body(*self, *op);
}

template <class T>
void client_core::start(call_options options,
                        std::optional<std::chrono::milliseconds> default_deadline, body_of<T> body,
                        detail::handler<T> h) {
    auto op = std::make_shared<operation>();
    const auto limit = options.deadline ? options.deadline : default_deadline;
    if (limit && limit->count() > 0)
        op->deadline = std::chrono::steady_clock::now() + *limit;
    op->options = std::move(options);
    auto slot = boost::asio::get_associated_cancellation_slot(h);
    detail::connect_cancellation(slot, op, strand_);
    auto executor = boost::asio::get_associated_executor(h, executor_);
    auto work = boost::asio::make_work_guard(executor);
    auto finish = [h = std::move(h), work = std::move(work), slot](std::exception_ptr error,
                                                                   result<T> value) mutable {
        if (error)
            value = result<T>(
                make_problem(errc::internal_error, "An operation ended with an exception."));
        auto ex = work.get_executor();
        // Not inline: we are on the strand, where the initiating function only posted to.
        boost::asio::dispatch(ex, [h = std::move(h), value = std::move(value),
                                   work = std::move(work), slot]() mutable {
            if (slot.is_connected())
                slot.clear();
            work.reset();
            std::move(h)(std::move(value));
        });
    };
    boost::asio::post(strand_, [self = shared_from_this(), op, body = std::move(body),
                                finish = std::move(finish)]() mutable {
        auto strand = self->strand_;
        boost::asio::co_spawn(strand, run<T>(std::move(self), std::move(op), std::move(body)),
                              std::move(finish));
    });
}

template <class T>
boost::asio::awaitable<result<T>> client_core::call_json(operation& op, http_request request) {
    request.kind = answer_kind::envelope;
    auto answer = co_await call(op, std::move(request));
    if (!answer)
        co_return answer.error();
    json_document document;
    const auto root = document.parse(answer->body);
    if constexpr (std::is_void_v<T>) {
        co_return result<T>{};
    } else {
        const auto value = root ? root->find("result") : std::nullopt;
        result<T> out = value ? from_json<T>(*value)
                              : result<T>(make_problem(errc::decode_failed, "`result` is missing.",
                                                       phase::decode));
        if (!out) {
            problem p = out.error();
            p.outcome = outcome::done;
            p.status = answer->status;
            co_return p;
        }
        co_return out;
    }
}

template <class T>
result<http_request> client_core::json_request(std::string_view method, std::string target,
                                               const T& body, const operation& op, bool creates) {
    auto out = request(method, std::move(target));
    if (!out)
        return out;
    if (auto written = append_json(out->body, body, secrets::reveal); !written)
        return written.error();
    if (creates)
        add_key(*out, op);
    return out;
}

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/client_core.ipp>
#endif
