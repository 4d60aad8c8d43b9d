#include <aistudio/codec/json_value.hpp>
#include <aistudio/protocol/classify.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

using namespace std::chrono_literals;

http_response answer(int status, std::string body, std::vector<http_header> headers = {}) {
    return {status, std::move(headers), std::move(body)};
}

verdict of(int status, std::string body, answer_kind kind = answer_kind::prediction) {
    return classify(answer(status, std::move(body)), kind);
}

bool is_utf8(std::string_view text) {
    const std::string quoted = '"' + std::string(text) + '"';
    json_document document;
    return document.parse(quoted).has_value();
}

TEST(classify, queue_full_is_overload_whatever_the_status) {
    for (const int status : {200, 400, 503})
        for (const auto kind : {answer_kind::prediction, answer_kind::envelope}) {
            const auto v =
                of(status, R"({"logId":"a1","errorCode":10010,"errorMsg":"queue full"})", kind);
            EXPECT_EQ(v.what.code, errc::service_overloaded) << status;
            EXPECT_EQ(v.what.service_code, 10010);
            EXPECT_EQ(v.what.status, status);
            EXPECT_EQ(v.what.log_id, "a1");
            EXPECT_EQ(v.what.outcome, outcome::done);
            EXPECT_TRUE(v.transient);
            EXPECT_TRUE(v.not_executed);
        }
}

TEST(classify, rate_limit_code_is_rate_limited) {
    for (const int status : {200, 400, 429, 503}) {
        const auto v = of(status, R"({"errorCode":12002,"errorMsg":"too fast"})");
        EXPECT_EQ(v.what.code, errc::rate_limited) << status;
        EXPECT_TRUE(v.transient && v.not_executed);
    }
}

TEST(classify, failure_text_with_200_is_a_failure) {
    EXPECT_EQ(of(200, "不是运行中状态").what.code, errc::service_not_running);
    EXPECT_EQ(of(200, "服务调用失败").what.code, errc::service_failed);
    EXPECT_EQ(of(200, R"({"message":"当前服务不是运行中状态"})").what.code,
              errc::service_not_running);
    const auto v = of(200, R"({"logId":"x","errorMsg":"服务调用失败","errorCode":0})");
    EXPECT_EQ(v.what.code, errc::service_failed);
    EXPECT_EQ(v.what.log_id, "x");
    EXPECT_FALSE(v.transient);
}

TEST(classify, failure_text_inside_result_is_an_answer) {
    EXPECT_TRUE(of(200, R"({"errorCode":0,"result":{"text":"服务调用失败"}})").ok());
    EXPECT_TRUE(of(200, R"({"result":"不是运行中状态"})").ok());
}

TEST(classify, failure_text_in_a_long_answer_is_an_answer) {
    std::string body(5000, 'x');
    body += "服务调用失败";
    EXPECT_TRUE(of(200, body).ok());
}

TEST(classify, prediction_without_envelope_succeeds) {
    for (const char* body :
         {"[1,2]", "3.5", "{\"price\":1}", "", "plain text", "{\"errorCodes\":[1]}"})
        EXPECT_TRUE(of(200, body).ok()) << body;
}

TEST(classify, nested_error_code_is_not_an_envelope) {
    EXPECT_TRUE(of(200, R"({"result":{"errorCode":5}})").ok());
    EXPECT_TRUE(of(200, R"({"data":{"errorCode":5}})").ok());
}

TEST(classify, web_page_with_200_is_unexpected) {
    for (const auto kind : {answer_kind::prediction, answer_kind::envelope}) {
        const auto v = of(200, "\r\n <!DOCTYPE html><html><body>Sign in</body></html>", kind);
        EXPECT_EQ(v.what.code, errc::unexpected_answer);
        EXPECT_NE(v.what.detail.find("Sign in"), std::string::npos);
        EXPECT_FALSE(v.transient);
    }
    EXPECT_TRUE(of(200, "<html>", answer_kind::plain).ok()) << "a download may be a page";
}

TEST(classify, envelope_code_zero_succeeds) {
    EXPECT_TRUE(of(200, R"({"errorCode":0,"errorMsg":"success","result":1})").ok());
    EXPECT_TRUE(of(201, R"({"errorCode":0,"result":null})", answer_kind::envelope).ok());
}

TEST(classify, unknown_code_with_200_is_a_failure_not_repeated) {
    const auto v = of(200, R"({"errorCode":8307,"errorMsg":"captcha"})", answer_kind::envelope);
    EXPECT_EQ(v.what.code, errc::service_failed);
    EXPECT_EQ(v.what.service_code, 8307);
    EXPECT_NE(v.what.detail.find("captcha"), std::string::npos);
    EXPECT_FALSE(v.transient);
    EXPECT_FALSE(v.not_executed);
}

TEST(classify, unknown_code_leaves_the_word_to_the_status) {
    const auto v = of(404, R"({"errorCode":777,"errorMsg":"gone"})");
    EXPECT_EQ(v.what.code, errc::not_found);
    EXPECT_EQ(v.what.service_code, 777);
}

TEST(classify, envelope_expected_but_absent_is_unexpected) {
    for (const char* body : {"", "[]", "{}", "null", "{\"result\":1}", "{\"errorCode\":\"zero\"}",
                             "{\"errorCode\":0", "\xff\xfe"})
        EXPECT_EQ(of(200, body, answer_kind::envelope).what.code, errc::unexpected_answer) << body;
}

TEST(classify, failed_status_without_envelope_speaks_for_itself) {
    const std::pair<int, errc> rows[] = {
        {400, errc::bad_request},  {401, errc::unauthorized},       {403, errc::forbidden},
        {404, errc::not_found},    {409, errc::conflict},           {413, errc::payload_too_large},
        {429, errc::rate_limited}, {503, errc::service_overloaded}, {500, errc::server_error}};
    for (const auto& [status, meaning] : rows)
        for (const auto kind : {answer_kind::prediction, answer_kind::envelope, answer_kind::plain})
            for (const char* body : {"", "nope", "<html>", "{}", "{\"errorCode\":0}"}) {
                const auto v = of(status, body, kind);
                EXPECT_EQ(v.what.code, meaning) << status << body;
                EXPECT_EQ(v.what.status, status);
            }
}

TEST(classify, statuses_without_a_row_keep_their_class) {
    EXPECT_EQ(of(418, "").what.code, errc::bad_request);
    EXPECT_EQ(of(599, "").what.code, errc::server_error);
    EXPECT_EQ(of(302, "").what.code, errc::unexpected_answer);
    EXPECT_FALSE(of(599, "").transient);
}

TEST(classify, proxy_asking_for_credentials_is_named) {
    EXPECT_EQ(of(407, "").what.code, errc::proxy_failed);
}

TEST(classify, object_store_error_tells_message_and_request) {
    const auto v =
        of(403, R"({"code":"AccessDenied","message":"no","requestId":"r-1"})", answer_kind::plain);
    EXPECT_EQ(v.what.code, errc::forbidden);
    EXPECT_EQ(v.what.log_id, "r-1");
    EXPECT_NE(v.what.detail.find("no"), std::string::npos);
}

TEST(classify, detail_is_one_line_of_utf8_whatever_came) {
    const std::string_view bodies[] = {
        "\xff\xfe\x80 junk \xc3", "line\nline\r\n\x1b[31mred\x7f", "\xe5\xa4\xb1\xe8",
        R"({"errorCode":8307,"errorMsg":"a\nb\u001b[31m\u0000c","logId":"x\ny"})"};
    for (const auto body : bodies) {
        const auto v = of(400, std::string(body));
        for (const auto& text : {v.what.detail, v.what.log_id, v.what.message()}) {
            EXPECT_TRUE(is_utf8(text)) << text;
            for (const char c : text)
                EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << int(c);
        }
    }
}

TEST(classify, last_character_of_a_short_body_is_kept) {
    EXPECT_NE(of(400, "失败").what.detail.find("失败"), std::string::npos);
}

TEST(classify, detail_stays_short_for_a_huge_answer) {
    const std::string huge(std::size_t{8} << 20U, 'x');
    EXPECT_LT(of(500, huge).what.detail.size(), 1000U);
    const auto v =
        of(400, R"({"errorCode":8307,"errorMsg":")" + huge + R"(","logId":")" + huge + R"("})");
    EXPECT_LT(v.what.detail.size(), 3000U);
    EXPECT_LT(v.what.log_id.size(), 300U);
}

TEST(classify, texts_of_the_service_are_redacted) {
    const auto v = of(400, R"({"errorCode":8307,"errorMsg":"POST /x?apiKey=CANARY failed",)"
                           R"("logId":"apiKey=CANARY"})");
    EXPECT_EQ(v.what.message().find("CANARY"), std::string::npos) << v.what.message();
    const auto echo = of(400, R"({"apiKey":"CANARY","Authorization":"token CANARY"})");
    EXPECT_EQ(echo.what.message().find("CANARY"), std::string::npos) << echo.what.message();
}

TEST(classify, depth_bomb_is_not_an_envelope) {
    const std::string deep = "{\"errorCode\":" + std::string(100000, '[');
    EXPECT_EQ(of(200, deep, answer_kind::envelope).what.code, errc::unexpected_answer);
    EXPECT_EQ(of(500, deep).what.code, errc::server_error);
}

struct wait_case {
    const char* text;
    const char* date;
    std::optional<std::chrono::milliseconds> expected;
};

TEST(retry_after, forms) {
    const wait_case cases[] = {
        {"0", "", 0s},
        {"120", "", 120s},
        {"86400000", "", 24h},
        {"99999999999999999999999", "", 24h},
        {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT", 30s},
        {"Mon, 07 Nov 1994 00:00:01 GMT", "Sun, 06 Nov 1994 23:59:59 GMT", 2s},
        {"Sun, 06 Nov 1994 08:49:07 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 0s},
        {"Sun, 06 Nov 1994 08:49:37 GMT", "", std::nullopt},
        {"", "", std::nullopt},
        {"-5", "", std::nullopt},
        {"1.5", "", std::nullopt},
        {"soon", "Sun, 06 Nov 1994 08:49:37 GMT", std::nullopt},
        {"Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", std::nullopt},
        {"Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", std::nullopt},
    };
    for (const auto& c : cases)
        EXPECT_EQ(retry_after(answer(503, "", {{"retry-after", c.text}, {"date", c.date}})),
                  c.expected)
            << c.text;
}

TEST(retry_after, told_in_the_problem) {
    const auto v = classify(answer(429, "", {{"Retry-After", "3"}}), answer_kind::prediction);
    EXPECT_EQ(v.what.retry_after, 3s);
}

TEST(classify, error_object_of_language_models_is_told) {
    const auto v = of(400, R"({"error":{"message":"no such model","type":"x","code":null}})",
                      answer_kind::generation);
    EXPECT_EQ(v.what.code, errc::bad_request);
    EXPECT_EQ(v.what.detail, "The service says: no such model");
    EXPECT_EQ(of(500, R"({"error":"text"})", answer_kind::generation).what.detail,
              "The service says: text");
}

TEST(classify, busy_language_model_did_nothing_when_it_tells_when_to_come_back) {
    EXPECT_TRUE(
        classify(answer(503, "", {{"Retry-After", "3"}}), answer_kind::generation).not_executed);
    EXPECT_FALSE(classify(answer(503, ""), answer_kind::generation).not_executed);
    EXPECT_FALSE(
        classify(answer(503, "", {{"Retry-After", "3"}}), answer_kind::prediction).not_executed);
}

TEST(failure_in, success_has_none) {
    for (const char* text : {"{}", "", "[]", R"({"error":null})", R"({"errorCode":0})",
                             R"({"choices":[{"error":"in a text"}]})"})
        EXPECT_FALSE(failure_in(text)) << text;
    EXPECT_EQ(failure_in(R"({"error":{}})")->code, errc::service_failed);
    EXPECT_EQ(failure_in(R"({"error":{"code":429}})")->code, errc::rate_limited);
    EXPECT_EQ(failure_in(R"({"error":{"code":"nonsense"}})")->code, errc::service_failed);
}

} // namespace
} // namespace aistudio
