#pragma once

#include <aistudio/protocol/proxy.hpp>
#include <aistudio/transport/asio_engine.hpp>
#include <aistudio/transport/client_core.hpp>
#include <aistudio/transport/prediction_calls.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace aistudio {

AISTUDIO_DECL client_core::client_core(const boost::asio::any_io_executor& executor,
                                       client_options options, environment env)
    : client_core(
          executor, options,
          [&](strand s) -> std::unique_ptr<transport> {
              return std::make_unique<http_transport>(std::move(s), options, env);
          },
          [&](const strand& s) { return detail::make_exchange_engine(executor, s, options, env); },
          env) {}

AISTUDIO_DECL
client_core::client_core(const boost::asio::any_io_executor& executor, client_options options,
                         const transport_maker& make_transport, const engine_maker& make_engine,
                         environment env)
    : executor_(executor), strand_(boost::asio::make_strand(executor)),
      options_(std::move(options)), env_(std::move(env)),
      base_(parse_url(options_.base_url).value()),
      git_(options_.git_url.empty() ? base_ : parse_url(options_.git_url).value()),
      transport_(make_transport(strand_)),
      predictions_(std::make_unique<detail::prediction_calls>(*this, make_engine(strand_))),
      budget_(options_.retry_budget), random_(std::random_device{}()) {
    if (!options_.tls.verify)
        log(log_level::warning,
            "TLS certificates are not checked: anybody between can read the keys.");
}

AISTUDIO_DECL client_core::~client_core() = default;

AISTUDIO_DECL void client_core::log(log_level level, std::string_view line) const {
    if (options_.log)
        options_.log(level, line);
}

namespace detail {

/// The address of `target` (path and query) below a base address.
inline url below(const url& base, std::string_view target) {
    url out = base;
    out.target = base.target == "/" ? std::string(target) : base.target + std::string(target);
    return out;
}

} // namespace detail

AISTUDIO_DECL result<http_request> client_core::request(std::string_view method,
                                                        std::string target) const {
    if (options_.access_token.empty())
        return make_problem(errc::credentials_missing, {});
    return hub_request(method, detail::below(base_, target));
}

AISTUDIO_DECL http_request client_core::public_request(std::string target) const {
    return hub_request("GET", detail::below(base_, target));
}

AISTUDIO_DECL url client_core::git_address(std::string_view target) const {
    return detail::below(git_, target);
}

AISTUDIO_DECL http_request client_core::hub_request(std::string_view method, url address) const {
    http_request out;
    out.method = method;
    if (!options_.access_token.empty() &&
        (same_origin(address, base_) || same_origin(address, git_)))
        out.headers.push_back(
            {"Authorization", "token " + std::string(options_.access_token.reveal())});
    out.address = std::move(address);
    out.headers.push_back({"Accept", "application/json"});
    out.headers.push_back({"Content-Type", "application/json"});
    out.repeatable = method != "POST" && method != "PATCH";
    out.max_response_bytes = options_.max_response_bytes;
    return out;
}

AISTUDIO_DECL std::string client_core::make_key() {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string key = "aistudio-";
    for (const std::uint64_t part : {random_(), random_()})
        for (int shift = 60; shift >= 0; shift -= 4)
            key += hex[(part >> static_cast<unsigned>(shift)) & 15U];
    return key;
}

AISTUDIO_DECL void client_core::add_key(http_request& request, const operation& op) {
    request.headers.push_back({"Idempotency-Key", op.options.idempotency_key.empty()
                                                      ? make_key()
                                                      : op.options.idempotency_key});
    request.repeatable = options_.honours_idempotency_keys.value_or(is_loopback(base_));
}

AISTUDIO_DECL result<void> client_core::check(const http_request& request,
                                              const operation& op) const {
    if (op.stop.reason() != errc::ok)
        return make_problem(op.stop.reason(), {});
    const std::string& key = op.options.idempotency_key;
    const bool visible =
        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.size() > 128 || !visible)
        return make_problem(errc::invalid_argument,
                            "An idempotency key has 1 to 128 visible ASCII characters.");
    if (auto fine = check_retry(op.options.retry); !fine)
        return fine;
    for (const auto& header : request.headers)
        if (!is_header_value(header.value))
            return make_problem(errc::invalid_argument,
                                "The header " + header.name +
                                    " would have a control character in it.");
    return {};
}

namespace detail {

/// Shorter ones would take ordinary words out of a message.
inline constexpr std::size_t shortest_secret = 4;

inline void replace_all(std::string& text, std::string_view what) {
    if (what.size() < shortest_secret)
        return;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 3))
        text.replace(at, what.size(), "***");
}

/// The key in a prediction call's target, as it stands there; empty when there is none.
inline std::string_view key_of(std::string_view target) {
    constexpr std::string_view name = "apiKey=";
    const std::size_t at = target.find(name);
    return at == std::string_view::npos
               ? std::string_view{}
               : target.substr(at + name.size(), target.find('&', at) - at - name.size());
}

/// `%41` becomes `A`; what is not of that form stays.
inline std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr ==
                text.data() + i + 3) {
            out += static_cast<char>(value);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

} // namespace detail

AISTUDIO_DECL void client_core::scrub(problem& p, std::string_view target) const {
    const std::string_view key = detail::key_of(target);
    for (std::string* text : {&p.detail, &p.log_id}) {
        detail::replace_all(*text, options_.access_token.reveal());
        detail::replace_all(*text, key);
        detail::replace_all(*text, detail::percent_decoded(key));
    }
}

AISTUDIO_DECL void client_core::scrub(problem& p, const http_request& request) const {
    scrub(p, request.address.target);
    for (const auto& header : request.headers)
        if (header.name == "Authorization") // `Bearer <secret>`
            for (std::string* text : {&p.detail, &p.log_id})
                detail::replace_all(
                    *text, std::string_view(header.value).substr(header.value.rfind(' ') + 1));
}

AISTUDIO_DECL void client_core::report(std::string_view method, const url& address,
                                       const problem* failure, int status, int attempts,
                                       time_point started) const {
    if (!reports_calls())
        return;
    call_report out;
    out.method = method;
    out.url =
        (address.tls ? "https://" : "http://") + address.host_header() + redact(address.target);
    out.status = status;
    out.attempts = attempts;
    if (options_.log) {
        std::string line = out.method + " " + out.url + " -> ";
        line += failure == nullptr ? std::to_string(status) : redact(failure->message());
        if (attempts > 1)
            line += " after " + std::to_string(attempts) + " attempts";
        log(failure == nullptr ? log_level::debug : log_level::warning, line);
    }
    if (!options_.on_call)
        return;
    if (failure != nullptr) {
        out.error = info(failure->code).name;
        out.phase = failure->phase;
        out.outcome = failure->outcome;
    }
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    options_.on_call(out);
}

AISTUDIO_DECL boost::asio::awaitable<errc> client_core::sleep_until(operation& op,
                                                                    time_point when) {
    boost::asio::steady_timer timer(strand_, when);
    const interrupter::scope scope(op.stop, [&timer] { timer.cancel(); });
    if (op.stop.reason() == errc::ok)
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return op.stop.reason();
}

AISTUDIO_DECL boost::asio::awaitable<result<http_response>>
client_core::call(operation& op, http_request request) {
    if (auto fine = check(request, op); !fine)
        co_return fine.error();
    retry_policy retry = op.options.retry.value_or(options_.retry);
    if (request.once)
        retry.max_attempts = 1;
    call_machine machine({request.kind, request.repeatable, retry, op.deadline}, budget_,
                         [this] { return random(); });
    attempt_result attempt;
    const auto started = std::chrono::steady_clock::now();
    auto action = machine.start(started);
    while (!std::holds_alternative<call_machine::done>(action)) {
        if (const auto* wait = std::get_if<call_machine::sleep>(&action)) {
            const errc interrupted = co_await sleep_until(op, wait->until);
            if (interrupted != errc::ok)
                action = machine.interrupted(interrupted);
            else
                action = machine.resume(std::chrono::steady_clock::now());
            continue;
        }
        const auto how = std::get<call_machine::send>(action);
        attempt = co_await transport_->attempt(request, how, op.stop);
        action = machine.resume(attempt, std::chrono::steady_clock::now());
    }
    const auto& outcome = std::get<call_machine::done>(action).outcome;
    if (outcome) {
        report(request.method, request.address, nullptr, attempt.response->status,
               machine.attempts(), started);
        co_return std::move(*attempt.response);
    }
    problem p = outcome.error();
    scrub(p, request);
    report(request.method, request.address, &p, p.status, machine.attempts(), started);
    co_return p;
}

AISTUDIO_DECL void client_core::close() {
    boost::asio::post(strand_, [self = shared_from_this()] {
        if (std::exchange(self->closed_, true))
            return;
        const auto running = self->running_; // interrupting may end operations, which leave the set
        for (operation* op : running)
            if (self->running_.contains(op))
                op->stop.interrupt(errc::client_closed);
        self->transport_->close();
        self->predictions_->close();
    });
}

} // namespace aistudio
