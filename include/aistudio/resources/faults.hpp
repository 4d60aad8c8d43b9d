#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/types/fault.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace aistudio {

/// Faults that a local studio plays to prediction calls, to try how a program bears what services
/// do in production. Only the local studio has these calls. Completion, errors, cancellation and
/// thread safety as in `datasets`.
class faults {
public:
    explicit faults(std::shared_ptr<client_core> core) : core_(std::move(core)) {}

    /// Plays a fault from now on, until it is over, removed or the studio stops.
    /// @return      The fault with its id.
    /// @par Errors  errc::bad_request (a kind or number that cannot be played).
    template <class Token = boost::asio::deferred_t>
    auto async_add(fault what, call_options options = detail::defaults<call_options>(),
                   Token&& token = Token{}) const {
        return detail::initiate<fault>(core_, &start_add, std::forward<Token>(token),
                                       std::move(what), std::move(options));
    }
    /// The faults for one service's address, oldest first; 0: all.
    template <class Token = boost::asio::deferred_t>
    auto async_list(service_id service = {},
                    call_options options = detail::defaults<call_options>(),
                    Token&& token = Token{}) const {
        return detail::initiate<std::vector<fault>>(core_, &start_list, std::forward<Token>(token),
                                                    service, std::move(options));
    }
    /// Ends one fault.
    /// @par Errors  errc::not_found.
    template <class Token = boost::asio::deferred_t>
    auto async_remove(fault_id id, call_options options = detail::defaults<call_options>(),
                      Token&& token = Token{}) const {
        return detail::initiate<void>(core_, &start_remove, std::forward<Token>(token), id,
                                      std::move(options));
    }
    /// Ends those for one service's address; 0: all.
    template <class Token = boost::asio::deferred_t>
    auto async_clear(service_id service = {},
                     call_options options = detail::defaults<call_options>(),
                     Token&& token = Token{}) const {
        return detail::initiate<void>(core_, &start_clear, std::forward<Token>(token), service,
                                      std::move(options));
    }

    // The same with a type-erased handler, for facades and bindings.
    AISTUDIO_DECL static void start_add(std::shared_ptr<client_core>, fault, call_options,
                                        detail::handler<fault>);
    AISTUDIO_DECL static void start_list(std::shared_ptr<client_core>, service_id, call_options,
                                         detail::handler<std::vector<fault>>);
    AISTUDIO_DECL static void start_remove(std::shared_ptr<client_core>, fault_id, call_options,
                                           detail::handler<void>);
    AISTUDIO_DECL static void start_clear(std::shared_ptr<client_core>, service_id, call_options,
                                          detail::handler<void>);

private:
    std::shared_ptr<client_core> core_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/faults.ipp>
#endif
