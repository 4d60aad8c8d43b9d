#pragma once

#include <aistudio/error.hpp>
#include <aistudio/types/service.hpp>

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Values on the command line that have a form of their own.
namespace aistudio::cli {

/// The command was used wrongly: exit status 2.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// `name:shape:dtype`, the sizes separated by `,` or `x`, such as `x:-1,13:float32`. The dtype may
/// be left out. Throws `usage_error`.
[[nodiscard]] tensor_spec parse_tensor(std::string_view text);

/// `NAME=PATH`, any number of times; the last one of a name counts. Throws `usage_error`.
[[nodiscard]] std::map<std::string, std::filesystem::path>
parse_environments(const std::vector<std::string>& texts);

/// A path from a service as one below a folder. Throws `api_error` when it would leave the folder.
[[nodiscard]] std::filesystem::path path_below(const std::filesystem::path& folder,
                                               std::string_view path);

/// The words of a wrong command line that may be shown: the value of an unknown option may be a
/// secret.
[[nodiscard]] std::string shown_words(const std::vector<std::string>& words);

} // namespace aistudio::cli
