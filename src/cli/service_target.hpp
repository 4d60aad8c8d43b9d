#pragma once

#include "cli/command.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aistudio::cli {

/// Which prediction service a verb calls: a URL with a key, or a service's id, and a record.
class service_target {
public:
    explicit service_target(CLI::App& verb);

    /// The record; with --service it is the first positional.
    [[nodiscard]] const argument<std::string>& record() const {
        return service_.given() ? first_ : second_;
    }
    /// Throws `usage_error`.
    void check() const;
    /// Looks up what was not given. Throws `api_error`.
    [[nodiscard]] endpoint find(context& ctx) const;

private:
    [[nodiscard]] secret key() const;

    argument<std::string> first_;
    argument<std::string> second_;
    argument<std::int64_t> service_;
    argument<std::string> key_;
    argument<std::string> key_variable_;
};

/// The key of a service that an environment variable holds. Throws `api_error`, with advice to set
/// it and what else there is to do.
secret key_in(const std::string& variable, std::string_view or_else = {});

/// Refuses what is not JSON before it is sent. Throws `api_error`.
void check_record(std::string_view text);

} // namespace aistudio::cli
