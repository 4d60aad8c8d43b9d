// What a careful user of Boost.Beast and simdjson would write: one thread, one coroutine for each
// connection, no deadlines, no retries, no pool. The measure for ours.
#include "answer.hpp"
#include "load.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http.hpp>

#include <deque>
#include <memory>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

using executor = asio::io_context::executor_type;
using token = asio::use_awaitable_t<executor>;
using awaitable = asio::awaitable<void, executor>;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using timer = asio::basic_waitable_timer<load::clock, asio::wait_traits<load::clock>, executor>;

class client {
public:
    explicit client(const load::options& o)
        : options_(o), address_(load::parse_address(o.url)), meter_(o),
          arrivals_(io_.get_executor()) {
        tls_.set_verify_mode(asio::ssl::verify_peer);
        if (o.ca_file.empty())
            tls_.set_default_verify_paths();
        else
            tls_.load_verify_file(o.ca_file);
    }

    load::totals run() {
        meter_.begin();
        for (int i = 0; i < options_.concurrency(); ++i)
            spawn(address_.tls ? work_encrypted() : work_plain());
        if (options_.open_loop())
            spawn(start_arrived());
        io_.run();
        return meter_.result();
    }

private:
    void spawn(awaitable work) {
        asio::co_spawn(io_.get_executor(), std::move(work), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
    }

    awaitable connect(tcp_socket& socket) {
        asio::ip::basic_resolver<asio::ip::tcp, executor> resolver(io_.get_executor());
        const auto found = co_await resolver.async_resolve(address_.host, address_.port, token{});
        co_await asio::async_connect(socket, found, token{});
        socket.set_option(asio::ip::tcp::no_delay(true));
    }

    awaitable work_plain() {
        tcp_socket socket(io_.get_executor());
        co_await connect(socket);
        co_await work(socket);
    }
    awaitable work_encrypted() {
        asio::ssl::stream<tcp_socket> stream(tcp_socket(io_.get_executor()), tls_);
        stream.set_verify_callback(asio::ssl::host_name_verification(address_.host));
        co_await connect(stream.next_layer());
        co_await stream.async_handshake(asio::ssl::stream_base::client, token{});
        co_await work(stream);
    }

    // One connection: calls, one after the other.
    template <class Stream>
    awaitable work(Stream& stream) {
        http::request<http::string_body> request(http::verb::post,
                                                 address_.path + "?apiKey=" + options_.key, 11);
        request.set(http::field::host, address_.host_header());
        request.set(http::field::content_type, "application/json");
        request.set(http::field::accept, "application/json");
        boost::beast::flat_static_buffer<8192> buffer;
        answer_reader reader;
        for (;;) {
            load::time_point started;
            if (options_.open_loop()) {
                bool go = false;
                co_await next_arrival(started, go);
                if (!go)
                    co_return;
            } else if (meter_.may_start()) {
                started = meter_.now();
            } else {
                co_return;
            }
            load::write_house(request.body());
            request.prepare_payload();
            co_await http::async_write(stream, request, token{});
            http::response<http::string_body> response;
            co_await http::async_read(stream, buffer, response, token{});
            response.body().reserve(response.body().size() + simdjson::SIMDJSON_PADDING);
            double price = 0;
            const bool right = response.result() == http::status::ok &&
                               reader.read(response.body(), price) && std::isfinite(price);
            meter_.finished(started, right, "not the answer expected");
        }
    }

    // Open loop: waits until a call is due that no other connection has taken.
    awaitable next_arrival(load::time_point& started, bool& go) {
        while (due_.empty() && !meter_.finished()) {
            timer idle(io_.get_executor(), load::time_point::max());
            idle_.push_back(&idle);
            error_code ignored;
            co_await idle.async_wait(asio::redirect_error(token{}, ignored));
        }
        go = !due_.empty();
        if (go) {
            started = due_.front();
            due_.pop_front();
        }
    }

    awaitable start_arrived() {
        while (!meter_.finished()) {
            while (const auto intended = meter_.arrival()) {
                due_.push_back(*intended);
                wake_one();
            }
            arrivals_.expires_at(meter_.next_arrival());
            error_code ignored;
            co_await arrivals_.async_wait(asio::redirect_error(token{}, ignored));
        }
        while (!idle_.empty())
            wake_one();
    }
    void wake_one() {
        if (idle_.empty())
            return;
        idle_.back()->cancel(); // the connection used last: its memory is still in the cache
        idle_.pop_back();
    }

    load::options options_;
    load::address address_;
    load::meter meter_;
    asio::io_context io_{1};
    asio::ssl::context tls_{asio::ssl::context::tls_client};
    timer arrivals_;
    std::deque<load::time_point> due_;
    std::vector<timer*> idle_;
};

} // namespace

int main(int argc, char** argv) {
    return load::main_of(argc, argv, {}, [](const load::options& o) { return client(o).run(); });
}
