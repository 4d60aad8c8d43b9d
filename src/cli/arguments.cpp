#include "cli/arguments.hpp"

#include "cli/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aistudio::cli {
namespace {

constexpr std::array dtypes{"float32", "float64", "int32", "int64", "uint8", "bool"};

[[noreturn]] void bad_tensor(std::string_view text) {
    throw usage_error("`" + one_line(text) +
                      "` is not of the form name:shape:dtype, such as x:-1,13:float32.");
}

std::int64_t parse_size(std::string_view digits, std::string_view whole) {
    std::int64_t value = 0;
    const auto end = digits.data() + digits.size();
    const auto [at, failed] = std::from_chars(digits.data(), end, value);
    if (failed != std::errc{} || at != end || value < -1 || value == 0)
        bad_tensor(whole);
    return value;
}

std::vector<std::int64_t> parse_shape(std::string_view shape, std::string_view whole) {
    std::vector<std::int64_t> out;
    while (true) {
        const auto end = shape.find_first_of(",x");
        out.push_back(parse_size(shape.substr(0, end), whole));
        if (end == std::string_view::npos)
            return out;
        shape.remove_prefix(end + 1);
    }
}

} // namespace

tensor_spec parse_tensor(std::string_view text) {
    const auto first = text.find(':');
    if (first == 0 || first == std::string_view::npos)
        bad_tensor(text);
    const auto second = text.find(':', first + 1);
    tensor_spec out;
    out.name = text.substr(0, first);
    out.shape = parse_shape(text.substr(first + 1, second - first - 1), text);
    if (second != std::string_view::npos)
        out.dtype = text.substr(second + 1);
    if (std::find(dtypes.begin(), dtypes.end(), out.dtype) == dtypes.end())
        throw usage_error(
            "`" + one_line(out.dtype) +
            "` is no type of tensors: use float32, float64, int32, int64, uint8 or bool.");
    return out;
}

std::map<std::string, std::filesystem::path>
parse_environments(const std::vector<std::string>& texts) {
    std::map<std::string, std::filesystem::path> out;
    for (const auto& text : texts) {
        const auto split = text.find('=');
        if (split == 0 || split == std::string::npos || split + 1 == text.size())
            throw usage_error(
                "`" + one_line(text) +
                "` is not of the form NAME=PATH, such as paddle3.0_py3.10=/usr/bin/python3.");
        out[text.substr(0, split)] = text.substr(split + 1);
    }
    return out;
}

std::filesystem::path path_below(const std::filesystem::path& folder, std::string_view path) {
    const std::filesystem::path relative(path);
    const bool leaves = relative.empty() || relative.is_absolute() ||
                        std::find(relative.begin(), relative.end(), "..") != relative.end();
    if (leaves)
        throw api_error(make_problem(errc::unexpected_answer,
                                     "The service names a file `" + one_line(path) +
                                         "`, which would be outside the target folder."));
    return folder / relative;
}

std::string shown_words(const std::vector<std::string>& words) {
    std::string out;
    bool value = false; // of an option
    for (const auto& word : words) {
        const bool option = word.size() > 1 && word[0] == '-';
        if (option || !value)
            out.append(out.empty() ? "`" : ", `")
                .append(
                    one_line(std::string_view(word).substr(0, option ? word.find('=') : word.npos)))
                .append("`");
        value = option;
    }
    return out;
}

} // namespace aistudio::cli
