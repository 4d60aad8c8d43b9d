#include "cli/service_target.hpp"

#include "cli/text.hpp"

#include <aistudio/codec/json.hpp>

#include <cstdlib>

namespace aistudio::cli {

service_target::service_target(CLI::App& verb)
    : first_(verb, "URL", "The service's address; not with --service"),
      second_(verb, "RECORD", "JSON, @FILE, or - for standard input (default)"),
      service_(verb, "--service", "Look URL and key of a service up, by token"),
      key_(verb, "--api-key",
           "The key; other users of this machine can see it while the command runs"),
      key_variable_(verb, "--key-env", "Environment variable that holds the key",
                    "AISTUDIO_API_KEY") {
    service_.shown_as("ID").check(positive()).excludes(key_).excludes(key_variable_);
    key_.shown_as("KEY").excludes(key_variable_);
    key_variable_.shown_as("VAR");
}

void service_target::check() const {
    if (!service_.given() && !first_.given())
        throw usage_error("Give the service's URL, or --service ID.");
    if (service_.given() && second_.given())
        throw usage_error("With --service there is no URL.");
}

secret service_target::key() const {
    return key_.given() ? secret(*key_)
                        : key_in(*key_variable_, ", or use --key-env VAR or --service ID");
}

endpoint service_target::find(context& ctx) const {
    if (!service_.given())
        return {*first_, key()};
    const auto found = ctx.client().services().get(service_id(*service_)).value();
    if (found.url.empty())
        throw api_error(make_problem(errc::service_not_running,
                                     "Service " + to_string(found.id) + " is not online."));
    return {found.url, found.api_key};
}

secret key_in(const std::string& variable, std::string_view or_else) {
    const char* value =
        std::getenv(variable.c_str()); // NOLINT: nothing changes the environment here
    if (value == nullptr || *value == '\0')
        throw api_error(
            make_problem(errc::credentials_missing,
                         "No key: set " + one_line(variable) + std::string(or_else) + "."));
    return secret(value);
}

void check_record(std::string_view text) {
    json_document document;
    if (const auto parsed = document.parse(text); !parsed)
        throw api_error(
            make_problem(errc::encode_failed, "The record is not JSON: " + parsed.error().detail));
}

} // namespace aistudio::cli
