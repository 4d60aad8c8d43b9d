#include "local/routes/answers.hpp"

#include "local/clock.hpp"
#include "local/refusal.hpp"

#include <aistudio/protocol/digest.hpp>

#include <utility>

namespace aistudio::local::routes {
namespace {

constexpr std::int64_t kept_ms = 24LL * 60 * 60 * 1000;

} // namespace

std::optional<std::string> recorded_answers::find(std::string_view scope, std::string_view body) {
    if (scope.empty())
        return std::nullopt;
    const auto found = database_.find(
        "SELECT request, result FROM answers WHERE scope = ? AND created_at > ?",
        [](store::row r) { return std::pair(r.text(0), r.text(1)); }, scope,
        to_ms(now()) - kept_ms);
    if (!found)
        return std::nullopt;
    if (found->first != sha256::of(body))
        refuse_conflict(
            "This Idempotency-Key was used for another request; use a new key for each call.");
    return found->second;
}

std::string recorded_answers::once(std::string_view scope, std::string_view body,
                                   const std::function<std::string()>& effect) {
    return database_.transact([&]() -> std::string {
        if (auto earlier = find(scope, body))
            return *earlier;
        auto result = effect();
        if (scope.empty())
            return result;
        database_.execute("DELETE FROM answers WHERE created_at <= ?", to_ms(now()) - kept_ms);
        database_.execute(
            "INSERT INTO answers (scope, request, result, created_at) VALUES (?, ?, ?, ?)", scope,
            sha256::of(body), result, to_ms(now()));
        return result;
    });
}

} // namespace aistudio::local::routes
