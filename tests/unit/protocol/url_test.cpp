#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/protocol/url.hpp>

#include <gtest/gtest.h>

#include <random>

namespace aistudio {
namespace {

TEST(url, parts_taken_apart) {
    const auto u = parse_url("https://user:pw@Example.com:8443/a/b?x=1&y=%20#frag").value();
    EXPECT_TRUE(u.tls);
    EXPECT_EQ(u.host, "Example.com");
    EXPECT_EQ(u.port, 8443);
    EXPECT_EQ(u.target, "/a/b?x=1&y=%20");
    EXPECT_EQ(u.user_info, "user:pw");
}

TEST(url, ports_and_hosts_written_as_headers_want_them) {
    const auto host = [](std::string_view text) { return parse_url(text).value().host_header(); };
    EXPECT_EQ(host("http://h"), "h");
    EXPECT_EQ(host("http://h:80/"), "h");
    EXPECT_EQ(host("https://h:80/"), "h:80");
    EXPECT_EQ(host("https://h:443/"), "h");
    EXPECT_EQ(host("http://[2001:db8::1]:8080/"), "[2001:db8::1]:8080");
    EXPECT_EQ(host("http://[2001:db8::1]/"), "[2001:db8::1]");
    EXPECT_EQ(parse_url("https://h").value().authority(), "h:443");
    EXPECT_EQ(parse_url("http://[::1]").value().authority(), "[::1]:80");
    EXPECT_EQ(parse_url("http://[::1]").value().host, "::1");
}

TEST(url, target_always_starts_with_a_slash) {
    EXPECT_EQ(parse_url("http://h").value().target, "/");
    EXPECT_EQ(parse_url("http://h?x=1").value().target, "/?x=1");
    EXPECT_EQ(parse_url("http://h#f").value().target, "/");
}

TEST(url, nonsense_refused) {
    for (const char* text :
         {"", "h", "h:80", "//h/p", "/p", "ftp://h/", "file:///etc/passwd", "http://", "http:///p",
          "http://:80/", "http:h", "http://h:0/", "http://h:65536/", "http://h:x/", "http://[::1/",
          "http://[1.2.3]/", "http://h/%zz", "http://h/\xe4\xb8\xad", "javascript:alert(1)"}) {
        const auto u = parse_url(text);
        ASSERT_FALSE(u) << text;
        EXPECT_EQ(u.error().code, errc::invalid_argument);
    }
}

TEST(url, control_characters_and_blanks_refused_everywhere) {
    for (const char* form : {"http://h%sx/", "http://h/p%sx", "http://h/?q=%sx", "http://u%sx@h/",
                             "%shttp://h/", "http://h/%s", "ht%stp://h/"}) {
        for (const char c : {'\0', '\n', '\r', '\t', ' ', '\x7f', '\x1b'}) {
            std::string text = form;
            text.replace(text.find("%s"), 2, std::string(1, c));
            EXPECT_FALSE(parse_url(text)) << form << int(c);
        }
    }
}

TEST(url, host_cannot_smuggle_characters_by_percent_encoding) {
    for (const char* text : {"http://h%0d%0aX-Evil:1/", "http://h%20x/", "http://h%2fx/",
                             "http://h%40x/", "http://h%00/", "http://%5b::1%5d/", "http://h%3f/"})
        EXPECT_FALSE(parse_url(text)) << text;
}

constexpr std::string_view canary = "CANARY-key_5b1f.9~x";

TEST(redact, key_hidden_in_every_shape) {
    const std::string shapes[] = {
        "apiKey=$",
        "?apiKey=$",
        "http://h/p?apiKey=$",
        "http://h/p?a=1&apiKey=$&b=2",
        "http://h/p?APIKEY=$#f",
        "say \"http://h/?apikey=$\" twice: http://h/?apiKey=$",
        "(http://h/?apiKey=$)",
        "`/x?apiKey=$`",
        "apiKey=$, apiKey=$",
        "apiKey=a,$",
        "apiKey=a)$",
        "apiKey=a}$",
        "http://h/?token=$",
        "access_token=$;x",
        "http://h/?authorization=bce-auth-v1%2F$",
        "http://h/?x=1&Signature=$",
        "http://$@h/",
        "http://user:$@h:80/p",
        "http://us@er:$@h/p",
        "http://user:a/$@h/p",
        "proxy https://u:$@h failed",
        "{\"apiKey\":\"$\"}",
        "{\"apiKey\" : \"$\", \"x\":1}",
        "{\\\"apiKey\\\":\\\"$\\\"}",
        "{'access_token': '$'}",
        "\"token\":\"$\"",
        "Authorization: token $",
        "authorization: Bearer $\r\nHost: h",
        "Authorization: $",
        "{\"Authorization\":\"Bearer $\"}",
        "Proxy-Authorization: Basic $",
        "x-bce-security-token: $",
        "apiKey%3D$",
        "?next=%2Fp%3FapiKey%3D$%26x",
        "{\"secretAccessKey\":\"$\",\"sessionToken\":\"$\"}",
    };
    for (std::string text : shapes) {
        for (std::size_t at = 0; (at = text.find('$')) != std::string::npos;)
            text.replace(at, 1, canary);
        ASSERT_NE(text.find(canary), std::string::npos) << text;
        EXPECT_EQ(redact(text).find(canary), std::string::npos) << text << " -> " << redact(text);
    }
}

TEST(redact, what_is_no_secret_stays) {
    for (const char* text :
         {"", "http://h/p?a=1&b=2", "monkey=1", "http://h:8080/p@q", "http://[::1]:80/p",
          "tokens=5", "my_apiKeyring=x", "The token was not accepted.", "a://b://c", "://",
          "apiKey", "http://h/p?mail=a@b.example"})
        EXPECT_EQ(redact(text), text);
    EXPECT_EQ(redact("http://h/p?apiKey=K&x=1"), "http://h/p?apiKey=***&x=1");
    EXPECT_EQ(redact("http://u:p@h/"), "http://***@h/");
    EXPECT_EQ(redact("apiKey="), "apiKey=");
}

TEST(redact, twice_is_as_good_as_once) {
    for (const char* text :
         {"http://u:p@h/?apiKey=K", "{\"token\":\"K\"}", "Authorization: token K"})
        EXPECT_EQ(redact(redact(text)), redact(text));
}

TEST(redact, random_surroundings_never_show_the_key) {
    std::mt19937 random(7);
    const std::string_view pieces[] = {
        "http://", "h", "/", "?",       "&",   "x=1",   " ",  "\"",  ":", "@",
        "{",       "}", ",", "apiKey=", "***", "token", "\n", "%3D", "`"};
    for (int i = 0; i < 20000; ++i) {
        std::string text;
        const auto noise = [&] {
            for (auto n = random() % 6; n > 0; --n)
                text += pieces[random() % std::size(pieces)];
        };
        noise();
        text += random() % 2 == 0 ? "?apiKey=" : "&apiKey=";
        text += canary;
        noise();
        ASSERT_EQ(redact(text).find(canary), std::string::npos) << text << " -> " << redact(text);
    }
}

TEST(redact, encoded_keys_of_any_bytes_never_show) {
    std::mt19937 random(11);
    for (int i = 0; i < 2000; ++i) {
        std::string key = "k";
        for (int n = 0; n < 20; ++n)
            key += static_cast<char>(random() & 0xffU);
        const std::string encoded = uri_encode(key, false);
        const std::string text = "POST http://h/p?apiKey=" + encoded + " -> 500";
        ASSERT_EQ(redact(text), "POST http://h/p?apiKey=*** -> 500");
    }
}

TEST(url, problem_of_a_bad_address_never_shows_its_key) {
    for (const char* text :
         {"http://h/p?apiKey=CANARY bad", "http://h/p?apiKey=a CANARY", "ftp://h/?apiKey=CANARY",
          "http://h/?apiKey=a\"CANARY", "h?apiKey=CANARY", "http://u:CANARY@h:99999/",
          "http://u:a?CANARY@h:x/", "http://h/ ?apiKey=a\nCANARY"}) {
        const auto u = parse_url(text);
        ASSERT_FALSE(u) << text;
        EXPECT_EQ(u.error().message().find("CANARY"), std::string::npos) << u.error().message();
    }
}

} // namespace
} // namespace aistudio
