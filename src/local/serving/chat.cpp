#include "local/serving/chat.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace aistudio::local::serving {
namespace asio = boost::asio;
namespace {

constexpr std::size_t chat_threads = 8;
constexpr std::size_t waiting_pieces = 64;

result<void> asked(const chat_handler& handler, const chat_call& call, const chat_listener& say) {
    try {
        return handler(call, say);
    } catch (const std::exception& e) {
        return make_problem(errc::service_failed,
                            std::string("The chat handler failed: ") + e.what());
    } catch (...) {
        return make_problem(errc::service_failed,
                            "The chat handler failed with something that is no std::exception.");
    }
}

} // namespace

bool chat_flow::say(std::string_view piece) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || pieces_.size() < waiting_pieces; });
    if (closed_)
        return false;
    if (piece.empty())
        return true;
    pieces_.emplace_back(piece);
    wake();
    return true;
}

void chat_flow::count(const chat_usage& tokens) {
    const std::lock_guard lock(mutex_);
    if (!closed_ && !ended_)
        usage_ = tokens;
}

void chat_flow::end(result<void> how) {
    const std::lock_guard lock(mutex_);
    if (!how)
        failure_ = how.error();
    ended_ = true;
    wake();
}

void chat_flow::close() {
    const std::lock_guard lock(mutex_);
    if (!ended_ && !closed_)
        failure_ = make_problem(errc::service_failed, "The studio stopped.");
    closed_ = true;
    room_.notify_all();
    wake();
}

/// A waiting `next` looks again. It runs on the I/O thread, as this does: none is missed.
void chat_flow::wake() {
    asio::post(wake_.get_executor(), [self = weak_from_this()] {
        if (const auto flow = self.lock())
            flow->wake_.cancel();
    });
}

asio::awaitable<std::optional<std::string>> chat_flow::next() {
    while (true) {
        {
            const std::lock_guard lock(mutex_);
            if (!pieces_.empty()) {
                auto piece = std::move(pieces_.front());
                pieces_.pop_front();
                room_.notify_one();
                co_return piece;
            }
            if (ended_ || closed_)
                co_return std::nullopt;
        }
        wake_.expires_at(asio::steady_timer::time_point::max());
        co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

chat::chat(chat_handler handler) : handler_(std::move(handler)), threads_(chat_threads) {}

chat::~chat() {
    stop();
    threads_.join();
}

std::shared_ptr<chat_flow> chat::ask(chat_call call, const asio::any_io_executor& io) {
    const std::lock_guard lock(mutex_);
    if (stopped_)
        return nullptr;
    auto flow = std::make_shared<chat_flow>(io);
    std::erase_if(flows_, [](const auto& f) { return f.expired(); });
    flows_.push_back(flow);
    asio::post(threads_, [this, flow, call = std::move(call)] {
        const chat_listener say([&](std::string_view piece) { return flow->say(piece); },
                                [&](const chat_usage& tokens) { flow->count(tokens); });
        flow->end(asked(handler_, call, say));
    });
    return flow;
}

void chat::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& f : flows_)
        if (const auto flow = f.lock())
            flow->close();
}

} // namespace aistudio::local::serving
