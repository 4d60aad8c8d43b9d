#pragma once

#include <aistudio/types/page.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace aistudio::detail {

/// Goes through the items of a list page by page. What is made or deleted meanwhile may be seen
/// twice or missed: the service counts pages anew with each call.
template <class T>
class page_walk {
public:
    explicit page_walk(page_request first)
        : next_(first), seen_(std::int64_t{first.number - 1} * std::int64_t{first.size}) {}

    /// The next item of the page at hand; nullopt when it is used up.
    std::optional<T> take() {
        if (at_ == items_.size())
            return std::nullopt;
        return std::move(items_[at_++]);
    }
    /// The page to ask for when there is nothing to take; nullopt: that was all.
    [[nodiscard]] std::optional<page_request> wanted() const {
        return more_ ? std::optional(next_) : std::nullopt;
    }
    void on_page(page<T> got) {
        items_ = std::move(got.items);
        at_ = 0;
        ++next_.number;
        seen_ += static_cast<std::int64_t>(items_.size());
        more_ = !items_.empty() && seen_ < got.total;
    }
    /// A page that cannot be had is the last.
    void on_failure() { more_ = false; }

private:
    page_request next_;
    std::int64_t seen_; // items of all pages so far
    bool more_ = true;
    std::vector<T> items_;
    std::size_t at_ = 0;
};

} // namespace aistudio::detail
