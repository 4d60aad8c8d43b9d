#include "support/certificates.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"

#include <aistudio/sync_client.hpp>

#include <gtest/gtest.h>

namespace aistudio {
namespace {

using namespace std::chrono_literals;
using test::peer;
using test::scripted_server;

constexpr std::string_view token = "CANARY-token-5b1f";
constexpr std::string_view key = "CANARY key+5b1f/%";
constexpr std::string_view encoded_key = "CANARY%20key%2B5b1f%2F%25";

/// Drives a client whose secrets are known and searches everything it says for them.
class canary : public testing::Test {
protected:
    client_options options() {
        client_options o;
        o.access_token = secret(std::string(token));
        o.config_file = "/nonexistent/aistudio.json";
        o.limits = {100ms, 100ms, 100ms, 100ms, 100ms, 100ms, 100ms};
        o.retry.base_delay = 1ms;
        o.retry.throttle_base_delay = 1ms;
        o.retry.max_attempts = 2;
        o.proxy.use_environment = false;
        o.log = [this](log_level, std::string_view line) {
            const std::lock_guard lock(mutex_);
            lines_.emplace_back(line);
        };
        return o;
    }
    void drive(const std::string& base, client_options o) {
        o.base_url = base;
        const sync_client c(o);
        const auto p = c.predictor(base + "/serving/online/1", secret(std::string(key))).value();
        examine(p.predict("{}"));
        examine(p.predict<int>("{}"));
        examine(c.projects().create({"p", "", {}}));
        examine(c.projects().get(project_id(1)));
        examine(c.datasets().get(dataset_id(1)));
        examine(c.jobs().outputs(job_id("p")));
        EXPECT_EQ(p.url().find("CANARY"), std::string::npos);
    }
    void drive(scripted_server::script script) {
        scripted_server server(std::move(script));
        drive("http://" + server.authority(), options());
    }
    template <class T>
    void examine(const result<T>& r) {
        ++calls_;
        if (r)
            return;
        ++failures_;
        search(r.error().message());
        search(r.error().message_zh());
        search(r.error().detail);
        search(r.error().log_id);
        try {
            (void)r.value();
        } catch (const api_error& error) {
            search(error.what());
        }
    }
    void search(const std::string& text) {
        EXPECT_EQ(text.find("CANARY"), std::string::npos) << text;
        EXPECT_EQ(text.find(token), std::string::npos) << text;
    }
    void TearDown() override {
        EXPECT_GT(failures_, 0);
        const std::lock_guard lock(mutex_);
        EXPECT_GE(lines_.size(), static_cast<std::size_t>(calls_));
        for (const auto& line : lines_)
            search(line);
    }

    std::mutex mutex_;
    std::vector<std::string> lines_;
    int calls_ = 0;
    int failures_ = 0;
};

TEST_F(canary, hidden_when_the_service_echoes_everything) {
    for (const char* status : {"400 Bad Request", "401 Unauthorized", "500 Internal Server Error"})
        drive([status](peer& p) {
            while (const auto r = p.read_request())
                p.respond(r->head, status);
        });
}

TEST_F(canary, hidden_when_the_envelope_names_it) {
    for (const std::string_view form : {key, encoded_key})
        drive([form](peer& p) {
            while (const auto r = p.read_request()) {
                const bool has_key = r->line().find("apiKey=") != std::string::npos;
                const std::string echo(has_key ? form : token);
                p.respond(R"({"errorCode":8307,"errorMsg":"bad key )" + echo +
                          R"( given","logId":")" + echo + R"("})");
            }
        });
}

TEST_F(canary, hidden_when_the_connection_fails) {
    drive([](peer&) {});
    drive([](peer& p) { p.wait_until_closed(); });
    drive([](peer& p) {
        (void)p.read_request();
        p.send("garbage CANARY\r\n\r\n");
    });
    drive([](peer& p) {
        (void)p.read_request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    });
}

TEST_F(canary, hidden_when_nothing_listens) {
    drive("http://127.0.0.1:1", options());
    drive("http://no-such-host.invalid", options());
}

TEST_F(canary, hidden_when_tls_fails) {
    const auto who = test::make_identity("x", "");
    const auto context = test::make_server_context(who);
    scripted_server server([](peer&) {}, context.get());
    drive("https://" + server.authority(), options());
}

TEST_F(canary, hidden_when_the_proxy_fails) {
    scripted_server proxy([](peer& p) {
        while (p.read_request())
            p.respond("no", "407 Proxy Authentication Required");
    });
    auto o = options();
    o.proxy.http_proxy = "http://user:CANARY-pw@" + proxy.authority();
    o.proxy.https_proxy = o.proxy.http_proxy;
    drive("http://svc.example", o);
    drive("https://svc.example", o);
    o.proxy.http_proxy = "socks5://user:CANARY-pw@" + proxy.authority();
    drive("http://svc.example", o);
}

} // namespace
} // namespace aistudio
