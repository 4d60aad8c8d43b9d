#pragma once

#include <aistudio/codec/json.hpp>
#include <aistudio/protocol/digest.hpp>
#include <aistudio/protocol/upload_map.hpp>

#include <algorithm>
#include <utility>

namespace aistudio {
namespace detail {

inline constexpr std::string_view upload_map_format = "aistudio upload 1";

/// The first line of a part map.
struct upload_map_head {
    std::string format;
    file_stamp file;
    upload_place place;
    std::uint64_t part_size = 0;
};
BOOST_DESCRIBE_STRUCT(upload_map_head, (), (format, file, place, part_size))

/// Quotes around an ETag do not matter.
inline std::string_view bare_tag(std::string_view tag) noexcept {
    const bool quoted = tag.size() >= 2 && tag.front() == '"' && tag.back() == '"';
    return quoted ? tag.substr(1, tag.size() - 2) : tag;
}

/// What cannot be written as JSON (a path that is not UTF-8) becomes a line that nobody can read.
template <class T>
std::string json_line(const T& value) {
    const auto text = to_json(value);
    return (text ? *text : std::string{}) + "\n";
}

/// Takes the first line off `text`; nullopt when its end is missing.
inline std::optional<std::string_view> take_line(std::string_view& text) noexcept {
    const auto end = text.find('\n');
    if (end == std::string_view::npos)
        return std::nullopt;
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

} // namespace detail

AISTUDIO_DECL part_plan::part_plan(std::uint64_t size, std::uint64_t wanted) noexcept
    : size_(size), part_size_(std::max<std::uint64_t>(wanted, 1)) {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    const std::uint64_t least = (size + max_parts - 1) / max_parts;
    if (part_size_ < least)
        part_size_ = (least + mib - 1) / mib * mib;
    count_ = static_cast<int>(std::max<std::uint64_t>((size + part_size_ - 1) / part_size_, 1));
}

AISTUDIO_DECL std::optional<upload_map> upload_map::read(std::string_view text) {
    const auto first = detail::take_line(text);
    if (!first)
        return std::nullopt;
    auto head = from_json<detail::upload_map_head>(*first);
    if (!head || head->format != detail::upload_map_format || head->part_size == 0)
        return std::nullopt;
    const part_plan plan(head->file.size, head->part_size);
    if (plan.part_size() != head->part_size)
        return std::nullopt;
    upload_map out(std::move(head->file), std::move(head->place), plan);
    while (const auto line = detail::take_line(text)) {
        auto part = from_json<uploaded_part>(*line);
        if (part && part->number >= 1 && part->number <= plan.count())
            out.add(std::move(*part));
    }
    return out;
}

AISTUDIO_DECL std::string upload_map::head() const {
    const detail::upload_map_head head{std::string(detail::upload_map_format), file_, place_,
                                       plan_.part_size()};
    return detail::json_line(head);
}

AISTUDIO_DECL std::string upload_map::line(const uploaded_part& part) {
    return detail::json_line(part);
}

AISTUDIO_DECL void upload_map::keep_agreed(const std::vector<wire::upload_part>& listed) {
    std::map<int, uploaded_part> agreed;
    for (const auto& theirs : listed) {
        const auto ours = parts_.find(theirs.part_number);
        if (ours == parts_.end() ||
            detail::bare_tag(theirs.e_tag) != detail::bare_tag(ours->second.e_tag))
            continue;
        const auto size = static_cast<std::int64_t>(plan_.length(theirs.part_number));
        if (theirs.size.value_or(size) == size)
            agreed.insert(*ours);
    }
    parts_ = std::move(agreed);
}

AISTUDIO_DECL bool upload_map::confirm(int number, std::uint32_t crc32) {
    const auto found = parts_.find(number);
    if (found == parts_.end())
        return false;
    if (found->second.crc32 == crc32)
        return true;
    parts_.erase(found);
    return false;
}

AISTUDIO_DECL std::uint64_t upload_map::bytes() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& [number, part] : parts_)
        sum += plan_.length(number);
    return sum;
}

AISTUDIO_DECL std::uint32_t upload_map::crc32() const noexcept {
    std::uint32_t whole = 0;
    for (const auto& [number, part] : parts_)
        whole = combined_crc32(whole, part.crc32, plan_.length(number));
    return whole;
}

AISTUDIO_DECL wire::complete_upload upload_map::list() const {
    wire::complete_upload out;
    for (const auto& [number, part] : parts_)
        out.parts.push_back(
            {number, std::string(detail::bare_tag(part.e_tag)), std::nullopt, std::nullopt});
    return out;
}

} // namespace aistudio
