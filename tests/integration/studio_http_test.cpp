#include "integration/support/studio_fixture.hpp"

#include <set>
#include <thread>

namespace aistudio::test {
namespace {

constexpr std::string_view projects_path = "/api/local/v1/projects";

class studio_http : public studio_test {
protected:
    void SetUp() override { start(); }
    http_connection connect() { return http_connection(api().port()); }
};

void expect_refused(http_connection& c, unsigned status) {
    const auto reply = c.receive();
    EXPECT_EQ(reply.status, status);
    EXPECT_NE(reply.body.find("\"logId\":\""), std::string::npos) << reply.body;
    EXPECT_TRUE(c.closed_within(std::chrono::seconds(10)));
}

TEST_F(studio_http, garbage_gets_400_and_close) {
    auto c = connect();
    c.send_raw("\x16\x03\x01 this is not HTTP\r\n\r\n");
    expect_refused(c, 400);
    EXPECT_EQ(api().call("GET", projects_path).code, 0);
}

TEST_F(studio_http, head_over_64_KiB_gets_400_and_close) {
    auto c = connect();
    c.send_raw("GET /api/local/v1/status HTTP/1.1\r\nHost: x\r\nX-Long: " +
               std::string(100'000, 'a') + "\r\n\r\n");
    expect_refused(c, 400);
}

TEST_F(studio_http, half_a_request_leaves_the_studio_answering) {
    {
        auto c = connect();
        c.send_raw("POST /api/local/v1/projects HTTP/1.1\r\nHost: x\r\nContent-Length: "
                   "100\r\n\r\n{\"projectNa");
    }
    EXPECT_EQ(api().call("GET", projects_path).code, 0);
    EXPECT_EQ(api().get<wire::page_of<project>>(projects_path).total_count, 0);
}

TEST_F(studio_http, request_in_single_bytes_is_answered) {
    auto c = connect();
    for (const char byte : std::string_view("GET /api/local/v1/status HTTP/1.1\r\nHost: x\r\n\r\n"))
        c.send_raw({&byte, 1});
    EXPECT_EQ(c.receive().status, 200U);
}

TEST_F(studio_http, pipelined_requests_are_answered_in_order) {
    auto c = connect();
    const std::string status = "GET /api/local/v1/status HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string unknown = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n";
    c.send_raw(status + unknown + status);
    EXPECT_EQ(c.receive().status, 200U);
    EXPECT_EQ(c.receive().status, 404U);
    EXPECT_EQ(c.receive().status, 200U);
}

TEST_F(studio_http, connection_close_is_honoured) {
    auto c = connect();
    c.send_raw("GET /api/local/v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(c.receive().headers["connection"], "close");
    EXPECT_TRUE(c.closed_within(std::chrono::seconds(5)));
}

TEST_F(studio_http, expect_continue_is_answered) {
    auto c = connect();
    const std::string token(studio().access_token().reveal());
    c.send_raw("POST /api/local/v1/projects HTTP/1.1\r\nHost: x\r\nExpect: "
               "100-continue\r\nAuthorization: " +
               token + "\r\nContent-Length: 19\r\n\r\n");
    EXPECT_EQ(c.receive().status, 100U);
    c.send_raw("{\"projectName\":\"p\"}");
    EXPECT_EQ(c.receive().status, 200U);
}

TEST_F(studio_http, body_that_is_not_json_is_refused_with_its_reason) {
    for (const std::string body :
         {"", "{", "no json", "{\"projectName\":}", "\xff\xfe", "[]", "7"}) {
        const auto e = api().call("POST", projects_path, body);
        EXPECT_EQ(e.code, service_code::parameter_invalid) << body;
        EXPECT_EQ(e.status, 400U);
        EXPECT_NE(e.message.find("body"), std::string::npos) << e.message;
    }
}

TEST_F(studio_http, body_nested_100000_deep_is_refused) {
    const auto e =
        api().call("POST", projects_path, std::string(100'000, '[') + std::string(100'000, ']'));
    EXPECT_EQ(e.code, service_code::parameter_invalid);
    EXPECT_NE(e.message.find("nested"), std::string::npos) << e.message;
}

TEST_F(studio_http, body_of_100_MB_is_refused_without_being_read) {
    const auto e = api().call("POST", projects_path, std::string(100'000'000, ' '));
    EXPECT_EQ(e.code, service_code::payload_too_large);
    EXPECT_EQ(e.status, 413U);
    EXPECT_EQ(api().call("GET", projects_path).code, 0);
}

TEST_F(studio_http, chunked_body_over_the_limit_is_refused) {
    auto c = connect();
    c.send_raw("POST /api/local/v1/projects HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
               "chunked\r\nAuthorization: " +
               std::string(studio().access_token().reveal()) + "\r\n\r\n");
    const std::string chunk = "100000\r\n" + std::string(std::size_t{1} << 20U, ' ') + "\r\n";
    for (int i = 0; i < 9; ++i)
        c.send_raw(chunk);
    EXPECT_EQ(c.receive().status, 413U);
}

TEST_F(studio_http, unknown_path_is_404_and_wrong_method_405) {
    const auto unknown = api().call("GET", "/api/local/v1/nothing");
    EXPECT_EQ(unknown.code, service_code::not_found);
    EXPECT_EQ(unknown.status, 404U);
    auto c = connect();
    const auto wrong = c.send("PUT", projects_path);
    EXPECT_EQ(wrong.status, 405U);
    EXPECT_EQ(wrong.headers.at("allow"), "POST, GET");
}

TEST_F(studio_http, missing_and_wrong_tokens_are_refused) {
    for (const std::string value : {"", "wrong", "token wrong", "Bearer ", "token"}) {
        const auto own = api().call("GET", projects_path, {}, {{"Authorization", value}});
        EXPECT_EQ(own.code, service_code::unauthorized) << value;
        EXPECT_EQ(own.status, 401U);
        const auto open = api().call("GET", "/llm/files/acl", {}, {{"Authorization", value}});
        EXPECT_EQ(open.code, service_code::unauthorized);
        EXPECT_EQ(open.status, 200U); // the public format tells failures in the body only
    }
}

TEST_F(studio_http, token_is_accepted_in_three_forms) {
    const std::string token(studio().access_token().reveal());
    for (const std::string form : {"", "token ", "Bearer ", "TOKEN ", "bearer "})
        EXPECT_EQ(api().call("GET", projects_path, {}, {{"Authorization", form + token}}).code, 0)
            << form;
}

TEST_F(studio_http, log_ids_are_unique) {
    std::set<std::string> ids;
    for (int i = 0; i < 50; ++i)
        ids.insert(api().call("GET", i % 2 == 0 ? projects_path : "/nothing").log_id);
    EXPECT_EQ(ids.size(), 50U);
}

TEST_F(studio_http, many_connections_are_served) {
    std::vector<std::unique_ptr<http_connection>> all;
    for (int i = 0; i < 400; ++i)
        all.push_back(std::make_unique<http_connection>(api().port()));
    for (auto& c : all)
        EXPECT_EQ(c->send("GET", "/api/local/v1/status").status, 200U);
}

TEST_F(studio_http, idempotency_key_replays_the_first_answer) {
    const header_list key = {{"Idempotency-Key", "k-1"}};
    const auto first = api().call("POST", projects_path, R"({"projectName":"p"})", key);
    const auto second = api().call("POST", projects_path, R"({"projectName":"p"})", key);
    EXPECT_EQ(first.result, second.result);
    EXPECT_NE(first.log_id, second.log_id);
    EXPECT_EQ(api().get<wire::page_of<project>>(projects_path).total_count, 1);
    const auto other = api().call("POST", projects_path, R"({"projectName":"q"})", key);
    EXPECT_EQ(other.code, service_code::conflict);
    EXPECT_EQ(other.status, 409U);
    EXPECT_EQ(
        api().call("POST", projects_path, "{}", {{"Idempotency-Key", std::string(129, 'k')}}).code,
        service_code::parameter_invalid);
}

TEST_F(studio_http, idempotency_key_survives_a_restart) {
    const header_list key = {{"Idempotency-Key", "k-2"}};
    const auto first = api().call("POST", projects_path, R"({"projectName":"p"})", key);
    stop();
    start();
    EXPECT_EQ(api().call("POST", projects_path, R"({"projectName":"p"})", key).result,
              first.result);
}

TEST_F(studio_http, idempotency_key_of_a_refused_call_is_free_again) {
    const header_list key = {{"Idempotency-Key", "k-3"}};
    EXPECT_EQ(api().call("POST", projects_path, R"({"projectName":""})", key).code,
              service_code::parameter_invalid);
    EXPECT_EQ(api().call("POST", projects_path, R"({"projectName":"p"})", key).code, 0);
}

TEST_F(studio_http, concurrent_duplicates_have_one_effect) {
    std::vector<std::thread> threads;
    std::mutex mutex;
    std::set<std::string> results;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            studio_caller caller(studio().base_url(), studio().access_token());
            const auto e = caller.call("POST", projects_path, R"({"projectName":"p"})",
                                       {{"Idempotency-Key", "same"}});
            const std::lock_guard lock(mutex);
            results.insert(e.result);
        });
    for (auto& t : threads)
        t.join();
    EXPECT_EQ(results.size(), 1U);
    EXPECT_EQ(api().get<wire::page_of<project>>(projects_path).total_count, 1);
}

} // namespace
} // namespace aistudio::test
