#include <aistudio/protocol/proxy.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

environment variables(std::map<std::string, std::string> values) {
    return [values](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
}

url at(std::string_view text) { return parse_url(text).value(); }

/// The proxy's authority; empty: direct.
std::string chosen(const std::map<std::string, std::string>& env, std::string_view target,
                   const proxy_options& options = {}) {
    const auto found = find_proxy(options, variables(env), at(target)).value();
    return found ? found->authority() : std::string{};
}

bool direct(const std::string& no_proxy, std::string_view target) {
    return chosen({{"ALL_PROXY", "http://p:1"}, {"NO_PROXY", no_proxy}}, target).empty();
}

TEST(proxy, environment_chosen_by_scheme) {
    const std::map<std::string, std::string> env{
        {"HTTPS_PROXY", "http://s:1"}, {"http_proxy", "http://h:2"}, {"ALL_PROXY", "http://a:3"}};
    EXPECT_EQ(chosen(env, "https://x.example"), "s:1");
    EXPECT_EQ(chosen(env, "http://x.example"), "h:2");
    EXPECT_EQ(chosen({{"all_proxy", "a:3"}}, "http://x.example"), "a:3");
    EXPECT_EQ(chosen({{"https_proxy", "http://l:4"}}, "https://x.example"), "l:4");
}

TEST(proxy, upper_case_http_proxy_ignored) {
    EXPECT_EQ(chosen({{"HTTP_PROXY", "http://h:2"}}, "http://x.example"), "");
}

TEST(proxy, option_wins_over_environment) {
    proxy_options o;
    o.https_proxy = "http://mine:9";
    EXPECT_EQ(chosen({{"HTTPS_PROXY", "http://s:1"}}, "https://x.example", o), "mine:9");
    o.no_proxy = "x.example";
    EXPECT_EQ(chosen({}, "https://x.example", o), "");
}

TEST(proxy, environment_not_read_when_told_so) {
    proxy_options o;
    o.use_environment = false;
    EXPECT_EQ(chosen({{"HTTPS_PROXY", "http://s:1"}}, "https://x.example", o), "");
}

TEST(proxy, unset_means_direct) { EXPECT_EQ(chosen({}, "https://x.example"), ""); }

TEST(proxy, loopback_is_always_direct) {
    for (const char* target : {"http://localhost:1", "http://LocalHost:1", "http://a.localhost",
                               "http://127.0.0.1", "http://127.9.9.9:5", "https://[::1]:8443"})
        EXPECT_TRUE(direct("", target)) << target;
    EXPECT_FALSE(direct("", "http://localhost.example"));
    EXPECT_FALSE(direct("", "http://128.0.0.1"));
}

TEST(no_proxy, names_cover_their_subdomains) {
    for (const char* entry : {"example.com", ".example.com", "*.example.com", "EXAMPLE.com"}) {
        EXPECT_TRUE(direct(entry, "https://example.com")) << entry;
        EXPECT_TRUE(direct(entry, "https://a.Example.com")) << entry;
        EXPECT_FALSE(direct(entry, "https://badexample.com")) << entry;
        EXPECT_FALSE(direct(entry, "https://example.com.cn")) << entry;
    }
}

TEST(no_proxy, lists_separated_by_commas_and_blanks) {
    const std::string list = "one.example, two.example ,three.example,,";
    for (const char* host : {"one", "two", "three"})
        EXPECT_TRUE(direct(list, "https://" + std::string(host) + ".example")) << host;
    EXPECT_FALSE(direct(list, "https://four.example"));
    EXPECT_FALSE(direct(",", "https://four.example"));
    EXPECT_FALSE(direct("", "https://four.example"));
}

TEST(no_proxy, star_covers_all) {
    EXPECT_TRUE(direct("*", "https://x.example"));
    EXPECT_TRUE(direct("a.example,*", "http://10.0.0.1"));
}

TEST(no_proxy, port_must_match) {
    EXPECT_TRUE(direct("x.example:8443", "https://x.example:8443"));
    EXPECT_FALSE(direct("x.example:8443", "https://x.example"));
    EXPECT_TRUE(direct("x.example:443", "https://x.example"));
    EXPECT_TRUE(direct("10.0.0.1:80", "http://10.0.0.1"));
    EXPECT_TRUE(direct("[2001:db8::1]:8080", "http://[2001:db8::1]:8080"));
    EXPECT_FALSE(direct("[2001:db8::1]:8080", "http://[2001:db8::1]"));
    EXPECT_TRUE(direct("10.0.0.0/8:8080", "http://10.1.2.3:8080"));
    EXPECT_FALSE(direct("10.0.0.0/8:8080", "http://10.1.2.3"));
    EXPECT_TRUE(direct("[2001:db8::]/32:443", "https://[2001:db8::7]"));
}

TEST(no_proxy, addresses_and_ranges) {
    EXPECT_TRUE(direct("10.0.0.1", "http://10.0.0.1"));
    EXPECT_FALSE(direct("10.0.0.1", "http://10.0.0.11"));
    EXPECT_TRUE(direct("2001:db8::1", "http://[2001:db8::1]"));
    EXPECT_TRUE(direct("2001:0db8:0::1", "http://[2001:db8::1]")) << "another spelling";
    EXPECT_TRUE(direct("[2001:db8::1]", "http://[2001:db8::1]"));
    EXPECT_TRUE(direct("10.0.0.0/8", "http://10.255.0.1"));
    EXPECT_FALSE(direct("10.0.0.0/8", "http://11.0.0.1"));
    EXPECT_TRUE(direct("10.1.2.3/8", "http://10.255.0.1")) << "host bits do not matter";
    EXPECT_TRUE(direct("0.0.0.0/0", "http://9.9.9.9"));
    EXPECT_TRUE(direct("2001:db8::/32", "http://[2001:db8:1::1]"));
    EXPECT_FALSE(direct("2001:db8::/32", "http://[2001:db9::1]"));
    EXPECT_FALSE(direct("10.0.0.0/8", "http://ten.example"));
    EXPECT_FALSE(direct("10.0.0.0/8", "http://[2001:db8::1]"));
}

TEST(no_proxy, nonsense_covers_nothing) {
    for (const char* entry : {"10.0.0.0/33", "/8", "10.0.0.0/", ":", ":443", ".", "*.", "[", "[]",
                              "[]:80", "2001:db8::/200"})
        EXPECT_FALSE(direct(entry, "https://10.0.0.1")) << entry;
}

TEST(proxy, address_that_is_not_http_is_refused_without_its_password) {
    for (const char* address :
         {"https://user:CANARY@p:1", "socks5://user:CANARY@p:1", "http://user:CANARY@",
          "http://user:CA/CANARY@p:1", "user:CANARY@p:99999", "http://user:CANARY p@h:1"}) {
        const auto found =
            find_proxy({}, variables({{"HTTPS_PROXY", address}}), at("https://x.example"));
        ASSERT_FALSE(found) << address;
        EXPECT_EQ(found.error().code, errc::invalid_configuration);
        EXPECT_EQ(found.error().message().find("CANARY"), std::string::npos)
            << found.error().message();
    }
}

TEST(proxy, credentials_are_decoded) {
    const auto found = find_proxy({}, variables({{"HTTPS_PROXY", "http://us%40er:p%3Aw@p:1"}}),
                                  at("https://x.example"));
    EXPECT_EQ(found.value()->user_info, "us@er:p:w");
    EXPECT_EQ(found.value()->authority(), "p:1");
}

} // namespace
} // namespace aistudio
