#pragma once

#include <cstdint>
#include <string_view>

namespace aistudio::local::objects {

/// A `Range` header against a file of `size` bytes.
struct byte_range {
    enum class kind { whole, part, unsatisfiable };
    kind what = kind::whole;
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};
/// `range` as far as the header `If-Range` lets it count: only for the object with that strong tag.
[[nodiscard]] std::string_view range_if(std::string_view range, std::string_view if_range,
                                        std::string_view e_tag);

/// Reads `bytes=a-b`, `bytes=a-` and `bytes=-n`; anything else, lists of ranges too, asks for the
/// whole.
[[nodiscard]] byte_range parse_range(std::string_view header, std::uint64_t size);

} // namespace aistudio::local::objects
