#pragma once

#include <memory>
#include <string>

/// What SWIG wraps of the local studio; as bridge.hpp.
namespace aistudio::java {

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

} // namespace aistudio::java
