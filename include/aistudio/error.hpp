#pragma once

#include <aistudio/detail/config.hpp>
#include <aistudio/types/open_enum.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aistudio {

/// What went wrong. Codes of Asio and OpenSSL are never passed through as the main code: they stand
/// in `problem::cause`, so that a program needs this list only.
enum class errc : int {
    ok = 0,
    // refused before anything was sent
    invalid_argument,
    invalid_configuration,
    credentials_missing,
    file_not_found,
    file_unreadable,
    encode_failed,
    limit_exceeded,
    overloaded,
    client_closed,
    cancelled,
    // time limits, one for each phase
    queue_timeout,
    resolve_timeout,
    connect_timeout,
    tls_timeout,
    write_timeout,
    first_byte_timeout,
    body_timeout,
    deadline_exceeded,
    // the connection
    resolve_failed,
    connect_failed,
    proxy_failed,
    tls_failed,
    connection_lost,
    malformed_response,
    response_too_large,
    decode_failed,
    // the service answered with a failure
    bad_request,
    unauthorized,
    forbidden,
    not_found,
    conflict,
    payload_too_large,
    rate_limited,
    service_overloaded,
    service_not_running,
    service_failed,
    server_error,
    unexpected_answer,
    // transfers
    checksum_mismatch,
    incomplete_transfer,
    write_failed,
    // local studio
    already_running,
    address_in_use,
    store_failed,
    internal_error,
};

/// One row of the catalogue of errors: the only list of their texts.
struct errc_info {
    errc code;
    /// Stable name for programs, such as `connect_failed`.
    std::string_view name;
    /// What happened and what to do next, in English.
    std::string_view english;
    /// The same in Chinese.
    std::string_view chinese;
};

/// The catalogue's row for `code`; a row named `unknown` when there is none.
[[nodiscard]] AISTUDIO_DECL const errc_info& info(errc code) noexcept;

/// The `boost::system` category of `errc`.
[[nodiscard]] AISTUDIO_DECL const boost::system::error_category& category() noexcept;

[[nodiscard]] inline boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

/// Where a call was when it failed.
enum class phase {
    none,
    check,
    queue,
    resolve,
    connect,
    tls,
    write,
    first_byte,
    body,
    decode,
    store
};

template <>
struct enum_table<phase> {
    static constexpr std::pair<phase, std::string_view> values[] = {
        {phase::none, "none"},       {phase::check, "check"},           {phase::queue, "queue"},
        {phase::resolve, "resolve"}, {phase::connect, "connect"},       {phase::tls, "tls"},
        {phase::write, "write"},     {phase::first_byte, "first_byte"}, {phase::body, "body"},
        {phase::decode, "decode"},   {phase::store, "store"},
    };
};

/// What the service may have done with a call that failed.
/// - `not_sent`: the service has not seen it. Sending it again is safe.
/// - `done`: the service answered; what it says is in the problem.
/// - `unknown`: it was sent, at least in part, and no answer came. It may have taken effect.
enum class outcome { not_sent, done, unknown };

template <>
struct enum_table<outcome> {
    static constexpr std::pair<outcome, std::string_view> values[] = {
        {outcome::not_sent, "not_sent"},
        {outcome::done, "done"},
        {outcome::unknown, "unknown"},
    };
};

/// Everything known about a failed call. Holds no secret: texts from outside are redacted before
/// they get here.
struct problem {
    /// What went wrong.
    errc code = errc::internal_error;
    /// HTTP status of the answer; 0: there was none.
    int status = 0;
    /// The service's own `errorCode`; 0: there was none.
    std::int64_t service_code = 0;
    /// What happened in this call, as a sentence; may be empty, then the catalogue's text speaks.
    std::string detail;
    /// The service's `logId`, for its support; may be empty.
    std::string log_id;
    /// Where the call was.
    aistudio::phase phase = aistudio::phase::none;
    /// What the service may have done.
    aistudio::outcome outcome = aistudio::outcome::not_sent;
    /// Attempts made, 0 when it was refused before the first.
    int attempts = 0;
    /// How long the service asked to wait, where it did.
    std::optional<std::chrono::milliseconds> retry_after;
    /// The operating system's, Asio's or OpenSSL's code beneath, where there is one.
    boost::system::error_code cause;

    /// One line: what happened, the catalogue's advice, then code, phase, outcome, attempts, status
    /// and logId.
    [[nodiscard]] AISTUDIO_DECL std::string message() const;
    /// The same with the catalogue's Chinese text.
    [[nodiscard]] AISTUDIO_DECL std::string message_zh() const;

    friend bool operator==(const problem&, const problem&) = default;
};

/// A problem found before anything was sent.
[[nodiscard]] AISTUDIO_DECL problem make_problem(errc code, std::string detail,
                                                 phase where = phase::check);

/// A value, or why there is none. `.value()` throws `api_error`.
template <class T>
using result = boost::system::result<T, problem>;

/// What `.value()` of a failed result throws. `code()` is the `errc`.
class api_error : public boost::system::system_error {
public:
    explicit api_error(aistudio::problem p)
        : system_error(make_error_code(p.code)), problem_(std::move(p)), what_(problem_.message()) {
    }
    [[nodiscard]] const aistudio::problem& problem() const noexcept { return problem_; }
    /// `problem().message()`.
    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

private:
    aistudio::problem problem_;
    std::string what_;
};

/// Lets `boost::system::result` throw our exception (found by argument-dependent look-up).
[[noreturn]] inline void throw_exception_from_error(const problem& p,
                                                    const boost::source_location&) {
    throw api_error(p);
}

} // namespace aistudio

template <>
struct boost::system::is_error_code_enum<aistudio::errc> : std::true_type {};

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/error.ipp>
#endif
