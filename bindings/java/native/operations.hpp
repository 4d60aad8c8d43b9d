#pragma once

#include "call_table.hpp"
#include "event_queue.hpp"

#include <aistudio/client.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace aistudio::java {

/// Starts operation number `index` of `all_operations` with `arguments` (and the options) as
/// `to_bytes` writes them one after the other; tells the end to `events`.
void start_operation(int index, std::string_view arguments, std::uint64_t call, const client& on,
                     const std::shared_ptr<event_queue>& events,
                     const std::shared_ptr<call_table>& calls);

} // namespace aistudio::java
