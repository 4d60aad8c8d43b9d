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

std::string native_studio::base_url() const { return impl_->inner.base_url(); }

std::string native_studio::access_token() const {
    return std::string(impl_->inner.access_token().reveal());
}

void native_studio::stop() { impl_->inner.stop(); }

} // namespace aistudio::java
