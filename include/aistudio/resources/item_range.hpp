#pragma once

#include <aistudio/error.hpp>
#include <aistudio/types/page.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace aistudio {

/// The items of a list over all its pages. Each page is asked for when the one before is used up.
/// To be gone through once:
///
///     for (const auto& dataset : client.datasets().all())
///         std::cout << dataset.value().name << '\n';
///
/// A page that cannot be had is the last element, as an error. What is made or deleted meanwhile
/// may be seen twice or missed: the service counts pages anew with each call.
/// @par Thread safety  One thread at a time.
template <class T>
class item_range {
public:
    /// Returns one page; `aistudio::page::total` tells when it is the last.
    using fetch = std::function<result<page<T>>(page_request)>;

    explicit item_range(fetch f, page_request first = {})
        : fetch_(std::move(f)), next_(first),
          seen_(std::int64_t{first.number - 1} * std::int64_t{first.size}) {}

    class iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = result<T>;
        using difference_type = std::ptrdiff_t;

        explicit iterator(item_range& owner) : owner_(&owner) {}
        const result<T>& operator*() const { return *owner_->current_; }
        const result<T>* operator->() const { return &*owner_->current_; }
        iterator& operator++() {
            owner_->step();
            return *this;
        }
        void operator++(int) { owner_->step(); }
        bool operator==(std::default_sentinel_t) const { return !owner_->current_; }

    private:
        item_range* owner_;
    };

    /// Asks for the first page.
    [[nodiscard]] iterator begin() {
        step();
        return iterator(*this);
    }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    void step() {
        current_.reset();
        if (at_ == items_.size() && more_)
            load();
        if (at_ < items_.size())
            current_.emplace(std::move(items_[at_++]));
    }

    void load() {
        auto got = fetch_(next_);
        if (!got) {
            more_ = false;
            current_.emplace(got.error());
            return;
        }
        items_ = std::move(got->items);
        at_ = 0;
        ++next_.number;
        seen_ += static_cast<std::int64_t>(items_.size());
        more_ = !items_.empty() && seen_ < got->total;
    }

    fetch fetch_;
    page_request next_;
    std::int64_t seen_; // items of all pages so far
    bool more_ = true;
    std::vector<T> items_;
    std::size_t at_ = 0;
    std::optional<result<T>> current_;
};

} // namespace aistudio
