#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/codec/json.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/detail/prediction_slot.hpp>
#include <aistudio/types/service.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace aistudio {

/// How a predictor treats its calls.
struct predictor_options {
    /// Calling twice with the same record is as good as once, so that a call whose answer was lost
    /// may be repeated. Set to false for services with effects: such a call ends with outcome
    /// `unknown` instead.
    bool idempotent = true;
};

/// Calls one prediction service: `POST {url}?apiKey={key}` with JSON. Get one from
/// `client::predictor()`; cheap to copy. Copies share the client's connections.
///
/// @par Errors         errc::encode_failed (NaN, infinity, not UTF-8: nothing was sent),
/// errc::unauthorized (key),
///                     errc::service_not_running, errc::service_failed, errc::service_overloaded,
///                     errc::rate_limited, errc::decode_failed (the answer is not an `Out`), any of
///                     the transport.
/// @par Cancellation   terminal, partial and total: the request is cut.
/// @par Thread safety  Safe.
class predictor {
public:
    predictor(std::shared_ptr<client_core> core,
              std::shared_ptr<const detail::prediction_target> target)
        : core_(std::move(core)), target_(std::move(target)) {}

    /// Sends one record and returns the answer.
    ///
    /// @tparam Out    A type that `from_json` reads: it gets the answer's `result` when that is an
    /// object that has one,
    ///                else the whole answer. `json_document`: the whole answer, parsed.
    ///                `std::string`: its raw bytes.
    /// @param  record Text is JSON already and is sent as it is; anything else is written by
    /// `to_json`.
    template <class Out = std::string, class In, class Token = boost::asio::deferred_t>
    auto async_predict(const In& record, call_options options = detail::defaults<call_options>(),
                       Token&& token = Token{}) const {
        return boost::asio::async_initiate<Token, void(result<Out>)>(
            start_call<Out>{}, token, ticket(record), std::move(options));
    }

    /// The service's address, without the key.
    [[nodiscard]] AISTUDIO_DECL std::string url() const;

    // For facades and bindings: a call with its record written, and the answer's bytes.
    template <class In>
    [[nodiscard]] detail::prediction_ticket ticket(const In& record) const {
        auto out = detail::take_slot(core_, target_);
        if (auto written = detail::encode_record(record, out->text); !written)
            out->refused = written.error();
        return out;
    }
    AISTUDIO_DECL static void start_predict(std::shared_ptr<client_core>, detail::prediction_ticket,
                                            call_options, detail::handler<std::string>);
    [[nodiscard]] const std::shared_ptr<client_core>& core() const noexcept { return core_; }
    [[nodiscard]] const std::shared_ptr<const detail::prediction_target>& target() const noexcept {
        return target_;
    }

private:
    template <class Out>
    struct start_call {
        template <class Handler>
        void operator()(Handler&& h, detail::prediction_ticket ticket,
                        const call_options& options) const {
            using completion = detail::handler_completion<Out, std::decay_t<Handler>>;
            ticket->template emplace_completion<completion>(std::forward<Handler>(h), *ticket);
            detail::start_prediction(std::move(ticket), options);
        }
    };

    std::shared_ptr<client_core> core_;
    std::shared_ptr<const detail::prediction_target> target_;
};

namespace detail {
[[nodiscard]] AISTUDIO_DECL result<predictor> make_predictor(std::shared_ptr<client_core> core,
                                                             std::string_view url,
                                                             const secret& key,
                                                             predictor_options options);
}

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/predictor.ipp>
#endif
