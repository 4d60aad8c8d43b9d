#include "support/temporary_folder.hpp"

#include <aistudio/local/studio.hpp>
#include <aistudio/sync_client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace aistudio::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// A studio that plays faults, and a client that never tries twice unless it is told to.
class studio_faults : public testing::Test {
protected:
    static client_options settings(const local::studio& studio) {
        client_options o;
        o.base_url = studio.base_url();
        o.access_token = studio.access_token();
        o.retry.max_attempts = 1;
        o.retry.throttle_base_delay = 1ms;
        o.limits.first_byte = 200ms;
        o.limits.tls = 200ms;
        return o;
    }
    void play(fault_kind kind, std::int64_t bytes = 0, std::int64_t delay_ms = 0) {
        fault f;
        f.kind = kind;
        f.bytes = bytes;
        f.delay_ms = delay_ms;
        ASSERT_TRUE(client_.faults().add(f));
    }
    result<std::string> call(const std::string& record = R"({"x":1})", call_options o = {}) {
        return client_.predictor(service_).value().predict(record, std::move(o));
    }
    /// A call by hand, which tells what went over the wire.
    std::string raw(const std::string& headers) {
        namespace asio = boost::asio;
        asio::io_context io;
        asio::ip::tcp::socket socket(io);
        const auto base = studio_.base_url();
        const auto port = std::stoi(base.substr(base.rfind(':') + 1));
        socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)});
        const std::string text = "POST " + service_.url.substr(base.size()) +
                                 "?apiKey=" + std::string(service_.api_key.reveal()) +
                                 " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers +
                                 "Content-Length: 2\r\n\r\n{}";
        asio::write(socket, asio::buffer(text));
        std::string got;
        boost::system::error_code end;
        asio::read(socket, asio::dynamic_buffer(got), end);
        return got;
    }

    temporary_folder folder_;
    local::studio studio_ = [this] {
        local::studio_options o;
        o.directory = folder_ / "studio";
        return local::studio::start(o).value();
    }();
    std::atomic<int> executed_{0};
    endpoint service_ = studio_
                            .serve("echo",
                                   [this](std::string_view json) -> result<std::string> {
                                       ++executed_;
                                       return std::string(json);
                                   })
                            .value();
    sync_client client_{settings(studio_)};
};

struct expected_failure {
    fault_kind kind;
    errc code;
    aistudio::outcome outcome;
    bool executed;
};

class every_fault : public studio_faults, public testing::WithParamInterface<expected_failure> {};

TEST_P(every_fault, is_told_as_what_it_is) {
    play(GetParam().kind, 20);
    const auto answer = call();
    ASSERT_FALSE(answer) << *answer;
    EXPECT_EQ(answer.error().code, GetParam().code) << answer.error().message();
    EXPECT_EQ(answer.error().outcome, GetParam().outcome);
    EXPECT_EQ(executed_ == 1, GetParam().executed);
    EXPECT_EQ(client_.faults().list().value().front().played, 1);
}

INSTANTIATE_TEST_SUITE_P(
    studio, every_fault,
    testing::Values(
        expected_failure{fault_kind::queue_full, errc::service_overloaded, outcome::done, false},
        expected_failure{fault_kind::queue_full_503, errc::service_overloaded, outcome::done,
                         false},
        expected_failure{fault_kind::rate_limited, errc::rate_limited, outcome::done, false},
        expected_failure{fault_kind::too_many_requests, errc::rate_limited, outcome::done, false},
        expected_failure{fault_kind::failure_text, errc::service_failed, outcome::done, false},
        expected_failure{fault_kind::html_page, errc::server_error, outcome::done, false},
        expected_failure{fault_kind::stall, errc::first_byte_timeout, outcome::unknown, true},
        expected_failure{fault_kind::reset, errc::connection_lost, outcome::unknown, true},
        expected_failure{fault_kind::wrong_length, errc::connection_lost, outcome::unknown, true}),
    [](const auto& info) { return std::string(enum_name(info.param.kind)); });

TEST_F(studio_faults, ends_and_the_service_answers_again) {
    play(fault_kind::queue_full);
    EXPECT_FALSE(call());
    const auto listed = client_.faults().list().value();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed.front().kind.value(), fault_kind::queue_full);
    EXPECT_TRUE(client_.faults().remove(listed.front().id));
    EXPECT_EQ(client_.faults().remove(listed.front().id).error().code, errc::not_found);
    EXPECT_TRUE(call());
    play(fault_kind::queue_full);
    EXPECT_TRUE(client_.faults().clear());
    EXPECT_TRUE(call());
}

TEST_F(studio_faults, are_the_same_in_process) {
    fault f;
    f.kind = fault_kind::rate_limited;
    f.times = 1;
    const auto added = studio_.add_fault(f).value();
    EXPECT_EQ(client_.faults().list().value().front().id, added.id);
    EXPECT_EQ(call().error().code, errc::rate_limited);
    EXPECT_TRUE(call());
    EXPECT_EQ(studio_.list_faults().value().front().played, 1);
    EXPECT_TRUE(studio_.remove_fault(added.id));
    EXPECT_EQ(studio_.remove_fault(added.id).error().code, errc::not_found);
    f.share = 2;
    EXPECT_EQ(studio_.add_fault(f).error().code, errc::bad_request);
    EXPECT_EQ(client_.faults().add(f).error().code, errc::bad_request);
    studio_.stop();
    EXPECT_EQ(studio_.clear_faults().error().code, errc::client_closed);
}

TEST_F(studio_faults, retries_outlast_overload) {
    fault f;
    f.kind = fault_kind::queue_full;
    f.times = 2;
    ASSERT_TRUE(studio_.add_fault(f));
    call_options o;
    o.retry = retry_policy{};
    o.retry->throttle_base_delay = 1ms;
    EXPECT_THAT(call("7", o).value(), HasSubstr("7"));
    EXPECT_EQ(executed_, 1);
    EXPECT_EQ(studio_.list_faults().value().front().played, 2);
}

TEST_F(studio_faults, slow_body_arrives_whole) {
    play(fault_kind::slow_body, 0, 1);
    EXPECT_THAT(call().value(), HasSubstr(R"({"x":1})"));
}

TEST_F(studio_faults, truncated_gzip_is_an_error) {
    play(fault_kind::truncated_gzip);
    const auto answer = client_.predictor(service_).value().predict<json_document>("1");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::decode_failed);
    EXPECT_EQ(answer.error().outcome, outcome::done);
}

TEST_F(studio_faults, of_one_service_spare_the_others) {
    const auto other =
        studio_.serve("other", [](std::string_view) { return result<std::string>("2"); }).value();
    const auto call_other = [&] { return client_.predictor(other).value().predict("1"); };
    fault f;
    f.kind = fault_kind::queue_full;
    f.service = service_id(std::stoll(service_.url.substr(service_.url.rfind('/') + 1)));
    const auto added = client_.faults().add(f).value();
    EXPECT_EQ(added.service, f.service);
    EXPECT_TRUE(call_other());
    EXPECT_EQ(call().error().code, errc::service_overloaded);
    EXPECT_EQ(client_.faults().list().value().front().played, 1);
    EXPECT_EQ(client_.faults().list(f.service).value().size(), 1U);
    EXPECT_TRUE(client_.faults().list(service_id(f.service.value() + 1)).value().empty());
    EXPECT_TRUE(client_.faults().clear(service_id(f.service.value() + 1)));
    EXPECT_FALSE(call());
    EXPECT_TRUE(client_.faults().clear(f.service));
    EXPECT_TRUE(call());
}

TEST_F(studio_faults, of_one_key_spare_the_others) {
    const auto other =
        studio_.serve("other", [](std::string_view) { return result<std::string>("2"); }).value();
    fault f;
    f.kind = fault_kind::rate_limited;
    f.api_key = service_.api_key;
    ASSERT_TRUE(client_.faults().add(f));
    EXPECT_TRUE(client_.predictor(other).value().predict("1"));
    EXPECT_EQ(call().error().code, errc::rate_limited);
    f.api_key = secret("of nobody");
    ASSERT_TRUE(client_.faults().clear());
    ASSERT_TRUE(client_.faults().add(f));
    EXPECT_TRUE(call());
    f.api_key = other.api_key; // of another service than `service`: meets no call
    f.service = service_id(std::stoll(service_.url.substr(service_.url.rfind('/') + 1)));
    ASSERT_TRUE(client_.faults().add(f));
    EXPECT_TRUE(call());
    EXPECT_TRUE(client_.predictor(other).value().predict("1"));
    for (const auto& one : client_.faults().list().value())
        EXPECT_EQ(one.played, 0);
}

TEST_F(studio_faults, tls_gets_no_answer) {
    play(fault_kind::tls_stall);
    auto secure = service_;
    secure.url.replace(0, 4, "https");
    const auto answer = client_.predictor(secure).value().predict("1");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::tls_timeout);
    EXPECT_EQ(answer.error().outcome, outcome::not_sent);
    EXPECT_TRUE(call()) << "plain calls are not meant";
}

TEST_F(studio_faults, a_call_can_bring_its_own) {
    EXPECT_THAT(raw("X-Local-Fault: html_page\r\n"), StartsWith("HTTP/1.1 502"));
    EXPECT_THAT(raw("X-Local-Fault: reset; bytes=12\r\n"), "HTTP/1.1 200");
    EXPECT_THAT(raw("X-Local-Fault: nonsense\r\n"), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(raw(""), StartsWith("HTTP/1.1 200"));
}

TEST_F(studio_faults, of_every_kind_can_come_with_a_call) {
    const auto with = [&](const std::string& fault) {
        return raw("X-Local-Fault: " + fault + "\r\n");
    };
    const auto well = raw("");
    const auto body_of = [](const std::string& answer) {
        return answer.substr(answer.find("\r\n\r\n") + 4);
    };
    const auto length_of = [](const std::string& answer) {
        return std::stoull(answer.substr(answer.find("Content-Length: ") + 16));
    };
    EXPECT_THAT(with("queue_full"), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("10010")));
    EXPECT_THAT(with("queue_full_503"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("10010")));
    EXPECT_THAT(with("rate_limited"), AllOf(StartsWith("HTTP/1.1 429"), HasSubstr("12002")));
    EXPECT_THAT(with("too_many_requests; delay_ms=2001"),
                AllOf(StartsWith("HTTP/1.1 429"), HasSubstr("Retry-After: 3\r\n")));
    EXPECT_THAT(with("failure_text"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("服务调用失败")));
    EXPECT_EQ(executed_, 1) << "none of these is executed";
    const auto promised = with("wrong_length; bytes=5");
    EXPECT_EQ(length_of(promised), body_of(promised).size() + 5);
    EXPECT_EQ(length_of(well), body_of(well).size());
    EXPECT_EQ(body_of(with("slow_body; delay_ms=1")).size(), body_of(well).size());
    EXPECT_THAT(with("truncated_gzip"), HasSubstr("Content-Encoding: gzip"));
    EXPECT_EQ(with("reset; bytes=0"), "");
    EXPECT_EQ(executed_, 5);
    EXPECT_THAT(with("tls_stall"), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("connections")));
    EXPECT_THAT(with("slow_body; delay_ms=3600001"), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(with("reset; bytes=-1"), StartsWith("HTTP/1.1 400"));
    EXPECT_TRUE(client_.faults().list().value().empty());
}

TEST_F(studio_faults, hammering_client_is_blocked_and_told_so) {
    fault f;
    f.kind = fault_kind::too_many_requests;
    f.patience = 1;
    f.delay_ms = 60'000;
    ASSERT_TRUE(studio_.add_fault(f));
    EXPECT_THAT(raw(""), testing::AllOf(StartsWith("HTTP/1.1 429"), HasSubstr("Retry-After: 60")));
    EXPECT_THAT(raw(""), StartsWith("HTTP/1.1 429"));
    EXPECT_THAT(raw(""), StartsWith("HTTP/1.1 403"));
}

TEST_F(studio_faults, studio_stops_while_a_call_is_stalled) {
    play(fault_kind::stall);
    EXPECT_FALSE(call());
    const auto before = std::chrono::steady_clock::now();
    studio_.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 20s);
}

TEST_F(studio_faults, wrong_key_is_refused_before_any_fault) {
    play(fault_kind::html_page);
    auto wrong = service_;
    wrong.api_key = secret("wrong");
    EXPECT_EQ(client_.predictor(wrong).value().predict("1").error().code, errc::unauthorized);
}

} // namespace
} // namespace aistudio::test
