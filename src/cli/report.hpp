#pragma once

#include <aistudio/error.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>

namespace aistudio::cli {

/// A problem as `--json` shows it.
struct error_report {
    std::string code;
    std::string message;
    int status = 0;
    std::int64_t service_code = 0;
    std::string log_id;
    std::string phase;
    std::string outcome;
    int attempts = 0;
};
BOOST_DESCRIBE_STRUCT(error_report, (),
                      (code, message, status, service_code, log_id, phase, outcome, attempts))

/// `{"error": {…}}`
struct failure {
    error_report error;
};
BOOST_DESCRIBE_STRUCT(failure, (), (error))

enum class language { english, chinese };

/// The problem's text in the user's language.
[[nodiscard]] inline std::string message_in(language l, const problem& p) {
    return l == language::chinese ? p.message_zh() : p.message();
}

[[nodiscard]] inline failure report_of(const problem& p, language l) {
    return {{std::string(info(p.code).name), message_in(l, p), p.status, p.service_code, p.log_id,
             std::string(enum_name(p.phase)), std::string(enum_name(p.outcome)), p.attempts}};
}

} // namespace aistudio::cli
