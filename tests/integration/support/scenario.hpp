#pragma once

#include <aistudio/codec/json.hpp>
#include <aistudio/error.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio::test {

/// A file of `tests/scenarios` (its README has the format), and what its steps have come to so far.
class scenario {
public:
    /// Its files are written to `folder`. Throws when it is not of the form.
    scenario(const std::filesystem::path& file, std::filesystem::path folder);

    [[nodiscard]] json_tree client_options() const;
    [[nodiscard]] std::vector<std::string> services() const;
    /// Python modules that the jobs' interpreter must have.
    [[nodiscard]] std::vector<std::string> needs() const;
    [[nodiscard]] const json_tree::array& steps() const;

    /// `given` without references, paths and repetitions.
    [[nodiscard]] json_tree value(const json_tree& given) const;
    /// A member of a step as `value` gives it; null when the step has none.
    [[nodiscard]] json_tree value(const json_tree& step, std::string_view member) const;
    /// What `made.files.0.id` means.
    [[nodiscard]] const json_tree& at(std::string_view reference) const;
    /// A file's text; null when there is none.
    [[nodiscard]] json_tree content(std::string_view name) const;
    void keep(std::string name, json_tree result);

    /// Judges what came of a step, as failures of the test.
    void check(const json_tree& step, const result<json_tree>& got);

private:
    [[nodiscard]] std::vector<std::string> texts(std::string_view member) const;
    void check_error(const json_tree& expected, const problem& got) const;
    /// Says where and why `got` does not match; empty: it does.
    [[nodiscard]] std::string mismatch(const json_tree& expected, const json_tree& got) const;
    [[nodiscard]] std::string mismatch_fields(const json_tree::object& expected,
                                              const json_tree& got) const;
    [[nodiscard]] std::string mismatch_items(const json_tree::array& expected,
                                             const json_tree& got) const;
    [[nodiscard]] bool contains(const json_tree& part, const json_tree& got) const;
    void write_files(const json_tree& files) const;

    std::filesystem::path folder_;
    json_tree text_;
    std::map<std::string, json_tree, std::less<>> results_;
};

} // namespace aistudio::test
