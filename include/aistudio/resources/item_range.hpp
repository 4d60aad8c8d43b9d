#pragma once

#include <aistudio/error.hpp>
#include <aistudio/protocol/page_walk.hpp>
#include <aistudio/types/page.hpp>

#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

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

    explicit item_range(fetch f, page_request first = {}) : fetch_(std::move(f)), walk_(first) {}

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
        if (take())
            return;
        const auto wanted = walk_.wanted();
        if (!wanted)
            return;
        auto got = fetch_(*wanted);
        if (!got) {
            walk_.on_failure();
            current_.emplace(got.error());
            return;
        }
        walk_.on_page(std::move(*got));
        take();
    }

    bool take() {
        if (auto item = walk_.take())
            current_.emplace(std::move(*item));
        return current_.has_value();
    }

    fetch fetch_;
    detail::page_walk<T> walk_;
    std::optional<result<T>> current_;
};

} // namespace aistudio
