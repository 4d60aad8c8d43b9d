#include "local/objects/key.hpp"

#include "local/http/target.hpp"

#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/types/limits.hpp>

#include <algorithm>

namespace aistudio::local::objects {
std::string_view without_leading_slash(std::string_view key) {
    return key.substr(std::min(key.find_first_not_of('/'), key.size()));
}

bool is_valid_key(std::string_view key) {
    if (key.empty() || key.size() > limits::max_key_bytes)
        return false;
    for (std::size_t at = 0; at <= key.size();) {
        const auto end = std::min(key.find('/', at), key.size());
        const auto segment = key.substr(at, end - at);
        if (segment.empty() || segment == "." || segment == "..")
            return false;
        at = end + 1;
    }
    return std::none_of(key.begin(), key.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::optional<std::string> key_of_path(std::string_view path) {
    path.remove_prefix(std::min(path.size(), bucket.size() + 2));
    auto key = http::percent_decode(without_leading_slash(path));
    if (!key || !is_valid_key(*key))
        return std::nullopt;
    return key;
}

std::string path_of_key(std::string_view key) {
    return "/" + std::string(bucket) + "/" + uri_encode(key, true);
}

} // namespace aistudio::local::objects
