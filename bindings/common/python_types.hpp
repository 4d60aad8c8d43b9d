#pragma once

#include "type_model.hpp"

#include <string>
#include <string_view>

namespace aistudio::bindings {

/// A member's Python type as read from an attribute, for stubs and error messages.
[[nodiscard]] std::string python_type(const type_model& t);
/// As taken by a constructor, which accepts more than attributes return.
[[nodiscard]] std::string accepted_python_type(const type_model& t);

/// Records whose members stand among those of the record, or of the operation, that has them.
[[nodiscard]] constexpr bool is_spread_record(std::string_view record) {
    return record == "call_options" || record == "page_request";
}
/// Members that bound a call: seconds above 0.
[[nodiscard]] constexpr bool is_time_limit(std::string_view member) {
    return member == "deadline" || member == "timeout";
}
/// Callbacks that may be True in place of a function.
[[nodiscard]] constexpr bool shows_a_bar(std::string_view member) { return member == "progress"; }
/// The keyword for a record's member in a call; empty: Python has none. `outer_has_timeout`: the
/// record stands in another one that takes the name `timeout`.
[[nodiscard]] std::string keyword_of(std::string_view record, std::string_view member,
                                     bool outer_has_timeout);

} // namespace aistudio::bindings
