#pragma once

#include "owned.hpp"

#include <aistudio/sync_client.hpp>

#include <memory>

namespace aistudio::python {

/// A client with its threads. Its resources and predictors keep it alive.
using client_handle = std::shared_ptr<owned<sync_client>>;

} // namespace aistudio::python
