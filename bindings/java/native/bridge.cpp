#include "bridge.hpp"

#include "value_bytes.hpp"
#include "value_types.hpp"

#include <aistudio/local/studio.hpp>
#include <aistudio/sync_client.hpp>
#include <aistudio/version.hpp>

#include <chrono>
#include <stdexcept>
#include <utility>

namespace aistudio::java {

struct native_predictor::impl {
    sync_predictor inner;
};

native_predictor::native_predictor(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
native_predictor::~native_predictor() = default;

std::string native_predictor::predict(const std::string& json, long long timeout_ms) const {
    call_options options;
    if (timeout_ms >= 0)
        options.deadline = std::chrono::milliseconds(timeout_ms);
    return impl_->inner.predict(json, std::move(options)).value();
}

std::string native_predictor::url() const { return impl_->inner.url(); }

struct native_client::impl {
    sync_client inner;
};

native_client::native_client(const std::string& base_url, const std::string& access_token,
                             const std::string& profile, long long timeout_ms) {
    client_options options;
    options.base_url = base_url;
    options.access_token = secret(access_token);
    options.profile = profile;
    if (timeout_ms >= 0)
        options.deadline = std::chrono::milliseconds(timeout_ms);
    impl_ = std::make_unique<impl>(impl{sync_client::create(std::move(options)).value()});
}

native_client::~native_client() = default;

native_predictor* native_client::predictor(const std::string& where, bool idempotent) const {
    auto made = impl_->inner.predictor(from_bytes<endpoint>(where), {idempotent}).value();
    using inside = native_predictor::impl;
    return new native_predictor(std::make_unique<inside>(inside{std::move(made)}));
}

std::string native_client::base_url() const { return impl_->inner.inner().options().base_url; }

void native_client::close() { impl_->inner.close(); }

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

std::string library_version() { return AISTUDIO_VERSION_STRING; }

std::string round_trip(const std::string& type, const std::string& bytes) {
    std::string out;
    bool known = false;
    boost::mp11::mp_for_each<
        boost::mp11::mp_transform<boost::mp11::mp_identity, bindings::value_types>>([&](auto t) {
        using T = typename decltype(t)::type;
        if (bindings::short_name<T>() != type)
            return;
        known = true;
        out = to_bytes(from_bytes<T>(bytes));
    });
    if (!known)
        throw std::invalid_argument("no value type is called " + type);
    return out;
}

} // namespace aistudio::java
