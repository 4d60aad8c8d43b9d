#pragma once

#include <aistudio/protocol/service_codes.hpp>

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

namespace aistudio::local {

/// Why a request is refused. Thrown by the studio's own code at any depth, turned into an answer in
/// one place; a transaction it passes through is rolled back.
class refusal : public std::exception {
public:
    refusal(std::int64_t code, std::string message) noexcept
        : code_(code), message_(std::move(message)) {}

    /// One of `service_code`.
    [[nodiscard]] std::int64_t code() const noexcept { return code_; }
    /// A sentence for the caller.
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

private:
    std::int64_t code_;
    std::string message_;
};

[[noreturn]] inline void refuse_invalid(std::string why) {
    throw refusal(service_code::parameter_invalid, std::move(why));
}
[[noreturn]] inline void refuse_missing(std::string_view field) {
    throw refusal(service_code::parameter_missing,
                  "The field `" + std::string(field) + "` is missing or empty; send it.");
}
[[noreturn]] inline void refuse_unknown(std::string_view what, std::string_view id) {
    throw refusal(service_code::not_found,
                  "There is no " + std::string(what) + " " + std::string(id) + "; check the id.");
}
[[noreturn]] inline void refuse_conflict(std::string why) {
    throw refusal(service_code::conflict, std::move(why));
}

} // namespace aistudio::local
