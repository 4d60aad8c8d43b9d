#pragma once

#include <memory>
#include <string>

namespace aistudio::local {
class chat_listener;
}

/// What SWIG wraps of the local studio; as bridge.hpp.
namespace aistudio::java {

/// Answers prediction calls; implemented in Java, where it must not throw.
class native_handler {
public:
    virtual ~native_handler() = default;
    /// A byte, 1 for success and 0 for failure, then the answer or the failure's text.
    virtual std::string call(const std::string& json) = 0;
};

/// Takes the answer to a chat call; only during that call.
class native_chat_listener {
public:
    native_chat_listener(const native_chat_listener&) = delete;
    native_chat_listener& operator=(const native_chat_listener&) = delete;
    /// False: nobody listens any more.
    bool say(const std::string& piece) const;
    void usage(long long prompt, long long completion, long long total) const;

private:
    friend class native_studio;
    explicit native_chat_listener(const local::chat_listener& inner) : inner_(&inner) {}
    const local::chat_listener* inner_;
};

/// Answers chat calls; implemented in Java, where it must not throw.
class native_chat_handler {
public:
    virtual ~native_chat_handler() = default;
    /// A byte, 1 for success and 0 for failure, then the failure's text.
    virtual std::string call(const std::string& request, const native_chat_listener& listener) = 0;
};

/// A running local studio.
class native_studio {
public:
    native_studio(const std::string& directory, int port, const std::string& token,
                  const std::string& user);
    ~native_studio();
    /// Takes `handler` over; returns an `endpoint` as bytes.
    std::string serve(const std::string& name, native_handler* handler);
    /// Takes `handler` over; returns the base address.
    std::string serve_chat(native_chat_handler* handler);
    std::string base_url() const;
    std::string access_token() const;
    void stop();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace aistudio::java
