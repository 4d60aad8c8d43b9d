#include "local/routes/chat.hpp"

#include "local/http/envelope.hpp"
#include "local/http/target.hpp"
#include "local/refusal.hpp"
#include "local/routes/routes.hpp"
#include "local/store/files.hpp"
#include "local/utf8.hpp"

#include <aistudio/codec/json.hpp>

#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace aistudio::local::routes {
namespace asio = boost::asio;
namespace {

constexpr std::uint64_t request_limit = std::uint64_t{16} << 20U;

std::string error_json(std::int64_t code, std::string_view message) {
    std::string out;
    json_writer w(out);
    w.begin_object();
    w.key("error");
    w.begin_object();
    w.key("message");
    w.string(to_utf8(message, false).text);
    w.key("type");
    w.string(http::status_of(code) < 500 ? "invalid_request_error" : "server_error");
    w.key("param");
    w.null();
    w.key("code");
    w.string(std::to_string(code));
    w.end_object();
    w.end_object();
    return out;
}

http::response failure(std::int64_t code, std::string_view message) {
    return json_answer(http::status_of(code), error_json(code, message));
}

/// A message's text: a string, or the text among its parts.
std::string text_of(const json_value& content) {
    if (const auto text = content.get_string())
        return std::string(*text);
    std::string all;
    if (content.kind() != json_kind::array)
        return all;
    for (const auto& part : content.items())
        if (part.kind() == json_kind::object)
            if (const auto text = part.find("text"))
                all += text->get_string().value_or(std::string_view{});
    return all;
}

std::string string_in(const json_value& object, std::string_view name) {
    const auto value = object.find(name);
    return std::string(value ? value->get_string().value_or(std::string_view{})
                             : std::string_view{});
}

struct question {
    chat_call call;
    bool streams = false;
    bool wants_usage = false; // in a stream; a whole answer always tells
};

bool flag_in(const json_value& object, std::string_view name) {
    const auto value = object.find(name);
    return value && value->get_bool().value_or(false);
}

question read_question(std::string body) {
    json_document document;
    const auto parsed = document.parse(body);
    if (!parsed || parsed->kind() != json_kind::object)
        refuse_invalid("The request's body is not a JSON object.");
    question q;
    q.call.model = string_in(*parsed, "model");
    if (q.call.model.empty())
        refuse_missing("model");
    const auto messages = parsed->find("messages");
    if (!messages || messages->kind() != json_kind::array || messages->size() == 0)
        refuse_missing("messages");
    for (const auto& m : messages->items()) {
        const auto content =
            m.kind() == json_kind::object ? m.find("content") : std::optional<json_value>();
        if (!content)
            refuse_invalid("Each of `messages` must be an object with `role` and `content`.");
        q.call.messages.push_back({string_in(m, "role"), text_of(*content)});
    }
    q.streams = flag_in(*parsed, "stream");
    if (const auto options = parsed->find("stream_options"))
        q.wants_usage = flag_in(*options, "include_usage");
    q.call.json = std::move(body);
    return q;
}

void write_usage(json_writer& w, const std::optional<chat_usage>& usage) {
    w.key("usage");
    usage ? w.raw(to_json(*usage).value()) : w.null();
}

/// What all parts of one answer begin with.
struct answer_head {
    std::string id = "chatcmpl-" + store::random_hex(12);
    std::int64_t created = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
    std::string model;

    bool wants_usage = false;

    void begin(json_writer& w, bool whole) const {
        w.begin_object();
        w.key("id");
        w.string(id);
        w.key("object");
        w.string(whole ? "chat.completion" : "chat.completion.chunk");
        w.key("created");
        w.integer(created);
        w.key("model");
        w.string(model);
        w.key("choices");
        w.begin_array();
    }

    /// The last part of a stream whose client wants to know.
    [[nodiscard]] std::string json(const chat_usage& usage) const {
        std::string out;
        json_writer w(out);
        begin(w, false);
        w.end_array();
        write_usage(w, usage);
        w.end_object();
        return out;
    }

    /// One answer or part of it; no `text`: the end of a stream.
    [[nodiscard]] std::string json(bool whole, const std::optional<std::string>& text,
                                   const std::optional<chat_usage>& usage = {}) const {
        std::string out;
        json_writer w(out);
        begin(w, whole);
        w.begin_object();
        w.key("index");
        w.integer(0);
        w.key(whole ? "message" : "delta");
        w.begin_object();
        if (text) {
            w.key("role");
            w.string("assistant");
            w.key("content");
            w.string(to_utf8(*text, false).text);
        }
        w.end_object();
        w.key("finish_reason");
        whole || !text ? w.string("stop") : w.null();
        w.end_object();
        w.end_array();
        if (usage || (!whole && wants_usage))
            write_usage(w, usage);
        w.end_object();
        return out;
    }
};

std::string event(const std::string& json) { return "data: " + json + "\n\n"; }

/// An answer as server-sent events.
class events final : public http::body_source {
public:
    events(std::shared_ptr<serving::chat_flow> flow, answer_head head, std::optional<std::string> p)
        : flow_(std::move(flow)), head_(std::move(head)), piece_(std::move(p)) {}
    ~events() override { flow_->close(); }

    asio::awaitable<std::string> next() override {
        if (ended_)
            co_return std::string();
        if (!first_)
            piece_ = co_await flow_->next();
        first_ = false;
        if (piece_)
            co_return event(head_.json(false, piece_));
        ended_ = true;
        if (flow_->failure())
            co_return event(error_json(service_code::worker_failed, flow_->failure()->detail));
        std::string last = event(head_.json(false, std::nullopt));
        if (head_.wants_usage && flow_->usage())
            last += event(head_.json(*flow_->usage()));
        co_return last + event("[DONE]");
    }

private:
    std::shared_ptr<serving::chat_flow> flow_;
    answer_head head_;
    std::optional<std::string> piece_;
    bool first_ = true;
    bool ended_ = false;
};

} // namespace

class chat::chat_exchange : public http::exchange {
public:
    chat_exchange(chat& c, const http::request_head& head) : chat_(c) {
        const auto path = http::target(http::view(head.target())).path;
        if (path != std::string(chat_base) + "/chat/completions")
            refused_ = refusal(service_code::not_found,
                               "The studio's language models know /chat/completions only.");
        else if (head.method() != http::verb::post)
            refused_ = refusal(service_code::method_not_allowed, "A chat call is a POST.");
        else if (c.token_.empty() ||
                 !c.token_.equals(token_of(http::header(head, "Authorization"))))
            refused_ = refusal(service_code::unauthorized,
                               "The access token is missing or wrong; use the one of this studio.");
    }

    [[nodiscard]] std::uint64_t body_limit() const override { return request_limit; }

    [[nodiscard]] std::optional<http::response> refuse_early() override {
        if (!refused_)
            return std::nullopt;
        return failed(refused_->code(), refused_->message());
    }

    asio::awaitable<http::response> answer(std::string body) override {
        std::optional<question> q;
        try {
            q = read_question(std::move(body));
        } catch (const refusal& r) {
            refused_ = r;
        }
        if (!q)
            co_return failed(refused_->code(), refused_->message());
        answer_head head;
        head.model = q->call.model;
        head.wants_usage = q->wants_usage;
        const auto io = co_await asio::this_coro::executor;
        const auto flow = chat_.chat_.ask(std::move(q->call), io);
        if (!flow)
            co_return failed(service_code::not_running, "The studio stops.");
        // Before the head is sent, so that what fails at once has a status that tells.
        auto piece = co_await flow->next();
        if (!piece && flow->failure())
            co_return failed(service_code::worker_failed, flow->failure()->detail);
        if (q->streams)
            co_return streamed(flow, std::move(head), std::move(piece));
        std::string text;
        while (piece) {
            text += *piece;
            piece = co_await flow->next();
        }
        if (flow->failure())
            co_return failed(service_code::worker_failed, flow->failure()->detail);
        co_return json_answer(200, head.json(true, text, flow->usage()));
    }

    [[nodiscard]] http::response failed(std::int64_t code, std::string message) override {
        return failure(code, message);
    }

private:
    static http::response streamed(std::shared_ptr<serving::chat_flow> flow, answer_head head,
                                   std::optional<std::string> first) {
        http::response r;
        r.content_type = "text/event-stream; charset=utf-8";
        r.headers = {{"Cache-Control", "no-cache"}};
        r.source = std::make_shared<events>(std::move(flow), std::move(head), std::move(first));
        return r;
    }

    chat& chat_;
    std::optional<refusal> refused_;
};

std::unique_ptr<http::exchange> chat::begin(const http::request_head& head) {
    return std::make_unique<chat_exchange>(*this, head);
}

} // namespace aistudio::local::routes
