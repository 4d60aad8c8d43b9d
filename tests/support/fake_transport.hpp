#pragma once

#include <aistudio/client.hpp>
#include <aistudio/transport/asio_engine.hpp>
#include <aistudio/transport/client_core.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aistudio::test {

/// A request as a resource made it.
struct sent_request {
    std::string method;
    std::string address;
    std::vector<http_header> headers;
    std::string body;
    bool repeatable = false;

    [[nodiscard]] std::string call() const { return method + " " + address; }
    [[nodiscard]] std::string header(std::string_view name) const {
        http_response view;
        view.headers = headers;
        return std::string(view.header(name));
    }
};

/// Answers calls from a list, in order, and keeps what was asked.
class fake_transport : public transport {
public:
    struct journal {
        std::deque<attempt_result> answers;
        std::vector<sent_request> seen;
        /// Called before an answer is given.
        std::function<void(std::size_t call)> before;
    };
    explicit fake_transport(std::shared_ptr<journal> j) : journal_(std::move(j)) {}

    boost::asio::awaitable<attempt_result> attempt(const http_request& r, call_machine::send,
                                                   interrupter& stop) override {
        sent_request seen{r.method,
                          (r.address.tls ? "https://" : "http://") + r.address.host_header() +
                              r.address.target,
                          r.headers, r.body, r.repeatable};
        if (r.source)
            seen.body = read_all(*r.source);
        journal_->seen.push_back(std::move(seen));
        if (journal_->before)
            journal_->before(journal_->seen.size());
        attempt_result out;
        out.code = stop.reason() != errc::ok ? stop.reason() : errc::connect_failed;
        out.phase = phase::connect;
        if (stop.reason() == errc::ok && !journal_->answers.empty()) {
            out = std::move(journal_->answers.front());
            journal_->answers.pop_front();
        }
        if (out.response && r.sink && out.response->status / 100 == 2)
            pour(*r.sink, out);
        co_return out;
    }
    void close() override {}

private:
    static std::string read_all(body_source& source) {
        std::string text(source.size(), '\0');
        EXPECT_TRUE(source.rewind());
        for (std::size_t at = 0; at < text.size();) {
            const auto piece = source.read(text.size() - at);
            if (!piece || piece->empty())
                return "(unreadable)";
            at += piece->copy(text.data() + at, piece->size());
        }
        return text;
    }
    static void pour(body_sink& sink, attempt_result& out) {
        const std::string body = std::exchange(out.response->body, {});
        auto done = sink.begin(*out.response, static_cast<std::int64_t>(body.size()));
        if (done)
            done = sink.write(body);
        if (!done) {
            out.response.reset();
            out.code = done.error().code;
            out.phase = phase::store;
            out.detail = done.error().detail;
            out.sent = true;
        }
    }

    std::shared_ptr<journal> journal_;
};

/// Makes a client's prediction attempts through a transport, such as a scripted one.
class fake_engine final : public detail::exchange_engine {
public:
    fake_engine(client_core::strand s, std::unique_ptr<transport> inner)
        : exchange_engine(
              {}, [](const std::string&) { return std::optional<std::string>(); },
              detail::make_engine_home(s.get_inner_executor(), s), nullptr),
          strand_(std::move(s)), inner_(std::move(inner)) {}
    /// Attached to its home.
    static std::shared_ptr<exchange_engine> make(const client_core::strand& s,
                                                 std::unique_ptr<transport> inner) {
        auto out = std::make_shared<fake_engine>(s, std::move(inner));
        out->home().attach(out);
        return out;
    }

    void start(detail::exchange& x, bool fresh, time_point) override {
        auto run = std::make_shared<running>();
        const std::string_view text = x.request;
        const std::size_t end = text.find("\r\n\r\n");
        run->request.method = "POST";
        run->request.body = text.substr(end + 4);
        running_[&x] = run;
        boost::asio::co_spawn(strand_, attempt(*inner_, run, {x.deadline, fresh}),
                              [this, &x](std::exception_ptr error, attempt_result r) {
                                  EXPECT_FALSE(error);
                                  running_.erase(&x);
                                  end_of(x, std::move(r));
                              });
    }
    void finish(detail::exchange&) override {}
    void abort(detail::exchange& x, errc why) override {
        if (const auto found = running_.find(&x); found != running_.end())
            found->second->stop.interrupt(why);
    }

private:
    struct running {
        http_request request;
        interrupter stop;
    };
    static boost::asio::awaitable<attempt_result>
    attempt(transport& inner, std::shared_ptr<running> run, call_machine::send how) {
        co_return co_await inner.attempt(run->request, how, run->stop);
    }
    static void end_of(detail::exchange& x, attempt_result r) {
        if (!r.response)
            return x.on_failure(std::move(r));
        const std::size_t size = r.response->body.size();
        r.response->body.append(detail::answer_padding, '\0');
        answer_view view(*r.response);
        view.body = view.body.substr(0, size);
        x.on_answer(view);
    }

    client_core::strand strand_;
    std::unique_ptr<transport> inner_;
    std::map<detail::exchange*, std::shared_ptr<running>> running_;
};

/// A client over a `fake_transport`, with a loop of its own.
class fake_client {
public:
    explicit fake_client(client_options options = default_options())
        : journal(std::make_shared<fake_transport::journal>()),
          core(std::make_shared<client_core>(
              io.get_executor(), std::move(options),
              [j = journal](client_core::strand) -> std::unique_ptr<transport> {
                  return std::make_unique<fake_transport>(j);
              },
              [j = journal](const client_core::strand& s) {
                  return fake_engine::make(s, std::make_unique<fake_transport>(j));
              },
              process_environment())),
          client(core) {}

    static client_options default_options() {
        client_options o;
        o.base_url = "https://studio.example";
        o.access_token = secret("token-5b1f");
        o.retry.base_delay = std::chrono::milliseconds{0};
        o.retry.throttle_base_delay = std::chrono::milliseconds{0};
        return o;
    }

    fake_client& answer(int status, std::string body, std::vector<http_header> headers = {}) {
        attempt_result a;
        a.response = http_response{status, std::move(headers), std::move(body)};
        a.code = errc::ok;
        a.sent = true;
        a.answered = true;
        journal->answers.push_back(std::move(a));
        return *this;
    }
    /// A success whose `result` is `json`.
    fake_client& result(std::string_view json) {
        return answer(200, R"({"logId":"1","errorCode":0,"errorMsg":"","result":)" +
                               std::string(json) + "}");
    }
    fake_client& failure(int status, std::int64_t code, std::string_view message = "no") {
        return answer(status, R"({"logId":"42","errorCode":)" + std::to_string(code) +
                                  R"(,"errorMsg":")" + std::string(message) +
                                  R"(","result":null})");
    }
    fake_client& lost(bool sent) {
        attempt_result a;
        a.code = errc::connection_lost;
        a.phase = phase::first_byte;
        a.sent = sent;
        journal->answers.push_back(std::move(a));
        return *this;
    }

    /// Runs one operation to its end. It must not complete before its start has returned.
    template <class T, class Start>
    aistudio::result<T> run(Start&& start) {
        std::optional<aistudio::result<T>> out;
        start([&out](aistudio::result<T> value) {
            EXPECT_FALSE(out) << "completed twice";
            out.emplace(std::move(value));
        });
        EXPECT_FALSE(out) << "completed inline";
        io.restart();
        io.run_for(std::chrono::seconds(10));
        EXPECT_TRUE(io.stopped());
        return std::move(out.value());
    }

    [[nodiscard]] std::vector<std::string> calls() const {
        std::vector<std::string> out;
        for (const auto& r : journal->seen)
            out.push_back(r.call());
        return out;
    }
    [[nodiscard]] const sent_request& seen(std::size_t i) const { return journal->seen.at(i); }

    boost::asio::io_context io;
    std::shared_ptr<fake_transport::journal> journal;
    std::shared_ptr<client_core> core;
    aistudio::client client;
};

} // namespace aistudio::test
