#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/resources/item_stream.hpp>
#include <aistudio/types/page.hpp>
#include <aistudio/types/service.hpp>

#include <boost/describe/class.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace aistudio {

/// Which services to list.
struct service_filter {
    /// Of this project only.
    std::optional<project_id> project{};
    /// What part of the list.
    page_request which{};
};
BOOST_DESCRIBE_STRUCT(service_filter, (), (project, which))

/// Operations on prediction services: make, try, deploy. Calls to a deployed service go through
/// `predictor`. The platform publishes no wire format for these, so only the local studio has them.
/// Completion, errors, cancellation and thread safety as in `datasets`.
class services {
public:
    explicit services(std::shared_ptr<client_core> core) : core_(std::move(core)) {}

    /// Makes a complete draft: its model comes from a job's output, a project's files, or a local
    /// folder (packed and uploaded) or archive (uploaded).
    /// @par Errors  errc::invalid_argument (not exactly one source, name), errc::file_not_found,
    /// errc::not_found,
    ///              errc::bad_request (no model in the folder, main program missing, options out of
    ///              range).
    template <class Token = boost::asio::deferred_t>
    auto async_create(new_service what,
                      transfer_options options = detail::defaults<transfer_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<service>(core_, &start_create, std::forward<Token>(token),
                                         std::move(what), std::move(options));
    }
    /// Keeps a draft as far as it goes: model and main program may be missing, `service::missing`
    /// names them. `async_update` completes it.
    /// @par Errors  as `async_create`, for what is given.
    template <class Token = boost::asio::deferred_t>
    auto async_save_draft(new_service what,
                          transfer_options options = detail::defaults<transfer_options>(),
                          Token&& token = Token{}) const {
        return detail::initiate<service>(core_, &start_save_draft, std::forward<Token>(token),
                                         std::move(what), std::move(options));
    }
    /// Changes a draft, or the name of any service.
    /// @par Errors  errc::not_found, errc::conflict (more than the name of what is no draft), and
    /// as `async_create` for what is given.
    template <class Token = boost::asio::deferred_t>
    auto async_update(service_id id, service_changes changes,
                      transfer_options options = detail::defaults<transfer_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<service>(core_, &start_update, std::forward<Token>(token), id,
                                         std::move(changes), std::move(options));
    }
    /// One page, newest first.
    template <class Token = boost::asio::deferred_t>
    auto async_list(service_filter filter = detail::defaults<service_filter>(),
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<page<service>>(core_, &start_list, std::forward<Token>(token),
                                               std::move(filter), std::move(options));
    }
    /// All that the filter lets through, from its page on; `options` holds for each page.
    [[nodiscard]] item_stream<service> all(service_filter filter = {},
                                           call_options options = {}) const {
        const auto from = filter.which;
        auto ask = [core = core_, filter = std::move(filter),
                    options = std::move(options)](page_request which, auto handler) mutable {
            filter.which = which;
            start_list(core, filter, options, std::move(handler));
        };
        return {detail::home_executor(*core_), std::move(ask), from};
    }
    /// One service.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_get(service_id id, call_options options = detail::defaults<call_options>(),
                   Token&& token = Token{}) const {
        return detail::initiate<service>(core_, &start_get, std::forward<Token>(token), id,
                                         std::move(options));
    }
    /// Makes a sandbox of a draft, in which it can be tried with `async_test`. Completes once the
    /// model is loaded and fits the declared inputs and outputs, which takes seconds with Paddle.
    /// @par Errors  errc::not_found, errc::conflict for the sixth sandbox of a project,
    /// errc::bad_request (the draft lacks something, or a declared input or output is not the
    /// model's), errc::service_failed (the model or converter cannot be loaded, with the reason).
    template <class Token = boost::asio::deferred_t>
    auto async_create_sandbox(service_id id,
                              call_options options = detail::defaults<call_options>(),
                              Token&& token = Token{}) const {
        return detail::initiate<service>(core_, &start_create_sandbox, std::forward<Token>(token),
                                         id, std::move(options));
    }
    /// Calls a sandbox or online service once, by token instead of key. `parameters` is JSON.
    /// @return      The service's output as JSON text.
    /// @par Errors  errc::encode_failed (not JSON), errc::service_failed with the converter's
    /// traceback, errc::service_not_running.
    template <class Token = boost::asio::deferred_t>
    auto async_test(service_id id, std::string parameters,
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<std::string>(core_, &start_test, std::forward<Token>(token), id,
                                             std::move(parameters), std::move(options));
    }
    /// Makes a sandbox the project's online service, in place of the one before, whose URL and key
    /// it takes over and which becomes a sandbox. Calls go to one or the other; none fails for it.
    /// @return      The service with `url` and `api_key`.
    /// @par Errors  errc::not_found, errc::conflict (no sandbox, or paused), errc::service_failed
    /// (the model cannot be loaded; the service before stays online).
    template <class Token = boost::asio::deferred_t>
    auto async_deploy(service_id id, call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<service>(core_, &start_deploy, std::forward<Token>(token), id,
                                         std::move(options));
    }
    /// Stops answering until resumed; URL and key stay.
    template <class Token = boost::asio::deferred_t>
    auto async_pause(service_id id, call_options options = detail::defaults<call_options>(),
                     Token&& token = Token{}) const {
        return detail::initiate<service>(core_, &start_pause, std::forward<Token>(token), id,
                                         std::move(options));
    }
    /// Ends a pause, one that came by itself included.
    template <class Token = boost::asio::deferred_t>
    auto async_resume(service_id id, call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<service>(core_, &start_resume, std::forward<Token>(token), id,
                                         std::move(options));
    }
    /// Gives the project's address a new key.
    /// @param overlap  how long the keys before it stay valid, at most 30 days; zero: not at all.
    /// @return      The service with its new `api_key`.
    /// @par Errors  errc::not_found, errc::conflict (the service has no key: it is not online),
    /// errc::bad_request (overlap).
    template <class Token = boost::asio::deferred_t>
    auto async_rotate_key(service_id id, std::chrono::milliseconds overlap = {},
                          call_options options = detail::defaults<call_options>(),
                          Token&& token = Token{}) const {
        return detail::initiate<service>(core_, &start_rotate_key, std::forward<Token>(token), id,
                                         overlap, std::move(options));
    }
    /// What the service's calls came to.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_statistics(service_id id, call_options options = detail::defaults<call_options>(),
                          Token&& token = Token{}) const {
        return detail::initiate<service_statistics>(
            core_, &start_statistics, std::forward<Token>(token), id, std::move(options));
    }
    /// Ends and forgets a service. Calls that wait for it fail with errc::service_not_running.
    template <class Token = boost::asio::deferred_t>
    auto async_remove(service_id id, call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<void>(core_, &start_remove, std::forward<Token>(token), id,
                                      std::move(options));
    }

    // The same with a type-erased handler, for facades and bindings.
    AISTUDIO_DECL static void start_create(std::shared_ptr<client_core>, new_service,
                                           transfer_options, detail::handler<service>);
    AISTUDIO_DECL static void start_save_draft(std::shared_ptr<client_core>, new_service,
                                               transfer_options, detail::handler<service>);
    AISTUDIO_DECL static void start_update(std::shared_ptr<client_core>, service_id,
                                           service_changes, transfer_options,
                                           detail::handler<service>);
    AISTUDIO_DECL static void start_list(std::shared_ptr<client_core>, service_filter, call_options,
                                         detail::handler<page<service>>);
    AISTUDIO_DECL static void start_get(std::shared_ptr<client_core>, service_id, call_options,
                                        detail::handler<service>);
    AISTUDIO_DECL static void start_create_sandbox(std::shared_ptr<client_core>, service_id,
                                                   call_options, detail::handler<service>);
    AISTUDIO_DECL static void start_test(std::shared_ptr<client_core>, service_id, std::string,
                                         call_options, detail::handler<std::string>);
    AISTUDIO_DECL static void start_deploy(std::shared_ptr<client_core>, service_id, call_options,
                                           detail::handler<service>);
    AISTUDIO_DECL static void start_pause(std::shared_ptr<client_core>, service_id, call_options,
                                          detail::handler<service>);
    AISTUDIO_DECL static void start_resume(std::shared_ptr<client_core>, service_id, call_options,
                                           detail::handler<service>);
    AISTUDIO_DECL static void start_rotate_key(std::shared_ptr<client_core>, service_id,
                                               std::chrono::milliseconds, call_options,
                                               detail::handler<service>);
    AISTUDIO_DECL static void start_statistics(std::shared_ptr<client_core>, service_id,
                                               call_options, detail::handler<service_statistics>);
    AISTUDIO_DECL static void start_remove(std::shared_ptr<client_core>, service_id, call_options,
                                           detail::handler<void>);

private:
    std::shared_ptr<client_core> core_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/services.ipp>
#endif
