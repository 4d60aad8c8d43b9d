#include "studio_bridge.hpp"

#include "value_bytes.hpp"

#include <aistudio/local/studio.hpp>

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace aistudio::java {

struct native_studio::impl {
    local::studio inner;
};

native_studio::native_studio(const std::string& directory, int port, const std::string& token,
                             const std::string& user) {
    local::studio_options options;
    options.directory = directory;
    options.port = static_cast<std::uint16_t>(port);
    options.token = secret(token);
    options.user = user;
    impl_ = std::make_unique<impl>(impl{local::studio::start(std::move(options)).value()});
}

native_studio::~native_studio() = default;

std::string native_studio::serve(const std::string& name, native_handler* handler) {
    const std::shared_ptr<native_handler> owned(handler);
    const auto function = [owned](std::string_view json) -> result<std::string> {
        auto reply = owned->call(std::string(json));
        if (reply.empty())
            throw std::runtime_error("The Java function gave no answer.");
        const bool succeeded = reply.front() == '\1';
        reply.erase(0, 1);
        if (!succeeded)
            throw std::runtime_error(reply);
        return reply;
    };
    return to_bytes(impl_->inner.serve(name, function).value());
}

bool native_chat_listener::say(const std::string& piece) const { return (*inner_)(piece); }

void native_chat_listener::usage(long long prompt, long long completion, long long total) const {
    inner_->usage({prompt, completion, total});
}

std::string native_studio::serve_chat(native_chat_handler* handler) {
    const std::shared_ptr<native_chat_handler> owned(handler);
    const auto function = [owned](const local::chat_call& call,
                                  const local::chat_listener& say) -> result<void> {
        const native_chat_listener listener(say);
        const auto reply = owned->call(call.json, listener);
        if (reply.empty())
            throw std::runtime_error("The Java function gave no answer.");
        if (reply.front() != '\1')
            throw std::runtime_error(reply.substr(1));
        return {};
    };
    return impl_->inner.serve_chat(function).value();
}

std::string native_studio::base_url() const { return impl_->inner.base_url(); }

std::string native_studio::access_token() const {
    return std::string(impl_->inner.access_token().reveal());
}

void native_studio::stop() { impl_->inner.stop(); }

} // namespace aistudio::java
