#include "local/objects/range.hpp"

#include "local/http/target.hpp"

#include <algorithm>

namespace aistudio::local::objects {

std::string_view range_if(std::string_view range, std::string_view if_range,
                          std::string_view e_tag) {
    const bool counts = if_range.empty() || (if_range == e_tag && !e_tag.starts_with("W/"));
    return counts ? range : std::string_view{};
}

byte_range parse_range(std::string_view header, std::uint64_t size) {
    const byte_range whole{byte_range::kind::whole, 0, size};
    if (!header.starts_with("bytes=") || header.find(',') != std::string_view::npos)
        return whole;
    header.remove_prefix(6);
    const auto dash = header.find('-');
    if (dash == std::string_view::npos)
        return whole;
    const auto first = http::parse_number(header.substr(0, dash));
    const auto last = http::parse_number(header.substr(dash + 1));
    const byte_range unsatisfiable{byte_range::kind::unsatisfiable, 0, 0};
    if (dash == 0) { // the last n bytes
        if (!last || *last < 0)
            return whole;
        const auto n = std::min(static_cast<std::uint64_t>(*last), size);
        return n == 0 ? unsatisfiable : byte_range{byte_range::kind::part, size - n, n};
    }
    if (!first || *first < 0 || (dash + 1 < header.size() && (!last || *last < *first)))
        return whole;
    const auto from = static_cast<std::uint64_t>(*first);
    if (from >= size)
        return unsatisfiable;
    const auto to = last ? std::min(static_cast<std::uint64_t>(*last), size - 1) : size - 1;
    return {byte_range::kind::part, from, to - from + 1};
}

} // namespace aistudio::local::objects
