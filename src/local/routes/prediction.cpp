#include "local/routes/prediction.hpp"

#include "local/http/envelope.hpp"
#include "local/http/target.hpp"
#include "local/routes/api.hpp"
#include "local/routes/faulty_answers.hpp"

#include <aistudio/codec/json_value.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <utility>

namespace aistudio::local::routes {
namespace asio = boost::asio;
namespace {

constexpr std::string_view root = "/serving/online/";
constexpr std::string_view fault_header = "X-Local-Fault";

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

asio::awaitable<std::string> predict(serving::engine& engine, service_id id, std::string body) {
    const auto executor = co_await asio::this_coro::executor;
    auto start = [&engine, id, executor](auto handler, std::string text) {
        auto shared = std::make_shared<decltype(handler)>(
            std::move(handler)); // std::function copies what it holds
        engine.predict(id, std::move(text), [shared, executor](serving::answer a) {
            asio::post(executor,
                       [shared, a = std::move(a)]() mutable { std::move (*shared)(std::move(a)); });
        });
    };
    serving::answer a =
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void(serving::answer)>(
            std::move(start), asio::use_awaitable, std::move(body));
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
        if (!entry->key.equals(key))
            throw refusal(service_code::unauthorized,
                          "The key is wrong; use the one of this service.");
        if (!entry->running)
            throw not_running();
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
