#pragma once

#include "support/temporary_folder.hpp"

#include <aistudio/codec/json.hpp>
#include <aistudio/codec/wire.hpp>
#include <aistudio/local/studio.hpp>
#include <aistudio/protocol/service_codes.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio::test {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// An HTTP answer.
struct http_reply {
    unsigned status = 0;
    std::map<std::string, std::string> headers; ///< lower-case names
    std::string body;
};

/// A blocking HTTP connection to 127.0.0.1. Throws when it breaks.
class http_connection {
public:
    explicit http_connection(std::uint16_t port);
    ~http_connection();
    http_reply send(std::string_view method, std::string_view target, std::string_view body = {},
                    const header_list& headers = {});
    /// Bytes as they are, for requests no client would send.
    void send_raw(std::string_view bytes);
    /// The next answer; `head_only` for answers to HEAD.
    http_reply receive(bool head_only = false);
    /// True when the other side closes within `patience`.
    bool closed_within(std::chrono::milliseconds patience);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// A zip in memory with these files (name, content), stored or not as libarchive likes.
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files);
/// Names and contents of a tar.gz.
std::map<std::string, std::string> files_of_tar_gz(const std::string& bytes);

/// An answer in the envelope.
struct envelope {
    unsigned status = 0;
    std::int64_t code = -1;
    std::string message;
    std::string log_id;
    std::string result; ///< JSON

    template <class T>
    T as() const {
        return from_json<T>(std::string_view(result)).value();
    }
};

/// True once `condition` holds; false when `patience` ran out before.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds patience = std::chrono::seconds(30));

/// A client of a studio's interface, over plain HTTP.
class studio_caller {
public:
    studio_caller(const std::string& base_url, secret token);

    envelope call(std::string_view method, std::string_view path, std::string_view body = {},
                  const header_list& more = {});
    /// The same, with a value as the body; expects success.
    template <class T>
    T post(std::string_view path, const auto& value) {
        const auto e = call("POST", path, to_json(value, secrets::reveal).value());
        EXPECT_EQ(e.code, 0) << path << ": " << e.message;
        return e.template as<T>();
    }
    template <class T>
    T get(std::string_view path) {
        const auto e = call("GET", path);
        EXPECT_EQ(e.code, 0) << path << ": " << e.message;
        return e.template as<T>();
    }
    /// A call to the object store, signed with the grant.
    http_reply object(std::string_view method, const wire::sts_grant& grant, std::string_view key,
                      std::string_view body = {}, const header_list& more = {},
                      std::string_view query = {});
    /// The headers of such a call, for a body of `length` bytes that is sent some other way.
    header_list signed_headers(std::string_view method, const wire::sts_grant& grant,
                               const std::string& target, std::size_t length,
                               header_list more = {}) const;
    /// GET or HEAD of a whole address of this studio.
    http_reply fetch(std::string_view url, const header_list& headers = {},
                     std::string_view method = "GET");

    /// Uploads one file and makes a dataset of it.
    dataset_id upload_dataset(const std::string& name, const std::string& file_name,
                              std::string_view content);
    file_id upload_file(const std::string& file_name, std::string_view content);
    project_id create_project(const std::string& name,
                              const std::vector<dataset_id>& datasets = {});
    job_id submit_job(const wire::create_job& request,
                      const std::vector<std::pair<std::string, std::string>>& code);
    job get_job(const job_id& id);
    job wait_for(const job_id& id);
    std::string whole_log(const job_id& id);

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    http_reply exchange(std::string_view method, std::string_view target, std::string_view body,
                        const header_list& headers);

    std::string base_url_;
    secret token_;
    std::uint16_t port_;
    std::unique_ptr<http_connection> connection_;
};

[[nodiscard]] std::uint16_t port_of(const std::string& base_url);

/// A studio in a folder of its own.
class studio_test : public testing::Test {
protected:
    studio_test() = default;
    ~studio_test() override;

    [[nodiscard]] local::studio_options options();
    /// Starts (again, on the same folder).
    void start();
    void start(local::studio_options o);
    void stop();
    [[nodiscard]] studio_caller& api() { return *caller_; }
    [[nodiscard]] local::studio& studio() { return *studio_; }
    [[nodiscard]] std::string log() const;

    temporary_folder folder_;

private:
    mutable std::mutex log_mutex_;
    std::string log_;
    std::unique_ptr<local::studio> studio_;
    std::unique_ptr<studio_caller> caller_;
};

} // namespace aistudio::test
