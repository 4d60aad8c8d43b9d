#pragma once

#include <aistudio/protocol/digest.hpp>
#include <aistudio/protocol/download_machine.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace aistudio {
namespace detail {

inline constexpr std::string_view download_format = "aistudio download 1";

/// `bytes 5-9/100` taken apart; total -1: `*`.
struct content_range {
    std::uint64_t first = 0;
    std::uint64_t last = 0; ///< the first byte behind it
    std::int64_t total = -1;
};

template <class T>
bool take_number(std::string_view& text, T& out) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{})
        return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

inline bool take_text(std::string_view& text, std::string_view expected) noexcept {
    if (!text.starts_with(expected))
        return false;
    text.remove_prefix(expected.size());
    return true;
}

inline std::optional<content_range> parse_content_range(std::string_view text) noexcept {
    content_range out;
    if (!take_text(text, "bytes ") || !take_number(text, out.first) || !take_text(text, "-") ||
        !take_number(text, out.last) || !take_text(text, "/") || out.last < out.first ||
        out.last == UINT64_MAX)
        return std::nullopt;
    ++out.last;
    if (text != "*" && (!take_number(text, out.total) || !text.empty() ||
                        out.last > static_cast<std::uint64_t>(out.total)))
        return std::nullopt;
    return out;
}

/// Weak validators tell only that an object looks alike.
inline std::string_view strong_tag(std::string_view tag) noexcept {
    return tag.starts_with("W/") ? std::string_view{} : tag;
}

} // namespace detail

AISTUDIO_DECL bool download_machine::adopt(const download_record& left) {
    const bool other_size = settings_.size >= 0 && left.size >= 0 && settings_.size != left.size;
    if (left.format != detail::download_format || left.source != settings_.source || other_size)
        return false;
    std::map<std::uint64_t, stored_range> ranges;
    std::uint64_t end = 0;
    for (const auto& r : left.ranges) {
        const std::uint64_t room =
            (left.size >= 0 ? static_cast<std::uint64_t>(left.size) : INT64_MAX);
        if (r.length == 0 || r.first < end || r.first > room || r.length > room - r.first)
            return false;
        end = r.first + r.length;
        ranges.emplace(r.first, r);
    }
    done_ = std::move(ranges);
    size_ = std::max(settings_.size, left.size);
    e_tag_ = left.e_tag;
    return true;
}

AISTUDIO_DECL download_record download_machine::record() const {
    return {std::string(detail::download_format), settings_.source, size_, e_tag_, ranges()};
}

AISTUDIO_DECL void download_machine::drop(const stored_range& range) { done_.erase(range.first); }

AISTUDIO_DECL std::optional<download_machine::span> download_machine::next() {
    const std::uint64_t end = size_ >= 0 ? static_cast<std::uint64_t>(size_) : to_the_end;
    std::uint64_t first = 0;
    auto here = done_.begin();
    auto asked = asked_.begin();
    for (bool moved = true; moved;) { // to the first byte that is neither here nor asked for
        moved = false;
        for (; here != done_.end() && here->first <= first; ++here, moved = true)
            first = std::max(first, here->first + here->second.length);
        for (; asked != asked_.end() && asked->first <= first; ++asked, moved = true)
            first = std::max(first, asked->second);
    }
    if (first >= end)
        return std::nullopt;
    std::uint64_t last = end;
    if (here != done_.end())
        last = std::min(last, here->first);
    if (asked != asked_.end())
        last = std::min(last, asked->first);
    if (settings_.span != 0 && size_ >= 0)
        last = std::min(last, first + settings_.span);
    asked_[first] = last;
    return span{first, last, generation_};
}

AISTUDIO_DECL std::string download_machine::range_of(const span& s) const {
    const bool to_end =
        s.last == to_the_end || (size_ >= 0 && s.last == static_cast<std::uint64_t>(size_));
    if (s.first == 0 && to_end)
        return {};
    return "bytes=" + std::to_string(s.first) + "-" +
           (s.last == to_the_end ? std::string{} : std::to_string(s.last - 1));
}

AISTUDIO_DECL std::string download_machine::if_range() const {
    return std::string(detail::strong_tag(e_tag_));
}

AISTUDIO_DECL void download_machine::give_back(const span& s) {
    if (s.generation == generation_)
        asked_.erase(s.first);
}

AISTUDIO_DECL bool download_machine::is_other(std::string_view e_tag, std::int64_t size) const {
    if (size >= 0 && size_ >= 0 && size != size_)
        return true;
    return !e_tag.empty() && !e_tag_.empty() && e_tag != e_tag_;
}

AISTUDIO_DECL result<void> download_machine::check_size(std::int64_t size) const {
    if (settings_.size >= 0 && size >= 0 && size != settings_.size)
        return make_problem(errc::incomplete_transfer,
                            "The file should have " + std::to_string(settings_.size) +
                                " bytes, the store has " + std::to_string(size) + ".",
                            phase::store);
    return {};
}

AISTUDIO_DECL void download_machine::learn(std::string_view e_tag, std::int64_t size) {
    if (!e_tag.empty())
        e_tag_ = e_tag;
    if (size >= 0)
        size_ = size;
}

AISTUDIO_DECL void download_machine::restart() {
    done_.clear();
    asked_.clear();
    size_ = settings_.size;
    e_tag_.clear();
    ++generation_;
}

AISTUDIO_DECL result<std::uint64_t> download_machine::accept(span& s,
                                                             const download_answer& answer) {
    if (s.generation != generation_)
        return make_problem(errc::conflict, "The object has changed.", phase::store);
    return answer.status == 206 ? accept_range(s, answer) : accept_whole(s, answer);
}

AISTUDIO_DECL result<std::uint64_t> download_machine::accept_whole(span& s,
                                                                   const download_answer& answer) {
    if (auto fine = check_size(answer.length); !fine)
        return fine.error();
    // Another object than before, or a store without ranges: this one is taken from its beginning.
    if (!range_of(s).empty() || is_other(answer.e_tag, answer.length))
        restart();
    learn(answer.e_tag, answer.length);
    s = {0, size_ >= 0 ? static_cast<std::uint64_t>(size_) : to_the_end, generation_};
    asked_[0] = s.last;
    return std::uint64_t{0};
}

AISTUDIO_DECL result<std::uint64_t> download_machine::accept_range(span& s,
                                                                   const download_answer& answer) {
    const auto range = detail::parse_content_range(answer.content_range);
    if (!range || range->first != s.first || range->last > s.last)
        return make_problem(errc::unexpected_answer,
                            "The store sent other bytes than it was asked for.", phase::store);
    if (auto fine = check_size(range->total); !fine)
        return fine.error();
    if (is_other(answer.e_tag, range->total)) {
        restart();
        return make_problem(errc::conflict, "The object has changed.", phase::store);
    }
    learn(answer.e_tag, range->total);
    return s.first;
}

AISTUDIO_DECL void download_machine::refuse_range() { restart(); }

AISTUDIO_DECL bool download_machine::add(const span& s, std::uint64_t offset,
                                         std::string_view bytes) {
    if (s.generation != generation_ || offset + bytes.size() > s.last)
        return false;
    if (bytes.empty())
        return true;
    auto next = done_.upper_bound(offset);
    const bool goes_on = next != done_.begin() &&
                         std::prev(next)->second.first + std::prev(next)->second.length == offset;
    auto& range = goes_on ? std::prev(next)->second : done_[offset];
    if (!goes_on)
        range = {offset, 0, 0};
    class crc32 sum(range.crc32);
    sum.update(bytes);
    range.crc32 = sum.value();
    range.length += bytes.size();
    join(range.first);
    return true;
}

/// Makes one of a range and the one that begins where it ends.
AISTUDIO_DECL void download_machine::join(std::uint64_t first) {
    auto& range = done_.at(first);
    const auto next = done_.find(range.first + range.length);
    if (next == done_.end())
        return;
    range.crc32 = combined_crc32(range.crc32, next->second.crc32, next->second.length);
    range.length += next->second.length;
    done_.erase(next);
}

AISTUDIO_DECL void download_machine::ended(const span& s) {
    if (s.generation == generation_ && s.last == to_the_end && size_ < 0)
        size_ = static_cast<std::int64_t>(prefix());
}

AISTUDIO_DECL std::uint64_t download_machine::done() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& [first, range] : done_)
        sum += range.length;
    return sum;
}

AISTUDIO_DECL std::uint64_t download_machine::prefix() const noexcept {
    return done_.empty() || done_.begin()->first != 0 ? 0 : done_.begin()->second.length;
}

AISTUDIO_DECL std::vector<stored_range> download_machine::ranges() const {
    std::vector<stored_range> out;
    for (const auto& [first, range] : done_)
        out.push_back(range);
    return out;
}

} // namespace aistudio
