#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/codec/json.hpp>
#include <aistudio/detail/operation.hpp>
#include <aistudio/detail/transform_handler.hpp>
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

namespace detail {

struct prediction_target;

template <class T>
concept json_text = std::convertible_to<const T&, std::string_view>;

template <class In>
result<std::string> encode_record(const In& record) {
    if constexpr (json_text<In>)
        return std::string(std::string_view(record));
    else
        return to_json(record);
}

/// The answer proper: the member `result` of an object that has it, else the whole body.
inline json_value answer_of(json_value root) { return root.find("result").value_or(root); }

template <class Out>
result<Out> decode_answer(result<std::string> answer) {
    if (!answer)
        return answer.error();
    if constexpr (std::same_as<Out, std::string>) {
        return answer;
    } else {
        json_document document;
        const auto root = document.parse(*answer);
        result<Out> out = !root ? result<Out>(root.error()) : [&]() -> result<Out> {
            if constexpr (std::same_as<Out, json_document>)
                return std::move(document);
            else
                return from_json<Out>(answer_of(*root));
        }();
        if (out)
            return out;
        problem p = out.error();
        p.outcome = outcome::done;
        p.attempts = 1;
        return p;
    }
}

} // namespace detail

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
            [](auto h, std::shared_ptr<client_core> core,
               std::shared_ptr<const detail::prediction_target> target, result<std::string> body,
               call_options o) {
                start_predict(std::move(core), std::move(target), std::move(body), std::move(o),
                              detail::handler<std::string>(detail::transform_handler{
                                  std::move(h), &detail::decode_answer<Out>}));
            },
            token, core_, target_, detail::encode_record(record), std::move(options));
    }

    /// The service's address, without the key.
    [[nodiscard]] AISTUDIO_DECL std::string url() const;

    // For facades and bindings: the body is encoded already, or why it could not be.
    AISTUDIO_DECL static void start_predict(std::shared_ptr<client_core>,
                                            std::shared_ptr<const detail::prediction_target>,
                                            result<std::string> body, call_options,
                                            detail::handler<std::string>);
    [[nodiscard]] const std::shared_ptr<client_core>& core() const noexcept { return core_; }
    [[nodiscard]] const std::shared_ptr<const detail::prediction_target>& target() const noexcept {
        return target_;
    }

private:
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
