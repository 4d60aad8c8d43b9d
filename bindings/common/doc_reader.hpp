#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::bindings {

/// The `///` comments of structs and of their members, by `struct` and `struct::member`.
class doc_reader {
public:
    explicit doc_reader(const std::vector<std::filesystem::path>& headers);

    /// Throws when there is none: what users see is documented.
    [[nodiscard]] const std::string& of(const std::string& record) const;
    [[nodiscard]] const std::string& of(const std::string& record, const std::string& member) const;

private:
    void read(const std::filesystem::path& header);
    void line(std::string_view text);

    std::map<std::string, std::string> docs_;
    std::string pending_; // comment lines that wait for what they describe
    std::string record_;  // the struct we are in
};

} // namespace aistudio::bindings
