#pragma once

#include <aistudio/protocol/coalescer.hpp>

#include <algorithm>
#include <utility>

namespace aistudio {

AISTUDIO_DECL coalescer::coalescer(coalesce_options options) : options_(options) {
    options_.max_rows = std::max<std::size_t>(options_.max_rows, 1);
}

AISTUDIO_DECL bool coalescer::fits(std::size_t bytes) const noexcept {
    if (empty())
        return true;
    const std::size_t brackets = 2; // what separates takes the place of the last bracket
    return rows() < options_.max_rows &&
           filling_.body.size() + bytes + brackets <= options_.max_bytes;
}

AISTUDIO_DECL void coalescer::add(std::uint64_t record, std::string_view json, time_point now) {
    if (empty())
        since_ = now;
    filling_.body += empty() ? '[' : ',';
    filling_.body += json;
    filling_.records.push_back(record);
}

AISTUDIO_DECL coalescer::time_point coalescer::due() const noexcept {
    if (empty())
        return time_point::max();
    const bool full = rows() >= options_.max_rows || filling_.body.size() + 2 >= options_.max_bytes;
    return full ? since_ : since_ + options_.max_delay;
}

AISTUDIO_DECL coalescer::batch coalescer::take(batch reuse) {
    filling_.body += ']';
    reuse.body.clear();
    reuse.records.clear();
    return std::exchange(filling_, std::move(reuse));
}

AISTUDIO_DECL result<std::vector<json_value>> split_rows(json_value answer, std::size_t rows) {
    const auto refuse = [&](const std::string& what) {
        problem p = make_problem(errc::decode_failed,
                                 "The service answered " + what + " to " + std::to_string(rows) +
                                     " records sent in one call; send them one by one, or ask its "
                                     "owner whether it takes arrays.",
                                 phase::decode);
        p.outcome = outcome::done;
        return p;
    };
    if (answer.kind() != json_kind::array)
        return refuse("no array");
    std::vector<json_value> out;
    out.reserve(rows);
    for (const json_value row : answer.items())
        out.push_back(row);
    if (out.size() != rows)
        return refuse(std::to_string(out.size()) + " results");
    return out;
}

} // namespace aistudio
