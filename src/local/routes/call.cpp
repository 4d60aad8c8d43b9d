#include "local/routes/call.hpp"

namespace aistudio::local::routes {

std::int64_t call::number_parameter(std::string_view name, std::int64_t otherwise,
                                    std::int64_t least, std::int64_t most) const {
    const auto text = parameter(name);
    if (text.empty())
        return otherwise;
    const auto n = http::parse_number(text);
    if (!n || *n < least || *n > most)
        refuse_invalid("The query's `" + std::string(name) + "` must be a whole number from " +
                       std::to_string(least) + " to " + std::to_string(most) + ".");
    return *n;
}

domain::list_request call::list_request() const {
    domain::list_request request{list_scope::own, page()};
    const auto scope = parameter("scope");
    if (!scope.empty() && !enum_from_name(scope, request.scope))
        refuse_invalid("The query's `scope` must be own, shared, official, favourites or all.");
    return request;
}

} // namespace aistudio::local::routes
