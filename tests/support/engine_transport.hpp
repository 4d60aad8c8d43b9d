#pragma once

#include <aistudio/protocol/proxy.hpp>
#include <aistudio/protocol/request_head.hpp>
#include <aistudio/transport/asio_engine.hpp>
#include <aistudio/transport/transport.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace aistudio::test {

/// Puts the exchange engine behind the interface of transports, so that the tests of one are the
/// tests of the other. Requests and answers are in memory, without the answer's headers.
class engine_transport final : public transport {
public:
    engine_transport(const boost::asio::any_io_executor& executor, detail::client_strand strand,
                     const client_options& options, environment env)
        : strand_(std::move(strand)), env_(env), options_(options),
          engine_(detail::make_exchange_engine(executor, strand_, options, std::move(env))) {}
    ~engine_transport() override {
        const auto home = engine_->shared_home();
        home->post([engine = std::move(engine_)] { engine->close(); });
    }

    boost::asio::awaitable<attempt_result>
    attempt(const http_request& request, call_machine::send how, interrupter& stop) override {
        const auto waiting = std::make_shared<one>(strand_);
        attempt_result refused;
        refused.phase = phase::check;
        if (stop.reason() != errc::ok) {
            refused.code = stop.reason();
            co_return refused;
        }
        const auto where = engine_->find_origin(request.address);
        if (!where) {
            refused.code = where.error().code;
            refused.detail = where.error().detail;
            co_return refused;
        }
        waiting->text = text_of(request);
        waiting->request = waiting->text;
        waiting->where = *where;
        waiting->deadline = how.deadline;
        waiting->max_response_bytes = request.max_response_bytes;
        const auto engine = engine_;
        const interrupter::scope scope(
            stop, [&stop, waiting, engine] { engine->abort(*waiting, stop.reason()); });
        engine->start(*waiting, how.fresh_connection, std::chrono::steady_clock::now());
        if (waiting->out)
            throw std::logic_error("ended inline");
        co_await waiting->wake.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        co_return std::move(*waiting->out);
    }
    void close() override { engine_->close(); }

private:
    struct one final : detail::exchange {
        explicit one(const detail::client_strand& strand)
            : wake(strand, std::chrono::steady_clock::time_point::max()) {}
        void on_answer(const answer_view& answer) override {
            attempt_result r;
            r.response.emplace();
            r.response->status = answer.status;
            r.response->body = answer.body;
            r.code = errc::ok;
            r.sent = r.answered = true;
            r.reused = reused();
            finish(std::move(r));
        }
        void on_failure(attempt_result why) override { finish(std::move(why)); }
        void finish(attempt_result r) {
            out = std::move(r);
            wake.cancel();
        }
        std::string text;
        boost::asio::steady_timer wake;
        std::optional<attempt_result> out;
    };

    std::string text_of(const http_request& request) const {
        std::string text;
        const auto proxy = find_proxy(options_.proxy, env_, request.address);
        detail::append_request_head(text, request.method, request.address,
                                    proxy ? *proxy : std::nullopt);
        for (const auto& header : request.headers)
            text += header.name + ": " + header.value + "\r\n";
        if (sends_content_length(request))
            text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
        return text + "\r\n" + request.body;
    }

    detail::client_strand strand_;
    environment env_;
    client_options options_;
    std::shared_ptr<detail::exchange_engine> engine_;
};

} // namespace aistudio::test
