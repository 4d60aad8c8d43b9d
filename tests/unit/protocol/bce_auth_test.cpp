#include <aistudio/protocol/bce_auth.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace aistudio;
using namespace std::chrono_literals;

const timestamp signed_at{1'700'000'000s};
const bce_credentials credentials{secret("testak"), secret("testsk")};

/// A request as the official object-storage client sends it, what it signs, and the signature it
/// computes.
struct example {
    const char* name;
    bce_request request;
    std::string_view canonical;
    std::string_view authorization;
};

const example examples[] = {
    {"list",
     {"GET",
      "/test-bucket?delimiter=%2F&maxKeys=1000&prefix=out%2Fdir%201%2F",
      {{"Host", "127.0.0.1:9000"},
       {"User-Agent", "any"},
       {"Content-Length", "0"},
       {"x-bce-date", "2023-11-14T22:13:20Z"},
       {"x-bce-security-token", "testtoken"}}},
     "GET\n/test-bucket\ndelimiter=%2F&maxKeys=1000&prefix=out%2Fdir%201%2F\n"
     "content-length:0\nhost:127.0.0.1%3A9000\nx-bce-date:2023-11-14T22%3A13%3A20Z\nx-bce-security-"
     "token:testtoken",
     "bce-auth-v1/testak/2023-11-14T22:13:20Z/1800//"
     "eadfb5c05a30e4eb99ae04cd18ec39b1519c41045661980baf23cb2b8f14e6f7"},
    {"put",
     {"PUT",
      "/test-bucket/a%20b/%E4%B8%AD%2B~.zip",
      {{"Host", "127.0.0.1:9000"},
       {"Content-Length", "10"},
       {"Content-Type", "application/zip"},
       {"x-bce-content-crc32", "4061960521"},
       {"x-bce-date", "2023-11-14T22:13:20Z"},
       {"x-bce-security-token", "testtoken"},
       {"Range", "bytes=0-1"}}},
     "PUT\n/test-bucket/a%20b/%E4%B8%AD%2B~.zip\n\n"
     "content-length:10\ncontent-type:application%2Fzip\nhost:127.0.0.1%3A9000\nx-bce-content-"
     "crc32:4061960521\n"
     "x-bce-date:2023-11-14T22%3A13%3A20Z\nx-bce-security-token:testtoken",
     "bce-auth-v1/testak/2023-11-14T22:13:20Z/1800//"
     "348a8d9a051136f0d48e8ef01f23a997ab20340fea991f30750d736c8bd41b18"},
    {"initiate multipart",
     {"POST",
      "/k/f.bin?uploads=",
      {{"X-Bce-Security-Token", "  testtoken "},
       {"Host", "test-bucket.bj.bcebos.com"},
       {"Content-Length", "0"},
       {"Content-Type", "application/octet-stream"},
       {"Content-MD5", " "},
       {"x-bce-date", "2023-11-14T22:13:20Z"}}},
     "POST\n/k/f.bin\nuploads=\n"
     "content-length:0\ncontent-type:application%2Foctet-stream\nhost:test-bucket.bj.bcebos.com\n"
     "x-bce-date:2023-11-14T22%3A13%3A20Z\nx-bce-security-token:testtoken",
     "bce-auth-v1/testak/2023-11-14T22:13:20Z/1800//"
     "05e0685737e72e26e0f0f4a2e1bfadae105b24c12cd2d0469534a3e12090acbd"},
};

result<void> verify_text(const bce_request& request, std::string_view text,
                         const secret& key = credentials.secret_key, timestamp now = signed_at) {
    const auto authorization = parse_authorization(text);
    if (!authorization)
        return authorization.error();
    return verify(request, *authorization, key, now);
}

void expect_refused(const result<void>& outcome, std::string_view why) {
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, errc::unauthorized);
    EXPECT_NE(outcome.error().detail.find(why), std::string::npos) << outcome.error().detail;
}

class official_client : public testing::TestWithParam<example> {};
INSTANTIATE_TEST_SUITE_P(examples, official_client, testing::ValuesIn(examples),
                         [](const auto& info) {
                             std::string name = info.param.name;
                             std::replace(name.begin(), name.end(), ' ', '_');
                             return name;
                         });

TEST_P(official_client, signature_is_the_same) {
    EXPECT_EQ(sign(GetParam().request, credentials, signed_at), GetParam().authorization);
}

TEST_P(official_client, signature_is_accepted) {
    EXPECT_TRUE(verify_text(GetParam().request, GetParam().authorization).has_value());
}

TEST_P(official_client, signature_holds_to_the_last_second_only) {
    EXPECT_TRUE(verify_text(GetParam().request, GetParam().authorization, credentials.secret_key,
                            signed_at + 1800s)
                    .has_value());
    expect_refused(verify_text(GetParam().request, GetParam().authorization, credentials.secret_key,
                               signed_at + 1801s),
                   "expired");
}

TEST_P(official_client, wrong_key_is_refused) {
    expect_refused(verify_text(GetParam().request, GetParam().authorization, secret("testsl")),
                   "differ from what was signed");
}

TEST_P(official_client, changed_method_is_refused) {
    bce_request request = GetParam().request;
    request.method = "DELETE";
    expect_refused(verify_text(request, GetParam().authorization), "differ");
}

TEST_P(official_client, changed_path_is_refused) {
    bce_request request = GetParam().request;
    const std::string target = "/other" + std::string(request.target);
    request.target = target;
    expect_refused(verify_text(request, GetParam().authorization), "differ");
}

TEST_P(official_client, added_parameter_is_refused) {
    bce_request request = GetParam().request;
    const std::string target = std::string(request.target) +
                               (request.target.find('?') == std::string_view::npos ? "?" : "&") +
                               "x=1";
    request.target = target;
    expect_refused(verify_text(request, GetParam().authorization), "differ");
}

TEST_P(official_client, any_signed_header_changed_or_removed_is_refused) {
    for (std::size_t i = 0; i < GetParam().request.headers.size(); ++i) {
        bce_request request = GetParam().request;
        const auto [name, value] = request.headers[i];
        const bool is_signed = name != "User-Agent" && name != "Range";
        request.headers[i].second = "changed";
        EXPECT_EQ(verify_text(request, GetParam().authorization).has_value(), !is_signed) << name;
        request.headers.erase(request.headers.begin() + static_cast<std::ptrdiff_t>(i));
        const bool was_empty = value == " ";
        EXPECT_EQ(verify_text(request, GetParam().authorization).has_value(),
                  !is_signed || was_empty)
            << name;
    }
}

TEST_P(official_client, added_signed_header_is_refused) {
    bce_request request = GetParam().request;
    request.headers.emplace_back("x-bce-acl", "public-read");
    expect_refused(verify_text(request, GetParam().authorization), "differ");
}

TEST_P(official_client, longer_validity_is_refused) {
    std::string text(GetParam().authorization);
    text.replace(text.find("/1800/"), 6, "/9999/");
    expect_refused(verify_text(GetParam().request, text), "differ");
}

TEST_P(official_client, any_digit_of_the_signature_changed_is_refused) {
    std::string text(GetParam().authorization);
    for (std::size_t i = text.size() - 64; i < text.size(); ++i) {
        const char before = text[i];
        text[i] = before == '0' ? '1' : '0';
        expect_refused(verify_text(GetParam().request, text), "differ");
        text[i] = before;
    }
}

TEST(canonical_request, examples_are_exact) {
    for (const example& e : examples)
        EXPECT_EQ(canonical_request(e.request, {}), e.canonical) << e.name;
}

TEST(uri_encode, unreserved_stay_and_the_rest_becomes_upper_case_hex) {
    EXPECT_EQ(uri_encode("AZaz09.~-_", false), "AZaz09.~-_");
    EXPECT_EQ(uri_encode(std::string_view("\0 +%/\xff", 6), false), "%00%20%2B%25%2F%FF");
    EXPECT_EQ(uri_encode("中", false), "%E4%B8%AD");
}

TEST(uri_encode, keep_slash_keeps_every_slash) {
    EXPECT_EQ(uri_encode("/a b//c/", true), "/a%20b//c/");
    EXPECT_EQ(uri_encode("", true), "");
}

TEST(canonical_query, parameters_are_sorted_after_encoding) {
    EXPECT_EQ(canonical_query({{"b", "2"}, {"a", ""}, {"a", "中"}, {"B", "&="}}),
              "B=%26%3D&a=&a=%E4%B8%AD&b=2");
    EXPECT_EQ(canonical_query({}), "");
}

TEST(parse_query, names_and_values_are_decoded) {
    const query_parameters expected{
        {"prefix", "out/dir 1/"}, {"uploads", ""}, {"a", "b=c"}, {"plus", "1+1"}};
    EXPECT_EQ(parse_query("prefix=out%2Fdir%201%2f&uploads&&a=b=c&plus=1+1"), expected);
    EXPECT_EQ(parse_query(""), query_parameters{});
}

TEST(parse_query, broken_escapes_stay) {
    const query_parameters expected{
        {"a", "%"}, {"b", "%4"}, {"c", "%zz"}, {"d", "%-1"}, {"e", "100%"}};
    EXPECT_EQ(parse_query("a=%&b=%4&c=%zz&d=%-1&e=100%"), expected);
}

TEST(parse_query, canonical_form_reads_back) {
    const query_parameters parameters{
        {"%41", "%"}, {"中", std::string("\0", 1)}, {"a&b=c", "?#+ \n"}};
    EXPECT_EQ(parse_query(canonical_query(parameters)), parameters);
}

TEST(sign, listed_headers_are_the_only_ones_signed) {
    const bce_request request{
        "GET",
        "/b/k",
        {{"Host", "h"}, {"Content-Length", "5"}, {"Date", "now"}, {"x-bce-date", "then"}}};
    const std::string text = sign(request, credentials, signed_at, 60s, {"host", "date"});
    EXPECT_EQ(text.substr(0, text.rfind('/')),
              "bce-auth-v1/testak/2023-11-14T22:13:20Z/60/date;host");
    bce_request changed = request;
    changed.headers = {{"host", "h"}, {"DATE", "now"}};
    EXPECT_TRUE(verify_text(changed, text).has_value());
    changed.headers = {{"host", "h"}, {"date", "tomorrow"}};
    expect_refused(verify_text(changed, text), "differ");
}

TEST(sign, milliseconds_of_the_time_are_dropped) {
    const bce_request request{"GET", "/", {{"Host", "h"}}};
    const std::string text = sign(request, credentials, signed_at + 999ms);
    EXPECT_EQ(text, sign(request, credentials, signed_at));
    EXPECT_TRUE(verify_text(request, text, credentials.secret_key, signed_at + 999ms).has_value());
}

class presigned_address : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(targets, presigned_address,
                         testing::Values("/b/k", "/b/k?responseContentType=a%2Fb"));

TEST_P(presigned_address, any_client_of_that_host_may_use_it_until_it_expires) {
    const bce_request request{"GET", GetParam(), {{"Host", "127.0.0.1:9000"}}};
    const std::string target = presign(request, credentials, signed_at, 600s);
    const query_parameters query =
        parse_query(std::string_view(target).substr(target.find('?') + 1));
    ASSERT_EQ(query.back().first, "authorization");
    const std::string& text = query.back().second;
    bce_request received{
        "GET",
        target,
        {{"host", "127.0.0.1:9000"}, {"Content-Length", "0"}, {"Range", "bytes=0-1"}}};
    EXPECT_TRUE(verify_text(received, text).has_value());
    expect_refused(verify_text(received, text, credentials.secret_key, signed_at + 601s),
                   "expired");
    received.headers[0].second = "elsewhere";
    expect_refused(verify_text(received, text), "differ");
    const std::string other = "/b/l" + target.substr(4);
    received = {"GET", other, {{"host", "127.0.0.1:9000"}}};
    expect_refused(verify_text(received, text), "differ");
}

TEST(parse_authorization, parts_are_taken_apart) {
    const std::string digest(64, 'a');
    const auto parsed =
        parse_authorization("bce-auth-v1/ak/2023-11-14T22:13:20Z/60/host;x-bce-date/" + digest);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->access_key_id, "ak");
    EXPECT_EQ(parsed->signed_at, signed_at);
    EXPECT_EQ(parsed->valid_for, 60s);
    EXPECT_EQ(parsed->signed_headers, (std::vector<std::string>{"host", "x-bce-date"}));
    EXPECT_EQ(parsed->signature, digest);
    EXPECT_FALSE(parsed->expired(signed_at + 60s));
    EXPECT_TRUE(parsed->expired(signed_at + 60s + 1ms));
}

TEST(parse_authorization, malformed_text_is_refused_without_repeating_it) {
    const std::string digest(64, 'a');
    const std::string malformed[] = {
        "",
        "/////",
        "Bearer canary-token",
        "bce-auth-v2/ak/2023-11-14T22:13:20Z/60//" + digest,
        "bce-auth-v1//2023-11-14T22:13:20Z/60//" + digest,
        "bce-auth-v1/ak/2023-11-14T22:13:20/60//" + digest,
        "bce-auth-v1/ak/2023-11-14 22:13:20Z/60//" + digest,
        "bce-auth-v1/ak/2023-11-14T22:13:20.500000Z/60//" + digest,
        "bce-auth-v1/ak/2023-02-30T22:13:20Z/60//" + digest,
        "bce-auth-v1/ak/2023-11-14T22:13:20Z/0//" + digest,
        "bce-auth-v1/ak/2023-11-14T22:13:20Z/-1//" + digest,
        "bce-auth-v1/ak/2023-11-14T22:13:20Z/99999999999//" + digest,
        "bce-auth-v1/ak/2023-11-14T22:13:20Z/60s//" + digest,
        "bce-auth-v1/ak/2023-11-14T22:13:20Z/60//" + digest + "a",
        "bce-auth-v1/ak/2023-11-14T22:13:20Z/60//" + std::string(64, 'A'),
        "bce-auth-v1/ak/2023-11-14T22:13:20Z/60/" + digest,
        "bce-auth-v1/ak/2023-11-14T22:13:20Z/60//" + digest + "/",
    };
    for (const std::string& text : malformed) {
        const auto parsed = parse_authorization(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_EQ(parsed.error().code, errc::unauthorized);
        EXPECT_EQ(parsed.error().message().find("canary"), std::string::npos);
    }
}

} // namespace
