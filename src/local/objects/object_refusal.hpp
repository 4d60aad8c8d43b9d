#pragma once

#include <string>

namespace aistudio::local::objects {

/// Why an object call is refused; the object store has its own codes and its own form of errors.
/// Thrown.
struct object_refusal {
    unsigned status;
    std::string code;
    std::string message;
};

} // namespace aistudio::local::objects
