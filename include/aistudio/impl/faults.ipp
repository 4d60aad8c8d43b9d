#pragma once

#include <aistudio/impl/resource_support.ipp>
#include <aistudio/resources/faults.hpp>

namespace aistudio {
namespace detail {

inline std::string faults_of(service_id service) {
    return own("/faults") + (service.empty() ? "" : "?service=" + to_string(service));
}

} // namespace detail

AISTUDIO_DECL void faults::start_add(std::shared_ptr<client_core> core, fault what,
                                     call_options options, detail::handler<fault> h) {
    auto body = [what = std::move(what)](client_core& c, operation& op) {
        return detail::send_json<fault>(c, op, "POST", detail::own("/faults"), what, true);
    };
    detail::start_call<fault>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void faults::start_list(std::shared_ptr<client_core> core, service_id service,
                                      call_options options, detail::handler<std::vector<fault>> h) {
    auto body = [service](client_core& c, operation& op) {
        return detail::get_json<std::vector<fault>>(c, op, detail::faults_of(service));
    };
    detail::start_call<std::vector<fault>>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void faults::start_remove(std::shared_ptr<client_core> core, fault_id id,
                                        call_options options, detail::handler<void> h) {
    auto body = [id](client_core& c, operation& op) {
        return detail::send_empty<void>(c, op, "DELETE", detail::own("/faults/" + to_string(id)),
                                        true);
    };
    detail::start_call<void>(core, std::move(options), std::move(body), std::move(h));
}

AISTUDIO_DECL void faults::start_clear(std::shared_ptr<client_core> core, service_id service,
                                       call_options options, detail::handler<void> h) {
    auto body = [service](client_core& c, operation& op) {
        return detail::send_empty<void>(c, op, "DELETE", detail::faults_of(service), true);
    };
    detail::start_call<void>(core, std::move(options), std::move(body), std::move(h));
}

} // namespace aistudio
