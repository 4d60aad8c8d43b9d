#include "local/routes/prediction.hpp"

#include "local/http/envelope.hpp"
#include "local/http/target.hpp"
#include "local/routes/api.hpp"
#include "local/routes/faulty_answers.hpp"

#include <aistudio/codec/json_value.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <optional>
#include <type_traits>
#include <utility>

namespace aistudio::local::routes {
namespace asio = boost::asio;
namespace {

constexpr std::string_view root = "/serving/online/";
constexpr std::string_view fault_header = "X-Local-Fault";
/// Of a clock that was set back.
constexpr std::chrono::seconds noticeable{1};

} // namespace

refusal not_running() {
    return {service_code::not_running,
            "服务不是运行中状态 (the service is not running); resume or deploy it."};
}

void check_json(std::string_view text) {
    thread_local json_document document; // keeps its buffers from call to call
    if (const auto parsed = document.parse(text); !parsed)
        refuse_invalid("The request's body is not valid JSON. " + parsed.error().detail);
}

namespace {

/// A completion handler that may be called from within the function that starts the work, from
/// another thread, or later on its own.
template <class Handler>
class resumption {
public:
    resumption(Handler h, asio::any_io_executor e)
        : handler_(std::move(h)), executor_(std::move(e)) {}

    void begun() { begun_ = true; }
    void operator()(serving::answer a, std::shared_ptr<resumption> self) {
        auto resume = [self = std::move(self), a = std::move(a)]() mutable {
            auto handler = std::move(self->handler_);
            self.reset();
            std::move(handler)(std::move(a));
        };
        if (begun_) // at once where the answer came on the executor's own thread
            asio::dispatch(executor_, std::move(resume));
        else
            asio::post(executor_, std::move(resume));
    }

private:
    Handler handler_;
    asio::any_io_executor executor_;
    std::atomic<bool> begun_{false};
};

} // namespace

asio::awaitable<serving::answer> answer_of(std::function<void(serving::answer_handler)> ask) {
    const auto executor = co_await asio::this_coro::executor;
    auto start = [executor](auto handler, std::function<void(serving::answer_handler)> begin) {
        using shared = resumption<std::decay_t<decltype(handler)>>;
        auto resume = std::make_shared<shared>(std::move(handler), executor);
        begin([resume](serving::answer a) { (*resume)(std::move(a), resume); });
        resume->begun();
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(serving::answer)>(
        std::move(start), asio::use_awaitable, std::move(ask));
}

asio::awaitable<std::string> predict(serving::engine& engine, service_id id, std::string body) {
    auto text =
        std::make_shared<std::string>(std::move(body)); // std::function copies what it holds
    auto ask = [&engine, id, text](serving::answer_handler done) {
        engine.predict(id, std::move(*text), std::move(done));
    };
    serving::answer a = co_await answer_of(std::move(ask));
    if (a.code != 0)
        throw refusal(a.code, std::move(a.message));
    co_return std::move(a.result_json);
}

class prediction::prediction_exchange final : public http::exchange {
public:
    prediction_exchange(prediction& p, const http::request_head& head)
        : prediction_(p), log_id_(http::new_log_id()) {
        try {
            find_service(head);
        } catch (const refusal& r) {
            refused_ = r;
        }
    }

    [[nodiscard]] std::uint64_t body_limit() const override {
        return prediction_.max_request_bytes_;
    }

    [[nodiscard]] std::optional<http::response> refuse_early() override {
        if (refused_)
            return failed(refused_->code(), refused_->message());
        return fault_ ? answer_in_place(*fault_, log_id_) : std::nullopt;
    }

    asio::awaitable<http::response> answer(std::string body) override {
        auto out = co_await true_answer(std::move(body));
        if (fault_)
            spoil(out, *fault_);
        co_return out;
    }

    [[nodiscard]] http::response failed(std::int64_t code, std::string message) override {
        return json_failure(log_id_, code, message);
    }

private:
    asio::awaitable<http::response> true_answer(std::string body) {
        std::optional<refusal> refused;
        try {
            check_json(body);
            co_return json_answer(
                200, http::success(log_id_,
                                   co_await predict(prediction_.engine_, id_, std::move(body))));
        } catch (const refusal& r) {
            refused = r;
        } catch (const std::exception& e) {
            refused = refusal(service_code::internal,
                              std::string("The studio failed: ") + e.what() + ".");
        }
        co_return failed(refused->code(), refused->message());
    }

    void find_service(const http::request_head& head) {
        const http::target target(http::view(head.target()));
        const auto text = target.path.substr(root.size());
        const auto number = http::parse_number(text);
        const auto entry = number ? prediction_.table_.find(*number) : nullptr;
        if (!entry)
            refuse_unknown("prediction service", text);
        if (head.method() != http::verb::post)
            throw refusal(service_code::method_not_allowed, "A prediction call is a POST.");
        const auto query = http::parse_query(target.query);
        const auto key = http::find(query, "apiKey").value_or(std::string_view{});
        if (key.empty())
            throw refusal(service_code::unauthorized, "The key is missing; send it as `?apiKey=`.");
        const auto now = prediction_.now_();
        const auto latest = prediction_.table_.note_time(now);
        if (latest - now >= noticeable)
            prediction_.on_time_();
        if (!entry->accepts(key, latest))
            throw refusal(service_code::unauthorized,
                          "The key is wrong; use the one of this service.");
        if (!entry->running)
            throw not_running();
        if (!entry->note_call(now)) {
            prediction_.on_time_();
            throw not_running();
        }
        id_ = entry->served_by;
        find_fault(head, service_id(*number), key);
    }

    void find_fault(const http::request_head& head, service_id address, std::string_view key) {
        const auto own = http::header(head, fault_header);
        if (!own.empty())
            fault_ = faults::parse_header(own);
        else
            fault_ = prediction_.faults_.next(address, key, faults::fault_script::clock::now());
    }

    prediction& prediction_;
    std::string log_id_;
    service_id id_;
    std::optional<refusal> refused_;
    std::optional<faults::played_fault> fault_;
};

bool prediction::owns(std::string_view path) { return path.starts_with(root); }

std::unique_ptr<http::exchange> prediction::begin(const http::request_head& head) {
    return std::make_unique<prediction_exchange>(*this, head);
}

} // namespace aistudio::local::routes
