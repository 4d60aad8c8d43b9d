#pragma once

#include "local/faults/fault_script.hpp"
#include "local/http/message.hpp"

#include <optional>
#include <string_view>

namespace aistudio::local::routes {

/// The answer of faults that refuse a call; nullopt for those that spoil its true answer.
[[nodiscard]] std::optional<http::response> answer_in_place(const faults::played_fault& f,
                                                            std::string_view log_id);

/// Makes of a true answer what the fault sends; faults that refuse leave it.
void spoil(http::response& answer, const faults::played_fault& f);

} // namespace aistudio::local::routes
