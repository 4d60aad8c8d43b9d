#pragma once

#include "local/store/database.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aistudio::local::routes {

/// Answers to calls that carried an Idempotency-Key, kept for 24 hours.
class recorded_answers {
public:
    explicit recorded_answers(store::database& d) : database_(d) {}

    /// The answer recorded for `scope`; nullopt when there is none or `scope` is empty. Refuses
    /// (409) when it belongs to another request body.
    [[nodiscard]] std::optional<std::string> find(std::string_view scope, std::string_view body);

    /// The recorded answer, or that of `effect`, recorded in the same transaction. An effect that
    /// throws leaves nothing.
    std::string once(std::string_view scope, std::string_view body,
                     const std::function<std::string()>& effect);

private:
    store::database& database_;
};

} // namespace aistudio::local::routes
