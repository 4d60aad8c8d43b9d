#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::bindings {

/// The parts of an operation's comment.
struct operation_doc {
    std::string text;
    std::string returns; // `@return`; may be empty
    std::string errors;  // `@par Errors`; may be empty
};

/// The `///` comments of structs, of their members, and of operations (`async_x` of a class, by the
/// name `x`).
class doc_reader {
public:
    explicit doc_reader(const std::vector<std::filesystem::path>& headers);

    /// Throws when there is none: what users see is documented.
    [[nodiscard]] const std::string& of(const std::string& record) const;
    [[nodiscard]] const std::string& of(const std::string& record, const std::string& member) const;
    [[nodiscard]] operation_doc operation(const std::string& resource,
                                          const std::string& name) const;

private:
    void read(const std::filesystem::path& header);
    void line(std::string_view text);

    std::map<std::string, std::string> docs_;
    std::string pending_; // comment lines that wait for what they describe
    std::string record_;  // the struct or class we are in
};

} // namespace aistudio::bindings
