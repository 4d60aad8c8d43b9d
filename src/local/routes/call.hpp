#pragma once

#include "local/domain/scopes.hpp"
#include "local/http/target.hpp"
#include "local/json_text.hpp"
#include "local/refusal.hpp"
#include "local/routes/answers.hpp"

#include <aistudio/codec/wire.hpp>
#include <aistudio/types/limits.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace aistudio::local::routes {

/// One call of the studio's own interface, as its handler sees it.
struct call {
    /// The segment in place of the pattern's `index`th `{}`.
    [[nodiscard]] const std::string& segment(std::size_t index = 0) const {
        return captured.at(index);
    }

    /// The same as a number id; refuses what is none as an unknown `what`.
    template <class Id>
    [[nodiscard]] Id id(std::string_view what, std::size_t index = 0) const {
        const auto n = http::parse_number(segment(index));
        if (!n)
            refuse_unknown(what, segment(index));
        return Id(*n);
    }

    /// The body as a `T`; refuses what is not JSON or does not fit.
    template <class T>
    [[nodiscard]] T read() const {
        return from_body<T>(body);
    }

    [[nodiscard]] std::string_view parameter(std::string_view name) const {
        return http::find(query, name).value_or(std::string_view{});
    }
    /// A number of the query within limits; `otherwise` when it is not there.
    [[nodiscard]] std::int64_t number_parameter(std::string_view name, std::int64_t otherwise,
                                                std::int64_t least, std::int64_t most) const;
    [[nodiscard]] domain::page_window page() const {
        return {static_cast<int>(number_parameter("p", 1, 1, 1'000'000)),
                static_cast<int>(number_parameter("pageSize", 50, 1, limits::max_page_size))};
    }

    [[nodiscard]] domain::list_request list_request() const;

    /// Runs `effect` in one transaction with the note of its answer, so that a second call with the
    /// same Idempotency-Key gets the same answer and has no effect of its own. Returns the answer
    /// as JSON.
    template <class F>
    std::string once(F effect) const {
        return answers->once(scope, body, [&]() -> std::string {
            if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
                effect();
                return "null";
            } else {
                return to_wire(effect());
            }
        });
    }

    std::vector<std::string> captured;
    http::parameters query;
    std::string body;
    /// Token user, method, path and Idempotency-Key; empty without a key.
    std::string scope;
    /// False on routes that are open to all, when no valid token came.
    bool authorized = false;
    recorded_answers* answers = nullptr;
};

} // namespace aistudio::local::routes
