#pragma once

#include <aistudio/codec/json.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio::detail {

/// Where bulk work gets its records, as JSON.
class bulk_source {
public:
    enum class pulled {
        record,  ///< `body` holds one
        refused, ///< one that cannot be written; `why` says so
        pending, ///< none yet; the source will wake the run
        end
    };
    virtual ~bulk_source() = default;
    /// The next record. May throw what the user's code throws.
    virtual pulled pull(std::string& body, problem& why) = 0;
    /// How many there are, where that is known at the beginning.
    [[nodiscard]] virtual std::optional<std::uint64_t> total() const { return std::nullopt; }
    /// No more will be pulled.
    virtual void abandon() {}
};

template <class>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<result<T>> = true;

/// Writes a record into `body`, which is overwritten; false: it cannot be written.
template <class Record>
bool encode_for_bulk(const Record& record, std::string& body, problem& why) {
    body.clear();
    if constexpr (is_result<Record>) {
        if (record)
            return encode_for_bulk(*record, body, why);
        why = record.error();
        return false;
    } else if constexpr (std::convertible_to<const Record&, std::string_view>) {
        const std::string_view text = record;
        std::optional<json_document> own;
        json_document& document = text.size() <= max_kept_json ? thread_document() : own.emplace();
        if (const auto parsed = document.parse(text); !parsed) {
            why = make_problem(errc::encode_failed,
                               "The record is not JSON: " + parsed.error().detail);
            return false;
        }
        body = text;
    } else if (auto written = append_json(body, record); !written) {
        why = written.error();
        return false;
    }
    return true;
}

template <class F>
concept record_function = requires(F& f) {
    { static_cast<bool>(f()) };
    *f();
};

/// The elements of a range.
template <std::ranges::view View>
class range_source final : public bulk_source {
public:
    explicit range_source(View view) : view_(std::move(view)) {}

    pulled pull(std::string& body, problem& why) override {
        if (done_)
            return pulled::end;
        if (!at_)
            at_.emplace(std::ranges::begin(view_));
        else
            ++*at_; // only now: a generator makes its next element here
        if (*at_ == std::ranges::end(view_))
            return done_ = true, pulled::end;
        return encode_for_bulk(**at_, body, why) ? pulled::record : pulled::refused;
    }
    [[nodiscard]] std::optional<std::uint64_t> total() const override {
        if constexpr (std::ranges::sized_range<const View>)
            return std::ranges::size(view_);
        else
            return std::nullopt;
    }

private:
    View view_;
    std::optional<std::ranges::iterator_t<View>> at_;
    bool done_ = false;
};

/// What a function returns until it returns nothing.
template <record_function F>
class function_source final : public bulk_source {
public:
    explicit function_source(F f) : f_(std::move(f)) {}

    pulled pull(std::string& body, problem& why) override {
        const auto record = f_();
        if (!record)
            return pulled::end;
        return encode_for_bulk(*record, body, why) ? pulled::record : pulled::refused;
    }

private:
    F f_;
};

template <class Source>
auto make_local_source(Source&& source) {
    if constexpr (record_function<std::decay_t<Source>>) {
        return std::make_unique<function_source<std::decay_t<Source>>>(
            std::forward<Source>(source));
    } else {
        static_assert(std::ranges::input_range<Source>,
                      "aistudio: the source must be a range of records, or a function that returns "
                      "std::optional of a record");
        using view = std::views::all_t<Source>;
        return std::make_unique<range_source<view>>(std::views::all(std::forward<Source>(source)));
    }
}

template <class Source>
using local_source_of = typename decltype(make_local_source(std::declval<Source>()))::element_type;

/// Records that one thread writes and the run reads. The thread waits while it is too far ahead.
///
/// @par Thread safety  `put` and `close`: the writing thread. The others: the run.
class fed_source final : public bulk_source {
public:
    explicit fed_source(std::size_t capacity, std::optional<std::uint64_t> total)
        : ring_(capacity == 0 ? 1 : capacity), total_(total) {}

    /// Called when there is something for a run that waits; set before the first `put`.
    std::function<void()> wake;

    /// Waits for room and puts a record in by swapping. False: nobody wants more.
    bool put(std::string& body, std::optional<problem> refused) {
        if (!put_untold(body, std::move(refused)))
            return false;
        tell();
        return true;
    }
    /// The same without waking a run that waits, so that several records wake it once; `tell` must
    /// follow before there is no more room.
    bool put_untold(std::string& body, std::optional<problem> refused) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return abandoned_ || count_ < ring_.size(); });
        if (abandoned_)
            return false;
        item& place = ring_[(first_ + count_++) % ring_.size()];
        place.body.swap(body);
        place.refused = std::move(refused);
        return true;
    }
    void tell() {
        std::unique_lock lock(mutex_);
        if (count_ != 0)
            notify(lock);
    }
    void close() {
        std::unique_lock lock(mutex_);
        closed_ = true;
        notify(lock);
    }

    pulled pull(std::string& body, problem& why) override {
        const std::lock_guard lock(mutex_);
        if (count_ == 0) {
            starving_ = !closed_;
            return closed_ ? pulled::end : pulled::pending;
        }
        item& place = ring_[first_];
        first_ = (first_ + 1) % ring_.size();
        place.body.swap(body);
        if (--count_ ==
            ring_.size() / 2) // not at each one: waking a thread costs more than a record
            room_.notify_one();
        if (!place.refused)
            return pulled::record;
        why = std::move(*place.refused);
        place.refused.reset();
        return pulled::refused;
    }
    [[nodiscard]] std::optional<std::uint64_t> total() const override { return total_; }
    void abandon() override {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
        room_.notify_one();
    }

private:
    struct item {
        std::string body;
        std::optional<problem> refused;
    };
    void notify(std::unique_lock<std::mutex>& lock) {
        if (!std::exchange(starving_, false))
            return;
        lock.unlock();
        wake();
    }

    std::mutex mutex_;
    std::condition_variable room_;
    std::vector<item> ring_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::optional<std::uint64_t> total_;
    bool starving_ = false;
    bool closed_ = false;
    bool abandoned_ = false;
};

} // namespace aistudio::detail
