#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace aistudio {

/// Puts what finishes in any order back into the order in which it began. Holds at most `capacity`
/// things that have begun and were not taken out.
///
/// @par Thread safety  One thread at a time.
template <class T>
class ordered_window {
public:
    /// @param capacity  at least 1
    explicit ordered_window(std::size_t capacity) : ring_(capacity == 0 ? 1 : capacity) {}

    [[nodiscard]] bool full() const noexcept { return size() >= ring_.size(); }
    [[nodiscard]] bool empty() const noexcept { return begun_ == taken_; }
    [[nodiscard]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(begun_ - taken_);
    }
    /// The number of the oldest one that was not taken out.
    [[nodiscard]] std::uint64_t first() const noexcept { return taken_; }

    /// Begins the next one; not while `full`. Numbers count from 0.
    std::uint64_t open() noexcept { return begun_++; }
    /// `number` is finished. Once for each that was opened.
    void close(std::uint64_t number, T value) { at(number).emplace(std::move(value)); }
    /// True when the oldest one is finished: then `take` gives it.
    [[nodiscard]] bool ready() const noexcept {
        return !empty() && ring_[static_cast<std::size_t>(taken_ % ring_.size())].has_value();
    }
    /// The oldest one, number `first()` before the call; only when `ready`.
    T take() {
        auto& place = at(taken_++);
        T value = std::move(*place);
        place.reset();
        return value;
    }

private:
    std::optional<T>& at(std::uint64_t number) {
        return ring_[static_cast<std::size_t>(number % ring_.size())];
    }

    std::vector<std::optional<T>> ring_;
    std::uint64_t begun_ = 0;
    std::uint64_t taken_ = 0;
};

} // namespace aistudio
