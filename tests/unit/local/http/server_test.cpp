#include "local/http/server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace aistudio::local::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Answers every request with the length of its body.
class counting_application final : public application {
public:
    std::unique_ptr<exchange> begin(const request_head&) override {
        return std::make_unique<counting_exchange>();
    }
    response malformed(std::string why) override { return text(400, std::move(why)); }

private:
    static response text(unsigned status, std::string body) {
        response r;
        r.status = status;
        r.body = std::move(body);
        return r;
    }
    class counting_exchange final : public exchange {
    public:
        [[nodiscard]] std::uint64_t body_limit() const override { return 1000; }
        asio::awaitable<response> answer(std::string body) override {
            co_return text(200, std::to_string(body.size()));
        }
        response failed(std::int64_t code, std::string) override {
            return text(400, std::to_string(code));
        }
    };
};

/// A server whose patience is short, so that tests of it are.
class server_test : public testing::Test {
protected:
    server_test() {
        server_.start();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~server_test() override {
        asio::post(io_, asio::use_future([this] {
                       server_.close();
                       server_.abort();
                   }))
            .wait();
        while (server_.open_sessions() > 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        pool_.join();
        guard_.reset();
        io_.stop();
        thread_.join();
    }

    tcp::socket connect() {
        tcp::socket s(client_);
        s.connect(server_.endpoint());
        return s;
    }
    static void send(tcp::socket& s, std::string_view text) {
        asio::write(s, asio::buffer(text.data(), text.size()));
    }
    /// Everything until the other side closes.
    static std::string rest(tcp::socket& s) {
        std::string text;
        boost::system::error_code ec;
        asio::read(s, asio::dynamic_buffer(text), ec);
        return text;
    }

    counting_application application_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
    asio::thread_pool pool_{1};
    server server_{io_,
                   pool_,
                   application_,
                   {asio::ip::address_v4::loopback(), 0},
                   {4096, std::chrono::milliseconds(200), std::chrono::milliseconds(300)}};
    std::thread thread_;
    asio::io_context client_;
};

TEST_F(server_test, connection_that_says_nothing_is_closed) {
    auto s = connect();
    EXPECT_EQ(rest(s), "");
}

TEST_F(server_test, head_that_does_not_go_on_is_closed) {
    auto s = connect();
    send(s, "GET / HTTP/1.1\r\nHo");
    EXPECT_EQ(rest(s), "");
}

TEST_F(server_test, body_that_does_not_go_on_is_closed) {
    auto s = connect();
    send(s, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
    EXPECT_EQ(rest(s), "");
}

TEST_F(server_test, body_that_goes_on_slowly_is_answered) {
    auto s = connect();
    send(s, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 8; ++i) {
        std::this_thread::sleep_for(
            std::chrono::milliseconds(50)); // the slowness itself is the subject
        send(s, "x");
    }
    EXPECT_NE(rest(s).find("\r\n\r\n8"), std::string::npos);
}

TEST_F(server_test, connection_is_kept_between_requests) {
    auto s = connect();
    for (int i = 0; i < 3; ++i) {
        send(s, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
        std::string text;
        asio::read_until(s, asio::dynamic_buffer(text), "\r\n\r\n2");
        EXPECT_EQ(text.substr(0, 15), "HTTP/1.1 200 OK");
    }
}

TEST_F(server_test, large_head_is_refused_with_its_limit) {
    auto s = connect();
    send(s, "GET / HTTP/1.1\r\nX: " + std::string(5000, 'x') + "\r\n\r\n");
    s.shutdown(tcp::socket::shutdown_send);
    const auto text = rest(s);
    EXPECT_EQ(text.substr(0, 12), "HTTP/1.1 400");
    EXPECT_NE(text.find("4096 bytes"), std::string::npos) << text;
}

TEST_F(server_test, body_over_the_limit_is_refused) {
    auto s = connect();
    send(s, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'));
    s.shutdown(tcp::socket::shutdown_send);
    EXPECT_NE(rest(s).find("413"), std::string::npos);
}

} // namespace
} // namespace aistudio::local::http
