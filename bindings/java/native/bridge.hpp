#pragma once

#include <memory>
#include <string>

/// What SWIG wraps. Text is UTF-8 and crosses as `byte[]`, values as `to_bytes` writes them.
/// Failures are thrown as `api_error` and become `AiStudioException`.
namespace aistudio::java {

/// Calls to one prediction service.
class native_predictor {
public:
    ~native_predictor();
    /// `timeout_ms` below 0: the client's.
    std::string predict(const std::string& json, long long timeout_ms) const;
    std::string url() const;

    struct impl;
    explicit native_predictor(std::unique_ptr<impl> i);

private:
    std::unique_ptr<impl> impl_;
};

/// A blocking client. Empty text and a `timeout_ms` below 0 mean: not set.
class native_client {
public:
    native_client(const std::string& base_url, const std::string& access_token,
                  const std::string& profile, long long timeout_ms);
    ~native_client();
    /// `endpoint` as bytes. The caller owns what it gets.
    native_predictor* predictor(const std::string& endpoint, bool idempotent) const;
    std::string base_url() const;
    void close();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// Answers prediction calls; implemented in Java, where it must not throw.
class native_handler {
public:
    virtual ~native_handler() = default;
    /// A byte, 1 for success and 0 for failure, then the answer or the failure's text.
    virtual std::string call(const std::string& json) = 0;
};

/// A running local studio.
class native_studio {
public:
    native_studio(const std::string& directory, int port, const std::string& token,
                  const std::string& user);
    ~native_studio();
    /// Takes `handler` over; returns an `endpoint` as bytes.
    std::string serve(const std::string& name, native_handler* handler);
    std::string base_url() const;
    std::string access_token() const;
    void stop();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

std::string library_version();

/// A value type's bytes, read and written again; for tests of the codec. `type` is the C++ name.
std::string round_trip(const std::string& type, const std::string& bytes);

} // namespace aistudio::java
